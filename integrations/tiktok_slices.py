"""Walks TikTok's searches so that no row is lost while the shop goes on selling.

A search's page tokens count rows from its beginning (the documented sample decodes to "offset=0"): a row that leaves the search
while it is read shifts the others, and product searches stop at 10,000 rows. So nothing here relies on tokens: the window is cut
into slices of time so short that each fits one answer, which is one moment of the shop.
- A search that comes in the order of change (orders) may overflow its slice: the next one begins at the second of its last row.
- A second with more rows than one answer holds is read by tokens. When its count falls on the way, it is read again.

Cursors: {"from": s, "to": s}, both inclusive Unix seconds, None without bound; with "over" and "left" where it is known how many rows
there are from "from" to "over". Within one second also {"token", "of": the count at first, "seen": rows so far, "again": how often it
was begun anew}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.connector import Cursor, Row
from integrations.errors import ContractBroken
from integrations.http_session import HttpSession
from integrations.tiktok_calls import TikTokCalls, rows_of

EARLIEST = 1_577_836_800  # 2020-01-01: before TikTok had shops
SEARCH_CEILING = 10_000
FILL = 0.7  # of a page: how full the next slice is hoped to be
MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A search by time of change."""

    path: str
    rows: str
    page_size: int
    until: str  # the name of the upper bound
    is_until_inclusive: bool = False
    is_sorted: bool = True
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows and where to go on, None at the end. `is_cut`: TikTok showed fewer rows than it has."""

    rows: Sequence[Row]
    following: Cursor
    total: int | None = None
    is_cut: bool = False


class TimeSlices:
    """Searches of one shop."""

    def __init__(self, http: HttpSession, calls: TikTokCalls) -> None:
        self._http = http
        self._calls = calls

    def read(self, listing: Listing, low: int | None, high: int | None, cursor: Cursor) -> Slice:
        """The next slice of what changed from `low` to `high`, both inclusive; `high` None reads on to the present.

        Raises: any IntegrationError but Unmappable.
        """
        at: dict[str, Any] = cursor or {"from": low, "to": high}
        start, stop = at["from"], at["to"]
        try:
            rows, token, total = self._ask(listing, start, stop, at.get("token", ""))
        except ContractBroken:  # a token that is no longer known has no documented code (unverified)
            if not at.get("token") or at["again"] >= MOST_RESTARTS:
                raise
            return Slice((), {"from": start, "to": stop, "again": at["again"] + 1})  # what "over" and "left" knew is old by now
        if "seen" in at:
            return self._within_second(listing, at, rows, token, total, high)
        is_whole = not token or (total is not None and total <= len(rows) < listing.page_size)
        if is_whole:
            return Slice(rows, self._onward(listing, at, len(rows), high), total)
        if listing.is_sorted and (last := _ascending_to(rows, start, stop)) is not None:
            return Slice(rows, {"from": last, "to": stop}, total)
        if start is not None and start == stop:
            within = {"token": token, "of": total, "seen": len(rows), "again": at.get("again", 0)}
            return Slice(rows, {**at, **within}, total)
        return Slice((), self._narrower(listing, start, stop, rows, total), total)

    def _within_second(
        self, listing: Listing, at: dict[str, Any], rows: list[Row], token: str, total: int | None, high: int | None
    ) -> Slice:
        seen = at["seen"] + len(rows)
        anew: dict[str, Any] = {name: at[name] for name in ("from", "to", "over", "left") if name in at}
        if None not in (total, at["of"]) and total < at["of"] and at["again"] < MOST_RESTARTS:  # rows left: others moved up past us
            return Slice(rows, {**anew, "again": at["again"] + 1}, total)
        if token and rows:
            return Slice(rows, {**at, "token": token, "seen": seen}, total)
        is_cut = seen >= SEARCH_CEILING or (total is not None and seen < total)
        return Slice(rows, self._onward(listing, anew, seen, high), total, is_cut)

    def _onward(self, listing: Listing, at: Mapping[str, Any], count: int, high: int | None) -> Cursor:
        """What comes after a slice that held `count` rows: as far as the rows that are left may fill one page."""
        stop, over, left = at["to"], at.get("over"), at.get("left")
        if stop is None or (high is not None and stop >= high):
            return None
        if over is None or stop >= over:
            return {"from": stop + 1, "to": high}
        left = None if left is None else max(left - count, 0)
        if left is not None and left <= listing.page_size:
            return {"from": stop + 1, "to": over}
        share = _share(listing, left) if count else 0.5
        return {"from": stop + 1, "to": stop + max(1, int((over - stop) * share)), "over": over, "left": left}

    def _narrower(self, listing: Listing, start: int | None, stop: int | None, rows: Sequence[Row], total: int | None) -> Cursor:
        begin = EARLIEST if start is None else start
        over = max(self._now(), begin) if stop is None else stop
        end = begin + max(1, int((over - begin + 1) * _share(listing, total))) - 1
        crowded, count = Counter(row.get("update_time") for row in rows).most_common(1)[0] if rows else (None, 0)
        if isinstance(crowded, int) and begin <= crowded <= end and 2 * count > len(rows):
            end = max(crowded - 1, begin)  # the second that an import or a bulk edit fell into stands alone
        return {"from": start, "to": end, "over": over, "left": total}

    def _ask(self, listing: Listing, start: int | None, stop: int | None, token: str) -> tuple[list[Row], str, int | None]:
        until = None if stop is None else stop if listing.is_until_inclusive else stop + 1
        body = {**listing.body, "update_time_ge": start, listing.until: until}
        order = {"sort_field": "update_time", "sort_order": "ASC"} if listing.is_sorted else {}
        params: dict[str, str | int] = {"page_size": listing.page_size, "page_token": token, **order}
        data = self._calls.search(listing.path, {name: value for name, value in body.items() if value is not None}, params)
        rows = rows_of(self._http.what, listing.path, data, listing.rows)
        following = data.get("next_page_token") or ""
        total = data.get("total_count")
        if not isinstance(following, str) or not isinstance(total, int | None):
            raise ContractBroken(f"{self._http.what} {listing.path}: the page's token or count cannot be read.", hint="Report it.")
        return rows, following, total

    def _now(self) -> int:
        return int((self._http.clock.time() or datetime.now(UTC)).timestamp())


def _share(listing: Listing, total: int | None) -> float:
    return min(0.5, FILL * listing.page_size / total) if total else 0.5


def _ascending_to(rows: Sequence[Row], start: int | None, stop: int | None) -> int | None:
    """The second of the last row when all rows are in order, within bounds, and more than a second apart; else None."""
    known = [time for row in rows if isinstance(time := row.get("update_time"), int)]
    if len(known) != len(rows) or not known or known != sorted(known):
        return None
    first, last = known[0], known[-1]
    # "Update times may exceed the selected search range due to ongoing data refreshes": then the order is not the search's.
    if (start is not None and first < start) or (stop is not None and last > stop) or last == first:
        return None
    return last
