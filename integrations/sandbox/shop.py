"""One shop: what it sells, who bought, and the things that happen to it while it is being read."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox import trade
from integrations.sandbox.chance import hexadecimal, mix, seed_of
from integrations.sandbox.goods import Goods
from integrations.sandbox.model import Customer, Deletion, Line, Order, Product, Variant, rounded
from integrations.sandbox.shelf import Shelf

# how many in 256 records of a new shop are in which state
PRODUCT_ODDS = {"active": 230, "draft": 7, "archived": 7, "unlisted": 6, "trashed": 6}
ORDER_ODDS = {"open": 64, "pending": 10, "on_hold": 6, "completed": 150, "cancelled": 10, "failed": 6, "draft": 5, "trashed": 5}
KINDS = ("products", "orders", "customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSpec:
    """What a shop is made from; equal specs (and an equal `now`) make equal shops."""

    platform: str
    name: str  # as it stands in the address
    title: str = ""
    currency: str = "EUR"
    time_zone: str = "UTC"
    theme: str = "outdoor"
    size: int = 2000  # products
    orders: int | None = None  # default: half as many again as products
    customers: int | None = None  # default: a quarter of the products
    seed: int = 1
    big_variants: int = 128  # how many variants the biggest product has
    plan: str = "plus"  # what its owner pays for, where limits depend on it


class Shop:
    """A shop and its edits. Ids in this interface are the platform's, as text; times are aware.

    `locations` names the places that hold stock; `id_of` and `number_of` translate ids; `left_out` are states of records
    that the platform does not have; `stock_moves_product` says whether setting stock moves the product's updated time.
    """

    def __init__(
        self,
        spec: ShopSpec,
        *,
        now: int,
        locations: Sequence[str],
        id_of: Callable[[str, int], str],
        number_of: Callable[[str, str], int],
        has_broken_prices: bool,
        foreign_currencies: bool,
        stock_moves_product: bool = True,
        left_out: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.spec, self.now, self.clock = spec, now, clock
        self.locations = tuple(locations)
        self.lock = threading.RLock()
        self.deletions: list[Deletion] = []
        self._id_of, self._number_of = id_of, number_of
        self._left_out, self._stock_moves_product = frozenset(left_out), stock_moves_product
        self._variants: tuple[object, Sequence[int]] = (None, ())
        self.seed = seed = seed_of(f"{spec.platform}:{spec.name}", spec.seed)
        orders = spec.size * 3 // 2 if spec.orders is None else spec.orders
        customers = max(spec.size // 4, 1) if spec.customers is None else spec.customers
        self.goods = Goods(
            seed, theme=spec.theme, locations=len(self.locations), big_variants=spec.big_variants, has_broken_prices=has_broken_prices
        )
        self.trade = trade.Trade(
            seed, self.goods, currency=spec.currency, products=spec.size, customers=customers, foreign_currencies=foreign_currencies
        )
        self.products: Shelf[Product] = Shelf(
            spec.size, make=self.goods.product, odds=PRODUCT_ODDS, fixed=dict.fromkeys(range(32), "active"), seed=mix(seed, 20), now=now
        )
        self.orders: Shelf[Order] = Shelf(
            orders, make=self.trade.order, odds=ORDER_ODDS, fixed=trade.FIXED_STATUS, seed=mix(seed, 21), now=now
        )
        self.customers: Shelf[Customer] = Shelf(
            customers, make=self.trade.customer, odds={"enabled": 256}, fixed={}, seed=mix(seed, 22), now=now
        )

    def secret(self, purpose: str, length: int = 40) -> str:
        """A credential that is the same for equal specs."""
        return hexadecimal(length, self.seed, seed_of(purpose, 0))

    def ids(self, kind: str) -> list[str]:
        """The ids of all records of `kind`, oldest first, in any state that the platform has."""
        shelf = self._shelf(kind)
        hidden = self._left_out - ({"draft"} if kind == "products" else set())
        return [self._id_of(kind, number) for number in shelf.numbers() if shelf.status(number) not in hidden]

    def counts(self) -> dict[str, int]:
        """How many there are of each kind: what a complete copy has. Trashed records and checkout drafts are counted apart."""
        alive = self.products.numbers(statuses=[status for status in PRODUCT_ODDS if status != "trashed"])
        variants = sum(self.variant_count(number) for number in alive)
        drafts, trashed = self.orders.count(["draft"]), self.orders.count(["trashed"])
        return {
            "products": len(alive),
            "products_trashed": 0 if "trashed" in self._left_out else self.products.count(["trashed"]),
            "variants": variants,
            "inventory_levels": variants * len(self.locations),
            "orders": self.orders.count() - drafts - trashed,
            "orders_draft": 0 if "draft" in self._left_out else drafts,
            "orders_trashed": 0 if "trashed" in self._left_out else trashed,
            "customers": self.customers.count(),
        }

    def edit(self, kind: str, record_id: str, *, at: datetime | None = None, **fields: Any) -> None:
        """Change fields of a record by their names in `model`; its updated time becomes `at` (default: now).

        Raises: KeyError for an unknown record, AttributeError for an unknown field.
        """
        with self.lock:
            shelf = self._shelf(kind)
            record = shelf.change(self._number_of(kind, record_id))
            _assign(record, fields, kind)
            record.updated = self._moment(at)
            shelf.put(record)

    def edit_variant(self, product_id: str, variant: int, *, at: datetime | None = None, **fields: Any) -> None:
        """Change a variant by its position; the product's updated time moves with it.

        Raises: KeyError, AttributeError.
        """
        with self.lock:
            product = self.products.change(self._number_of("products", product_id))
            found = _variant(product, variant)
            _assign(found, fields, "variants")
            found.updated = product.updated = self._moment(at)
            self.products.put(product)

    def set_stock(
        self, product_id: str, variant: int, quantity: int, *, location: int = 0, silently: bool = False, at: datetime | None = None
    ) -> None:
        """Set the available stock of a variant in one place; `silently` moves no updated time, as a direct database write does."""
        self._set_stock(product_id, variant, quantity, location, moves_stock=not silently, moves_product=self._stock_moves_product, at=at)

    def _set_stock(
        self, product_id: str, variant: int, quantity: int, location: int, *, moves_stock: bool, moves_product: bool, at: datetime | None
    ) -> None:
        with self.lock:
            product = self.products.change(self._number_of("products", product_id))
            found = _variant(product, variant)
            found.stock[location] = quantity
            if moves_stock:
                found.stock_updated = self._moment(at)
                if moves_product:
                    found.updated = product.updated = self._moment(at)
            self.products.put(product)

    def add(self, kind: str, *, at: datetime | None = None, **fields: Any) -> str:
        """Add a record like the others, created and changed `at`; returns its id. An older `at` is a late commit."""
        with self.lock:
            shelf = self._shelf(kind)
            number, moment = len(shelf), self._moment(at)
            record: Any
            if kind == "products":
                record = self.goods.product(number, "active", moment, moment)
            elif kind == "orders":
                record = self.trade.order(number, "open", moment, moment)
            else:
                record = self.trade.customer(number, "enabled", moment, moment)
                record.updated = moment
            shelf.put(record)
            record_id = self._id_of(kind, number)
            if fields:
                self.edit(kind, record_id, at=at, **fields)
            return record_id

    def delete(self, kind: str, record_id: str, *, at: datetime | None = None) -> None:
        """Delete a record for good. Raises: KeyError."""
        with self.lock:
            number = self._number_of(kind, record_id)
            self._shelf(kind).remove(number)
            self.deletions.append(Deletion(kind, number, self._moment(at)))

    def place_order(self, product_id: str, variant: int = 0, *, quantity: int = 1, at: datetime | None = None) -> str:
        """Somebody buys: a new order, less stock, and both updated times of the thing bought move. Returns the order's id."""
        with self.lock:
            number = self._number_of("products", product_id)
            product = self.products.get(number)
            if product is None:
                raise KeyError(product_id)
            bought = _variant(product, variant)
            price = rounded(Decimal(bought.price), self.spec.currency)
            line = Line(number=0, title=product.title, quantity=quantity, unit_price=price, product=number, variant=variant, sku=bought.sku)
            self._set_stock(product_id, variant, bought.stock[0] - quantity, 0, moves_stock=True, moves_product=True, at=at)
            return self.add("orders", at=at, lines=[line], currency=self.spec.currency)

    def refund(self, order_id: str, amount: str | None = None, *, reason: str = "", at: datetime | None = None) -> None:
        """Give back `amount` (default: all that is left) of an order."""
        with self.lock:
            order = self.orders.change(self._number_of("orders", order_id))
            moment = self._moment(at)
            trade.refund(order, order.total - order.refunded if amount is None else Decimal(amount), reason, moment)
            order.updated = moment
            self.orders.put(order)

    def cancel(self, order_id: str, *, at: datetime | None = None) -> None:
        """Cancel an order."""
        self.edit("orders", order_id, at=at, status="cancelled", cancelled=self._moment(at))

    def tie(self, kind: str, count: int, *, at: datetime | None = None) -> list[str]:
        """Give the last `count` records of `kind` one updated time; returns their ids."""
        with self.lock:
            moment = self._moment(at)
            shelf = self._shelf(kind)
            chosen = list(shelf.numbers())[-count:]
            for number in chosen:
                record = shelf.change(number)
                record.updated = moment
                shelf.put(record)
            return [self._id_of(kind, number) for number in chosen]

    def variant_numbers(self, per_product: int, statuses: Sequence[str]) -> Sequence[int]:
        """All variants of products in one of `statuses`, each as product × `per_product` + variant, ascending."""
        question = (per_product, tuple(statuses), self.products.version)
        if self._variants[0] != question:
            numbers = array("q")
            for number in self.products.numbers(statuses=statuses):
                changed = self.products.changed(number)
                places = [one.number for one in changed.variants] if changed else range(self.goods.variant_count(number))
                numbers.extend(number * per_product + place for place in places)
            self._variants = (question, numbers)
        return self._variants[1]

    def _shelf(self, kind: str) -> Shelf[Any]:
        if kind not in KINDS:
            raise KeyError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
        shelves: dict[str, Shelf[Any]] = {"products": self.products, "orders": self.orders, "customers": self.customers}
        return shelves[kind]

    def _moment(self, at: datetime | None) -> int:
        return int(self.clock()) if at is None else int(at.timestamp())

    def variant_count(self, number: int) -> int:
        """How many variants a product has, or had before it went."""
        changed = self.products.changed(number)
        return len(changed.variants) if changed else self.goods.variant_count(number)


def _variant(product: Product, number: int) -> Variant:
    for variant in product.variants:
        if variant.number == number:
            return variant
    raise KeyError(f"product has no variant {number}")


def _assign(record: object, fields: dict[str, Any], kind: str) -> None:
    for name, value in fields.items():
        if not hasattr(record, name):
            raise AttributeError(f"{kind} have no field {name!r}")
        setattr(record, name, Decimal(value) if isinstance(getattr(record, name), Decimal) else value)
