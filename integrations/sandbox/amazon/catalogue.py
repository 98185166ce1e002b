"""All listings of a seller with their times, kept until something changes."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.sandbox.amazon.seller import Seller, sku_of
from integrations.sandbox.model import Product

SOLD = ("active", "draft", "archived", "unlisted")


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing: of a product, or of one of its variants (`variant`)."""

    number: int
    variant: int | None
    created: int
    updated: int

    @property
    def sku(self) -> str:
        """Its SKU."""
        return sku_of(self.number, self.variant)


class Catalogue:
    """The listings of one shop: a product with one variant is one listing, any other a parent and its children."""

    def __init__(self, shop: Seller) -> None:
        self._shop = shop
        self._version = -1
        self._listings: list[Listing] = []
        self._by_sku: dict[str, Listing] = {}

    def all(self) -> list[Listing]:
        """In order of their products."""
        products = self._shop.products
        if self._version != products.version:
            self._version, self._listings = products.version, []
            for number in products.numbers(statuses=SOLD):
                self._listings += self._of(number)
            self._by_sku = {one.sku: one for one in self._listings}
        return self._listings

    def find(self, sku: str) -> tuple[Listing, Product] | None:
        """The listing of a SKU, and the product."""
        self.all()
        found = self._by_sku.get(sku)
        product = None if found is None else self._shop.products.get(found.number)
        return None if found is None or product is None else (found, product)

    def _of(self, number: int) -> list[Listing]:
        products = self._shop.products
        changed = products.changed(number)
        created, updated = products.created[number], products.updated[number]
        listings = [Listing(number, None, created, updated)]
        if self._shop.variant_count(number) == 1:
            return listings
        if changed is None:
            return listings + [Listing(number, place, created, updated) for place in range(self._shop.variant_count(number))]
        return listings + [Listing(number, one.number, one.created, one.updated) for one in changed.variants]
