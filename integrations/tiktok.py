"""TikTok Shop (Open API, a version in each path): one host for all markets, signed calls, tokens that rotate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.connector import Cursor, Identity, Page, Row, Stream, Window
from integrations.errors import AuthRefused, ConfigWrong, IntegrationError, NotThere, Retriable, ScopeMissing, Unmappable
from integrations.gaps import CEILING, SCOPE, Gap
from integrations.http_session import Answer, Call
from integrations.platform_connector import Access, PlatformConnector
from integrations.records import Record
from integrations.tiktok_calls import AFTERSALES_PAGE, CANCELLATIONS, ORDERS, PRODUCTS, REFRESH, RETURNS, TikTokCalls
from integrations.tiktok_errors import AUTHORISE_AGAIN, code_error, scope_of
from integrations.tiktok_orders import kept_order, may_have_cancellations, may_have_returns, order
from integrations.tiktok_records import DELETED, inventory_levels, kept_product, product
from integrations.tiktok_signing import signature
from integrations.tiktok_slices import Listing, TimeSlices
from integrations.tokens import GRANT_ENDS, GRANTED_SCOPES, Secrets

API_HOST, TOKEN_ADDRESS = "open-api.tiktokglobalshop.com", "https://auth.tiktok-shops.com"
DETAILS_PAGE = 50  # products whose details are asked for one by one within a page

# Get Product documents one currency for each region.
_CURRENCIES = {
    "BR": "BRL", "DE": "EUR", "ES": "EUR", "FR": "EUR", "GB": "GBP", "ID": "IDR", "IE": "EUR", "IT": "EUR", "JP": "JPY",
    "MX": "MXN", "MY": "MYR", "PH": "PHP", "SG": "SGD", "TH": "THB", "US": "USD", "VN": "VND",
}  # fmt: skip


class TikTok(PlatformConnector):
    """Ids are TikTok's own; an order's line is "order:SKU", a stock level "SKU@warehouse". A store whose app was authorised for
    more than one shop names its own by `shop_code` (as Seller Center shows it) or `shop_cipher`.
    """

    platform = "tiktok"
    title = "TikTok Shop"
    streams: ClassVar = {
        "products": Stream(incremental=True, scopes=("seller.product.basic",)),
        "orders": Stream(
            incremental=True,
            scopes=("seller.order.info", "seller.return_refund.basic"),
            note="A refund does not move its order's time: changed returns and cancellations are looked up as well.",
        ),
        "inventory": Stream(
            incremental=False,
            scopes=("seller.product.basic",),
            note="TikTok has no stock list: the stock of all products is read each time.",
        ),
        "customers": Stream(
            incremental=False, is_offered=False, note="TikTok shows no customers: they are derived from orders, their names masked."
        ),
    }
    id_fields: ClassVar = {"products": "id", "orders": "id"}
    secret_names = ("app_key", "app_secret", "access_token", "refresh_token")
    optional_secret_names = ("shop_code", "shop_cipher")
    page_size = 100
    requests_per_second = 5.0  # quotas are dynamic and not told; 5 a second and shop is where TikTok's partners start
    burst = 10.0
    can_renew = True

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._calls = TikTokCalls(self.http, self._known_cipher)
        self._slices = TimeSlices(self.http, self._calls)
        self._cipher = ""
        self._warehouses: Mapping[str, str | None] | None = None
        self._shows_refunds = True

    def identify(self) -> Identity:
        """The shop; which permissions we have is told with renewed tokens and not before."""
        shop = self._chosen(self._calls.shops())
        self._cipher = str(shop.get("cipher") or "")
        return Identity(
            name=str(shop.get("name") or shop.get("code") or shop.get("id") or ""),
            currency=_CURRENCIES.get(str(shop.get("region"))),
            platform_time=self.http.clock.time(),
            api_version="202309, products 202502, order details 202507",
            granted_scopes=frozenset(json.loads(told)) if (told := self.tokens.current.get(GRANTED_SCOPES)) else None,
        )

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """See Connector. Asked for although scopes are told: the names that TikTok tells are unverified, its refusals are not."""
        paths = {"seller.product.basic": PRODUCTS, "seller.order.info": ORDERS, "seller.return_refund.basic": RETURNS}
        return {scope: partial(self._calls.search, path, {}, {"page_size": 1}) for scope, path in paths.items()}

    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """One slice of time: products with their details, the stock of a slice of products, orders with their refunds.

        Orders cursors: {"of": "orders" | "returns" | "cancellations", "at": a slice}; all others are slices (tiktok_slices.py).
        """
        low = None if window.start is None else int(window.start.timestamp())
        high = -int(-window.end.timestamp() // 1) - 1  # whole seconds: the last one before the end
        if stream == "orders":
            return self._orders(low, high, cursor)
        if stream == "inventory":
            # Without upper bound: what is changed while we read moves ahead of us and is met again.
            found = self._slices.read(self._products(self.page_size), None, None, cursor)
            rows = self._stock([str(row.get("id")) for row in found.rows if row.get("status") != DELETED], "product_ids")
        else:
            found = self._slices.read(self._products(min(self.page_size, DETAILS_PAGE)), low, high, cursor)
            rows = [row for each in found.rows if each.get("status") != DELETED and (row := self._product(str(each.get("id"))))]
        truncated = (Gap(CEILING, "products of one second"),) if found.is_cut else ()
        return Page(rows, found.following, has_more=found.following is not None, truncated=truncated)

    def to_records(self, stream: str, row: Row) -> Sequence[Record]:
        """See Connector."""
        if stream == "inventory":
            return inventory_levels(row)
        return (product(row),) if stream == "products" else (order(row),)

    def fetch_row(self, stream: str, external_id: str) -> Row | None:
        """One row; None when TikTok does not know it or shows it as deleted."""
        one, _, warehouse = external_id.partition("@")
        if not (one.isascii() and one.isdigit()):
            return None
        if stream == "products":
            return self._product(one)
        if stream == "orders":
            found = self._calls.orders([one])
            return self._with_refunds(found)[0] if found else None
        for row in self._stock([one], "sku_ids"):
            skus = [_at(sku, warehouse) for sku in row.get("skus") or () if str(sku.get("id")) == one]
            if skus and (not warehouse or skus[0]["warehouse_inventory"]):
                return {**row, "skus": skus}
        return None

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """See Connector; TikTok has no 404 for records."""
        return dict.fromkeys(super().missing(stream, external_ids), "asked for by its id, TikTok showed it as deleted or not at all")

    def sign(self, call: Call) -> Call:
        """App key, time and signature in the query; the token in a header that is not signed."""
        secrets = self.tokens.current
        params = (*call.params, ("app_key", secrets["app_key"]), ("timestamp", str(int(time.time()))))
        signed = signature(secrets["app_secret"], call.url.removeprefix(self.http.base), params, call.body)
        headers = {**call.headers, "Content-Type": "application/json", "x-tts-access-token": secrets["access_token"]}
        return replace(call, params=(*params, ("sign", signed)), headers=headers)

    def classify(self, answer: Answer) -> IntegrationError | None:
        """The code in the body, whatever the status."""
        return code_error(self.what, answer, self.http.quote, self.http.clock)

    def renewed(self, secrets: Secrets) -> Secrets:
        """New tokens for the refresh token, which is used up by it: both must be stored."""
        asked = {name: secrets[name] for name in ("app_key", "app_secret", "refresh_token")}
        base = TOKEN_ADDRESS if urlsplit(self.http.base).hostname == API_HOST else self.http.base
        call = Call("GET", base + REFRESH, (*asked.items(), ("grant_type", "refresh_token")))
        try:
            said = self.http.send(call, is_signed=False, is_repeatable=False).json.get("data") or {}
        except Retriable:
            raise
        except IntegrationError as error:
            raise AuthRefused(f"{self.what} did not renew the tokens: {error}", hint=AUTHORISE_AGAIN) from None
        fresh = {name: said.get(name) for name in ("access_token", "refresh_token")}
        if not all(isinstance(token, str) and token for token in fresh.values()):
            raise AuthRefused(f"{self.what} answered the renewal without tokens.", hint=AUTHORISE_AGAIN)
        scopes = said.get("granted_scopes")
        may = {GRANTED_SCOPES: json.dumps(scopes)} if isinstance(scopes, list) else {}
        ends = said.get("refresh_token_expire_in")  # absolute Unix seconds: after it only the seller can let us in again
        until = {GRANT_ENDS: datetime.fromtimestamp(ends, UTC).isoformat()} if isinstance(ends, int) else {}
        return {name: str(token) for name, token in fresh.items()} | until | may

    def _products(self, size: int) -> Listing:
        body = {"status": "ALL", "include_live_quick_products": True}
        return Listing(
            path=PRODUCTS, rows="products", page_size=size, until="update_time_le", is_until_inclusive=True, is_sorted=False, body=body
        )  # fmt: skip

    def _product(self, product_id: str) -> Row | None:
        try:
            row = self._calls.product(product_id)
        except NotThere:
            return None
        return None if row.get("status") == DELETED else _kept(row, kept_product)

    def _stock(self, ids: Sequence[str], by: str) -> list[Row]:
        return [_kept(row, self._with_names) for row in self._calls.inventory(ids, by)]

    def _with_names(self, row: Row) -> Row:
        if self._warehouses is None:
            try:
                self._warehouses = {str(each.get("id")): each.get("name") for each in self._calls.warehouses()}
            except ScopeMissing:  # names are a kindness
                self._warehouses = {}
        names = self._warehouses

        def named(place: Row) -> Row:
            return {**place, "warehouse_name": names.get(str(place.get("warehouse_id")))}

        return {
            **row,
            "skus": [
                {**sku, "warehouse_inventory": [named(place) for place in sku.get("warehouse_inventory") or ()]} for sku in row["skus"]
            ],
        }

    def _orders(self, low: int | None, high: int, cursor: Cursor) -> Page:
        kinds = _KINDS if low is not None and self._shows_refunds else _KINDS[:1]  # a full read has all refunds with their orders
        kind, at = (cursor["of"], cursor["at"]) if cursor else ("orders", None)
        size = self.page_size if kind == "orders" else min(self.page_size, AFTERSALES_PAGE)
        listing = Listing(path=_PATHS[kind], rows=_ROWS[kind], page_size=size, until="update_time_lt")
        try:
            found = self._slices.read(listing, low, high, at)
        except ScopeMissing:
            if kind == "orders":
                raise
            self._shows_refunds = False
            return Page((), truncated=(_NO_REFUNDS,))
        rows = self._with_refunds(found.rows) if kind == "orders" else self._moved_by(kind, found.rows, low, high)
        truncated = (_NO_REFUNDS,) * (not self._shows_refunds) + (Gap(CEILING, "orders of one second"),) * found.is_cut
        following: Cursor = {"of": kind, "at": found.following}
        if found.following is None:
            later = kinds[kinds.index(kind) + 1 :] if kind in kinds else ()
            following = {"of": later[0], "at": None} if later else None
        total = found.total if cursor is None and low is None else None
        return Page(rows, following, has_more=following is not None, total=total, truncated=truncated)

    def _moved_by(self, kind: str, aftersales: Sequence[Row], low: int | None, high: int) -> list[Row]:
        """The orders of changed returns or cancellations that were not read before for a change of their own."""
        found = self._with_refunds(self._calls.orders(_ids(aftersales, "order_id")))

        def is_new(row: Row) -> bool:
            read_already = [row, *(row.get("returns") or ())] if kind == "cancellations" else [row]
            return not any(_is_within(each.get("update_time"), low, high) for each in read_already)

        return [row for row in found if is_new(row)]

    def _with_refunds(self, found: Sequence[Row]) -> list[Row]:
        refunds: Mapping[str, list[Row]] = {}
        if self._shows_refunds:
            try:
                refunds = {
                    "returns": self._calls.of_orders(RETURNS, _ROWS["returns"], _ids(filter(may_have_returns, found))),
                    "cancellations": self._calls.of_orders(
                        CANCELLATIONS, _ROWS["cancellations"], _ids(filter(may_have_cancellations, found))
                    ),
                }
            except ScopeMissing:
                self._shows_refunds = False  # told by `truncated`: orders without their refunds are better than none
        return [_kept(row, lambda each: kept_order(each, refunds)) for row in found]

    def _known_cipher(self) -> str:
        if not self._cipher:
            self._cipher = self.tokens.current.get("shop_cipher", "")
        if not self._cipher:
            self.identify()
        return self._cipher

    def _chosen(self, shops: Sequence[Row]) -> Row:
        secrets = self.tokens.current
        for name, field in (("shop_cipher", "cipher"), ("shop_code", "code")):
            if wanted := secrets.get(name):
                shops = [shop for shop in shops if shop.get(field) == wanted]
        if len(shops) == 1:
            return shops[0]
        if not shops:
            raise ConfigWrong(
                f"{self.what}: the app is not authorised for this shop.", hint="Let the seller authorise it, or correct shop_code."
            )
        names = ", ".join(f"{shop.get('name')} ({shop.get('region')}, shop_code {shop.get('code')})" for shop in shops)
        raise ConfigWrong(
            f"{self.what}: the app is authorised for {len(shops)} shops: {self.http.quote(names)}.",
            hint="Enter the shop_code of one of them under Stores → Credentials.",
        )


_KINDS = ("orders", "returns", "cancellations")
_PATHS = {"orders": ORDERS, "returns": RETURNS, "cancellations": CANCELLATIONS}
_NO_REFUNDS = Gap(SCOPE, scope_of(RETURNS))
_ROWS = {"orders": "orders", "returns": "return_orders", "cancellations": "cancellations"}


def _kept(row: Row, trim: Callable[[Row], Row]) -> Row:
    """The row trimmed; one of an unknown shape as it came, for `to_records` to refuse it alone."""
    try:
        return trim(row)
    except (Unmappable, LookupError, TypeError, ValueError, AttributeError):
        return row


def _ids(rows: Iterable[Row], name: str = "id") -> list[str]:
    return list(dict.fromkeys(str(row.get(name)) for row in rows))


def _at(sku: Row, warehouse: str) -> Row:
    places = [place for place in sku.get("warehouse_inventory") or () if not warehouse or str(place.get("warehouse_id")) == warehouse]
    return {**sku, "warehouse_inventory": places}


def _is_within(time: Any, low: int | None, high: int) -> bool:
    return isinstance(time, int) and (low is None or low <= time) and time <= high
