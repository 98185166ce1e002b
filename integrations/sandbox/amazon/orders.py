"""Orders 2026-01-01: searchOrders and getOrder."""

from __future__ import annotations

import math
from bisect import bisect_right
from decimal import Decimal
from typing import Any

from integrations.sandbox.amazon import arguments
from integrations.sandbox.amazon.refusal import invalid, no_role, not_found
from integrations.sandbox.amazon.seller import MARKETPLACES, Seller, money, number_of, record_id, ships_order, sku_of, time
from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.model import Line, Order

STATUS = {
    "open": "UNSHIPPED",
    "pending": "PENDING",
    "on_hold": "PENDING_AVAILABILITY",
    "completed": "SHIPPED",
    "cancelled": "CANCELLED",
    "failed": "UNFULFILLABLE",
}
STATUSES = ("PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE")
SETS = (
    "BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX", "PAYMENT", "FULFILLMENT_ORDERS",
)  # fmt: skip
PERSONAL = {"BUYER", "RECIPIENT"}
CLOSED_S = 120
TOKEN_LIFE_S = 86_400
EVER = (None, None)


def search(shop: Seller, call: Call, now: float, *, may_see_people: bool) -> dict[str, Any]:
    """A page of orders by their creation or last change. Raises: Refusal."""
    params = call.params
    by, start, end = _bounds(params, now)
    sets = _sets(params, may_see_people=may_see_people)
    size = arguments.number(params, "maxResultsPerPage", 1, 100, 100)
    arguments.marketplaces(params, MARKETPLACES[shop.spec.currency][0], is_required=False)
    statuses = arguments.words(params, "fulfillmentStatuses", allowed=STATUSES)
    shippers = arguments.words(params, "fulfilledBy", allowed=("MERCHANT", "AMAZON"))
    of = arguments.mark(params, "paginationToken")
    column = shop.orders.created if by == "created" else shop.orders.updated
    span = (math.ceil(start), math.floor(end) + 1)
    created, updated = (span, EVER) if by == "created" else (EVER, span)
    numbers = [
        number
        for number in shop.orders.numbers(by=by, statuses=tuple(STATUS), created=created, updated=updated)
        if shop.is_shown(number) and _is_wanted(shop, number, statuses, shippers)
    ]
    first = 0
    if (text := params.get("paginationToken")) is not None:
        content = arguments.read_token(text, "paginationToken", of)
        if now - float(str(content["given"])) > TOKEN_LIFE_S:
            raise invalid("The provided 'paginationToken' has expired.")
        place = (int(str(content["time"])), int(str(content["number"])))
        first = bisect_right(numbers, place, key=lambda number: (column[number], number))
    chosen = numbers[first : first + size]
    rows = [order_row(shop, number, sets) for number in reordered(chosen, call.bends, shop.seed)]
    answer: dict[str, Any] = {"orders": rows}
    if first + size < len(numbers):
        token = arguments.token({"of": of, "time": column[chosen[-1]], "number": chosen[-1], "given": round(now, 3)})
        answer["pagination"] = {"nextToken": text if "repeated_token" in call.bends and text else token}
    answer["createdBefore" if by == "created" else "lastUpdatedBefore"] = time(int(end))
    return answer


def one(shop: Seller, call: Call, order_id: str, *, may_see_people: bool) -> dict[str, Any]:
    """One order. Raises: Refusal."""
    sets = _sets(call.params, may_see_people=may_see_people)
    try:
        number = number_of("orders", order_id)
    except KeyError:
        raise invalid("Invalid orderId.") from None
    if number not in shop.orders or shop.orders.status(number) not in STATUS or not shop.is_shown(number):
        raise not_found(f"The order {order_id} was not found.")
    return {"order": order_row(shop, number, sets)}


