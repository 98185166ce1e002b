"""What a sandbox shop holds, before a platform tells it in its own words. Times are whole seconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

EXPONENTS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}  # ISO 4217 minor units; all others have 2


def minor_units(currency: str) -> int:
    """How many decimals amounts of `currency` have."""
    return EXPONENTS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the smallest coin of `currency`."""
    return amount.quantize(Decimal(1).scaleb(-minor_units(currency)))


@dataclass(slots=True, kw_only=True)
class Variant:
    """One thing that can be bought; `price` is text because a broken shop's may not be a number."""

    number: int
    title: str
    sku: str | None
    price: str
    compare_at: str | None = None
    barcode: str | None = None
    is_tracked: bool = True
    stock: list[int] = field(default_factory=list)  # available, one per location
    created: int = 0
    updated: int = 0
    stock_updated: int = 0


@dataclass(slots=True, kw_only=True)
class Product:
    """A product; one variant only means that the platform may tell it without variants."""

    number: int
    title: str
    description: str
    status: str
    vendor: str
    category: str
    tags: list[str]
    created: int
    updated: int
    variants: list[Variant]


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of an order; `discount` and `tax` are of the whole line."""

    number: int
    title: str
    quantity: int
    unit_price: Decimal
    product: int | None = None  # None when the product is gone
    variant: int = 0
    sku: str | None = None
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    removed: int = 0  # how many of `quantity` were refunded or taken out

    @property
    def subtotal(self) -> Decimal:
        """Before discounts."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> Decimal:
        """After the line's discount, before tax."""
        return self.subtotal - self.discount


@dataclass(slots=True, kw_only=True)
class Repayment:
    """Money given back; `amount` is positive, in the order's currency."""

    number: int
    amount: Decimal
    reason: str
    at: int


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with its lines and refunds, all amounts in `currency`."""

    number: int
    status: str
    payment: str
    fulfillment: str
    currency: str
    created: int
    updated: int
    lines: list[Line]
    shipping: Decimal = Decimal(0)
    customer: int | None = None  # None for a guest
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    country: str = "DE"
    paid: int | None = None
    completed: int | None = None
    cancelled: int | None = None
    is_test: bool = False
    refunds: list[Repayment] = field(default_factory=list)

    @property
    def subtotal(self) -> Decimal:
        """The lines after their discounts."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def discount(self) -> Decimal:
        """All discounts."""
        return sum((line.discount for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """All tax."""
        return sum((line.tax for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What was to be paid."""
        return self.subtotal + self.shipping + self.tax

    @property
    def refunded(self) -> Decimal:
        """What was given back."""
        return sum((refund.amount for refund in self.refunds), Decimal(0))


@dataclass(slots=True, kw_only=True)
class Customer:
    """Somebody with an account; `updated` None where the platform never noted it."""

    number: int
    email: str | None
    first_name: str
    last_name: str
    phone: str
    role: str
    country: str
    created: int
    updated: int | None
    status: str = "enabled"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that is gone."""

    kind: str
    number: int
    at: int
