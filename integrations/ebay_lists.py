"""Walks eBay's lists so that no record is lost while the shop goes on working.

`numbered` follows `next` through a list whose pages have numbers (inventory items) or offsets (orders). eBay lets us choose no
order, and a record that goes away moves all later ones up; so when the total falls, the walk goes back a page for what slipped by.
(One that goes away in the same moment as another comes is not seen this way; lists of items are read whole by each run.)

`changed` needs no page numbers: it reads orders by time of change, in windows that hold no more than a page, so that each answer
is whole in itself. An order that is edited meanwhile leaves our past for the present, where the next run finds it. Only the
orders of a single millisecond are read by offset, when they are more than a page.

Cursors: {"query": …, "total": n, "seen": n, "again": n} · {"from": ms, "span": ms, "of": n} · {"at": ms, "of": n, "list": a numbered cursor}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from integrations.address import origin
from integrations.connector import Cursor, Page, PaginationGuard, Row, Window
from integrations.ebay_errors import WindowInFuture
from integrations.errors import ContractBroken, CursorExpired
from integrations.gaps import CEILING, Gap

MS = timedelta(milliseconds=1)
Params = Mapping[str, str | int]
Get = Callable[[str, Params], Any]  # path and query → the JSON of the answer
YEARS_2 = timedelta(days=730) - timedelta(minutes=1)  # older orders are not shown, and a longer range is refused (30830)
FIRST_SPAN_MS = 3_600_000
MOST_RESTARTS = 20
MOST_PROBES = 30


class EbayLists:
    """Lists of one seller, asked through `get`; `now` is eBay's time and `base` the address that pages may lead to."""

    def __init__(self, what: str, base: str, get: Get, now: Callable[[], datetime]) -> None:
        self._what, self._base, self._get, self._now = what, base, get, now

    def numbered(self, path: str, params: Params, name: str, cursor: Cursor) -> Page:
        """The next page of a list, whose rows stand under `name`. Raises: any IntegrationError but Unmappable."""
        cursor = cursor or {"query": None, "total": None, "seen": 0, "again": 0}
        before, again, limit = cursor["total"], cursor["again"], int(params["limit"])
        try:
            content = self._get(path, params if cursor["query"] is None else dict(parse_qsl(cursor["query"], keep_blank_values=True)))
        except CursorExpired:  # so much went away that there is no such page any more
            if cursor["query"] is None or again >= MOST_RESTARTS:
                raise
            return Page((), {"query": None, "total": before, "seen": 0, "again": again + 1}, has_more=True, total=before)
        rows, total = _rows(self._what, content, name), _count(content, "total")
        if cursor["query"] is not None and total is not None and before is not None and total < before:
            back = self._query(path, content.get("prev")) if before - total <= limit else None
            seen = 0 if back is None else max(0, cursor["seen"] - limit)
            return Page((), {"query": back, "total": total, "seen": seen, "again": again + 1}, has_more=True, total=total)
        onward, seen = self._query(path, content.get("next")), cursor["seen"] + len(rows)
        truncated = (
            (Gap(CEILING, f"{total - seen} of {total} rows of {path}"),) if onward is None and total is not None and seen < total else ()
        )
        following = {"query": onward, "total": total, "seen": seen, "again": again}
        return Page(rows, following, has_more=onward is not None, total=total, truncated=truncated)

    def everything(self, path: str, params: Params, name: str) -> list[Row]:
        """A short list, read to its end. Raises: any IntegrationError but Unmappable."""
        found: list[Row] = []
        cursor: Cursor = None
        guard = PaginationGuard(f"{self._what} {path}", cursor)
        while True:
            page = self.numbered(path, params, name, cursor)
            guard.check(page)
            found.extend(page.rows)
            if not page.has_more:
                return found
            cursor = page.cursor

    def changed(self, path: str, limit: int, name: str, window: Window, cursor: Cursor) -> Page:
        """The next page of what changed in `window`; windows without rows are passed over. Raises: any IntegrationError but Unmappable."""
        page = self._changed(path, limit, name, window, cursor)
        for _ in range(MOST_PROBES):
            if page.rows or not page.has_more:
                break
            page = self._changed(path, limit, name, window, page.cursor)
        return page

    def _changed(self, path: str, limit: int, name: str, window: Window, cursor: Cursor) -> Page:
        # Both ends of eBay's range are inside it, and none may be in the future.
        now, end = _ms(self._now()), _ms(window.end + MS - timedelta(microseconds=1)) - 1
        is_open, end = end > now, min(end, now)
        if cursor is None:
            oldest = _ms(self._now() - YEARS_2)
            start = oldest if window.start is None else max(oldest, _ms(window.start))
            cursor = {"from": start, "span": max(end - start + 1, 1), "of": None}
        if "at" in cursor:
            return self._one_moment(path, limit, name, end, cursor)
        start, span = cursor["from"], cursor["span"]
        if start > end:
            return Page((), total=cursor["of"])
        last = min(start + span - 1, end)
        content = self._between(path, limit, start, None if is_open and last == end else last)
        rows, count = _rows(self._what, content, name), _count(content, "total")
        of = count if cursor["of"] is None else cursor["of"]
        if count is None:
            count = len(rows) if content.get("next") is None else len(rows) + limit
        if count > len(rows):  # not whole: a shorter window
            if last == start:
                return Page((), {"at": start, "of": of, "list": None}, has_more=True, total=of)
            return Page((), {"from": start, "span": max(1, (last - start + 1) * limit // (2 * count)), "of": of}, has_more=True, total=of)
        onward = {"from": last + 1, "span": _wider(last - start + 1, count, limit), "of": of}
        return Page(rows, onward, has_more=last < end, total=of)

    def _between(self, path: str, limit: int, start: int, last: int | None) -> Any:
        try:
            return self._get(path, {"filter": modified(start, last), "limit": limit})
        except WindowInFuture:  # our idea of eBay's clock is a little fast
            # A range without an end is never in the future; where its start is, nothing has changed since.
            return {"total": 0} if last is None else self._between(path, limit, start, None)

    def _one_moment(self, path: str, limit: int, name: str, end: int, cursor: Cursor) -> Page:
        at, of = cursor["at"], cursor["of"]
        page = self.numbered(path, {"filter": modified(at, at), "limit": limit}, name, cursor["list"])
        if page.has_more:
            return Page(page.rows, {"at": at, "of": of, "list": page.cursor}, has_more=True, total=of)
        onward = {"from": at + 1, "span": FIRST_SPAN_MS, "of": of}
        return Page(page.rows, onward, has_more=at < end, total=of, truncated=page.truncated)

    def _query(self, path: str, link: object) -> str | None:
        """The query of a link to another page of the list at `path`; it is sent on as it is, to our address and no other."""
        if link is None or link == "":
            return None
        target = urljoin(f"{self._base}{path}", str(link))
        if origin(target) != origin(self._base):
            raise ContractBroken(
                f"{self._what}: the next page of {path} is said to be elsewhere.", hint="Check the address under Stores; report it to eBay."
            )
        return urlsplit(target).query


def modified(start: int, last: int | None) -> str:
    """The filter for orders changed from `start` to `last`, both inclusive, in milliseconds since 1970."""
    return f"lastmodifieddate:[{_stamp(start)}..{'' if last is None else _stamp(last)}]"


def _rows(what: str, content: Any, name: str) -> list[Row]:
    rows = content.get(name) if isinstance(content, dict) else None
    if rows is None and isinstance(content, dict) and not _count(content, "total"):
        return []  # eBay leaves empty lists out; unverified for these two
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContractBroken(f"{what}: the list {name} is missing from an answer.", hint="Report it; eBay may have changed.")
    return rows


def _count(content: Any, name: str) -> int | None:
    value = content.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _wider(span: int, count: int, limit: int) -> int:
    """How long the next window is, so that it is likely to hold much and no more than a page."""
    return span * (8 if count * 8 <= limit else 4 if count * 4 <= limit else 2 if count * 2 <= limit else 1)


def _ms(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // MS


def _stamp(ms: int) -> str:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
