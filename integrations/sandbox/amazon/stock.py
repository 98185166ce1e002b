"""FBA Inventory v1: getInventorySummaries."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from integrations.sandbox.amazon import arguments
from integrations.sandbox.amazon.catalogue import SOLD, Catalogue
from integrations.sandbox.amazon.refusal import invalid
from integrations.sandbox.amazon.seller import MARKETPLACES, Seller, is_fba, sku_of, time
from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.model import Product, Variant

PAGE = 50
TOKEN_LIFE_S = 30
FURTHEST_BACK_S = 549 * 86_400  # 18 months
Place = tuple[int, int]


def summaries(shop: Seller, catalogue: Catalogue, call: Call, now: float, *, page: int = PAGE) -> dict[str, Any]:
    """A page of what lies in Amazon's warehouses. Raises: Refusal."""
    params = call.params
    market = MARKETPLACES[shop.spec.currency][0]
    arguments.one_of(params, "granularityType", ("Marketplace",))
    if params.get("granularityId") != market:
        raise invalid("Invalid granularityId.")
    arguments.marketplaces(params, market)
    has_details = arguments.one_of(params, "details", ("true", "false"), "false") == "true"
    since = arguments.moment(params, "startDateTime")
    if since is not None and since < now - FURTHEST_BACK_S:
        raise invalid("startDateTime cannot be earlier than 18 months ago.")
    of = arguments.mark(params, "nextToken")
    places = _asked(shop, catalogue, params, since)
    first, text = 0, params.get("nextToken")
    if text is not None:
        content = arguments.read_token(text, "nextToken", of)
        if now - float(str(content["given"])) > TOKEN_LIFE_S:
            raise invalid("The provided 'nextToken' has expired.")
        first = bisect_right(places, (int(str(content["number"])), int(str(content["variant"]))))
    chosen = places[first : first + page]
    rows = [_row(*_found(shop, place), place, has_details=has_details) for place in reordered(chosen, call.bends, shop.seed)]
    payload = {"granularity": {"granularityType": "Marketplace", "granularityId": market}, "inventorySummaries": rows}
    if first + page >= len(places):
        return {"payload": payload}
    token = arguments.token({"of": of, "number": chosen[-1][0], "variant": chosen[-1][1], "given": round(now, 3)})
    return {"payload": payload, "pagination": {"nextToken": text if "repeated_token" in call.bends and text else token}}


def _asked(shop: Seller, catalogue: Catalogue, params: arguments.Params, since: float | None) -> list[Place]:
    if since is None and (
        asked := arguments.words(params, "sellerSkus", most=50) or ([params["sellerSku"]] if "sellerSku" in params else [])
    ):
        found = [one[0] for sku in asked if (one := catalogue.find(sku)) is not None]
        named = [(one.number, one.variant or 0) for one in found if one.variant is not None or shop.variant_count(one.number) == 1]
        return sorted(place for place in named if is_fba(place[0]))
    places: list[Place] = []
    for number in shop.products.numbers(statuses=SOLD):
        if is_fba(number):
            changed = shop.products.changed(number)
            numbers = [one.number for one in changed.variants] if changed else list(range(shop.goods.variant_count(number)))
            places += [(number, variant) for variant in sorted(numbers)]
    return places if since is None else [place for place in places if _found(shop, place)[1].stock_updated >= since]


def _found(shop: Seller, place: Place) -> tuple[Product, Variant]:
    product = shop.products.get(place[0])
    assert product is not None  # its number comes from a list of those that there are
    return product, next(one for one in product.variants if one.number == place[1])


def _row(product: Product, variant: Variant, place: Place, *, has_details: bool) -> dict[str, Any]:
    there = max(variant.stock[0], 0)
    reserved, inbound = there // 10, there % 7
    row: dict[str, Any] = {
        "asin": f"B{place[0] * 3000 + place[1] + 1:09d}",
        "fnSku": f"X{place[0]:06d}{place[1]:03d}",
        "sellerSku": sku_of(place[0], place[1] if len(product.variants) > 1 else None),
        "condition": "NewItem",
        "lastUpdatedTime": time(variant.stock_updated),
        "productName": product.title,
        "totalQuantity": there + reserved + inbound,
        "stores": [],
    }
    if has_details:
        row["inventoryDetails"] = {
            "fulfillableQuantity": there,
            "inboundWorkingQuantity": inbound,
            "inboundShippedQuantity": 0,
            "inboundReceivingQuantity": 0,
            "reservedQuantity": {
                "totalReservedQuantity": reserved,
                "pendingCustomerOrderQuantity": reserved,
                "pendingTransshipmentQuantity": 0,
                "fcProcessingQuantity": 0,
            },
            "researchingQuantity": {"totalResearchingQuantity": 0, "researchingQuantityBreakdown": []},
            "unfulfillableQuantity": {"totalUnfulfillableQuantity": 0},
        }
    return row
