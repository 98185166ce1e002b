"""eBay (Sell REST APIs: Inventory v1, Fulfillment v1), read with a seller's consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from integrations.connector import Cursor, Identity, Page, Row, Stream, Window
from integrations.ebay_errors import CONSENT, TooManyRequests, ebay_error
from integrations.ebay_lists import EbayLists, Params
from integrations.ebay_orders import order, wants_cancel_requests, without_people
from integrations.ebay_products import BULK, NO_SUCH_SKU, EbayProducts
from integrations.ebay_records import inventory_levels, product
from integrations.ebay_tokens import seller_token, with_quota
from integrations.errors import AuthRefused, ConfigWrong, IntegrationError, NotThere, ScopeMissing
from integrations.http_session import Answer, Call, HttpSession
from integrations.platform_connector import Access, PlatformConnector
from integrations.records import Record
from integrations.tokens import Secrets

INVENTORY, FULFILLMENT = "/sell/inventory/v1", "/sell/fulfillment/v1"
ITEMS, ORDERS, LOCATIONS = f"{INVENTORY}/inventory_item", f"{FULFILLMENT}/order", f"{INVENTORY}/location"
_SCOPE = "https://api.ebay.com/oauth/api_scope/sell."
READ_INVENTORY, READ_ORDERS = f"{_SCOPE}inventory.readonly", f"{_SCOPE}fulfillment.readonly"
SKUS_A_PAGE = 50  # a page of products costs a call for each SKU, and a sync can be stopped between pages only
LOCATIONS_A_PAGE = 100
RECENT_ORDERS = 10


class Ebay(PlatformConnector):
    """A product is a SKU or a group of SKUs, a variant a SKU (see ebay_products.py); a stock level is "SKU@location key".

    Only what was listed through the Inventory API is there: listings of Seller Hub or the Trading API are invisible to it.
    """

    platform = "ebay"
    title = "eBay"
    streams: ClassVar = {
        "products": Stream(
            incremental=False,
            scopes=(READ_INVENTORY,),
            note="eBay tells no times of its items: all are read each time, prices with one call per SKU. "
            "Only items made through the Inventory API are there, not those of Seller Hub.",
        ),
        "orders": Stream(incremental=True, scopes=(READ_ORDERS,), note="eBay shows orders of the last two years."),
        "inventory": Stream(incremental=False, scopes=(READ_INVENTORY,), note="eBay tells no times of its items: all are read each time."),
        "customers": Stream(
            incremental=False, is_offered=False, note="eBay has no list of customers; an order tells its buyer's user name."
        ),
    }
    id_fields: ClassVar = {"products": "id", "orders": "orderId"}
    secret_names = ("client_id", "client_secret", "refresh_token")
    page_size = 200
    lookup_size = BULK
    # eBay counts calls by the day and tells no pace. Its answers take longer than this, so that it rarely holds anybody.
    requests_per_second = 100.0
    burst = 100.0
    can_renew = True

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._lists = EbayLists(self.what, self.http.base, self._get, self._now)
        self._products = EbayProducts(self.what, self._get, self._post, self._lists)
        self._locations: Mapping[str, str] | None = None
        self._application = HttpSession(  # asks why we have to wait, beside the line that waits
            self.what,
            access.credentials.address,
            tokens=self.tokens,
            classify=self.classify,
            allow_private=access.allow_private,
            limits=replace(access.limits, tries=1),
        )

    def identify(self) -> Identity:
        """The seller's name and currency, from some recent orders, and which of our two scopes the consent has, by trying them."""
        recent = self._tried(ORDERS, {"limit": RECENT_ORDERS})
        granted = {READ_ORDERS} if recent is not None else set()
        granted |= {READ_INVENTORY} if self._tried(ITEMS, {"limit": 1}) is not None else set()
        orders = (recent or {}).get("orders") or []
        sellers = [name for each in orders if (name := each.get("sellerId"))]
        currencies = {((each.get("pricingSummary") or {}).get("total") or {}).get("currency") for each in orders}
        return Identity(
            name=str(sellers[-1]) if sellers else self.http.base,
            currency=currencies.pop() if len(currencies) == 1 else None,  # a seller may sell in several countries
            platform_time=self.http.clock.time(),
            api_version="inventory v1, fulfillment v1",
            granted_scopes=frozenset(granted),
        )

    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """One page; products with all their SKUs and offers, orders with their requests to cancel."""
        if stream == "orders":
            page = self._lists.changed(ORDERS, self.page_size, "orders", window, cursor)
            return replace(page, rows=[self._whole_order(row) for row in page.rows])
        if stream == "products":
            page = self._lists.numbered(ITEMS, {"limit": min(self.page_size, SKUS_A_PAGE)}, "inventoryItems", cursor)
            return replace(page, rows=self._products.of_page(page.rows), total=None)  # eBay counts SKUs
        if stream == "inventory":
            self._location_names()
            page = self._lists.numbered(ITEMS, {"limit": self.page_size}, "inventoryItems", cursor)
            return replace(page, rows=[self._placed(row) for row in page.rows], total=None)
        raise ConfigWrong(f"{self.what} has no {stream}.", hint=self.streams["customers"].note)

    def to_records(self, stream: str, row: Row) -> Sequence[Record]:
        """See Connector."""
        if stream == "inventory":
            return inventory_levels(row)
        return (product(row),) if stream == "products" else (order(row),)

    def fetch_row(self, stream: str, external_id: str) -> Row | None:
        """One row by id; a stock level's row is its SKU's whole, None when the SKU is not kept at that location."""
        try:
            if stream == "products":
                return self._products.product(external_id)
            if stream == "orders":
                return self._order(external_id)
            sku, at, _ = external_id.rpartition("@")
            row = self._placed(self._products.item(sku)) if at else None
        except NotThere:
            return None
        return row if row and external_id in {level.external_id for level in inventory_levels(row)} else None

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """See Connector. Of orders none is: eBay deletes none, and its 404 for one may mean no more than that it is two years old."""
        if stream == "orders":
            return {}
        if stream == "products":
            return self._products.missing(external_ids)
        skus = {external_id: external_id.rpartition("@")[0] for external_id in external_ids}
        items = self._products.items(skus.values())
        there = {level.external_id for item in items.values() for level in inventory_levels(item)}
        elsewhere = "asked for by its SKU, eBay answered that none is kept at this location"
        return {each: elsewhere if sku in items else NO_SUCH_SKU for each, sku in skus.items() if each not in there}

    def sign(self, call: Call) -> Call:
        """The access token; where there is none yet, one is asked for as if it had been refused."""
        token = self.tokens.current.get("access_token")
        if not token:
            raise AuthRefused(f"{self.what}: there is no access token yet.", hint=CONSENT)
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {token}"})

    def renewed(self, secrets: Secrets) -> Secrets:
        """A new access token; the refresh token stays."""
        return {"access_token": seller_token(self.http, secrets)}

    def classify(self, answer: Answer) -> IntegrationError | None:
        """See ebay_errors.py."""
        return ebay_error(self.what, answer, self.http.quote)

    def _get(self, path: str, params: Params) -> Any:
        return self._asked(path, lambda: self.http.get(path, params))

    def _post(self, path: str, body: object) -> Any:
        return self._asked(path, lambda: self.http.post_json(path, body))

    def _asked(self, path: str, ask: Any) -> Any:
        api, scope = ("fulfillment", READ_ORDERS) if path.startswith(FULFILLMENT) else ("inventory", READ_INVENTORY)
        try:
            return ask().json
        except TooManyRequests as limited:
            raise with_quota(self._application, self.tokens.current, api, limited, self._now()) from None
        except ScopeMissing as missing:
            missing.scope = missing.scope or scope
            raise

    def _tried(self, path: str, params: Params) -> Any:
        try:
            return self._get(path, params) or {}
        except ScopeMissing:
            return None

    def _now(self) -> datetime:
        return self.http.clock.time() or datetime.now(UTC)

    def _whole_order(self, row: Row) -> Row:
        return self._order(str(row["orderId"])) if row.get("orderId") and wants_cancel_requests(row) else without_people(row)

    def _order(self, order_id: str) -> Row:
        if not order_id:
            raise NotThere(f"{self.what} has no order without an id.")
        return without_people(self._get(f"{ORDERS}/{quote(order_id, safe='')}", {}))

    def _placed(self, item: Row) -> Row:
        """The item with the names of the locations that it is kept at."""
        names = self._location_names()
        stock = ((item.get("availability") or {}).get("shipToLocationAvailability")) or {}
        keys = [place.get("merchantLocationKey") for place in stock.get("availabilityDistributions") or ()]
        return {**item, "id": item.get("sku"), "locations": {key: names[key] for key in keys if key in names}}

    def _location_names(self) -> Mapping[str, str]:
        if self._locations is None:
            every = self._lists.everything(LOCATIONS, {"limit": LOCATIONS_A_PAGE}, "locations")
            self._locations = {str(place.get("merchantLocationKey")): str(place["name"]) for place in every if place.get("name")}
        return self._locations
