"""Which records Amazon says it no longer has: asked for twenty at once, and those that are then missing one by one, for the answer about each."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.amazon_listings import STOCK_SETS, Listings, parent_skus
from integrations.amazon_stock import Stock


def missing_products(listings: Listings, skus: Sequence[str]) -> dict[str, str]:
    """SKU → evidence, for those that are no products (any more). Raises: any IntegrationError but Unmappable."""
    there = listings.by_sku(skus, STOCK_SETS)
    gone = {
        sku: "asked for by its SKU, Amazon answered 404"
        for sku in skus
        if sku not in there and listings.one(sku, STOCK_SETS) is None
    }  # fmt: skip
    parents = listings.by_sku([parent for row in there.values() for parent in parent_skus(row)], STOCK_SETS)
    for sku, row in there.items():
        if parent := next((parent for parent in parent_skus(row) if parent in parents), None):
            gone[sku] = f"asked for by its SKU, Amazon answered that it is a variation of {parent} now"
    return gone


def missing_levels(stock: Stock, level_ids: Sequence[str]) -> dict[str, str]:
    """Level → evidence, for those that there are no more. Raises: any IntegrationError but Unmappable."""
    there = stock.which(level_ids)
    return {
        level_id: "asked for by its SKU, Amazon told of no stock in this place"
        for level_id in level_ids
        if level_id not in there and stock.one(level_id) is None
    }
