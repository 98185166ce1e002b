"""The endpoints of a TikTok Shop."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.shop import Shop, ShopSpec
from integrations.sandbox.tiktok import refusal
from integrations.sandbox.tiktok.auth import Keyring
from integrations.sandbox.tiktok.ids import id_of, number_of
from integrations.sandbox.tiktok.lists import (
    cancellations,
    inventory,
    one_product,
    order_details,
    orders,
    products,
    returns,
    shops,
    warehouses,
)
from integrations.sandbox.tiktok.products import REGIONS
from integrations.sandbox.tiktok.quota import Quotas

SCOPES = frozenset(
    {"seller.authorization.info", "seller.product.basic", "seller.order.info", "seller.return_refund.basic", "seller.logistics"}
)  # fmt: skip
TOKENS = re.compile(r"/api/v2/token/(get|refresh)")
Route = Callable[["TikTok", Call], Any]


class TikTok(Door):
    """One shop and the app that its seller authorised. `search_ceiling` and `token_life_s` may be set by tests.

    Limits: none, but for shops with plan "metered" (the 50 calls a second and endpoint of TikTok's older documentation), or as
    `quotas.per_second` says.
    """

    impossible: ClassVar[Mapping[str, str]] = {}

    def __init__(self, spec: ShopSpec, now: int) -> None:
        if spec.currency not in REGIONS:
            raise ValueError(f"TikTok has no shops in {spec.currency}; choose one of {', '.join(sorted(REGIONS))}")
        self.shop = Shop(
            spec,
            now=now,
            locations=["Main warehouse", "Overflow warehouse"],
            id_of=id_of,
            number_of=number_of,
            has_broken_prices=False,
            foreign_currencies=False,  # one region, one currency
            stock_moves_product=False,  # nowhere documented to
            left_out=("trashed", "draft"),
        )
        self.scopes = set(SCOPES)
        self.keyring = Keyring(self.shop.secret, lambda: self.shop.clock())
        self.quotas = Quotas(50.0 if spec.plan == "metered" else None, lambda: self.shop.clock())
        self.cipher = "ROW_" + self.shop.secret("cipher", 32)
        self.region = REGIONS[spec.currency]
        self.search_ceiling = 10_000  # rows of a product search that can be reached
        self.token_life_s: float | None = None  # of page tokens; TikTok documents none

    def credentials(self) -> dict[str, str]:
        """The app's key and secret, and the seller's tokens as they are now."""
        ring = self.keyring
        return {
            "app_key": ring.app_key,
            "app_secret": ring.app_secret,
            "access_token": ring.access_token,
            "refresh_token": ring.refresh_token,
        }

    def stream_of(self, call: Call) -> str:
        """Returns and cancellations belong to orders; a search of products to products, whoever asks."""
        if TOKENS.fullmatch(call.path):
            return "token"
        for beginning, stream in _STREAMS.items():
            if call.path.startswith(beginning):
                return stream
        return ""

    def expire(self) -> None:
        """Make the access tokens given out so far too old."""
        self.keyring.expire()

    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """In the body with HTTP 200, as documented; with a Retry-After it comes from the gateway, as 429."""
        message = "Too many requests. You've made too many requests in a short period of time."
        if retry_after_s is None:
            return refusal.enveloped(None, code=36009002, message=message)
        return refusal.enveloped(None, code=36009002, message=message, status=429, headers={"Retry-After": f"{retry_after_s:g}"})

    def respond(self, call: Call) -> Answer:
        """Path, credentials, shop, permission, quota, then the work."""
        try:
            if TOKENS.fullmatch(call.path):
                if call.method != "GET":
                    raise refusal.wrong_method()
                name = self.shop.spec.title or self.shop.spec.name
                return self.keyring.answer(call, self.scopes, name, self.region, is_revoked=self.is_revoked)
            pattern = next((pattern for pattern in ROUTES if re.fullmatch(pattern, call.path)), None)
            if pattern is None:
                raise refusal.no_path()
            method, scope, route = ROUTES[pattern]
            if call.method != method:
                raise refusal.wrong_method()
            self.keyring.check(call, is_revoked=self.is_revoked)
            self._check_cipher(call)
            if scope not in self.scopes:
                raise refusal.not_allowed(call.path)
            if not self.quotas.take(pattern):
                return self.slow_down(call, None)
            return refusal.enveloped(route(self, call))
        except refusal.Refusal as error:
            return error.answer

    def _check_cipher(self, call: Call) -> None:
        given = call.params.get("shop_cipher")
        if call.path.startswith("/authorization/"):
            if given is not None:
                raise refusal.needless_cipher()
        elif not given:
            raise refusal.no_cipher()
        elif given != self.cipher:
            raise refusal.Refusal(106014, "Invalid identifier. The `shop_cipher` query parameter is invalid.")  # unverified


_STREAMS = {
    "/authorization/": "identity",
    "/product/202309/inventory/": "inventory",
    "/product/": "products",
    "/order/": "orders",
    "/return_refund/": "orders",
    "/logistics/": "locations",
}

ROUTES: dict[str, tuple[str, str, Route]] = {
    "/authorization/202309/shops": ("GET", "seller.authorization.info", shops),
    "/product/202502/products/search": ("POST", "seller.product.basic", products),
    r"/product/202309/products/(\w+)": ("GET", "seller.product.basic", one_product),
    "/product/202309/inventory/search": ("POST", "seller.product.basic", inventory),
    "/order/202309/orders/search": ("POST", "seller.order.info", orders),
    "/order/202507/orders": ("GET", "seller.order.info", order_details),
    "/return_refund/202602/returns/search": ("POST", "seller.return_refund.basic", returns),
    "/return_refund/202602/cancellations/search": ("POST", "seller.return_refund.basic", cancellations),
    "/logistics/202309/warehouses": ("GET", "seller.logistics", warehouses),
}
