"""Shopify's rows in the common language. Pure functions; amounts are the shop's money, times have a zone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.connector import Row
from integrations.errors import Unmappable
from integrations.fields import exact, identifier, moment, money, rows, text, whole
from integrations.records import (
    Customer,
    FulfillmentStatus,
    InventoryLevel,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    Product,
    ProductStatus,
    Refund,
    Variant,
)

_PRODUCT = {
    "ACTIVE": ProductStatus.ACTIVE,
    "DRAFT": ProductStatus.DRAFT,
    "ARCHIVED": ProductStatus.ARCHIVED,
    "UNLISTED": ProductStatus.UNLISTED,
}
_PAYMENT = {
    "AUTHORIZED": PaymentStatus.AUTHORIZED,
    "EXPIRED": PaymentStatus.VOIDED,
    "PAID": PaymentStatus.PAID,
    "PARTIALLY_PAID": PaymentStatus.PARTIALLY_PAID,
    "PARTIALLY_REFUNDED": PaymentStatus.PARTIALLY_REFUNDED,
    "PENDING": PaymentStatus.PENDING,
    "REFUNDED": PaymentStatus.REFUNDED,
    "VOIDED": PaymentStatus.VOIDED,
}
_FULFILLMENT = {
    "FULFILLED": FulfillmentStatus.FULFILLED,
    "FULFILLMENT_NOT_REQUIRED": FulfillmentStatus.FULFILLED,
    "PARTIALLY_FULFILLED": FulfillmentStatus.PARTIAL,
    "RESTOCKED": FulfillmentStatus.RETURNED,
    "REQUEST_DECLINED": FulfillmentStatus.UNFULFILLED,
    "IN_PROGRESS": FulfillmentStatus.UNFULFILLED,
    "ON_HOLD": FulfillmentStatus.UNFULFILLED,
    "OPEN": FulfillmentStatus.UNFULFILLED,
    "PENDING_FULFILLMENT": FulfillmentStatus.UNFULFILLED,
    "SCHEDULED": FulfillmentStatus.UNFULFILLED,
    "UNFULFILLED": FulfillmentStatus.UNFULFILLED,
}


def product(row: Row, currency: str | None) -> Product:
    """A product with all of its variants; `currency` is the shop's. Raises: Unmappable."""
    variants = tuple(_variant(each, currency, place) for place, each in enumerate(rows(row, "variants")))
    status = text(row, "status")
    return Product(
        external_id=identifier(row),
        name=text(row, "title") or "",
        description=text(row, "descriptionHtml"),
        status=_PRODUCT.get(status or "", ProductStatus.UNKNOWN),
        raw_status=status,
        vendor=text(row, "vendor"),
        category=text(row, "productType") or text(row.get("category") or {}, "fullName"),
        price=min((variant.price for variant in variants if variant.price is not None), default=None),
        currency=currency,
        quantity=whole(row, "totalInventory") if row.get("tracksInventory") else None,
        source_created_at=moment(row, "createdAt"),
        source_updated_at=moment(row, "updatedAt"),
        variants=variants,
    )


def inventory_levels(row: Row) -> tuple[InventoryLevel, ...]:
    """The stock of an item, one level a location; none while it is stocked nowhere. Raises: Unmappable."""
    item_id = identifier(row)
    variants = (row.get("variants") or {}).get("nodes") or [{}]
    is_tracked = row.get("tracked") is True
    levels = []
    for level in rows(row, "inventoryLevels"):
        counts = {entry["name"]: whole(entry, "quantity") for entry in rows(level, "quantities")} if is_tracked else {}
        location = level.get("location") or {}
        location_id = identifier(location)
        levels.append(
            InventoryLevel(
                external_id=f"{item_id}@{location_id}",
                inventory_item_id=item_id,
                product_external_id=text(variants[0].get("product") or {}, "id"),
                variant_external_id=text(variants[0], "id"),
                sku=text(row, "sku"),
                location_id=location_id,
                location_name=text(location, "name"),
                is_tracked=is_tracked,
                available=counts.get("available"),
                on_hand=counts.get("on_hand"),
                committed=counts.get("committed"),
                incoming=counts.get("incoming"),
                reserved=counts.get("reserved"),
                source_updated_at=moment(level, "updatedAt"),
            )
        )
    return tuple(levels)


