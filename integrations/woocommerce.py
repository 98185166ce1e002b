"""WooCommerce (REST API wc/v3): keys over https, OAuth 1.0a over http, every shop on its own server and version."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar

from integrations.connector import Cursor, Identity, Page, Row, Stream, Window
from integrations.errors import AuthRefused, ConfigWrong, IntegrationError, NotThere, ScopeMissing, Unavailable
from integrations.http_session import Answer, Call, HttpSession
from integrations.oauth1 import oauth1_signed
from integrations.platform_connector import Access, PlatformConnector
from integrations.records import Record
from integrations.throttle import Budget
from integrations.woo_missing import WooMissing
from integrations.woo_nested import SideBySide
from integrations.woo_paging import WooLists
from integrations.woo_records import customer, inventory_levels, order, product

API = "/wp-json/wc/v3"

# Only what is mapped: smaller pages, and no field that differs at each reading (related_ids is shuffled by WooCommerce).
_STOCK = "id,name,sku,type,status,manage_stock,stock_quantity,stock_status,variations,date_created_gmt,date_modified_gmt"
PRODUCT_FIELDS = f"{_STOCK},description,short_description,price,regular_price,sale_price,categories,global_unique_id"
VARIATION_FIELDS = (
    "id,name,sku,status,manage_stock,stock_quantity,stock_status,date_modified_gmt,price,regular_price,sale_price,"
    "menu_order,attributes,global_unique_id"
)
REFUND_FIELDS = "id,date_created_gmt,amount,reason"
ORDER_FIELDS = (
    "id,number,status,currency,date_created_gmt,date_modified_gmt,date_paid_gmt,discount_total,shipping_total,total,total_tax,"
    "prices_include_tax,customer_id,billing,line_items,refunds"
)
# Amounts come with two places unless more are asked for, whatever the currency has (Kuwait's dinar: three). Four is what our tables
# hold; beyond it stand only the digits of taxes that WooCommerce computed and did not round.
DECIMALS = 4
CUSTOMER_FIELDS = "id,email,first_name,last_name,username,role,billing,date_created_gmt,date_modified_gmt,is_paying_customer"

_LISTS: dict[str, tuple[str, dict[str, str | int]]] = {  # stream → path, parameters
    "products": ("/products", {"status": "any", "_fields": PRODUCT_FIELDS}),
    "inventory": ("/products", {"status": "any", "_fields": _STOCK}),
    "orders": ("/orders", {"status": "any", "_fields": ORDER_FIELDS, "dp": DECIMALS}),
    "customers": ("/customers", {"role": "all", "_fields": CUSTOMER_FIELDS}),
}
# Where X-WP-Total counts our records: lists of orders count the checkout's drafts too, and stock has more levels than products.
_COUNTED = ("products", "customers")


class WooCommerce(PlatformConnector):
    """External ids are WordPress's post ids ("123"); the stock of a variation is "product:variation"."""

    platform = "woocommerce"
    title = "WooCommerce"
    streams: ClassVar = {
        # Scopes: what WordPress lets the key's user do (the capabilities that WooCommerce asks for before it lists).
        "products": Stream(incremental=True, lookback_s=120, scopes=("read_private_products",)),
        "orders": Stream(incremental=True, lookback_s=120, scopes=("read_private_shop_orders",)),
        "inventory": Stream(
            incremental=False, scopes=("read_private_products",), note="WooCommerce has no stock list: all products are read each time."
        ),
        "customers": Stream(
            incremental=False, scopes=("list_users",), note="People with an account only; guests stand in the orders alone."
        ),
    }
    admin_paths: ClassVar = {
        "products": "/wp-admin/edit.php?post_type=product", "orders": "/wp-admin/admin.php?page=wc-orders",
        "inventory": "/wp-admin/edit.php?post_type=product", "customers": "/wp-admin/admin.php?page=wc-admin&path=/customers",
    }  # fmt: skip
    id_fields: ClassVar = {"products": "id", "orders": "id", "customers": "id"}
    secret_names = ("consumer_key", "consumer_secret")
    page_size = 100
    lookup_size = 100
    requests_per_second = 100.0  # wc/v3 has no limit of its own; a host's is told by its 429
    burst = 100.0
    skip_notices = True

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._access = access
        self._lists = WooLists(self.http, self.page_size)
        self._side_by_side = SideBySide(self._another_session, self.page_size)
        self._missing = WooMissing(API, self._side_by_side)
        self._identity: Identity | None = None

    def identify(self) -> Identity:
        """Ask for the system status; keys that may not see it are tried on the newest order, which also has the currency.

        What else they may not read is said when it is read.
        """
        name, currency, version = self.http.base, None, None
        try:
            status = self.http.get(f"{API}/system_status", {"_fields": "environment,settings"}).json or {}
            environment = status.get("environment") or {}
            currency = (status.get("settings") or {}).get("currency")
            name, version = environment.get("site_url") or name, environment.get("version")
        except ScopeMissing:
            with suppress(ScopeMissing):
                newest = self.http.get(f"{API}/orders", {"per_page": 1, "_fields": "id,currency"}).json
                currency = newest[0].get("currency") if newest else None
        self._identity = Identity(name=name, currency=currency, platform_time=self.http.clock.time(), api_version=version)
        return self._identity

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """See Connector; WooCommerce tells neither what a key may do nor what its user may."""
        one: dict[str, str | int] = {"per_page": 1, "_fields": "id"}
        return {
            self.streams[stream].scopes[0]: partial(self.http.get, f"{API}{path}", {**params, **one})
            for stream, (path, params) in _LISTS.items()
            if stream != "inventory"  # the products again
        }

    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """One page; products and stock with all their variations, orders with the dates of their refunds."""
        self._know_currency(stream)
        path, params = _LISTS[stream]
        if self.streams[stream].incremental:
            page = self._lists.changed(f"{API}{path}", params, window, cursor)
        else:
            page = self._lists.by_id(f"{API}{path}", params, cursor)
        rows = self._whole(stream, [row for row in page.rows if row.get("status") != "checkout-draft"])
        return replace(page, rows=rows, total=page.total if stream in _COUNTED else None)

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
        """One row; None when it is deleted for good or in the trash, where lists do not show it either."""
        self._know_currency(stream)
        path, params = _LISTS[stream]
        one, _, variation = external_id.partition(":")
        fields: dict[str, str | int] = {name: params[name] for name in params if name in ("_fields", "dp")}
        try:
            row: Row = self.http.get(f"{API}{path}/{_numeric(one)}", fields).json
            if row.get("status") == "trash":
                return None
            if not variation:
                return self._whole(stream, [row])[0]
            of_one = self.http.get(f"{API}{path}/{_numeric(one)}/variations/{_numeric(variation)}", {"_fields": VARIATION_FIELDS}).json
        except NotThere:
            return None
        return {**row, "manage_stock": False, "variations": [of_one]}  # the parent's own stock was not asked for

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """See Connector: deleted for good, or in the trash, where lists do not show it either."""
        return self._missing.among(stream, external_ids)

    def sign(self, call: Call) -> Call:
        """Basic over https; over http WooCommerce takes OAuth 1.0a alone, whose nonce must be new for each attempt."""
        key, secret = (self.tokens.current[name] for name in self.secret_names)
        if call.url.startswith("https://"):
            basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
            return replace(call, headers={**call.headers, "Authorization": f"Basic {basic}"})
        signed = oauth1_signed(
            call.method,
            call.url,
            call.params,
            consumer_key=key,
            consumer_secret=secret,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
        )
        return replace(call, params=signed)

    def classify(self, answer: Answer) -> IntegrationError | None:
        """WooCommerce's `{"code", "message"}` beside the status."""
        if answer.status < 400:
            return None
        if not isinstance(answer.json, dict):
            if answer.status == 403:
                return Unavailable(
                    f"{self.what}: a firewall before the shop refused us (403).", hint="Ask the host to let Quayside's User-Agent pass."
                )
            return None
        code, says = str(answer.json.get("code", "")), self.http.quote(answer.json.get("message", ""))
        if answer.status == 404 and code.endswith("_invalid_id"):
            return NotThere(f"{self.what}: {says}")
        if answer.status == 404:
            return ConfigWrong(
                f"{self.what} has no WooCommerce REST API at this address ({says}).",
                hint="Check the address; WordPress needs permalinks other than “plain”.",
            )
        if answer.status == 401 and "permission" in says.lower():
            return ScopeMissing(f"{self.what}: the key may not read ({says}).", scope="read", hint="Make a key with read permission.")
        if answer.status == 403:
            hint = "Make a key with read permission for a user who may see this, such as a shop manager."
            return ScopeMissing(f"{self.what}: the key's user may not read this ({says}).", scope="", hint=hint)
        if answer.status == 401:
            hint = "Check the shop server's clock." if "timestamp" in says.lower() else "Enter a new key under Stores → Credentials."
            return AuthRefused(f"{self.what} refused the key ({says}).", hint=hint)
        return None

    def _know_currency(self, stream: str) -> None:
        if stream == "products" and self._identity is None:
            self.identify()

    def _whole(self, stream: str, rows: Sequence[Row]) -> list[Row]:
        """The rows with the lists nested in them, several of which are read at once."""
        if stream in ("products", "inventory"):
            name, fields = "variations", {"_fields": VARIATION_FIELDS}
        elif stream == "orders":
            name, fields = "refunds", {"_fields": REFUND_FIELDS, "dp": str(DECIMALS)}
        else:
            return list(rows)

        def nested(lists: WooLists, row: Row) -> list[Row]:
            try:
                return lists.everything(f"{API}{_LISTS[stream][0]}/{row['id']}/{name}", fields)
            except NotThere:  # deleted since its list was read
                return []

        long = [row for row in rows if row.get(name)]
        found = iter(self._side_by_side.each(nested, long))
        return [{**row, name: next(found)} if row.get(name) else row for row in rows]

    def _another_session(self) -> HttpSession:
        """A session like `http` for another thread: the same secrets, and the same budget."""
        access = self._access
        rate = access.requests_per_second
        budget = Budget(
            store=access.budgets,
            key=f"{self.platform}:{access.credentials.store}",
            capacity=max(self.burst, rate or 0),
            rate_per_s=rate or self.requests_per_second,
            patience_s=access.limits.patience_s,
        )
        return HttpSession(
            self.what, self.http.base, tokens=self.tokens, sign=self.sign, classify=self.classify, budget=budget,
            allow_private=access.allow_private, limits=access.limits, skip_notices=self.skip_notices,
        )  # fmt: skip


def _numeric(external_id: str) -> str:
    if not (external_id.isascii() and external_id.isdigit()):
        raise NotThere(f"WooCommerce has no id {external_id[:40]!r}; its ids are numbers.")
    return external_id
