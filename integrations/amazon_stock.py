"""Pages of Amazon's stock: first what lies in Amazon's warehouses (FBA), then what merchants ship themselves, told by their listings.

A page token of the FBA list lives 30 seconds. One that is older, or that Amazon refuses, is not tried again: the list
begins anew, and so that it comes to its end although the work is interrupted now and then, more of its pages are read
in a row, twice as many at each new beginning.

Cursors: {"fba": {"token": t, "given": Unix seconds, "redo": n}}, then {"listings": a cursor of amazon_windows}.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.amazon_calls import FBA_SUMMARIES, AmazonCalls
from integrations.amazon_errors import InputRefused
from integrations.amazon_listings import STOCK_SETS, Listings
from integrations.amazon_records import FBA, own_stock
from integrations.amazon_windows import ListingWalk
from integrations.connector import Cursor, Page, Row, Window
from integrations.errors import ContractBroken, Unavailable

API = "/fba/inventory/v1/summaries"
TOKEN_LIFE_S = 25.0  # Amazon says 30
IN_A_ROW = 50  # pages, at the first new beginning
REDOS = 8
_FURTHEST_BACK = timedelta(days=540)  # 18 months


class Stock:
    """The stock of one seller in one marketplace."""

    def __init__(self, calls: AmazonCalls, listings: Listings, walk: ListingWalk, marketplace_id: str) -> None:
        self._calls, self._listings, self._walk, self._marketplace_id = calls, listings, walk, marketplace_id

    def page(self, window: Window, cursor: Cursor, page_size: int) -> Page:
        """One page. Listings cannot be asked whose quantity changed, so all of them are read, whatever the window's start.

        Raises: any IntegrationError but Unmappable.
        """
        if cursor is not None and "listings" in cursor:
            part = self._walk.page(Window(None, window.end), cursor["listings"], STOCK_SETS, page_size)
            rows = [row for row in part.rows if own_stock(row)]
            return Page(rows, {"listings": part.cursor}, has_more=part.has_more, truncated=part.truncated)
        here: dict[str, Any] = cursor["fba"] if cursor is not None else {"token": None, "given": 0.0, "redo": 0}
        if here["token"] is not None and not 0 <= time.time() - here["given"] <= TOKEN_LIFE_S:
            return self._anew(here)
        try:
            rows, token = self._summaries(window, here)
        except InputRefused:
            if here["token"] is None and here["redo"] == 0:
                raise
            return self._anew(here)
        if token is None:
            return Page(rows, {"listings": None}, has_more=True)
        return Page(rows, {"fba": {"token": token, "given": time.time(), "redo": here["redo"]}}, has_more=True)

    def one(self, level_id: str) -> Row | None:
        """The row of one stock level, "place:sku". Raises: any IntegrationError but Unmappable."""
        place, _, sku = level_id.partition(":")
        if place == FBA:
            answer = self._calls.get(FBA_SUMMARIES, API, {**self._question(None), "sellerSku": sku})
            return next((row for row in self._rows(answer) if row.get("sellerSku") == sku), None)
        row = self._listings.one(sku, STOCK_SETS) if sku else None
        here = [each for each in own_stock(row) if each.get("fulfillmentChannelCode") == place] if row else []
        return {**row, "fulfillmentAvailability": here} if row and here else None

    def which(self, level_ids: Sequence[str]) -> set[str]:
        """Those of `level_ids` (20 at most) that there are. Raises: any IntegrationError but Unmappable."""
        placed = [level_id.partition(":") for level_id in level_ids]
        fba = [sku for place, _, sku in placed if place == FBA and "," not in sku]
        found: set[str] = set()
        if fba:
            answer = self._calls.get(FBA_SUMMARIES, API, {**self._question(None), "sellerSkus": ",".join(fba)})
            found |= {f"{FBA}:{row.get('sellerSku')}" for row in self._rows(answer)}
        listed = self._listings.by_sku([sku for place, _, sku in placed if place != FBA and sku], STOCK_SETS)
        return found | {f"{each.get('fulfillmentChannelCode')}:{sku}" for sku, row in listed.items() for each in own_stock(row)}

    def _summaries(self, window: Window, here: dict[str, Any]) -> tuple[list[Row], str | None]:
        rows: list[Row] = []
        token = here["token"]
        for _ in range(1 if here["redo"] == 0 else IN_A_ROW * 2 ** (here["redo"] - 1)):
            onward = {} if token is None else {"nextToken": token}
            answer = self._calls.get(FBA_SUMMARIES, API, {**self._question(window.start), **onward})
            rows += self._rows(answer)
            before, token = token, (answer.get("pagination") or {}).get("nextToken")
            if token is None or token == before:  # a token that comes again is for the walk's guard to see
                break
        return rows, token

    def _question(self, start: datetime | None) -> dict[str, str]:
        question = {
            "granularityType": "Marketplace",
            "granularityId": self._marketplace_id,
            "marketplaceIds": self._marketplace_id,
            "details": "true",
        }
        if start is None:
            return question
        oldest = datetime.now(UTC) - _FURTHEST_BACK
        return {**question, "startDateTime": max(start, oldest).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _rows(self, answer: dict[str, Any]) -> list[Row]:
        rows = (answer.get("payload") or {}).get("inventorySummaries")
        if not isinstance(rows, list):
            raise ContractBroken(
                f"{self._calls.what}: a page of FBA stock has no summaries.", hint="Report it; the platform may have changed."
            )
        return rows

    def _anew(self, here: dict[str, Any]) -> Page:
        redo = here["redo"] + 1
        if redo > REDOS:
            raise Unavailable(f"{self._calls.what}: the FBA stock list never came to its end.", hint="Try again when fewer jobs wait.")
        return Page((), {"fba": {"token": None, "given": 0.0, "redo": redo}}, has_more=True)
