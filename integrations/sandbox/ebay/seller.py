"""A seller's goods in eBay's terms: SKUs, groups of SKUs, order numbers, and what eBay shows of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.chance import mix
from integrations.sandbox.model import Product
from integrations.sandbox.shop import Shop, ShopSpec

TWO_YEARS_S = 730 * 86_400
MOST_VARIANTS = 4096
HIDDEN_ORDERS = ("draft", "trashed")
LISTED_PRODUCTS = ("active", "draft", "archived", "unlisted")
VISIBLE_ORDERS = ("open", "pending", "on_hold", "completed", "cancelled", "failed")
LOCATIONS = {"WH-HAMBURG": "Hamburg warehouse", "shop@pier 7": "Shop on the pier"}
# Awkward on purpose: differing in case only, to be percent-encoded, or looking like ids of another kind.
ODD_SKUS = {
    (9, 0): 'A/B & 12½"?#%',
    (15, 0): "Case-SKU",
    (16, 0): "case-sku",
    (21, 0): "group:odd",
    (24, 0): "keep@home",
    (25, 0): "sku:odd",
}
_ODD = {sku: place for place, sku in ODD_SKUS.items()}


def sku_of(product: int, variant: int) -> str:
    """The SKU of a variant; on eBay it is its identity and never changes."""
    return ODD_SKUS.get((product, variant), f"Q{product:05d}-{variant}")


def variant_of(sku: str) -> tuple[int, int] | None:
    """Product and variant of a SKU; None when no SKU looks like that."""
    found = re.fullmatch(r"Q(\d{5,})-(\d+)", sku, re.ASCII)
    place = _ODD.get(sku) or ((int(found[1]), int(found[2])) if found else None)
    return place if place is not None and sku_of(*place) == sku else None


def group_key(product: int) -> str:
    """The key of the group that a product with several variants is."""
    return f"G{product:05d}"


def product_of(key: str) -> int | None:
    """The product of a group's key."""
    found = re.fullmatch(r"G(\d{5,})", key, re.ASCII)
    return int(found[1]) if found else None


def order_id(number: int) -> str:
    """An order's id, NN-NNNNN-NNNNN."""
    return f"14-{10_000 + number // 100_000:05d}-{number % 100_000:05d}"


def order_number(text: str) -> int | None:
    """The order of an id; None when no id looks like that."""
    found = re.fullmatch(r"14-(\d{5})-(\d{5})", text, re.ASCII)
    return (int(found[1]) - 10_000) * 100_000 + int(found[2]) if found else None


def is_spread(product: Product) -> bool:
    """Whether a product's stock is counted by location."""
    return product.number % 3 == 0


class Seller(Shop):
    """A shop whose products are SKUs and groups, and whose orders are shown for two years."""

    def __init__(self, spec: ShopSpec, *, now: int) -> None:
        super().__init__(
            spec,
            now=now,
            locations=list(LOCATIONS),
            id_of=self._ebay_id,
            number_of=self._ebay_number,
            has_broken_prices=True,
            foreign_currencies=True,
            left_out=("trashed", "draft"),
        )

    def ids(self, kind: str) -> list[str]:
        """See Shop; orders of more than two years ago are not shown."""
        if kind != "orders":
            return super().ids(kind)
        return [order_id(number) for number in self.visible_orders()]

    def counts(self) -> dict[str, int]:
        """See Shop; stock is counted for each location where it is spread, else once, and nobody is a customer."""
        levels = sum(self.variant_count(number) * (len(LOCATIONS) if self._has_places(number) else 1) for number in self._listed())
        lone = sum(self._untracked(number) for number in self._listed() if self._has_places(number))
        return {
            **super().counts(),
            "inventory_levels": levels - lone * (len(LOCATIONS) - 1),
            "orders": len(self.visible_orders()),
            "customers": 0,
        }

    def visible_orders(self, **windows: Any) -> Sequence[int]:
        """Orders that eBay shows, in order of creation; `windows` are `created` and `updated` of Shelf.numbers."""
        oldest = int(self.clock()) - TWO_YEARS_S
        low, high = windows.pop("created", (None, None))
        created = (max(low, oldest) if low is not None else oldest, high)
        return self.orders.numbers(by="created", statuses=VISIBLE_ORDERS, created=created, **windows)

    def skus(self) -> Sequence[int]:
        """All SKUs, each as product × MOST_VARIANTS + variant, ascending."""
        return self.variant_numbers(MOST_VARIANTS, LISTED_PRODUCTS)

    def listed(self, number: int) -> Product | None:
        """A product that eBay has."""
        product = self.products.get(number)
        return None if product is None or product.status not in LISTED_PRODUCTS else product

    def username(self, order: int, customer: int | None) -> str:
        """The buyer's name on eBay."""
        return f"guest-{mix(self.seed, order) % 1000}" if customer is None else f"buyer_{customer}"

    def _listed(self) -> Sequence[int]:
        return self.products.numbers(statuses=LISTED_PRODUCTS)

    def _has_places(self, number: int) -> bool:
        return number % 3 == 0

    def _untracked(self, number: int) -> int:
        product = self.products.get(number)
        return sum(not variant.is_tracked for variant in product.variants) if product else 0

    def _ebay_id(self, kind: str, number: int) -> str:
        if kind != "products":
            return order_id(number) if kind == "orders" else str(number)
        if self.variant_count(number) > 1:
            return f"group:{group_key(number)}"
        sku = sku_of(number, 0)
        return f"sku:{sku}" if sku.startswith(("sku:", "group:")) else sku

    def _ebay_number(self, kind: str, text: str) -> int:
        if kind != "products":
            number = order_number(text) if kind == "orders" else int(text)
        elif text.startswith("group:"):
            number = product_of(text.removeprefix("group:"))
        else:
            place = variant_of(text.removeprefix("sku:"))
            number = None if place is None else place[0]
        if number is None:
            raise KeyError(f"no id of {kind} on eBay looks like {text!r}")
        return number
