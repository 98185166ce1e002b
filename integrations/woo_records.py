"""WooCommerce's rows in the common language. Pure functions; all times are the *_gmt fields, naive and in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.connector import Row
from integrations.errors import Unmappable
from integrations.fields import MONEY_PLACES, exact, identifier, moment, money, rows, text, whole
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
    "publish": ProductStatus.ACTIVE,
    "draft": ProductStatus.DRAFT,
    "pending": ProductStatus.DRAFT,
    "future": ProductStatus.DRAFT,
    "auto-draft": ProductStatus.DRAFT,
    "private": ProductStatus.UNLISTED,
    "trash": ProductStatus.ARCHIVED,
}
_ORDER = {
    "pending": (OrderStatus.PENDING, FulfillmentStatus.UNFULFILLED),
    "processing": (OrderStatus.OPEN, FulfillmentStatus.UNFULFILLED),
    "on-hold": (OrderStatus.ON_HOLD, FulfillmentStatus.UNFULFILLED),
    "completed": (OrderStatus.COMPLETED, FulfillmentStatus.FULFILLED),
    "cancelled": (OrderStatus.CANCELLED, FulfillmentStatus.CANCELLED),
    "refunded": (OrderStatus.COMPLETED, FulfillmentStatus.UNKNOWN),
    "failed": (OrderStatus.FAILED, FulfillmentStatus.UNFULFILLED),
}


def product(row: Row, currency: str | None) -> Product:
    """A product; `currency` is the shop's, since rows do not say it. Raises: Unmappable."""
    product_id = identifier(row)
    variants = tuple(_variant(each, currency, place) for place, each in enumerate(rows(row, "variations") or [row]))
    shared = [_counted(row)] if row.get("variations") else []
    status = text(row, "status")
    categories = rows(row, "categories")
    return Product(
        external_id=product_id,
        name=text(row, "name") or "",
        description=text(row, "description") or text(row, "short_description"),
        status=_PRODUCT.get(status or "", ProductStatus.UNKNOWN),
        raw_status=status,
        category=text(categories[0], "name") if categories else None,
        price=min((variant.price for variant in variants if variant.price is not None), default=None),
        currency=currency,
        quantity=_sum([*(variant.quantity for variant in variants), *shared]),
        source_created_at=_at(row, "date_created_gmt"),
        source_updated_at=_at(row, "date_modified_gmt"),
        variants=variants,
    )


def inventory_levels(row: Row) -> tuple[InventoryLevel, ...]:
    """The stock of a product: one level for each thing that can be bought, and one for the stock that variations share.

    A variation whose stock is counted at its product has no count of its own: `available` is None there. Raises: Unmappable.
    """
    product_id = identifier(row)
    variations = rows(row, "variations")
    levels = [_level(each, product_id, f"{product_id}:{identifier(each)}") for each in variations]
    if not variations or row.get("manage_stock") is True:
        levels.insert(0, _level(row, product_id, product_id, is_shared=bool(variations)))
    return tuple(levels)


def order(row: Row) -> Order:
    """An order with its lines and refunds. Raises: Unmappable."""
    status = text(row, "status")
    whole_status, fulfillment = _ORDER.get(status or "", (OrderStatus.UNKNOWN, FulfillmentStatus.UNKNOWN))
    currency = text(row, "currency")
    if currency is None:
        raise Unmappable("The order names no currency.", external_id=identifier(row))
    total = money(row, "total")
    refunds = tuple(_refund(each) for each in rows(row, "refunds"))
    refunded = sum((refund.amount for refund in refunds), Decimal(0))
    lines = rows(row, "line_items")
    subtotals = [amount for line in lines if (amount := money(line, "subtotal")) is not None]
    return Order(
        external_id=identifier(row),
        number=str(row.get("number") or identifier(row)),
        currency=currency,
        status=whole_status,
        payment_status=_payment(status, _at(row, "date_paid_gmt"), total, refunded),
        fulfillment_status=fulfillment,
        raw_status=status,
        subtotal=exact(sum(subtotals, Decimal(0)), "subtotal") if subtotals else None,
        discount=money(row, "discount_total"),
        shipping=money(row, "shipping_total"),
        tax=money(row, "total_tax"),
        total=total,
        refunded=refunded,
        customer_external_id=_reference(row, "customer_id"),
        email=text(row.get("billing") or {}, "email"),
        placed_at=_at(row, "date_created_gmt"),
        source_created_at=_at(row, "date_created_gmt"),
        source_updated_at=_at(row, "date_modified_gmt"),
        lines=tuple(_line(line, place) for place, line in enumerate(lines)),
        refunds=refunds,
    )


