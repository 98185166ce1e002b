"""TikTok Shop's orders, returns and cancellations in the common language. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from integrations.connector import Row
from integrations.errors import Unmappable
from integrations.fields import exact, identifier, money, rows, text
from integrations.records import FulfillmentStatus, Order, OrderLine, OrderStatus, PaymentStatus, Refund
from integrations.tiktok_records import unix

ORDER_STATUS = {
    "UNPAID": (OrderStatus.PENDING, FulfillmentStatus.UNFULFILLED),
    "ON_HOLD": (OrderStatus.ON_HOLD, FulfillmentStatus.UNFULFILLED),
    "AWAITING_SHIPMENT": (OrderStatus.OPEN, FulfillmentStatus.UNFULFILLED),
    "PARTIALLY_SHIPPING": (OrderStatus.OPEN, FulfillmentStatus.PARTIAL),
    "AWAITING_COLLECTION": (OrderStatus.OPEN, FulfillmentStatus.UNFULFILLED),  # packed; the carrier has not come yet
    "IN_TRANSIT": (OrderStatus.OPEN, FulfillmentStatus.FULFILLED),
    "DELIVERED": (OrderStatus.COMPLETED, FulfillmentStatus.FULFILLED),
    "COMPLETED": (OrderStatus.COMPLETED, FulfillmentStatus.FULFILLED),
    "CANCELLED": (OrderStatus.CANCELLED, FulfillmentStatus.CANCELLED),
}
CANCELLED = "CANCELLED"

# The money went back; RETURN_OR_REFUND_REQUEST_SUCCESS says no more than that it will.
REFUNDED_RETURNS = frozenset(
    {"RETURN_OR_REFUND_REQUEST_COMPLETE", "REPLACEMENT_REQUEST_REFUND_SUCCESS", "EXCHANGE_REQUEST_REFUND_SUCCESS"}
)  # fmt: skip
REFUNDED_CANCELLATIONS = frozenset({"CANCELLATION_REQUEST_COMPLETE"})  # the documentation does not tell it from SUCCESS (unverified)

_ORDER_FIELDS = ("id", "status", "create_time", "update_time", "paid_time", "cancel_time", "user_id", "buyer_email", "payment")
_LINE_FIELDS = (
    "id", "product_id", "sku_id", "seller_sku", "product_name", "sale_price", "original_price", "currency", "display_status",
    "package_status", "item_tax",
)  # fmt: skip
_RETURN_FIELDS = ("return_id", "return_type", "return_status", "return_reason", "return_reason_text", "update_time", "refund_amount")
_CANCELLATION_FIELDS = ("cancel_id", "cancel_status", "cancel_reason", "cancel_reason_text", "update_time", "refund_amount")


def kept_order(row: Row, refunds: Mapping[str, Iterable[Row]]) -> Row:
    """What we keep of an order, from the search as from its details: neither addresses nor anything else that is not mapped.

    `refunds` has the "returns" and "cancellations" of orders, and nothing where they are hidden from us. Raises: Unmappable.
    """
    own = identifier(row)
    kept = {**_only(row, _ORDER_FIELDS), "line_items": [_only(line, _LINE_FIELDS) for line in rows(row, "line_items")]}
    if "returns" in refunds:
        kept["returns"] = [
            {
                **_only(each, _RETURN_FIELDS),
                "return_line_items": [_only(line, ("order_line_item_id",)) for line in rows(each, "return_line_items")],
            }
            for each in _of(own, refunds["returns"], "return_id")
        ]
    if "cancellations" in refunds:
        kept["cancellations"] = [_only(each, _CANCELLATION_FIELDS) for each in _of(own, refunds["cancellations"], "cancel_id")]
    return kept


def _of(order_id: str, refunds: Iterable[Row], id_name: str) -> list[Row]:
    return sorted((each for each in refunds if str(each.get("order_id")) == order_id), key=lambda each: str(each.get(id_name)))


def may_have_returns(row: Row) -> bool:
    """Whether somebody paid, or will when the parcel comes."""
    return bool(row.get("paid_time")) or row.get("status") not in ("UNPAID", CANCELLED)


def may_have_cancellations(row: Row) -> bool:
    """Whether somebody paid for an order of which at least one unit was cancelled."""
    units = row.get("line_items") or ()
    return bool(row.get("paid_time")) and (
        row.get("status") == CANCELLED or any(isinstance(unit, dict) and _is_cancelled(unit) for unit in units)
    )


def order(row: Row) -> Order:
    """An order with its lines and refunds. Raises: Unmappable."""
    payment = row.get("payment")
    currency = text(payment, "currency") if isinstance(payment, dict) else None
    if not isinstance(payment, dict) or currency is None:
        raise Unmappable("The order names no currency.", external_id=identifier(row))
    status = text(row, "status")
    whole_status, fulfillment = ORDER_STATUS.get(status or "", (OrderStatus.UNKNOWN, FulfillmentStatus.UNKNOWN))
    refunds = tuple(_refunds(row, currency))
    refunded = exact(sum((refund.amount for refund in refunds), Decimal(0)), "refunded") if "returns" in row else None
    total = money(payment, "total_amount")
    return Order(
        external_id=identifier(row),
        number=identifier(row),
        currency=currency,
        status=whole_status,
        payment_status=_payment(row, status, total, refunded),
        fulfillment_status=fulfillment,
        raw_status=status,
        subtotal=money(payment, "sub_total"),
        discount=_sum([money(payment, "seller_discount"), money(payment, "platform_discount")]),
        shipping=money(payment, "shipping_fee"),
        tax=money(payment, "tax"),
        total=total,
        refunded=refunded,
        customer_external_id=text(row, "user_id"),
        email=text(row, "buyer_email"),  # an alias of TikTok's
        placed_at=unix(row, "create_time"),
        cancelled_at=unix(row, "cancel_time"),
        source_created_at=unix(row, "create_time"),
        source_updated_at=unix(row, "update_time"),
        lines=tuple(_lines(row, currency)),
        refunds=refunds if "returns" in row else None,
    )


def _payment(row: Row, status: str | None, total: Decimal | None, refunded: Decimal | None) -> PaymentStatus:
    """TikTok has no word for it: derived from the status, the time of payment and the refunds."""
    if refunded:
        return PaymentStatus.REFUNDED if total is not None and refunded >= total else PaymentStatus.PARTIALLY_REFUNDED
    if status == "UNPAID":
        return PaymentStatus.PENDING
    if unix(row, "paid_time") is not None:
        return PaymentStatus.PAID
    if status == CANCELLED:
        return PaymentStatus.VOIDED
    return PaymentStatus.PENDING if status in ORDER_STATUS else PaymentStatus.UNKNOWN  # e.g. cash on delivery


def _lines(row: Row, currency: str) -> Iterable[OrderLine]:
    """One line for each SKU: TikTok tells one line item for each unit, and units of one SKU may differ in discount."""
    groups: dict[str, list[Row]] = {}
    for unit in rows(row, "line_items"):
        if text(unit, "currency") not in (None, currency):
            raise Unmappable("A line is in another currency than its order.", external_id=identifier(row))
        groups.setdefault(text(unit, "sku_id") or identifier(unit), []).append(unit)
    returned = _returned_units(row)
    for place, (key, units) in enumerate(groups.items()):
        first = units[0]
        prices = {_listed(unit) for unit in units}
        gone = sum(_is_cancelled(unit) or str(unit.get("id")) in returned for unit in units)
        yield OrderLine(
            external_id=f"{identifier(row)}:{key}",  # of the SKU, not of a unit: the same whichever units are told, in whatever order
            title=text(first, "product_name") or "",
            quantity=len(units),
            current_quantity=len(units) - gone,
            product_external_id=text(first, "product_id"),
            variant_external_id=text(first, "sku_id"),
            sku=text(first, "seller_sku"),
            unit_price=prices.pop() if len(prices) == 1 else None,
            total=_sum(money(unit, "sale_price") for unit in units),
            tax=_sum(money(tax, "tax_amount") for unit in units for tax in rows(unit, "item_tax")),
            position=place,
        )


def _listed(unit: Row) -> Decimal | None:
    price = money(unit, "original_price")
    return money(unit, "sale_price") if price is None else price


def _returned_units(row: Row) -> set[str]:
    return {
        str(line.get("order_line_item_id"))
        for each in rows(row, "returns")
        if each.get("return_status") in REFUNDED_RETURNS and each.get("return_type") == "RETURN_AND_REFUND"
        for line in rows(each, "return_line_items")
    }


def _refunds(row: Row, currency: str) -> Iterable[Refund]:
    for each in rows(row, "returns"):
        if each.get("return_status") in REFUNDED_RETURNS:
            yield from _refund(each, "return_id", "return_reason", currency)
    for each in rows(row, "cancellations"):
        if each.get("cancel_status") in REFUNDED_CANCELLATIONS:
            yield from _refund(each, "cancel_id", "cancel_reason", currency)


def _refund(row: Row, id_name: str, reason: str, currency: str) -> Iterable[Refund]:
    amounts = row.get("refund_amount") or {}
    amount = money(amounts, "refund_total")
    if not amount:  # nothing was paid that could go back
        return
    if text(amounts, "currency") not in (None, currency):
        raise Unmappable("A refund is in another currency than its order.")
    yield Refund(
        external_id=identifier(row, id_name),
        amount=abs(amount),
        reason=text(row, f"{reason}_text") or text(row, reason),
        refunded_at=unix(row, "update_time"),
    )


def _is_cancelled(unit: Row) -> bool:
    return CANCELLED in (unit.get("display_status"), unit.get("package_status"))


def _only(row: Row, names: Sequence[str]) -> Row:
    return {name: row[name] for name in names if name in row}


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact(sum(known, Decimal(0)), "sum") if known else None
