"""Amazon (Selling Partner API): Orders 2026-01-01, Listings Items 2021-08-01, FBA Inventory v1, Reports 2021-06-30.

Facts that Amazon does not state, and how we live with them: whether a listing's lastUpdatedDate moves with every quantity or
price (stock is read whole each time; a full sync now and then covers prices); whether page tokens of orders keep their place
while orders change (the window is frozen, and each run reaches back ten minutes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from integrations.amazon_calls import AmazonCalls
from integrations.amazon_errors import token_error
from integrations.amazon_listings import PRODUCT_SETS, Listings
from integrations.amazon_marketplaces import endpoint, marketplace, token_url
from integrations.amazon_missing import missing_levels, missing_products
from integrations.amazon_orders import Orders
from integrations.amazon_records import inventory_levels, order, product
from integrations.amazon_report import AllListings
from integrations.amazon_stock import Stock
from integrations.amazon_windows import ListingWalk
from integrations.connector import Cursor, Identity, Page, Row, Stream, Window
from integrations.errors import ContractBroken, IntegrationError, ScopeMissing, Unmappable
from integrations.http_session import Answer, Call
from integrations.platform_connector import Access, PlatformConnector
from integrations.records import Record
from integrations.tokens import Secrets

API_VERSION = "Orders 2026-01-01, Listings Items 2021-08-01"
SETTLE_S = 127.0  # orders of the last two minutes are not told, of listings nothing is promised; some seconds more for the clocks
_RECENT = 50  # products of the last pages that a cursor remembers
_IDS = {"products": "sku", "orders": "orderId"}


class Amazon(PlatformConnector):
    """External ids: products and variants are seller SKUs, a family has its parent's; orders 3-7-7, their lines "order:item"; stock "place:SKU"."""

    platform = "amazon"
    title = "Amazon"
    streams: ClassVar = {
        "products": Stream(
            incremental=True,
            lookback_s=600,
            settle_s=SETTLE_S,
            scopes=("Product Listing",),
            note="Amazon does not say whether every price moves a listing's date: run a full sync now and then.",
        ),
        "orders": Stream(
            incremental=True,
            lookback_s=600,
            settle_s=SETTLE_S,
            scopes=("Inventory and Order Tracking",),
            note="Amazon tells no payments or refunds here: “paid” is derived from the status, refunds are not shown. Two years back at most.",
        ),
        "inventory": Stream(
            incremental=False,
            settle_s=SETTLE_S,
            scopes=("Amazon Fulfillment", "Product Listing"),
            note="Amazon has no list of changed merchant stock: all listings are read each time.",
        ),
        "customers": Stream(
            incremental=False, is_offered=False, note="Amazon has no customer list, by policy; orders name a masked buyer."
        ),
    }
    mapping_version = 2  # since 2, lines are named by order and item
    id_fields: ClassVar = _IDS
    secret_names = ("client_id", "client_secret", "refresh_token", "seller_id", "marketplace_id")
    optional_secret_names = ("access_token",)
    page_size = 100
    requests_per_second = 1.0  # of Login with Amazon, which `http` calls; the API's operations have buckets of their own
    burst = 5.0
    can_renew = True

    def __init__(self, access: Access) -> None:
        credentials = access.credentials
        secrets = credentials.secrets
        self._market = marketplace(secrets.get("marketplace_id", ""), credentials.store) if secrets.get("marketplace_id") else None
        address = endpoint(credentials.address, self._market.region) if self._market else credentials.address
        super().__init__(replace(access, credentials=replace(credentials, address=address)))
        assert self._market is not None  # a missing secret was refused above
        account = hashlib.blake2b(f"{secrets['client_id']}\n{secrets['seller_id']}".encode(), digest_size=8).hexdigest()
        self._calls = AmazonCalls(self.what, self.http.base, tokens=self.tokens, sign=self.sign, access=access, account=account)
        market_id = self._market.marketplace_id
        self._listings = Listings(self._calls, secrets["seller_id"], market_id)
        self._walk = ListingWalk(self._listings, AllListings(self._calls, market_id))
        self._orders = Orders(self._calls, self._market)
        self._stock = Stock(self._calls, self._listings, self._walk, market_id)

    def identify(self) -> Identity:
        """Look at one listing, which any seller may; Amazon does not tell an application which roles it has."""
        assert self._market is not None
        with suppress(ScopeMissing):  # an application for orders alone; what it may not read is said when it is read
            self._listings.search({"includedData": "summaries", "pageSize": 1})
        return Identity(
            name=f"{self._market.name} ({self.tokens.current['seller_id']})",
            currency=self._market.currency,
            platform_time=self._calls.time(),
            api_version=API_VERSION,
        )

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """See Connector; Amazon does not tell an application which roles it has."""

        def last_hour() -> Window:
            end = self._calls.time() or datetime.now(UTC)
            return Window(end - timedelta(hours=1), end)

        return {
            "Product Listing": lambda: self._listings.search({"includedData": "summaries", "pageSize": 1}),
            "Inventory and Order Tracking": lambda: self._orders.page(last_hour(), None, 1),
            "Amazon Fulfillment": lambda: self._stock.page(last_hour(), None, 1),
        }

    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """One page; products with all their variants."""
        if stream == "orders":
            if self._calls.time() is None:
                self.identify()  # the window's end has to be cut on Amazon's clock
            return self._orders.page(window, cursor, self.page_size)
        if stream == "inventory":
            return self._stock.page(window, cursor, self.page_size)
        return self._products(window, cursor)

    def to_records(self, stream: str, row: Row) -> Sequence[Record]:
        """See Connector."""
        try:
            if stream == "products":
                return (product(row),)
            return (order(row),) if stream == "orders" else inventory_levels(row)
        except Unmappable as error:
            error.external_id = error.external_id or str(row.get(_IDS.get(stream, "sku")) or row.get("sellerSku") or "")[:128]
            raise

    def fetch_row(self, stream: str, external_id: str) -> Row | None:
        """One row by order id, SKU or "place:SKU"; None when Amazon answers that it does not exist."""
        if stream == "orders":
            return self._orders.one(external_id)
        if stream == "inventory":
            return self._stock.one(external_id)
        row = self._listings.one(external_id, PRODUCT_SETS)
        return None if row is None else self._listings.whole(row)

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """See Connector. Orders are never missing: Amazon deletes none, and stops showing those of more than two years."""
        if stream == "orders":
            return {}
        return missing_products(self._listings, external_ids) if stream == "products" else missing_levels(self._stock, external_ids)

    def sign(self, call: Call) -> Call:
        """The access token in its header."""
        return replace(call, headers={**call.headers, "x-amz-access-token": self.tokens.current["access_token"]})

    def classify(self, answer: Answer) -> IntegrationError | None:
        """Login with Amazon's errors; the API's own are in amazon_errors.api_error."""
        return token_error(self.what, self.http.quote, answer)

    def renewed(self, secrets: Secrets) -> Secrets:
        """A new access token, which lives an hour; the refresh token stays (one that changed is kept nevertheless)."""
        form = {"grant_type": "refresh_token", **{name: secrets[name] for name in ("refresh_token", "client_id", "client_secret")}}
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        answer = self.http.send(Call("POST", token_url(self.http.base), (), headers, urlencode(form).encode()), is_signed=False)
        given: Any = answer.json if isinstance(answer.json, dict) else {}
        if not isinstance(given.get("access_token"), str):
            raise ContractBroken(f"{self.what}: Login with Amazon gave no access token.", hint="Report it; the platform may have changed.")
        return {name: given[name] for name in ("access_token", "refresh_token") if isinstance(given.get(name), str)}

    def _products(self, window: Window, cursor: Cursor) -> Page:
        recent = cursor["recent"] if cursor is not None else []
        part = self._walk.page(window, None if cursor is None else cursor["walk"], PRODUCT_SETS, self.page_size)
        rows = self._listings.products(part.rows, recent, parents_come_too=part.is_every)
        # A family whose children stand on two pages would make both of them the same.
        seen = [] if part.is_every else [*recent, *(row["sku"] for row in rows)][-_RECENT:]
        return Page(rows, {"walk": part.cursor, "recent": seen}, has_more=part.has_more, truncated=part.truncated)
