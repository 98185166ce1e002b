"""eBay's orders in the common language. Pure functions.

What eBay itself takes back (e-mail after 14 days, name and telephone after 90) is left out from the start: a row without it stays
the same, and nobody's address is kept longer than eBay keeps it. Buyers are told by their user name alone; since 2025-09-26
some developers get an immutable id there for buyers in the US.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.connector import Row
from integrations.ebay_records import item_id
from integrations.errors import Unmappable
from integrations.fields import MONEY_PLACES, identifier, moment, money, rows, text, whole
from integrations.records import FulfillmentStatus, Order, OrderLine, OrderStatus, PaymentStatus, Refund

_PAYMENT = {
    "PENDING": PaymentStatus.PENDING,
    "PAID": PaymentStatus.PAID,
    "FAILED": PaymentStatus.FAILED,
    "PARTIALLY_REFUNDED": PaymentStatus.PARTIALLY_REFUNDED,
    "FULLY_REFUNDED": PaymentStatus.REFUNDED,
}
_FULFILLMENT = {
    "NOT_STARTED": FulfillmentStatus.UNFULFILLED,
    "IN_PROGRESS": FulfillmentStatus.PARTIAL,
    "FULFILLED": FulfillmentStatus.FULFILLED,
}
NOT_CANCELLED, CANCELLING, CANCELLED = "NONE_REQUESTED", "IN_PROGRESS", "CANCELED"  # CancelStateEnum; the last two unverified
_NOT_GIVEN_BACK = ("PENDING", "FAILED")  # RefundStatusEnum; unverified

# Of people, and not mapped.
_BUYER = ("username",)
_PERSONAL = ("buyerCheckoutNotes",)
_PERSONAL_IN_SHIPPING = ("finalDestinationAddress", "shippingStep", "pickupStep", "appointment")


def without_people(row: Row) -> Row:
    """The order without what it says of people, the user name apart; its id also under "id"."""
    kept = {name: value for name, value in row.items() if name not in _PERSONAL}
    if isinstance(kept.get("buyer"), dict):
        kept["buyer"] = {name: value for name, value in kept["buyer"].items() if name in _BUYER}
    for name, personal in (("fulfillmentStartInstructions", _PERSONAL_IN_SHIPPING), ("lineItems", ("giftDetails",))):
        if isinstance(kept.get(name), list):
            kept[name] = [
                {field: value for field, value in part.items() if field not in personal} if isinstance(part, dict) else part
                for part in kept[name]
            ]
    return {**kept, "id": row.get("orderId")}


def wants_cancel_requests(row: Row) -> bool:
    """Whether the order has requests to cancel it, which lists leave out."""
    return ((row.get("cancelStatus") or {}).get("cancelState") or NOT_CANCELLED) != NOT_CANCELLED


def order(row: Row) -> Order:
    """An order with its lines and refunds. Raises: Unmappable."""
    order_id = identifier(row, "orderId")
    pricing: Mapping[str, Any] = row.get("pricingSummary") or {}
    currency = text(pricing.get("total") or {}, "currency")
    if currency is None:
        raise Unmappable("The order names no currency.", external_id=order_id)
    payment, fulfillment = text(row, "orderPaymentStatus"), text(row, "orderFulfillmentStatus")
    cancel: Mapping[str, Any] = row.get("cancelStatus") or {}
    state = text(cancel, "cancelState")
    refunds = _refunds(row, order_id, currency)
    delivery, off_delivery = (_amount(pricing, name, currency) for name in ("deliveryCost", "deliveryDiscount"))
    off = _amount(pricing, "priceDiscount", currency)
    return Order(
        external_id=order_id,
        number=order_id,
        currency=currency,
        status=_status(state, payment, fulfillment),
        payment_status=_PAYMENT.get(payment or "", PaymentStatus.UNKNOWN),
        fulfillment_status=FulfillmentStatus.CANCELLED
        if state == CANCELLED
        else _FULFILLMENT.get(fulfillment or "", FulfillmentStatus.UNKNOWN),
        raw_status=state,
        raw_payment_status=payment,
        raw_fulfillment_status=fulfillment,
        subtotal=_amount(pricing, "priceSubtotal", currency),
        discount=None if off is None else abs(off),  # "should be a negative real number"
        shipping=delivery if delivery is None or off_delivery is None else delivery - abs(off_delivery),
        tax=_amount(pricing, "tax", currency),
        total=_amount(pricing, "total", currency),
        refunded=sum((refund.amount for refund in refunds), Decimal(0)) if row.get("paymentSummary") else None,
        customer_external_id=text(row.get("buyer") or {}, "username"),
        placed_at=moment(row, "creationDate"),
        cancelled_at=_cancelled_at(cancel) if state == CANCELLED else None,
        source_created_at=moment(row, "creationDate"),
        source_updated_at=moment(row, "lastModifiedDate"),
        lines=tuple(_line(line, place, currency) for place, line in enumerate(rows(row, "lineItems"))),
        refunds=refunds,
    )


def _status(cancel: str | None, payment: str | None, fulfillment: str | None) -> OrderStatus:
    if cancel == CANCELLED:
        return OrderStatus.CANCELLED
    if cancel == CANCELLING:
        return OrderStatus.ON_HOLD
    if cancel not in (NOT_CANCELLED, None) or payment not in _PAYMENT or fulfillment not in _FULFILLMENT:
        return OrderStatus.UNKNOWN
    if payment == "FAILED":
        return OrderStatus.FAILED
    if payment == "PENDING":
        return OrderStatus.PENDING
    return OrderStatus.COMPLETED if fulfillment == "FULFILLED" else OrderStatus.OPEN


def _cancelled_at(cancel: Mapping[str, Any]) -> datetime | None:
    known = [moment(cancel, "cancelledDate"), *(moment(request, "cancelCompletedDate") for request in rows(cancel, "cancelRequests"))]
    return next((time for time in known if time is not None), None)


def _line(row: Row, place: int, currency: str) -> OrderLine:
    sku = text(row, "sku")
    quantity = whole(row, "quantity") or 0
    cost, reduced = _amount(row, "lineItemCost", currency), _amount(row, "discountedLineItemCost", currency)
    taxes = [amount for tax in rows(row, "taxes") if (amount := _amount(tax, "amount", currency)) is not None]
    return OrderLine(
        external_id=identifier(row, "lineItemId"),
        title=text(row, "title") or "",
        quantity=quantity,
        # The order does not tell of which group the SKU is a variant.
        variant_external_id=None if sku is None else item_id(sku),
        sku=sku,
        unit_price=None if cost is None or quantity == 0 else (cost / quantity).quantize(MONEY_PLACES, ROUND_HALF_UP),
        total=cost if reduced is None else reduced,
        tax=sum(taxes, Decimal(0)) if taxes else None,
        position=place,
    )


def _refunds(row: Row, order_id: str, currency: str) -> tuple[Refund, ...]:
    """What was given back, net of the tax that eBay collected; refunds on their way and failed ones do not count."""
    given = [refund for refund in rows(row.get("paymentSummary") or {}, "refunds") if refund.get("refundStatus") not in _NOT_GIVEN_BACK]
    found = []
    for place, refund in enumerate(given):
        amount = _amount(refund, "amount", currency)
        if amount is None:
            raise Unmappable("A refund has no amount.", external_id=order_id)
        # Refunds of single lines have their id there; here they have a reference at most.
        refund_id = text(refund, "refundId") or text(refund, "refundReferenceId") or f"{order_id}:{place}"
        found.append(Refund(external_id=refund_id, amount=abs(amount), refunded_at=moment(refund, "refundDate")))
    return tuple(found)


def _amount(row: Mapping[str, Any], name: str, currency: str) -> Decimal | None:
    """An Amount in the order's currency; one in another is taken by its value before conversion. Raises: Unmappable."""
    amount = row.get(name)
    if amount is None:
        return None
    if not isinstance(amount, dict):
        raise Unmappable(f"The field {name} is no amount.")
    if text(amount, "currency") == currency:
        return money(amount, "value")
    if text(amount, "convertedFromCurrency") == currency:
        return money(amount, "convertedFromValue")
    raise Unmappable(f"The field {name} is in another currency than the order.")
