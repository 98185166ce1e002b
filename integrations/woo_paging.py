"""Walks WooCommerce's lists so that no row is lost while the shop goes on working.

Page numbers shift when a row before them goes away, so nothing here relies on them:
- `changed` goes by the time of change: each page begins at the second where the last one ended. More rows than a page holds in
  one second are read by id, within that second. A list that does not come in the order of change is read by id as a whole.
- `by_id` goes by row offset in the order of ids, each page overlapping the last by a row. Where the overlap is missing, rows
  before us went away: we step back until the pages meet again.

Cursors: {"walk": "modified", "from": T} · {"walk": "second", "at": T, "offset": n, "last": id} · {"walk": "ids", "offset": n, "last": id},
each with the "total" that the platform told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connector import Cursor, Page, PaginationGuard, Row, Window
from integrations.errors import AnswerTooLarge, ContractBroken, Unavailable
from integrations.http_session import HttpSession

Params = Mapping[str, str | int]
SECOND = timedelta(seconds=1)
SMALL_PAGE = 25


class WooLists:
    """Lists of one shop. `page_size` shrinks, and stays small, when the shop cannot make large pages."""

    def __init__(self, http: HttpSession, page_size: int) -> None:
        self._http = http
        self.page_size = page_size

    def changed(self, path: str, params: Params, window: Window, cursor: Cursor) -> Page:
        """The next page of what changed in `window`. Raises: any IntegrationError but Unmappable."""
        end = _ceiling(window.end)
        start = None if window.start is None else window.start.replace(microsecond=0)
        if cursor is not None and cursor["walk"] == "ids":
            return self.by_id(path, {**params, **_bounds(start, end)}, cursor)
        if cursor is not None and cursor["walk"] == "second":
            return self._one_second(path, params, end, cursor)
        since = start if cursor is None else _when(cursor["from"])
        rows, left = self._list(path, {**params, **_bounds(since, end), "orderby": "modified", "order": "asc"})
        total = left if cursor is None else cursor.get("total")
        times = [_when(row.get("date_modified_gmt")) for row in rows]
        if not _ascending(since, times):
            return Page((), {"walk": "ids", "offset": 0, "last": None, "total": left}, has_more=True, total=total)
        if not self._goes_on(len(rows), left):
            return Page(rows, total=total)
        first, last = times[0], times[-1]
        if first == last:
            return Page((), {"walk": "second", "at": _stamp(first), "offset": 0, "last": None, "of": total}, has_more=True, total=total)
        return Page(rows, {"walk": "modified", "from": _stamp(last), "total": total}, has_more=True, total=total)

    def by_id(self, path: str, params: Params, cursor: Cursor) -> Page:
        """The next page of all rows, in the order of their ids. Raises: any IntegrationError but Unmappable."""
        cursor = cursor or {"walk": "ids", "offset": 0, "last": None, "total": None}
        offset, last, before = cursor["offset"], cursor["last"], cursor.get("total")
        rows, total = self._list(path, {**params, "orderby": "id", "order": "asc", "offset": offset})
        ids = [int(row["id"]) for row in rows]
        if not rows and total is not None and offset < total:  # rows that these credentials may not see still count
            onward = offset + self.page_size
            return Page((), {**cursor, "offset": onward, "total": total}, has_more=onward < total, total=total)
        if offset > 0 and (not rows or (last is not None and min(ids) > last)):
            return Page((), {**cursor, "offset": max(0, offset - self.page_size), "total": total}, has_more=True, total=total)
        if ids != sorted(ids) and None not in (before, total) and total < before:  # unordered: only the count tells that rows went away
            return Page((), {**cursor, "offset": max(0, offset - (before - total)), "total": total}, has_more=True, total=total)
        seen = max([last or 0, *ids]) if len(rows) > 1 else None  # a page of one row leaves nothing to overlap
        following = {**cursor, "offset": offset + max(1, len(rows) - 1), "last": seen, "total": total}
        return Page(rows, following, has_more=self._goes_on(offset + len(rows), total, len(rows)), total=total)

    def everything(self, path: str, params: Params) -> list[Row]:
        """A nested list, read to its end, each row once. Raises: any IntegrationError but Unmappable."""
        found: dict[int, Row] = {}
        cursor: Cursor = None
        guard = PaginationGuard(f"{self._http.what} {path}", cursor)
        while True:
            page = self.by_id(path, params, cursor)
            guard.check(page)
            found.update((int(row["id"]), row) for row in page.rows)
            if not page.has_more:
                return list(found.values())
            cursor = page.cursor

    def one(self, path: str, params: Params) -> Row:
        """One row by its address. Raises: NotThere; any IntegrationError but Unmappable."""
        row: Any = self._http.get(path, params).json
        if not isinstance(row, dict) or "id" not in row:
            raise ContractBroken(
                f"{self._http.what}: {path} is not an object with an id.", hint="Look for a plugin that changes the REST API."
            )
        return row

    def _one_second(self, path: str, params: Params, end: datetime, cursor: Cursor) -> Page:
        at = _when(cursor["at"])
        assert at is not None
        page = self.by_id(path, {**params, **_bounds(at, min(at + SECOND, end))}, cursor)
        if page.has_more:
            return Page(page.rows, page.cursor, has_more=True, total=cursor.get("of"))
        onward = {"walk": "modified", "from": _stamp(at + SECOND), "total": cursor.get("of")}
        return Page(page.rows, onward, has_more=at + SECOND < end, total=cursor.get("of"))

    def _goes_on(self, seen: int, total: int | None, page_rows: int | None = None) -> bool:
        if total is not None:  # a shop may give smaller pages than we asked for
            return seen < total
        return (seen if page_rows is None else page_rows) >= self.page_size

    def _list(self, path: str, params: Params) -> tuple[list[Row], int | None]:
        try:
            return self._ask(path, params)
        except (AnswerTooLarge, Unavailable):
            # A page on which PHP runs out of memory or time does so each time; a smaller one may not.
            if self.page_size <= SMALL_PAGE:
                raise
            self.page_size = SMALL_PAGE
        return self._ask(path, params)

    def _ask(self, path: str, params: Params) -> tuple[list[Row], int | None]:
        answer = self._http.get(path, {**params, "per_page": self.page_size})
        rows: Any = answer.json
        if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
            raise ContractBroken(
                f"{self._http.what}: {path} is not a list of objects with ids.", hint="Look for a plugin that changes the REST API."
            )
        total = answer.headers.get("X-WP-Total", "")
        return rows, int(total) if total.isascii() and total.isdigit() else None


def _bounds(since: datetime | None, end: datetime) -> dict[str, str]:
    # Both bounds are exclusive, in whole seconds. With dates_are_gmt a zone in the value would be converted to the shop's own.
    bounds = {"dates_are_gmt": "true", "modified_before": _stamp(end)}
    return bounds if since is None else {**bounds, "modified_after": _stamp(since - SECOND)}


def _ascending(since: datetime | None, times: list[datetime | None]) -> bool:
    known = [time for time in times if time is not None]
    if len(known) != len(times):
        return False
    return all(a <= b for a, b in zip([since or datetime.min.replace(tzinfo=UTC), *known], known, strict=False))


def _ceiling(end: datetime) -> datetime:
    return end if end.microsecond == 0 else end.replace(microsecond=0) + SECOND


def _when(stamp: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(stamp)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _stamp(time: datetime | None) -> str:
    assert time is not None
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