def order(row: Row) -> Order:
    """An order with its lines and refunds; its total is the one before returns. Raises: Unmappable."""
    payment, fulfillment = text(row, "displayFinancialStatus"), text(row, "displayFulfillmentStatus")
    currency = text((row.get("totalPriceSet") or {}).get("shopMoney") or {}, "currencyCode") or text(row, "currencyCode")
    if currency is None:
        raise Unmappable("The order names no currency.", external_id=identifier(row))
    cancelled_at = moment(row, "cancelledAt")
    return Order(
        external_id=identifier(row),
        number=text(row, "name") or identifier(row),
        currency=currency,
        status=_status(row, payment, fulfillment),
        payment_status=_PAYMENT.get(payment or "", PaymentStatus.UNKNOWN),
        fulfillment_status=_FULFILLMENT.get(fulfillment or "", FulfillmentStatus.UNKNOWN),
        raw_status="cancelled" if cancelled_at else "closed" if row.get("closed") else "open",
        raw_payment_status=payment,
        raw_fulfillment_status=fulfillment,
        subtotal=_shop_money(row, "subtotalPriceSet"),
        discount=_shop_money(row, "totalDiscountsSet"),
        shipping=_shop_money(row, "totalShippingPriceSet"),
        tax=_shop_money(row, "totalTaxSet"),
        total=_shop_money(row, "totalPriceSet"),
        refunded=_shop_money(row, "totalRefundedSet"),
        customer_external_id=text(row.get("customer") or {}, "id"),
        email=text(row, "email"),
        is_test=row.get("test") is True,
        placed_at=moment(row, "processedAt"),
        cancelled_at=cancelled_at,
        source_created_at=moment(row, "createdAt"),
        source_updated_at=moment(row, "updatedAt"),
        lines=tuple(_line(line, place) for place, line in enumerate(rows(row, "lineItems"))),
        refunds=tuple(_refund(refund) for refund in rows(row, "refunds")),
    )


def customer(row: Row) -> Customer:
    """A customer. Raises: Unmappable."""
    spent = row.get("amountSpent") or {}
    return Customer(
        external_id=identifier(row),
        email=text(row.get("defaultEmailAddress") or {}, "emailAddress"),
        first_name=text(row, "firstName"),
        last_name=text(row, "lastName"),
        phone=text(row.get("defaultPhoneNumber") or {}, "phoneNumber"),
        state=text(row, "state"),
        orders_count=whole(row, "numberOfOrders"),
        total_spent=money(spent, "amount"),
        currency=text(spent, "currencyCode"),
        source_created_at=moment(row, "createdAt"),
        source_updated_at=moment(row, "updatedAt"),
    )


def _variant(row: Row, currency: str | None, place: int) -> Variant:
    item = row.get("inventoryItem") or {}
    position = whole(row, "position")
    return Variant(
        external_id=identifier(row),
        title=text(row, "title"),
        sku=text(row, "sku"),
        barcode=text(row, "barcode"),
        price=money(row, "price"),
        compare_at_price=money(row, "compareAtPrice"),
        currency=currency,
        quantity=whole(row, "inventoryQuantity") if item.get("tracked", True) else None,
        position=place if position is None else position,
        inventory_item_id=text(item, "id"),
        source_updated_at=moment(row, "updatedAt"),
    )


def _line(row: Row, place: int) -> OrderLine:
    taxes = [amount for tax in rows(row, "taxLines") if (amount := _shop_money(tax, "priceSet")) is not None]
    return OrderLine(
        external_id=identifier(row),
        title=text(row, "title") or "",
        quantity=whole(row, "quantity") or 0,
        current_quantity=whole(row, "currentQuantity"),
        product_external_id=text(row.get("product") or {}, "id"),
        variant_external_id=text(row.get("variant") or {}, "id"),
        sku=text(row, "sku"),
        unit_price=_shop_money(row, "originalUnitPriceSet"),
        total=_shop_money(row, "discountedTotalSet"),
        tax=exact(sum(taxes, Decimal(0)), "taxLines") if taxes else None,
        position=place,
    )


def _refund(row: Row) -> Refund:
    amount = _shop_money(row, "totalRefundedSet")
    if amount is None:
        raise Unmappable("A refund has no amount.")
    return Refund(external_id=identifier(row), amount=amount, reason=text(row, "note"), refunded_at=moment(row, "createdAt"))


def _status(row: Row, payment: str | None, fulfillment: str | None) -> OrderStatus:
    if row.get("cancelledAt"):
        return OrderStatus.CANCELLED
    if row.get("closed") is True:
        return OrderStatus.COMPLETED
    if fulfillment == "ON_HOLD":
        return OrderStatus.ON_HOLD
    return OrderStatus.PENDING if payment == "PENDING" else OrderStatus.OPEN


def _shop_money(row: Row, name: str) -> Decimal | None:
    bag: Any = row.get(name) or {}
    return money(bag.get("shopMoney") or {}, "amount")
