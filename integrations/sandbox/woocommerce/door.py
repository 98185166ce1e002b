"""The routes of a WooCommerce shop."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.shop import Shop, ShopSpec
from integrations.sandbox.woocommerce import arguments, lists
from integrations.sandbox.woocommerce.auth import Keyring
from integrations.sandbox.woocommerce.lists import Found
from integrations.sandbox.woocommerce.orders import order_row, refund_row
from integrations.sandbox.woocommerce.people import customer_row, general_settings, system_status
from integrations.sandbox.woocommerce.products import product_row, variation_row
from integrations.sandbox.woocommerce.refusal import Refusal, authentication, cannot_view, invalid_id, no_route
from integrations.sandbox.woocommerce.site import FIRST, Site, refund_id, variation_of

ROOT = "/wp-json/wc/v3"
Route = Callable[["WooCommerce", Call, Site, Sequence[int], dict[str, Any]], Any]


class WooCommerce(Door):
    """A shop behind wc/v3 with one read-only key."""

    impossible: ClassVar[Mapping[str, str]] = {
        "repeated_token": "its lists are read by page number, there are no page tokens",
        "expire": "its keys do not expire",
    }

    def __init__(self, spec: ShopSpec, now: int) -> None:
        self.shop = Shop(
            spec,
            now=now,
            locations=["Store"],
            id_of=lambda kind, number: str(FIRST[kind] + number),
            number_of=lambda kind, text: int(text) - FIRST[kind],
            has_broken_prices=True,
            foreign_currencies=True,
        )
        self.zone = ZoneInfo(spec.time_zone)
        self.scopes = {"products", "orders", "customers", "system_status"}
        self.keyring = Keyring("ck_" + self.shop.secret("key"), "cs_" + self.shop.secret("secret"))

    def credentials(self) -> dict[str, str]:
        """The consumer key and its secret."""
        return {"consumer_key": self.keyring.key, "consumer_secret": self.keyring.secret}

    def stream_of(self, call: Call) -> str:
        """Products and their variations are one stream, orders and their refunds another."""
        found = re.match(ROOT + r"/(\w+)", call.path)
        word = found.group(1) if found else ""
        return word if word in {"products", "orders", "customers"} else "identity" if word in {"system_status", "settings"} else ""

    def expire(self) -> None:
        """Keys of WooCommerce do not expire."""

    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """What a host in front of the shop answers: WooCommerce itself has no limit."""
        headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
        return Answer(429, b"Too Many Requests", {"Content-Type": "text/plain", **headers})

    def respond(self, call: Call) -> Answer:
        """In WordPress's order: wrong credentials, route, arguments, missing credentials, then the work."""
        try:
            is_known = self.keyring.recognises(call, self.shop.clock(), is_revoked=self.is_revoked)
            if call.path.rstrip("/") in {"/wp-json", ROOT}:
                return Answer.of({"name": self.shop.spec.title, "namespace": "wc/v3", "namespaces": ["wc/v3"], "routes": {}})
            pattern, found = next(((p, m) for p in ROUTES if (m := re.fullmatch(ROOT + p, call.path.rstrip("/")))), ("", None))
            if found is None:
                raise no_route()
            needs, allowed, route = ROUTES[pattern]
            if call.method != "GET":
                raise authentication("The API key provided does not have write permissions.") if is_known else no_route()
            values = arguments.read(allowed, call.params)
            if not is_known or needs not in self.scopes:
                raise cannot_view(is_list="per_page" in allowed or needs == "system_status", is_known=is_known)
            site = Site(call.address, self.zone, self.shop.spec.currency)
            content = route(self, call, site, [int(group) for group in found.groups()], values)
        except Refusal as refusal:
            return refusal.answer
        fields = call.params.get("_fields", "")
        if isinstance(content, Found):
            rows = lists.only(content.rows, fields)
            return Answer.of(rows, 200, lists.headers(content, call, values))
        return Answer.of(lists.only([content], fields)[0] if isinstance(content, dict) else content, 200, {"Allow": "GET, POST"})

    def _orders(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        return lists.orders(self.shop, site, values).page(
            values, call.bends, self.shop.seed, lambda number: self._order(site, number, values)
        )

    def _order(self, site: Site, number: int, values: dict[str, Any]) -> dict[str, Any]:
        order = self.shop.orders.get(number)
        if order is None:
            raise invalid_id("shop_order")
        variants = {line.product: self.shop.variant_count(line.product) for line in order.lines if line.product is not None}
        return order_row(site, order, values["dp"], variants)

    def _products(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        return lists.products(self.shop, site, values).page(values, call.bends, self.shop.seed, lambda number: self._product(site, number))

    def _product(self, site: Site, number: int) -> dict[str, Any]:
        product = self.shop.products.get(number)
        if product is None:
            raise invalid_id("product")
        return product_row(site, product)

    def _variations(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        product = self.shop.products.get(ids[0] - FIRST["products"])
        if product is None:
            raise invalid_id("product")
        found = lists.variations(product, site, values)
        return found.page(values, call.bends, self.shop.seed, lambda number: variation_row(site, product, product.variants[number]))

    def _variation(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        number, variant = variation_of(ids[1])
        product = self.shop.products.get(number)
        found = next((one for one in product.variants if one.number == variant), None) if product else None
        if product is None or found is None or number != ids[0] - FIRST["products"]:
            raise invalid_id("product_variation")
        return variation_row(site, product, found)

    def _refunds(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        order = self.shop.orders.get(ids[0] - FIRST["orders"])
        if order is None:
            raise invalid_id("order")
        found = lists.refunds(order, site, values)
        return found.page(values, call.bends, self.shop.seed, lambda number: refund_row(site, order, order.refunds[number], values["dp"]))

    def _refund(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        order = self.shop.orders.get(ids[0] - FIRST["orders"])
        for refund in order.refunds if order else ():
            if order and refund_id(order.number, refund.number) == ids[1]:
                return refund_row(site, order, refund, values["dp"])
        raise invalid_id("shop_order_refund")

    def _customers(self, call: Call, site: Site, ids: Sequence[int], values: dict[str, Any]) -> Any:
        found = lists.customers(self.shop, values)
        return found.page(values, call.bends, self.shop.seed, lambda number: self._customer(site, number))

    def _customer(self, site: Site, number: int) -> dict[str, Any]:
        customer = self.shop.customers.get(number)
        if customer is None:
            raise invalid_id("customer")
        return customer_row(site, customer)


ROUTES: dict[str, tuple[str, Mapping[str, arguments.Argument], Route]] = {
    "/products": ("products", arguments.PRODUCTS, WooCommerce._products),
    r"/products/(\d+)": ("products", arguments.ANY, lambda door, call, site, ids, values: door._product(site, ids[0] - FIRST["products"])),
    r"/products/(\d+)/variations": ("products", arguments.VARIATIONS, WooCommerce._variations),
    r"/products/(\d+)/variations/(\d+)": ("products", arguments.ANY, WooCommerce._variation),
    "/orders": ("orders", arguments.ORDERS, WooCommerce._orders),
    r"/orders/(\d+)": (
        "orders",
        arguments.ORDER,
        lambda door, call, site, ids, values: door._order(site, ids[0] - FIRST["orders"], values),
    ),
    r"/orders/(\d+)/refunds": ("orders", arguments.REFUNDS, WooCommerce._refunds),
    r"/orders/(\d+)/refunds/(\d+)": ("orders", arguments.ORDER, WooCommerce._refund),
    "/customers": ("customers", arguments.CUSTOMERS, WooCommerce._customers),
    r"/customers/(\d+)": (
        "customers",
        arguments.ANY,
        lambda door, call, site, ids, values: door._customer(site, ids[0] - FIRST["customers"]),
    ),
    "/system_status": ("system_status", arguments.ANY, lambda door, call, site, ids, values: system_status(site)),
    "/settings/general": (
        "system_status",
        arguments.ANY,
        lambda door, call, site, ids, values: general_settings(site, door.shop.spec.title or door.shop.spec.name),
    ),
}
