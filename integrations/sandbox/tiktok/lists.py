"""What each endpoint answers: the records that its parameters select."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from integrations.sandbox.contract import Call
from integrations.sandbox.model import Order, Product, Repayment
from integrations.sandbox.tiktok import refusal
from integrations.sandbox.tiktok.ids import cancellation_id, number_of, return_id, sku_id, sku_of
from integrations.sandbox.tiktok.orders import STATES, cancellation_row, order_row, return_row, status_of, user_of
from integrations.sandbox.tiktok.products import STATUS, detail_row, found_row, stock_row, warehouse_row
from integrations.sandbox.tiktok.searches import filters, half_open, only, page, paging

if TYPE_CHECKING:
    from integrations.sandbox.tiktok.door import TikTok

PRODUCT_STATUS = ("ALL", "DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED")
ORDER_STATUS = (
    "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED", "CANCELLED"
)  # fmt: skip
MOST_PRODUCT_IDS, MOST_SKU_IDS, MOST_ORDER_IDS, MOST_SKUS = 100, 600, 50, 10
ANY_LENGTH = 1_000_000
PRODUCT_FILTERS: dict[str, Any] = {
    "status": PRODUCT_STATUS, "seller_skus": [MOST_SKUS], "sku_ids": [MOST_SKUS],
    "create_time_ge": int, "create_time_le": int, "update_time_ge": int, "update_time_le": int,
    "include_live_quick_products": bool,
}  # fmt: skip
ORDER_FILTERS: dict[str, Any] = {
    "order_status": ORDER_STATUS, "buyer_user_id": str,
    "create_time_ge": int, "create_time_lt": int, "update_time_ge": int, "update_time_lt": int,
}  # fmt: skip
AFTERSALES_FILTERS: dict[str, Any] = {
    "order_ids": [ANY_LENGTH], "create_time_ge": int, "create_time_lt": int, "update_time_ge": int, "update_time_lt": int,
}  # fmt: skip


def shops(door: TikTok, call: Call) -> dict[str, Any]:
    """The shop that was authorised."""
    only(call, ())
    spec = door.shop.spec
    row = {
        "id": str(7_000_714_532_876_273_420),
        "name": spec.title or spec.name,
        "region": door.region,
        "seller_type": "LOCAL",
        "cipher": door.cipher,
        "code": f"{door.region}LC{door.shop.secret('code', 8).upper()}",
    }
    return {"shops": [row]}


def products(door: TikTok, call: Call) -> dict[str, Any]:
    """The search of products, deleted ones among them; its order is not documented: newest first here."""
    body, now = filters(call, PRODUCT_FILTERS), int(door.shop.clock())
    asked = paging(call, body, is_sortable=False, life_s=door.token_life_s, now=now)
    updated = half_open(body, "update_time_ge", "update_time_le", is_until_inclusive=True, now=now)
    created = half_open(body, "create_time_ge", "create_time_le", is_until_inclusive=True, now=now)
    word = body.get("status", "ALL")
    states = [state for state, own in STATUS.items() if word in ("ALL", own)]
    numbers = list(door.shop.products.numbers(statuses=states, created=created, updated=updated))
    if word in ("ALL", "DELETED"):
        numbers += [number for number, moment in _deleted(door).items() if _within(moment, updated)]
    numbers = [number for number in numbers if _has_sku(door, number, body)]
    numbers.sort(reverse=True)
    rows, token, total = page(
        numbers,
        asked,
        call,
        door.shop.seed,
        lambda number: found_row(door.shop, _product(door, number)),
        ceiling=door.search_ceiling,
        now=now,
    )
    return {"total_count": total, "next_page_token": token, "products": rows}


def one_product(door: TikTok, call: Call) -> dict[str, Any]:
    """A product by id, also a deleted one."""
    only(call, ("return_under_review_version", "return_draft_version", "locale"))
    try:
        return detail_row(door.shop, _product(door, number_of("products", call.path.rpartition("/")[2])))
    except KeyError:
        raise refusal.not_there("product") from None


def inventory(door: TikTok, call: Call) -> dict[str, Any]:
    """The stock of products or of SKUs; those that do not exist are left out. SKUs outweigh products."""
    only(call, ())
    body = filters(call, {"product_ids": [ANY_LENGTH], "sku_ids": [ANY_LENGTH]})
    wanted_skus, wanted = body.get("sku_ids") or [], body.get("product_ids") or []
    if not wanted_skus and not wanted:
        raise refusal.invalid("product_ids", "or sku_ids is required", "body")
    if len(wanted_skus) > MOST_SKU_IDS or len(wanted) > MOST_PRODUCT_IDS:
        raise refusal.Refusal(12019120, "product ids exceed limit")
    places = [sku_of(one) for one in wanted_skus]
    numbers = [number for number, _ in places] if wanted_skus else [_number("products", one) for one in wanted]
    rows = []
    for number in dict.fromkeys(numbers):
        product = door.shop.products.get(number)
        if product is None or product.status == "trashed":
            continue
        chosen = [variant for variant in product.variants if not wanted_skus or (number, variant.number) in places]
        rows += [stock_row(door.shop, product, chosen)] if chosen else []
    return {"inventory": rows}


def orders(door: TikTok, call: Call) -> dict[str, Any]:
    """The search of orders."""
    body, now = filters(call, ORDER_FILTERS), int(door.shop.clock())
    asked = paging(call, body, is_sortable=True, life_s=door.token_life_s, now=now)
    numbers: Sequence[int] = door.shop.orders.numbers(
        by="updated" if asked.field == "update_time" else "created",
        statuses=STATES,
        updated=half_open(body, "update_time_ge", "update_time_lt", is_until_inclusive=False, now=now),
        created=half_open(body, "create_time_ge", "create_time_lt", is_until_inclusive=False, now=now),
    )
    if "order_status" in body or "buyer_user_id" in body:
        numbers = [number for number in numbers if _is_asked(door, _order(door, number), body)]
    if asked.order == "DESC":
        numbers = list(reversed(numbers))
    rows, token, total = page(
        numbers, asked, call, door.shop.seed, lambda number: order_row(door.shop, _order(door, number)), ceiling=None, now=now
    )
    return {"total_count": total, "next_page_token": token, "orders": rows}


def order_details(door: TikTok, call: Call) -> dict[str, Any]:
    """Orders by id; those that do not exist are left out."""
    ids = [one for one in only(call, ("ids",)).get("ids", "").split(",") if one]
    if not 1 <= len(ids) <= MOST_ORDER_IDS:
        raise refusal.invalid("ids", f"must hold between 1 and {MOST_ORDER_IDS} ids")
    found = [door.shop.orders.get(_number("orders", one)) for one in ids]
    return {"orders": [order_row(door.shop, order) for order in found if order is not None and order.status in STATES]}


def returns(door: TikTok, call: Call) -> dict[str, Any]:
    """The search of returns."""
    found = [(refund.at, return_id(order.number, refund.number), order, refund) for order in _asked(door, call) for refund in order.refunds]
    return _aftersales(door, call, "return_orders", found)


def cancellations(door: TikTok, call: Call) -> dict[str, Any]:
    """The search of cancellations."""
    cancelled = [order for order in _asked(door, call) if status_of(door.shop, order) == "CANCELLED"]
    found = [(order.cancelled or order.updated, cancellation_id(order.number), order, None) for order in cancelled]
    return _aftersales(door, call, "cancellations", found)


def warehouses(door: TikTok, call: Call) -> dict[str, Any]:
    """The places that hold stock."""
    only(call, ())
    return {"warehouses": [warehouse_row(door.shop, place) for place in range(len(door.shop.locations))]}


def _aftersales(door: TikTok, call: Call, key: str, found: Sequence[tuple[int, str, Order, Repayment | None]]) -> dict[str, Any]:
    body, now = filters(call, AFTERSALES_FILTERS), int(door.shop.clock())
    asked = paging(call, body, is_sortable=True, largest=50, life_s=door.token_life_s, now=now)
    windows = [half_open(body, f"{name}_ge", f"{name}_lt", is_until_inclusive=False, now=now) for name in ("update_time", "create_time")]
    chosen = sorted((each for each in found if all(_within(each[0], window) for window in windows)), key=lambda each: (each[0], each[1]))
    if asked.order == "DESC":
        chosen.reverse()

    def row(place: int) -> dict[str, Any]:
        _, _, order, refund = chosen[place]
        return cancellation_row(door.shop, order) if refund is None else return_row(door.shop, order, refund)

    rows, token, total = page(range(len(chosen)), asked, call, door.shop.seed, row, ceiling=None, now=now)
    content: dict[str, Any] = {"total_count": total, "next_page_token": token}
    return content | ({key: rows} if rows else {})  # an empty list is left out


def _asked(door: TikTok, call: Call) -> list[Order]:
    body = filters(call, AFTERSALES_FILTERS)
    if "order_ids" in body:
        found = [door.shop.orders.get(_number("orders", one)) for one in body["order_ids"]]
        return [order for order in found if order is not None and order.status in STATES]
    since = half_open(body, "update_time_ge", "update_time_lt", is_until_inclusive=False, now=int(door.shop.clock()))[0]
    # An order is never changed before its refunds, unless a test turned its clock back: those are all looked at.
    shelf = door.shop.orders
    numbers = [
        number for number in shelf.numbers(statuses=STATES) if since is None or shelf.updated[number] >= since or shelf.changed(number)
    ]
    return [_order(door, number) for number in numbers]


def _product(door: TikTok, number: int) -> Product:
    """Raises: KeyError."""
    product = door.shop.products.get(number)
    if product is not None:
        return product
    gone_at = _deleted(door)[number]
    return door.shop.goods.product(number, "trashed", door.shop.products.created[number], gone_at)


def _deleted(door: TikTok) -> dict[int, int]:
    return {one.number: one.at for one in door.shop.deletions if one.kind == "products"}


def _order(door: TikTok, number: int) -> Order:
    order = door.shop.orders.get(number)
    assert order is not None
    return order


def _number(kind: str, text: str) -> int:
    try:
        return number_of(kind, text)
    except KeyError:
        return -1


def _has_sku(door: TikTok, number: int, body: dict[str, Any]) -> bool:
    for name in ("sku_ids", "seller_skus"):
        if wanted := body.get(name):
            product = _product(door, number)
            own = {sku_id(number, one.number) if name == "sku_ids" else one.sku for one in product.variants}
            if not own & set(wanted):
                return False
    return True


def _is_asked(door: TikTok, order: Order, body: dict[str, Any]) -> bool:
    if "buyer_user_id" in body and body["buyer_user_id"] != user_of(order):
        return False
    return "order_status" not in body or body["order_status"] == status_of(door.shop, order)


def _within(moment: int, window: tuple[int | None, int | None]) -> bool:
    low, high = window
    return (low is None or low <= moment) and (high is None or moment < high)
