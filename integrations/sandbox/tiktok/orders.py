"""Orders, returns and cancellations as TikTok tells them: one line item for each unit, no quantities."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from integrations.sandbox.chance import mix, pick
from integrations.sandbox.model import Line, Order, Repayment, minor_units
from integrations.sandbox.shop import Shop
from integrations.sandbox.tiktok.ids import cancellation_id, guest_id, id_of, loose_id, return_id, sku_id, unit_id, warehouse_id

STATES = ("open", "pending", "on_hold", "completed", "cancelled", "failed")
OPEN = ("AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT", "PARTIALLY_SHIPPING")
COMPLETED = ("COMPLETED", "COMPLETED", "DELIVERED")
PACKAGE = {
    "COMPLETED": "COMPLETED",
    "DELIVERED": "COMPLETED",
    "IN_TRANSIT": "FULFILLING",
    "AWAITING_COLLECTION": "PROCESSING",
    "CANCELLED": "CANCELLED",
}
ZERO = Decimal(0)


def status_of(shop: Shop, order: Order) -> str:
    """TikTok's word for where an order stands; it has none for failed ones, which it cancels."""
    roll = mix(shop.seed, 40, order.number)
    return {
        "open": pick(OPEN, roll),
        "completed": pick(COMPLETED, roll),
        "pending": "UNPAID",
        "on_hold": "ON_HOLD",
        "cancelled": "CANCELLED",
        "failed": "CANCELLED",
    }[order.status]


def user_of(order: Order) -> str:
    """The buyer's id."""
    return guest_id(order.number) if order.customer is None else id_of("customers", order.customer)


def order_row(shop: Shop, order: Order) -> dict[str, Any]:
    """One order; the times that have not come are left out."""
    status = status_of(shop, order)
    cancelled = order.cancelled or (order.updated if status == "CANCELLED" else None)
    times = {"paid_time": order.paid, "cancel_time": cancelled, "delivery_time": order.completed, "rts_time": order.completed}
    return {
        "id": id_of("orders", order.number),
        "status": status,
        "create_time": order.created,
        "update_time": order.updated,
        **{name: moment for name, moment in times.items() if moment is not None},
        "user_id": user_of(order),
        "buyer_email": f"v2b{order.number:x}@chat.seller.tiktok.com",
        "buyer_message": "",
        "payment_method_name": "CCDC",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "TIKTOK",
        "is_cod": False,
        "is_sample_order": False,
        "warehouse_id": warehouse_id(0),
        "payment": _payment(order),
        "recipient_address": {
            "name": f"{order.first_name[:1]}***",
            "phone_number": "(+49)151-***-1234",
            "full_address": "Q*** 1, Hafenstadt",
            "postal_code": "10115",
            "region_code": order.country,
        },
        "line_items": list(_units(shop, order, status)),
    }


def return_row(shop: Shop, order: Order, refund: Repayment) -> dict[str, Any]:
    """One refund; goods come back with it when it leaves nothing paid."""
    is_whole = refund.amount >= order.total
    units = list(_units(shop, order, status_of(shop, order)))
    return {
        "order_id": id_of("orders", order.number),
        "return_id": return_id(order.number, refund.number),
        "return_type": "RETURN_AND_REFUND" if is_whole else "REFUND",
        "return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE",
        "role": "BUYER",
        "return_reason": "ecom_order_delivered_refund_reason_missing_product",
        "return_reason_text": refund.reason or "Changed my mind",
        "create_time": refund.at,
        "update_time": refund.at,
        "refund_amount": _refunded(order, refund.amount),
        "return_line_items": [
            {
                "return_line_item_id": str(int(unit["id"]) + 1),
                "order_line_item_id": unit["id"],
                "sku_id": unit["sku_id"],
                "sku_name": unit["sku_name"],
                "product_name": unit["product_name"],
                "seller_sku": unit["seller_sku"],
            }
            for unit in (units if is_whole else units[:1])
        ],
    }


def cancellation_row(shop: Shop, order: Order) -> dict[str, Any]:
    """The cancellation of an order; what was paid goes back."""
    left = order.total - order.refunded if order.paid else ZERO
    moment = order.cancelled or order.updated
    return {
        "order_id": id_of("orders", order.number),
        "cancel_id": cancellation_id(order.number),
        "cancel_type": "CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_COMPLETE",
        "role": "SELLER",
        "cancel_reason": "seller_cancel_reason_out_of_stock",
        "cancel_reason_text": "Out of stock",
        "create_time": moment,
        "update_time": moment,
        "refund_amount": _refunded(order, max(left, ZERO)),
        "cancel_line_items": [
            {"order_line_item_id": unit["id"], "sku_id": unit["sku_id"], "product_name": unit["product_name"], "seller_sku": unit["seller_sku"]}
            for unit in _units(shop, order, "CANCELLED")
        ],
    }  # fmt: skip


def _payment(order: Order) -> dict[str, str]:
    amounts = {
        "sub_total": order.subtotal,
        "shipping_fee": order.shipping,
        "seller_discount": order.discount,
        "platform_discount": ZERO,
        "tax": order.tax,
        "total_amount": order.total,
        "original_total_product_price": order.subtotal + order.discount,
        "original_shipping_fee": order.shipping,
    }
    return {"currency": order.currency, **{name: _money(amount, order) for name, amount in amounts.items()}}


def _refunded(order: Order, amount: Decimal) -> dict[str, str]:
    return {"currency": order.currency, "refund_total": _money(amount, order), "refund_subtotal": _money(amount, order)}


def _units(shop: Shop, order: Order, status: str) -> Iterator[dict[str, Any]]:
    number = 0
    for line in order.lines:
        discounts, taxes = _shared(line.discount, line.quantity, order), _shared(line.tax, line.quantity, order)
        for discount, tax in zip(discounts, taxes, strict=True):
            yield _unit(shop, order, line, number, status, discount, tax)
            number += 1


def _unit(shop: Shop, order: Order, line: Line, number: int, status: str, discount: Decimal, tax: Decimal) -> dict[str, Any]:
    loose = loose_id(order.number, line.number)
    return {
        "id": unit_id(order.number, number),
        "product_id": loose if line.product is None else id_of("products", line.product),
        "sku_id": loose if line.product is None else sku_id(line.product, line.variant),
        "seller_sku": line.sku or "",
        "product_name": line.title,
        "sku_name": "Default",
        "sku_image": f"https://images.example/{number}?x-expires={int(shop.clock() * 1000)}",
        "sale_price": _money(line.unit_price - discount, order),
        "original_price": _money(line.unit_price, order),
        "platform_discount": _money(ZERO, order),
        "seller_discount": _money(discount, order),
        "currency": order.currency,
        "display_status": "AWAITING_SHIPMENT" if status in ("ON_HOLD", "PARTIALLY_SHIPPING") else status,
        "package_status": PACKAGE.get(status, "TO_FULFILL"),
        "is_gift": False,
        "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": _money(tax, order), "tax_rate": "0.19"}] if tax else [],
    }


def _shared(amount: Decimal, units: int, order: Order) -> list[Decimal]:
    """`amount` spread over units so that it adds up to the coin."""
    coin = Decimal(1).scaleb(-minor_units(order.currency))
    coins, more = divmod(int(amount / coin), units)
    return [(coins + (unit < more)) * coin for unit in range(units)]


def _money(amount: Decimal, order: Order) -> str:
    return f"{amount:.{minor_units(order.currency)}f}"
