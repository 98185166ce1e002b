"""The common language: what every platform's products, orders, stock and customers are told in.

Rules for all of them (CORRECTNESS: faithful): ids are strings compared byte by byte; times are aware UTC;
money is a Decimal that never was a float, beside its ISO 4217 currency; None means that the platform did not
tell, which is neither zero nor an empty text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands as a whole."""

    PENDING = "pending"  # placed, not yet accepted or paid
    OPEN = "open"  # to be worked on
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"  # a value that we have not seen before; the raw one is kept


class PaymentStatus(StrEnum):
    """What has been paid for an order."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"
    UNKNOWN = "unknown"


class FulfillmentStatus(StrEnum):
    """What has been sent of an order."""

    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class ProductStatus(StrEnum):
    """Whether a product can be bought."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"
    UNLISTED = "unlisted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One thing that can be bought of a product. A product without variants on its platform has one of the same id."""

    external_id: str
    title: str | None = None
    sku: str | None = None
    barcode: str | None = None
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    currency: str | None = None
    quantity: int | None = None
    position: int = 0
    inventory_item_id: str | None = None
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with all of its variants."""

    external_id: str
    name: str
    description: str | None = None
    status: ProductStatus = ProductStatus.UNKNOWN
    raw_status: str | None = None
    vendor: str | None = None
    category: str | None = None
    price: Decimal | None = None  # the lowest of its variants' prices
    currency: str | None = None
    quantity: int | None = None  # the sum over its variants, where the platform counts
    source_created_at: datetime | None = None
    source_updated_at: datetime | None = None
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLevel:
    """The stock of one inventory item in one place; `external_id` names the pair. Negative stock is legal."""

    external_id: str
    inventory_item_id: str
    product_external_id: str | None = None
    variant_external_id: str | None = None
    sku: str | None = None
    location_id: str = ""
    location_name: str | None = None
    is_tracked: bool = True
    available: int | None = None
    on_hand: int | None = None
    committed: int | None = None
    incoming: int | None = None
    reserved: int | None = None
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order; `total` is what the line costs after its own discounts, before tax unless the platform includes it."""

    external_id: str
    title: str
    quantity: int
    current_quantity: int | None = None  # after removals and returns, where the platform tells
    product_external_id: str | None = None
    variant_external_id: str | None = None
    sku: str | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    tax: Decimal | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back on an order; `amount` is positive."""

    external_id: str
    amount: Decimal
    reason: str | None = None
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with all of its lines and refunds. Every amount in it is in `currency`."""

    external_id: str
    number: str  # what people call it, not unique
    currency: str
    status: OrderStatus = OrderStatus.UNKNOWN
    payment_status: PaymentStatus = PaymentStatus.UNKNOWN
    fulfillment_status: FulfillmentStatus = FulfillmentStatus.UNKNOWN
    raw_status: str | None = None
    raw_payment_status: str | None = None
    raw_fulfillment_status: str | None = None
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    refunded: Decimal | None = None
    customer_external_id: str | None = None
    email: str | None = None
    is_test: bool = False
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None
    source_created_at: datetime | None = None
    source_updated_at: datetime | None = None
    lines: tuple[OrderLine, ...] = ()
    refunds: tuple[Refund, ...] | None = ()  # None: the platform hides them from us; what we have of them stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of a store; `is_derived` where the platform has no customer list and orders were read instead."""

    external_id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    state: str | None = None
    orders_count: int | None = None
    total_spent: Decimal | None = None
    currency: str | None = None
    is_masked: bool = False
    is_derived: bool = False
    source_created_at: datetime | None = None
    source_updated_at: datetime | None = None


Record = Product | Order | InventoryLevel | Customer
