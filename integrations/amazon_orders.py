"""Pages of Amazon's orders (Orders API 2026-01-01): a window frozen at least two minutes before Amazon's now, and page tokens.

Cursors: {"from": T, "to": T, "token": t or None, "without": what we were not given, "redo": n}. A token lives 24 hours; when Amazon
no longer takes it, the window begins anew.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.amazon_calls import GET_ORDER, SEARCH_ORDERS, AmazonCalls
from integrations.amazon_errors import InputRefused
from integrations.amazon_marketplaces import Marketplace
from integrations.connector import Cursor, Page, Row, Window
from integrations.errors import ContractBroken, NotThere, ScopeMissing
from integrations.gaps import CEILING, Gap

API = "/orders/2026-01-01/orders"
MAX_PAGE = 100
PERSONAL = ("BUYER",)  # RECIPIENT is left out on purpose: no address is stored here, and Amazon wants them deleted again
SETS = ("PROCEEDS", "FULFILLMENT")
ORDER_ID = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}", re.ASCII)
CLOSED_S = 122.0  # a window's end lies two minutes back, and a moment more for the clocks
REDOS = 3


class Orders:
    """The orders of one seller in one marketplace. `withheld` are the data that Amazon refused us: said of each row, too."""

    def __init__(self, calls: AmazonCalls, market: Marketplace) -> None:
        self._calls, self._market = calls, market
        self.withheld: list[str] = []

    def page(self, window: Window, cursor: Cursor, page_size: int) -> Page:
        """One page of what changed in `window`. Raises: any IntegrationError but Unmappable."""
        here = cursor or self._first(window)
        token = {} if here["token"] is None else {"paginationToken": here["token"]}
        self.withheld = self.withheld or here["without"]
        question = {
            "marketplaceIds": self._market.marketplace_id,
            "lastUpdatedAfter": here["from"],
            "lastUpdatedBefore": here["to"],
            "maxResultsPerPage": min(page_size, MAX_PAGE),
            **token,
        }
        try:
            answer = self._ask(SEARCH_ORDERS, API, question)
        except InputRefused:
            if here["token"] is None or here["redo"] >= REDOS:
                raise
            return Page((), {**here, "token": None, "redo": here["redo"] + 1}, has_more=True)
        rows = answer.get("orders")
        if not isinstance(rows, list):
            raise ContractBroken(f"{self._calls.what}: a page of orders has none.", hint="Report it; the platform may have changed.")
        onward = (answer.get("pagination") or {}).get("nextToken")
        return Page(
            [self._marked(row) for row in rows],
            {**here, "token": onward, "without": self.withheld},
            has_more=onward is not None,
            truncated=_cut_short(answer.get("lastUpdatedBefore"), here["to"]),
        )

    def one(self, order_id: str) -> Row | None:
        """One order; None when Amazon answers that there is none, or the id is no order's. Raises: any IntegrationError but Unmappable."""
        if not ORDER_ID.fullmatch(order_id):
            return None
        try:
            answer = self._ask(GET_ORDER, f"{API}/{order_id}", {})
        except NotThere:
            return None
        return self._marked(answer["order"])

    def _first(self, window: Window) -> dict[str, Any]:
        closed = (self._calls.time() or datetime.now(UTC)) - timedelta(seconds=CLOSED_S)
        to = min(window.end, closed)
        start = self._market.oldest_order(to) if window.start is None else window.start
        begin = min(start, to).replace(microsecond=0)
        return {"from": _stamp(begin), "to": _stamp(to), "token": None, "without": [], "redo": 0}

    def _ask(self, operation: Any, path: str, params: dict[str, str | int]) -> dict[str, Any]:
        if not self.withheld:
            try:
                return self._calls.get(operation, path, {**params, "includedData": ",".join((*PERSONAL, *SETS))})
            except ScopeMissing:  # refused for the buyer's data, perhaps: sellers differ in what they may give
                answer = self._calls.get(operation, path, {**params, "includedData": ",".join(SETS)})
                self.withheld = list(PERSONAL)
                return answer
        return self._calls.get(operation, path, {**params, "includedData": ",".join(SETS)})

    def _marked(self, row: Row) -> Row:
        return {**row, "withheldData": self.withheld} if self.withheld else row


def _cut_short(told: object, asked: str) -> tuple[Gap, ...]:
    try:
        end = datetime.fromisoformat(str(told))
        is_short = end < datetime.fromisoformat(asked) - timedelta(seconds=1)
    except (ValueError, TypeError):
        return ()
    return (Gap(CEILING, f"orders changed after {told}"),) if is_short else ()


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