def order_row(shop: Seller, number: int, sets: set[str]) -> dict[str, Any]:
    """One order with the data sets that were asked for."""
    order = shop.orders.get(number)
    assert order is not None  # its number comes from a list of those that there are
    status, currency = STATUS[order.status], order.currency
    market, name = MARKETPLACES[shop.spec.currency]
    has_amounts = not status.startswith("PENDING")
    row: dict[str, Any] = {
        "orderId": record_id("orders", number),
        "createdTime": time(order.created),
        "lastUpdatedTime": time(order.updated),
        "programs": ["PRIME"] if number % 4 == 0 else [],
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": market, "marketplaceName": name},
        "orderItems": [_item(shop, order, line, sets, has_amounts=has_amounts) for line in order.lines],
    }
    if number % 10 == 7:
        row["orderAliases"] = [{"aliasId": f"SO-{number}", "aliasType": "SELLER_ORDER_ID"}]
    if "BUYER" in sets:
        row["buyer"] = {"buyerName": f"{order.first_name} {order.last_name}".strip()}
        if ships_order(order) == "MERCHANT" and order.email:
            row["buyer"]["buyerEmail"] = f"{order.email.partition('@')[0]}@marketplace.{name.lower()}"
    if "RECIPIENT" in sets and has_amounts:
        address = {
            "name": order.last_name,
            "addressLine1": "Quay 1",
            "city": "Hafenstadt",
            "postalCode": "10115",
            "countryCode": order.country,
        }
        row["recipient"] = {"deliveryAddress": address}
    if "FULFILLMENT" in sets:
        row["fulfillment"] = {"fulfillmentStatus": status, "fulfilledBy": ships_order(order), "fulfillmentServiceLevel": "STANDARD"}
    if "PROCEEDS" in sets and has_amounts:
        parts = _breakdowns(order.lines, currency, order.shipping)
        row["proceeds"] = {"grandTotal": money(order.total, currency), "breakdowns": parts}
    return row


def _item(shop: Seller, order: Order, line: Line, sets: set[str], *, has_amounts: bool) -> dict[str, Any]:
    currency = order.currency
    row: dict[str, Any] = {
        "orderItemId": str(10**13 + line.number),  # unique within its order: no more is promised
        "quantityOrdered": line.quantity,
        "product": {"asin": f"B{line.number:09d}", "title": line.title, "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"}},
    }
    if line.product is not None:
        has_variants = shop.variant_count(line.product) > 1
        row["product"]["sellerSku"] = sku_of(line.product, line.variant if has_variants else None)
    if has_amounts:
        row["product"]["price"] = {"unitPrice": money(line.unit_price, currency)}
    if "PROCEEDS" in sets and has_amounts:
        row["proceeds"] = {"proceedsTotal": money(line.total + line.tax, currency), "breakdowns": _breakdowns([line], currency, None)}
    if "FULFILLMENT" in sets:
        sent = line.quantity if order.status == "completed" else 0
        row["fulfillment"] = {"quantityFulfilled": sent, "quantityUnfulfilled": line.quantity - sent}
    return row


def _breakdowns(lines: list[Line], currency: str, shipping: Decimal | None) -> list[dict[str, Any]]:
    discount = sum((line.discount for line in lines), Decimal(0))
    tax = sum((line.tax for line in lines), Decimal(0))
    parts = [("ITEM", sum((line.subtotal for line in lines), Decimal(0)))]
    parts += [("SHIPPING", shipping)] if shipping is not None else []
    parts += [("DISCOUNT", -discount)] if discount else []
    parts += [("TAX", tax)] if tax else []
    return [{"type": kind, "subtotal": money(amount, currency)} for kind, amount in parts]


def _bounds(params: arguments.Params, now: float) -> tuple[str, float, float]:
    if ("createdAfter" in params) == ("lastUpdatedAfter" in params):
        raise invalid("Exactly one of 'createdAfter' and 'lastUpdatedAfter' has to be given.")
    by, other = ("created", "lastUpdated") if "createdAfter" in params else ("lastUpdated", "created")
    if f"{other}Before" in params:
        raise invalid(f"'{other}Before' cannot be given with '{by}After'.")
    start, end = arguments.moment(params, f"{by}After"), arguments.moment(params, f"{by}Before")
    if end is not None and end > now - CLOSED_S:
        raise invalid(f"'{by}Before' has to be at least two minutes before now.")
    if end is None:
        end = now - CLOSED_S
    assert start is not None  # one of the two is there
    if f"{by}Before" in params and end < start:
        raise invalid(f"'{by}Before' has to be equal to or after '{by}After'.")
    return "created" if by == "created" else "updated", start, end


def _sets(params: arguments.Params, *, may_see_people: bool) -> set[str]:
    sets = set(arguments.words(params, "includedData", allowed=SETS))
    if sets & PERSONAL and not may_see_people:
        raise no_role(f"Application does not have access to one or more requested data elements: {sorted(sets & PERSONAL)}")
    return sets


def _is_wanted(shop: Seller, number: int, statuses: list[str], shippers: list[str]) -> bool:
    if not (statuses or shippers):
        return True
    order = shop.orders.get(number)
    if order is None or (statuses and STATUS[order.status] not in statuses):
        return False
    return not shippers or ships_order(order) in shippers
