"""Orders in the words of the Fulfillment API."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox.ebay.seller import Seller, order_id, sku_of
from integrations.sandbox.model import Line, Order, rounded

DAY_S = 86_400
EMAIL_S, NAME_S = 14 * DAY_S, 90 * DAY_S  # how long eBay tells them
PAYMENT = {
    "paid": "PAID",
    "pending": "PENDING",
    "voided": "PENDING",
    "partially_refunded": "PARTIALLY_REFUNDED",
    "refunded": "FULLY_REFUNDED",
}
FULFILLMENT = {"unfulfilled": "NOT_STARTED", "partial": "IN_PROGRESS", "fulfilled": "FULFILLED"}
CANCEL = {"cancelled": "CANCELED", "on_hold": "IN_PROGRESS"}


def order_row(seller: Seller, order: Order, *, is_alone: bool) -> dict[str, Any]:
    """An order; `is_alone` tells the requests to cancel it, which lists leave empty."""
    ident, now = order_id(order.number), int(seller.clock())
    return {
        "orderId": ident,
        "creationDate": stamp(order.created),
        "lastModifiedDate": stamp(order.updated),
        "orderFulfillmentStatus": FULFILLMENT.get(order.fulfillment, "NOT_STARTED"),
        "orderPaymentStatus": "FAILED" if order.status == "failed" else PAYMENT[order.payment],
        "sellerId": seller.spec.name,
        "salesRecordReference": str(order.number + 1),
        "buyer": _buyer(seller, order, now),
        "buyerCheckoutNotes": "Please ring twice.",
        "pricingSummary": _pricing(order),
        "cancelStatus": _cancel(order, ident, is_alone=is_alone),
        "paymentSummary": _payments(order),
        "fulfillmentStartInstructions": [_shipping(order, now)],
        "fulfillmentHrefs": [],
        "lineItems": [_line(order, line) for line in order.lines],
        "totalFeeBasisAmount": _amount(order.total, order),
    }


def stamp(moment: int) -> str:
    """A time as eBay writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _amount(value: Decimal, order: Order) -> dict[str, str]:
    return {"value": str(rounded(value, order.currency)), "currency": order.currency}


def _pricing(order: Order) -> dict[str, Any]:
    pricing = {
        "priceSubtotal": _amount(sum((line.subtotal for line in order.lines), Decimal(0)), order),
        "deliveryCost": _amount(order.shipping, order),
        "total": _amount(order.total, order),
    }
    if order.discount:
        pricing["priceDiscount"] = _amount(-order.discount, order)
    if order.tax:
        pricing["tax"] = _amount(order.tax, order)
    return pricing


def _payments(order: Order) -> dict[str, Any]:
    payment: dict[str, Any] = {
        "paymentMethod": "EBAY",
        "paymentStatus": "PAID" if order.paid else "PENDING",
        "amount": _amount(order.total, order),
    }
    if order.paid:
        payment["paymentDate"] = stamp(order.paid)
    refunds = [
        {
            "amount": _amount(refund.amount, order),
            "refundDate": stamp(refund.at),
            "refundStatus": "REFUNDED",
            "refundReferenceId": f"{5_000_000 + order.number * 8 + refund.number}",
        }
        for refund in order.refunds
    ]
    return {"totalDueSeller": _amount(order.total - order.refunded, order), "payments": [payment], "refunds": refunds}


def _cancel(order: Order, ident: str, *, is_alone: bool) -> dict[str, Any]:
    state = CANCEL.get(order.status, "NONE_REQUESTED")
    status: dict[str, Any] = {"cancelState": state, "cancelRequests": []}
    if order.status == "cancelled":
        status["cancelledDate"] = stamp(order.cancelled or order.updated)
    if is_alone and state != "NONE_REQUESTED":
        request = {
            "cancelRequestId": f"R{ident}",
            "cancelInitiator": "Buyer",
            "cancelReason": "BUYER_ASKED_CANCEL",
            "cancelRequestState": "COMPLETED" if state == "CANCELED" else "REQUESTED",
            "cancelRequestedDate": stamp(order.created),
        }
        if state == "CANCELED":
            request["cancelCompletedDate"] = status["cancelledDate"]
        status["cancelRequests"] = [request]
    return status


def _line(order: Order, line: Line) -> dict[str, Any]:
    shipping = order.shipping if line.number == 0 else Decimal(0)
    row: dict[str, Any] = {
        "lineItemId": f"{10_000_000_000 + order.number * 1024 + line.number}",
        "legacyItemId": f"{110_000_000_000 + (line.product or 0)}",
        "title": line.title,
        "quantity": line.quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": "EBAY_DE",
        "purchaseMarketplaceId": "EBAY_DE",
        "lineItemFulfillmentStatus": FULFILLMENT.get(order.fulfillment, "NOT_STARTED"),
        "lineItemCost": _amount(line.subtotal, order),
        "total": _amount(line.total + line.tax + shipping, order),
        "deliveryCost": {"shippingCost": _amount(shipping, order)},
        "appliedPromotions": [],
        "taxes": [{"amount": _amount(line.tax, order)}] if line.tax else [],
        "refunds": [],
        "properties": {"buyerProtection": True},
    }
    if line.product is not None:
        row["sku"] = sku_of(line.product, line.variant)
    if line.discount:
        row["discountedLineItemCost"] = _amount(line.total, order)
    return row


def _buyer(seller: Seller, order: Order, now: int) -> dict[str, Any]:
    address: dict[str, Any] = {"contactAddress": {"countryCode": order.country, "city": "Hamburg"}}
    if now - order.created <= EMAIL_S:
        address["email"] = order.email
    if now - order.created <= NAME_S:
        address["fullName"] = f"{order.first_name} {order.last_name}"
    return {"username": seller.username(order.number, order.customer), "buyerRegistrationAddress": address}


def _shipping(order: Order, now: int) -> dict[str, Any]:
    target: dict[str, Any] = {
        "contactAddress": {"addressLine1": "Kai 7", "city": "Hamburg", "postalCode": "20457", "countryCode": order.country}
    }
    if now - order.created <= NAME_S:
        target["fullName"] = f"{order.first_name} {order.last_name}"
    step = {"shipTo": target, "shippingCarrierCode": "DHL", "shippingServiceCode": "DE_DHLPaket"}
    return {"fulfillmentInstructionsType": "SHIP_TO", "ebaySupportedFulfillment": False, "shippingStep": step}
