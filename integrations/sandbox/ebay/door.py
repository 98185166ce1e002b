"""An eBay seller's HTTP side: tokens, scopes, the day's quota and the routes of the Inventory and Fulfillment APIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.ebay import filters, lists
from integrations.sandbox.ebay.items import group_row, item_row, location_row, offer_rows
from integrations.sandbox.ebay.orders import order_row
from integrations.sandbox.ebay.quota import Quota, too_many
from integrations.sandbox.ebay.refusal import Refusal, error, of_fulfillment, of_inventory, refused
from integrations.sandbox.ebay.seller import (
    LOCATIONS,
    MOST_VARIANTS,
    TWO_YEARS_S,
    VISIBLE_ORDERS,
    Seller,
    order_number,
    product_of,
    variant_of,
)
from integrations.sandbox.ebay.tokens import FULFILLMENT, INVENTORY, PUBLIC, Token, Tokens
from integrations.sandbox.model import Order, Product, Variant
from integrations.sandbox.shop import ShopSpec

TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105  # a path
RATE_LIMITS = "/developer/analytics/v1_beta/rate_limit/"
BULK = 25
SCOPES = {"inventory": INVENTORY, "fulfillment": FULFILLMENT}


class Ebay(Door):
    """One seller. `quota.limits` says how many calls a day there are; prices of one product are no numbers, on purpose."""

    impossible: ClassVar[Mapping[str, str]] = {"repeated_token": "its lists are read by number and by time, there are no page tokens"}
    shop: Seller

    def __init__(self, spec: ShopSpec, now: int) -> None:
        self.shop = Seller(spec, now=now)
        self.scopes = {f"{INVENTORY}.readonly", f"{FULFILLMENT}.readonly"}
        self.tokens = Tokens(self.shop.secret, lambda: self.shop.clock())
        self.quota = Quota(lambda: self.shop.clock())

    def credentials(self) -> dict[str, str]:
        """The application's keys and the refresh token of the seller's consent."""
        tokens = self.tokens
        return {"client_id": tokens.client_id, "client_secret": tokens.client_secret, "refresh_token": tokens.refresh_token}

    def stream_of(self, call: Call) -> str:
        """The list of items is the stock, offers are the products: they are read from both."""
        return {
            TOKEN_PATH: "token",
            "/sell/fulfillment/v1/order": "orders",
            "/sell/inventory/v1/inventory_item": "inventory",
            "/sell/inventory/v1/offer": "products",
        }.get(call.path, "")

    def expire(self) -> None:
        """End the access tokens; the consent stays."""
        self.tokens.expire()

    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """429; with Retry-After only where asked for, since eBay has none that can be relied on."""
        answer: Answer = too_many(retry_after_s).answer
        return answer

    def failure(self, status: int) -> Answer:
        """500 comes from an API, as a system error; anything else from before it."""
        if status != 500:
            return super().failure(status)
        return refused(500, 25001, "A system error has occurred.", domain="API_INVENTORY", category="APPLICATION").answer

    def respond(self, call: Call) -> Answer:
        """In eBay's order: the token, its scope, the quota, then the API."""
        try:
            if call.path == TOKEN_PATH and call.method == "POST":
                return self.tokens.exchange(call, self.scopes, is_revoked=self.is_revoked)
            token = self.tokens.opened(call, is_revoked=self.is_revoked)
            if call.path.rstrip("/") == RATE_LIMITS.rstrip("/") and call.method == "GET":
                return self._rate_limits(call, token)
            for (method, pattern), (api, route) in ROUTES.items():
                found = re.fullmatch(f"/sell/{api}/v1{pattern}", call.path)
                if found is not None and method == call.method:
                    self._check_scope(api, token)
                    self.quota.take(api)
                    return route(self, call, *found.groups())
            raise refused(404, 2002, "Resource not found", domain="ACCESS")
        except Refusal as refusal:
            return refusal.answer

    def _check_scope(self, api: str, token: Token) -> None:
        scope = SCOPES[api]
        if not (token.scopes & {scope, f"{scope}.readonly"} & self.scopes):
            raise refused(403, 1100, "Insufficient permissions to fulfill the request.", domain="ACCESS")

    def _rate_limits(self, call: Call, token: Token) -> Answer:
        if PUBLIC not in token.scopes or token.is_user:
            raise refused(403, 1100, "Insufficient permissions to fulfill the request.", domain="ACCESS")
        told = self.quota.told(call.params.get("api_context"), call.params.get("api_name"))
        return Answer.of({"rateLimits": told}) if told else Answer(204, b"")

    def _items(self, call: Call) -> Answer:
        limit, number = lists.paging(call.params, default=25, most=200)
        skus = self.shop.skus()
        if number and number * limit >= len(skus):
            raise of_inventory(400, 25706, "You have provided invalid pagination values. There is no such page.", offset=str(number))
        rows, links = lists.page(call, skus, limit=limit, offset=number, is_paged=True, seed=self.shop.seed, row=self._item_row)
        return Answer.of({**links, "size": -(-len(skus) // limit), "inventoryItems": rows})

    def _item_row(self, number: int) -> dict[str, Any]:
        product = self.shop.products.get(number // MOST_VARIANTS)
        assert product is not None
        variant = next(one for one in product.variants if one.number == number % MOST_VARIANTS)
        return item_row(product, variant, with_group_ids=True)

    def _item(self, call: Call, sku: str) -> Answer:
        return Answer.of(item_row(*self._sku(sku), with_group_ids=True))

    def _bulk(self, call: Call) -> Answer:
        if "application/json" not in call.headers.get("content-type", ""):
            raise of_inventory(400, 25709, "Invalid request. Invalid value for field Content-Type")
        try:
            skus = [str(request["sku"]) for request in call.json()["requests"]]
        except (ValueError, KeyError, TypeError):
            raise of_inventory(400, 25709, "Invalid request. Invalid value for field requests") from None
        if len(skus) > BULK:
            raise of_inventory(400, 25727, f"The number of InventoryItems in the request cannot exceed {BULK}.")
        if len(set(skus)) < len(skus):
            raise of_inventory(400, 25734, "SKU should be unique in the request.")
        answers: list[dict[str, Any]] = []
        for sku in skus:
            try:
                found = item_row(*self._sku(sku), with_group_ids=False)
                answers.append({"sku": sku, "statusCode": 200, "inventoryItem": found, "errors": [], "warnings": []})
            except Refusal:
                wrong = error(25702, f"SKU {sku} is not available in the system", domain="API_INVENTORY")
                answers.append({"sku": sku, "statusCode": 404, "errors": [wrong], "warnings": []})
        return Answer.of({"responses": answers}, 207 if any(answer["statusCode"] != 200 for answer in answers) else 200)

    def _group(self, call: Call, key: str) -> Answer:
        number = product_of(key)
        product = None if number is None else self.shop.listed(number)
        if product is None or len(product.variants) < 2:
            message = f"The Inventory Item Group named {key} could not be found or is not available in the system."
            raise of_inventory(404, 25705, message)
        return Answer.of(group_row(product))

    def _offers(self, call: Call) -> Answer:
        sku = call.params.get("sku", "")
        if not sku or len(sku) > 50:
            raise of_inventory(400, 25709, "Invalid value for sku.", fieldName="sku")
        limit, number = lists.paging(call.params, default=100, most=100)
        product, variant = self._sku(sku)
        offers = [each for each in offer_rows(self.shop, product, variant) if call.params.get("format") in (None, each["format"])]
        if not offers:
            raise of_inventory(404, 25713, "This Offer is not available : no offer for this SKU.")
        rows, links = lists.page(
            call, range(len(offers)), limit=limit, offset=number, is_paged=True, seed=self.shop.seed, row=lambda place: offers[place]
        )
        return Answer.of({**links, "size": len(rows), "offers": rows})

    def _sku(self, sku: str) -> tuple[Product, Variant]:
        place = variant_of(sku)
        product = None if place is None else self.shop.listed(place[0])
        variant = next((one for one in product.variants if place and one.number == place[1]), None) if product else None
        if product is None or variant is None:
            raise of_inventory(404, 25702, f"{sku} could not be found or is not available in the system.")
        return product, variant

    def _locations(self, call: Call) -> Answer:
        limit, offset = lists.paging(call.params, default=100, most=100)
        keys = list(LOCATIONS)
        rows, links = lists.page(
            call,
            range(len(keys)),
            limit=limit,
            offset=offset,
            is_paged=False,
            seed=self.shop.seed,
            row=lambda place: location_row(keys[place]),
        )
        return Answer.of({**links, "offset": offset, "locations": rows})

    def _orders(self, call: Call) -> Answer:
        self._check_fields(call)
        if "orderIds" in call.params:
            return self._named_orders(call)
        limit, offset = filters.paging(call.params)
        windows, states = filters.criteria(call.params.get("filter", ""), self.shop.clock())
        numbers = self.shop.visible_orders(**windows)
        if states is not None:
            numbers = [number for number in numbers if (order := self.shop.orders.get(number)) and order.fulfillment in states]
        rows, links = lists.page(call, numbers, limit=limit, offset=offset, is_paged=False, seed=self.shop.seed, row=self._listed_order)
        return Answer.of({**links, "offset": offset, "orders": rows})

    def _listed_order(self, number: int) -> dict[str, Any]:
        order = self.shop.orders.get(number)
        assert order is not None
        return order_row(self.shop, order, is_alone=False)

    def _named_orders(self, call: Call) -> Answer:
        wanted = call.params["orderIds"].split(",")
        if len(wanted) > 50:
            raise of_fulfillment(400, 30900, "Exceeded maximum number of order IDs (the current limit is 50)")
        found = [order for each in wanted if (order := self._shown(each)) is not None]
        rows = [order_row(self.shop, order, is_alone=False) for order in found]
        return Answer.of({"href": call.address + call.path, "limit": 50, "offset": 0, "total": len(rows), "orders": rows})

    def _order(self, call: Call, ident: str) -> Answer:
        self._check_fields(call)
        order = self._shown(ident)
        if order is None:
            raise of_fulfillment(404 if order_number(ident) is not None else 400, 32100, f"Invalid order ID: {ident}", orderId=ident)
        return Answer.of(order_row(self.shop, order, is_alone=True))

    def _shown(self, ident: str) -> Order | None:
        number = order_number(ident)
        order = None if number is None else self.shop.orders.get(number)
        is_shown = order is not None and order.status in VISIBLE_ORDERS and order.created >= self.shop.clock() - TWO_YEARS_S
        return order if is_shown else None

    @staticmethod
    def _check_fields(call: Call) -> None:
        fields = call.params.get("fieldGroups")
        if fields not in (None, "TAX_BREAKDOWN"):
            raise of_fulfillment(400, 32800, f"Invalid field group: {fields}")


Route = Callable[..., Answer]
# Paths come percent-decoded: a SKU may hold a slash.
ROUTES: dict[tuple[str, str], tuple[str, Route]] = {
    ("GET", "/inventory_item"): ("inventory", Ebay._items),
    ("GET", "/inventory_item/(.+)"): ("inventory", Ebay._item),
    ("POST", "/bulk_get_inventory_item"): ("inventory", Ebay._bulk),
    ("GET", "/inventory_item_group/(.+)"): ("inventory", Ebay._group),
    ("GET", "/offer"): ("inventory", Ebay._offers),
    ("GET", "/location"): ("inventory", Ebay._locations),
    ("GET", "/order"): ("fulfillment", Ebay._orders),
    ("GET", "/order/(.+)"): ("fulfillment", Ebay._order),
}