def customer(row: Row) -> Customer:
    """A person with an account. Raises: Unmappable."""
    billing = row.get("billing") or {}
    return Customer(
        external_id=identifier(row),
        email=text(row, "email"),
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        phone=text(billing, "phone"),
        state=text(row, "role"),
        source_created_at=_at(row, "date_created_gmt"),
        source_updated_at=_at(row, "date_modified_gmt"),
    )


def _variant(row: Row, currency: str | None, place: int) -> Variant:
    price, regular = money(row, "price"), money(row, "regular_price")
    return Variant(
        external_id=identifier(row),
        title=text(row, "name"),
        sku=text(row, "sku"),
        barcode=text(row, "global_unique_id"),
        price=price,
        compare_at_price=regular if price is not None and regular is not None and regular > price else None,
        currency=currency,
        quantity=_counted(row),
        position=place,
        inventory_item_id=identifier(row),
        source_updated_at=_at(row, "date_modified_gmt"),
    )


def _level(row: Row, product_id: str, external_id: str, *, is_shared: bool = False) -> InventoryLevel:
    return InventoryLevel(
        external_id=external_id,
        inventory_item_id=identifier(row),
        product_external_id=product_id,
        variant_external_id=None if is_shared else identifier(row),
        sku=text(row, "sku"),
        is_tracked=row.get("manage_stock") is True,
        available=_counted(row),
        source_updated_at=_at(row, "date_modified_gmt"),
    )


def _line(row: Row, place: int) -> OrderLine:
    product_id = _reference(row, "product_id")
    price = row.get("price")  # a quotient that WooCommerce computes, as many digits as PHP has
    return OrderLine(
        external_id=identifier(row),
        title=text(row, "name") or "",
        quantity=whole(row, "quantity") or 0,
        product_external_id=product_id,
        variant_external_id=_reference(row, "variation_id") or product_id,
        sku=text(row, "sku"),
        unit_price=Decimal(str(price)).quantize(MONEY_PLACES, ROUND_HALF_UP) if price not in (None, "") else None,
        total=money(row, "total"),
        tax=money(row, "total_tax"),
        position=place,
    )


def _refund(row: Row) -> Refund:
    # The order itself lists {"total": "-1.00"}; the list of refunds has {"amount": "1.00"} and the date.
    amount = money(row, "amount")
    if amount is None:
        amount = money(row, "total")
    if amount is None:
        raise Unmappable("A refund has no amount.")
    return Refund(external_id=identifier(row), amount=abs(amount), reason=text(row, "reason"), refunded_at=_at(row, "date_created_gmt"))


def _payment(status: str | None, paid_at: datetime | None, total: Decimal | None, refunded: Decimal) -> PaymentStatus:
    if status == "refunded" or (refunded > 0 and total is not None and refunded >= total):
        return PaymentStatus.REFUNDED
    if refunded > 0:
        return PaymentStatus.PARTIALLY_REFUNDED
    if paid_at is not None:
        return PaymentStatus.PAID
    return {"failed": PaymentStatus.FAILED, "cancelled": PaymentStatus.VOIDED}.get(status or "", PaymentStatus.PENDING)


def _counted(row: Row) -> int | None:
    # "parent" means that the count is the product's: told there once, not once for each variation.
    return whole(row, "stock_quantity") if row.get("manage_stock") is True else None


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _reference(row: Row, name: str) -> str | None:
    value: Any = row.get(name)
    return None if value in (None, 0, "0", "") else identifier(row, name)


def _at(row: Row, name: str) -> datetime | None:
    return moment(row, name, is_naive_utc=True)
