"""Shopify (Admin GraphQL API, version 2026-10)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from integrations import shopify_queries as queries
from integrations.connector import Cursor, Identity, Page, Row, Stream, Window
from integrations.errors import ConfigWrong, IntegrationError, Retriable
from integrations.http_session import Answer, Call
from integrations.platform_connector import Access, PlatformConnector
from integrations.records import Record
from integrations.shopify_bulk import ShopifyBulk
from integrations.shopify_bulk_queries import bulk_query
from integrations.shopify_graphql import ShopifyGraphQL
from integrations.shopify_missing import is_gid, missing_levels, missing_records
from integrations.shopify_records import customer, inventory_levels, order, product
from integrations.shopify_tokens import can_ask, exchanged, is_worn
from integrations.tokens import Secrets

API_VERSION = "2026-10"
ALL_ORDERS = "read_all_orders"  # without it, orders older than 60 days are not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """How a stream is asked for: the list, one row of it, and the list nested in each row."""

    document: str
    root: str
    one: str
    gid: str
    start_size: int
    nested: str | None = None
    nested_document: str = ""
    nested_size: int = 0


_LISTINGS = {
    "products": _Listing(
        document=queries.PRODUCTS,
        root="products",
        one=queries.PRODUCT,
        gid="Product",
        start_size=25,
        nested="variants",
        nested_document=queries.PRODUCT_VARIANTS,
        nested_size=10,
    ),
    "orders": _Listing(
        document=queries.ORDERS,
        root="orders",
        one=queries.ORDER,
        gid="Order",
        start_size=10,
        nested="lineItems",
        nested_document=queries.ORDER_LINES,
        nested_size=5,
    ),
    "inventory": _Listing(
        document=queries.INVENTORY_ITEMS,
        root="inventoryItems",
        one=queries.INVENTORY_ITEM,
        gid="InventoryItem",
        start_size=25,
        nested="inventoryLevels",
        nested_document=queries.ITEM_LEVELS,
        nested_size=5,
    ),
    "customers": _Listing(document=queries.CUSTOMERS, root="customers", one=queries.CUSTOMER, gid="Customer", start_size=100),
}


def _supported_until(version: str) -> date | None:
    """Each quarterly version is supported for at least twelve months from its first day (shopify.dev, API versioning)."""
    year, _, month = version.partition("-")
    return date(int(year) + 1, int(month), 1) if year.isdigit() and month.isdigit() and 1 <= int(month) <= 12 else None


class Shopify(PlatformConnector):
    """External ids are whole gids ("gid://shopify/Product/1") everywhere; a stock level is "item gid@location gid"."""

    platform = "shopify"
    title = "Shopify"
    streams: ClassVar = {
        "products": Stream(incremental=True, scopes=("read_products",)),
        "orders": Stream(incremental=True, scopes=("read_orders",)),
        "inventory": Stream(
            incremental=False, scopes=("read_inventory",), note="Read whole each time: quantities move without moving the item's time."
        ),
        "customers": Stream(
            incremental=True, lookback_s=48 * 3600, scopes=("read_customers",), note="Shopify finds changed customers by whole days."
        ),
    }
    admin_paths: ClassVar = {
        "products": "/admin/products", "orders": "/admin/orders", "inventory": "/admin/products/inventory", "customers": "/admin/customers",
    }  # fmt: skip
    id_fields: ClassVar = {"products": "id", "orders": "id", "customers": "id"}
    secret_names = ()  # one of two: a token that lasts, or a client that tokens are asked for with
    optional_secret_names = ("access_token", "client_id", "client_secret")
    page_size = 250
    lookup_size = 250
    bulk_threshold: ClassVar[int] = 5_000  # a stream of more records is read by a bulk operation, when it is read whole
    can_renew = True
    requests_per_second = 100.0  # points a second on the Standard plan; each answer tells the real rate
    burst = 2000.0

    def __init__(self, access: Access) -> None:
        credentials = access.credentials
        if not credentials.secrets.get("access_token") and not can_ask(credentials.secrets):
            raise ConfigWrong(
                f"{credentials.store}: the secret access_token is missing.",
                hint="Enter access_token, or client_id and client_secret, under Stores → Credentials.",
            )
        secrets = {"access_token": "", **credentials.secrets}  # so that a first token, too, is one that replaces another
        super().__init__(replace(access, credentials=replace(credentials, secrets=secrets)))
        self._graphql = ShopifyGraphQL(self.http, f"/admin/api/{API_VERSION}/graphql.json", self.page_size, self._keep_token)
        self._bulk = ShopifyBulk(self._graphql, self.http, access, self.page_size)
        self._identity: Identity | None = None

    def identify(self) -> Identity:
        """The shop, its currency and what the app may read.

        `api_version` is the one that Shopify says it answers with: a later one than ours once ours is retired (it falls forward to
        the oldest that is supported; not confirmed by Shopify's documents). A version that it does not know is ConfigWrong (404).
        """
        said = self._graphql.ask(queries.IDENTIFY, {})
        told = {scope["handle"] for scope in said["currentAppInstallation"]["accessScopes"]}
        scopes = frozenset(told | {f"read_{scope.removeprefix('write_')}" for scope in told if scope.startswith("write_")})
        self._identity = Identity(
            name=said["shop"]["name"],
            currency=said["shop"]["currencyCode"],
            platform_time=self.http.clock.time(),
            api_version=self._graphql.version or API_VERSION,
            api_version_until=_supported_until(self._graphql.version or API_VERSION),
            granted_scopes=scopes,
            history_days=None if ALL_ORDERS in scopes else 60,
        )
        return self._identity

    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """One page, its nested lists read to their end; a large stream that is read whole comes from a bulk operation.

        Cursors are Shopify's `endCursor`, which name a place, not a number, or those of shopify_bulk.py.
        Raises: as Connector; RateLimited while a bulk operation is under way, which may be for hours.
        """
        listing = _LISTINGS[stream]
        search = search_terms(stream, window)
        if cursor is None and window.start is None and self._is_large(stream, search):
            scopes = self._scopes()
            query = bulk_query(stream, search, with_products="read_products" in scopes, with_customers="read_customers" in scopes)
            return Page((), self._bulk.begin(query, window.end), has_more=True)
        if isinstance(cursor, dict):
            if "bulk" in cursor:
                return self._bulk.page(stream, cursor)
            cursor = cursor["after"]
        variables = {"after": cursor, **({} if search is None else {"query": search}), **self._nested_variables(listing)}
        found = self._graphql.ask_sized(listing.document, variables, listing.start_size)[listing.root]
        info = found["pageInfo"]
        return Page([self._whole(listing, row) for row in found["nodes"]], info["endCursor"], has_more=info["hasNextPage"])

    def context(self, stream: str) -> str:
        """The shop's currency, which rows of products do not say."""
        return str(self._identity.currency) if stream == "products" and self._identity else ""

    def to_records(self, stream: str, row: Row) -> Sequence[Record]:
        """See Connector; the currency of products is the shop's, as `identify` said."""
        if stream == "products":
            return (product(row, self._identity.currency if self._identity else None),)
        if stream == "inventory":
            return inventory_levels(row)
        return (order(row),) if stream == "orders" else (customer(row),)

    def fetch_row(self, stream: str, external_id: str) -> Row | None:
        """One row by its gid; None when Shopify answers null, or the id is none of this kind."""
        listing = _LISTINGS[stream]
        gid, _, location = external_id.partition("@")
        if not is_gid(listing.gid, gid):
            return None
        row = self._graphql.ask(listing.one, {"id": gid, **self._nested_variables(listing)})["row"]
        if row is None:
            return None
        row = self._whole(listing, row)
        if not location:
            return row
        levels = [level for level in row["inventoryLevels"] if level["location"]["id"] == location]
        return {**row, "inventoryLevels": levels} if levels else None

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """See Connector. Of orders nothing is said without read_all_orders: Shopify answers null for older ones that live."""
        if stream == "inventory":
            return missing_levels(self._graphql, external_ids)
        if stream == "orders" and (self._identity or self.identify()).history_days is not None:
            return {}
        return missing_records(self._graphql, _LISTINGS[stream].gid, external_ids)

    def sign(self, call: Call) -> Call:
        """The token in its header."""
        return replace(call, headers={**call.headers, "X-Shopify-Access-Token": self.tokens.current["access_token"]})

    def classify(self, answer: Answer) -> IntegrationError | None:
        """See ShopifyGraphQL."""
        return self._graphql.classify(answer)

    def renewed(self, secrets: Secrets) -> Secrets:
        """A new token for the client's id and secret; a token that was pasted alone cannot be renewed."""
        return exchanged(self.http, secrets, time.time())

    def _keep_token(self) -> None:
        seen = self.tokens.current
        if not is_worn(seen, time.time()):
            return
        try:
            self.tokens.renew(seen)
        except Retriable:
            if not seen["access_token"]:  # else it is good for some minutes yet
                raise

    def _scopes(self) -> frozenset[str]:
        return (self._identity or self.identify()).granted_scopes or frozenset()

    def _is_large(self, stream: str, search: str | None) -> bool:
        if stream == "inventory" and "read_products" not in self._scopes():
            return False  # items are counted by their variants, which these credentials may not see
        return self._bulk.is_larger(stream, search, self.bulk_threshold)

    def _nested_variables(self, listing: _Listing) -> dict[str, Any]:
        scopes = self._scopes()
        known: Mapping[str, Any] = {
            "$nested": listing.nested_size,
            "$withProducts": "read_products" in scopes,
            "$withCustomers": "read_customers" in scopes,
        }
        return {name[1:]: value for name, value in known.items() if f"{name}:" in listing.document}

    def _whole(self, listing: _Listing, row: Row) -> Row:
        if listing.nested is None:
            return row
        inner = row[listing.nested]
        if not inner["pageInfo"]["hasNextPage"]:
            return {**row, listing.nested: inner["nodes"]}
        variables = {name: value for name, value in self._nested_variables(listing).items() if f"${name}:" in listing.nested_document}
        more = self._graphql.follow(listing.nested_document, {"id": row["id"], **variables}, listing.nested, inner["pageInfo"])
        return {**row, listing.nested: [*inner["nodes"], *more]}


def search_terms(stream: str, window: Window) -> str | None:
    """The search that selects `window`; None selects all.

    Times stand in single quotes: without them Shopify reads no further than the day. Products are found in the status active
    alone unless all are named; orders in any status unless one is. Customers are found by whole days, so that an upper bound
    would leave out today's: they have none, and Shopify's cursors keep their place meanwhile.
    """
    terms = ["status:active,draft,archived,unlisted"] if stream == "products" else []
    if stream == "inventory":
        return None
    if window.start is not None:
        terms.append(f"updated_at:>='{_stamp(window.start.replace(microsecond=0))}'")
    if stream != "customers":
        end = window.end if window.end.microsecond == 0 else window.end.replace(microsecond=0) + timedelta(seconds=1)
        terms.append(f"updated_at:<'{_stamp(end)}'")
    return " AND ".join(terms) or None


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
