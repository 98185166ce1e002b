"""Walks a seller's listings by windows of their last change, whatever order they come in.

Amazon pages through 1,000 listings at most, so a window with more is halved until it has fewer. Page tokens may be mere
offsets: when the count falls while a window is read, a listing has left it and another may have slipped past us, so the window is
read again, halved; small windows are one page and need no token. What fills a single second beyond 1,000, or a whole
catalogue that is large, is read from a report's list of SKUs.

Cursors: {"from": T or None, "to": T} and, inside a window, its "token", the count "left", the rows "seen"; "redo" counts
how often it was begun anew; "loose" gives up the proof for the rest of the walk, and the run will be partial. Or a report's (amazon_report.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.amazon_errors import InputRefused
from integrations.amazon_listings import MAX_PAGE, Listings
from integrations.amazon_report import AllListings
from integrations.connector import Cursor, Row, Window
from integrations.gaps import CEILING, Gap

CAP = 1000  # listings that can be paged through
LARGE = 10_000  # a whole catalogue from here on is read from a report
REDOS = 40  # enough halvings to come from thirty years to a second, and some more
_SECOND = timedelta(seconds=1)
_BEFORE_AMAZON = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of listings; `is_every` says that the walk meets every listing of the catalogue, parents among them."""

    rows: Sequence[Row]
    cursor: Cursor = None
    has_more: bool = False
    is_every: bool = False
    truncated: tuple[Gap, ...] = ()


class ListingWalk:
    """The walk for one store. `cap` and `large` are Amazon's limit and ours."""

    def __init__(self, listings: Listings, report: AllListings, *, cap: int = CAP, large: int = LARGE) -> None:
        self._listings, self._report = listings, report
        self.cap, self.large = cap, large

    def page(self, window: Window, cursor: Cursor, sets: str, page_size: int) -> Part:
        """The next page of what changed in `window`, with the data `sets`. Raises: any IntegrationError but Unmappable."""
        end = _whole(window.end + _SECOND)
        is_every = window.start is None
        if cursor is not None and "report" in cursor:
            skus, onward, has_more = self._report.page(cursor)
            found = self._listings.by_sku(skus, sets)
            return Part(list(found.values()), onward, has_more)
        here = cursor or {"from": None if window.start is None else _stamp(_whole(window.start)), "to": _stamp(end)}
        try:
            answer = self._listings.search(self._question(here, sets, page_size))
        except InputRefused:
            if "token" not in here or here.get("loose"):
                raise
            return Part((), self._anew(here), has_more=True, is_every=is_every)
        total, rows = answer["numberOfResults"], answer["items"]
        if "token" not in here and total > self.cap:
            halved = self._halved(here)
            is_large = is_every and here["from"] is None and total > self.large
            return Part((), self._report.begin() if is_large or halved is None else halved, has_more=True, is_every=is_every)
        token = (answer.get("pagination") or {}).get("nextToken")
        seen = here.get("seen", 0) + len(rows)
        is_short = total < here.get("left", 0) or (token is None and seen < total)
        if is_short and not here.get("loose"):
            return Part((), self._anew(here), has_more=True, is_every=is_every)
        # A listing changed exactly at the bound that two windows share was in the first of them.
        fresh = [row for row in rows if here["from"] is None or "edge" not in here or not _is_at(row, here["from"])]
        if token is not None:
            return Part(fresh, {**here, "token": token, "left": total, "seen": seen}, has_more=True, is_every=is_every)
        unread = (Gap(CEILING, f"listings changed from {here['from']} to {here['to']}"),) if here.get("loose") else ()
        onward = self._onward(here, end)
        return Part(fresh, onward, has_more=onward is not None, is_every=is_every, truncated=unread)

    @staticmethod
    def _question(here: dict[str, Any], sets: str, page_size: int) -> dict[str, str | int]:
        since = {} if here["from"] is None else {"lastUpdatedAfter": here["from"]}
        token = {"pageToken": here["token"]} if "token" in here else {}
        return {
            **since,
            "lastUpdatedBefore": here["to"],
            "includedData": sets,
            "sortBy": "lastUpdatedDate",
            "sortOrder": "ASC",
            "pageSize": min(page_size, MAX_PAGE),
            **token,
        }

    def _anew(self, here: dict[str, Any]) -> dict[str, Any]:
        redo = here.get("redo", 0) + 1
        start: dict[str, Any] = {name: here[name] for name in ("from", "to", "edge") if name in here}
        return {**(self._halved(start) or start), "redo": redo, **({"loose": True} if redo > REDOS else {})}

    @staticmethod
    def _halved(here: dict[str, Any]) -> dict[str, Any] | None:
        low = _BEFORE_AMAZON if here["from"] is None else datetime.fromisoformat(here["from"])
        high = datetime.fromisoformat(here["to"])
        middle = _whole(low + (high - low) / 2)
        return None if not low < middle < high else {**here, "to": _stamp(middle)}

    @staticmethod
    def _onward(here: dict[str, Any], end: datetime) -> dict[str, Any] | None:
        high = datetime.fromisoformat(here["to"])
        if high >= end:
            return None
        span = end - high if here["from"] is None else 2 * (high - datetime.fromisoformat(here["from"]))
        # Given up once, given up for the rest: counts that never fit would else cost every window all its attempts.
        loose = {"loose": True} if here.get("loose") else {}
        return {"from": _stamp(high), "to": _stamp(min(end, high + span)), "edge": True, **loose}


def _is_at(row: Row, stamp: str) -> bool:
    summary: dict[str, Any] = next(iter(row.get("summaries") or []), {})
    try:
        return datetime.fromisoformat(summary.get("lastUpdatedDate", "")) == datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        return False


def _whole(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
