"""Reads a large stream whole by a bulk operation: Shopify runs the query by itself and gives a file, at no cost in points.

What changes while it runs is read by the next incremental window, which begins where this one was frozen to end. Whenever an
operation or its file does not come to a whole (failed, cancelled, expired, in part, cut, refused), the stream is read page by
page instead, from the beginning: slower, and just as complete; partial data is never used.

Cursors: {"bulk": id} waits for the operation · {"bulk": id, "part": n} reads its file from part n on · {"after": None} begins to
read page by page. The file's address is asked for anew each time: it is signed, and so nothing for a checkpoint or a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations import shopify_bulk_queries as queries
from integrations.connector import Cursor, Page
from integrations.download import open_download
from integrations.errors import ContractBroken, NeedsPerson, RateLimited, ScopeMissing
from integrations.fields import moment, whole
from integrations.http_session import HttpSession
from integrations.platform_connector import Access
from integrations.shopify_bulk_file import BulkFile, Unreadable
from integrations.shopify_graphql import ShopifyGraphQL

BY_PAGES = {"after": None}
SHORTEST_WAIT_S, LONGEST_WAIT_S = 5.0, 60.0
LARGEST_FILE = 1_000_000_000_000  # it is never in memory; this only ends a file without an end

_UNDER_WAY = ("CREATED", "RUNNING", "CANCELING")
_COUNTS = {
    "products": queries.COUNT_PRODUCTS,
    "orders": queries.COUNT_ORDERS,
    "inventory": queries.COUNT_ITEMS,
    "customers": queries.COUNT_CUSTOMERS,
}


class ShopifyBulk:
    """Bulk operations of one shop. `per_page` is about how many records a page has."""

    def __init__(self, graphql: ShopifyGraphQL, http: HttpSession, access: Access, per_page: int) -> None:
        self._graphql, self._http, self._access, self._per_page = graphql, http, access, per_page

    def is_larger(self, stream: str, search: str | None, threshold: int) -> bool:
        """Whether the stream has more than `threshold` records. Raises: any IntegrationError but Unmappable."""
        document = _COUNTS[stream]
        variables: dict[str, Any] = {"limit": threshold + 1, **({"query": search} if "$query" in document else {})}
        counted = self._graphql.ask(document, variables).get("count")
        return counted is not None and (whole(counted, "count") or 0) > threshold

    def begin(self, query: str, since: datetime) -> Cursor:
        """Start the operation, or find the one that this run started before it was stopped; where to go on.

        `since` is when the run's window was frozen: an older operation, though of the same words, may lack changes.
        Raises: RateLimited while as many operations run as may; any IntegrationError but Unmappable.
        """
        for known in self._graphql.ask(queries.RECENT, {})["bulkOperations"]["nodes"]:
            created = moment(known, "createdAt")
            if known["query"] == query and known["status"] in (*_UNDER_WAY, "COMPLETED") and created and created >= since:
                return {"bulk": known["id"]}
        try:
            said = self._graphql.ask(queries.RUN, {"query": query})["bulkOperationRunQuery"] or {}
        except ScopeMissing:  # some tokens may read, but not in bulk; a right to read that is missing is named by the pages
            return BY_PAGES
        started = said.get("bulkOperation")
        if started:
            return {"bulk": started["id"]}
        codes = {error.get("code") for error in said.get("userErrors") or ()}
        if codes & {"LIMIT_REACHED", "OPERATION_IN_PROGRESS"}:
            raise RateLimited(
                f"{self._http.what} runs as many bulk operations as it may; ours comes after them.", retry_after_s=LONGEST_WAIT_S
            )
        return BY_PAGES

    def page(self, stream: str, cursor: Mapping[str, Any]) -> Page:
        """The next page. Raises: RateLimited while Shopify works; any IntegrationError but Unmappable."""
        name = f"{self._http.base} {cursor['bulk']}"
        try:
            file = BulkFile.at_hand(name) or self._fetched(name, cursor["bulk"])
            if file is None:
                return Page((), total=0)
            part = int(cursor.get("part", 0))
            rows = file.rows(part, lambda row, children: queries.whole_row(stream, row, children))
        except Unreadable:
            return Page((), BY_PAGES, has_more=True)
        has_more = part + 1 < file.parts
        if not has_more:
            file.discard()
        total = None if stream == "inventory" else file.roots  # an item is as many records as it has places
        return Page(rows, {"bulk": cursor["bulk"], "part": part + 1}, has_more=has_more, total=total)

    def _fetched(self, name: str, operation_id: str) -> BulkFile | None:
        """The operation's file, on our disk now; None when it is proven empty. Raises: Unreadable, RateLimited, Retriable."""
        told = self._graphql.ask(queries.OPERATION, {"id": operation_id})["bulkOperation"] or {}
        objects, roots = whole(told, "objectCount") or 0, whole(told, "rootObjectCount") or 0
        if told.get("status") in _UNDER_WAY:
            raise RateLimited(f"{self._http.what} is preparing the records; {objects:,} objects so far.", retry_after_s=self._wait_s(told))
        if told.get("status") != "COMPLETED":
            raise Unreadable(f"the operation is {told.get('status', 'unknown')}")
        if not told.get("url"):
            if objects:
                raise Unreadable("the operation has objects and no file")
            return None
        try:
            with open_download(
                self._http.what,
                str(told["url"]),
                limits=self._access.limits,
                max_bytes=LARGEST_FILE,
                allow_private=self._access.allow_private,
            ) as file:
                return BulkFile.keep(name, file.pieces, objects=objects, roots=roots, per_part=self._per_page)
        except (NeedsPerson, ContractBroken):  # the address has expired, leads elsewhere, or is none that we call
            raise Unreadable("the file was refused") from None

    def _wait_s(self, told: Mapping[str, Any]) -> float:
        """A quarter of the time that it has taken so far."""
        created, now = moment(told, "createdAt"), self._http.clock.time() or datetime.now(UTC)
        age_s = (now - created).total_seconds() if created else 0.0
        return min(max(age_s / 4, SHORTEST_WAIT_S), LONGEST_WAIT_S)
