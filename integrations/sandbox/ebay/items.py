"""Inventory items, groups, offers and locations, in the words of the Inventory API."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.ebay.seller import LOCATIONS, Seller, group_key, is_spread, sku_of
from integrations.sandbox.model import Product, Variant

AUCTIONED = 10  # every tenth product is in an auction too


def item_row(product: Product, variant: Variant, *, with_group_ids: bool) -> dict[str, Any]:
    """One SKU; `with_group_ids` as the list has it, without as the bulk call has it."""
    is_grouped = len(product.variants) > 1
    about: dict[str, Any] = {
        "title": f"{product.title} {variant.title}".strip() if is_grouped else product.title,
        "aspects": {"Brand": [product.vendor], **({"Size": [variant.title]} if is_grouped else {})},
        "brand": product.vendor,
        "imageUrls": [],
    }
    if not is_grouped:
        about["description"] = product.description
    if variant.barcode:
        about["ean"] = [variant.barcode]
    row: dict[str, Any] = {
        "sku": sku_of(product.number, variant.number),
        "locale": "en_US",
        "condition": "NEW",
        "product": about,
        "availability": {"shipToLocationAvailability": _stock(product, variant)} if variant.is_tracked else {},
    }
    if is_grouped:
        row["inventoryItemGroupKeys"] = [group_key(product.number)]
        if with_group_ids:
            row["groupIds"] = [group_key(product.number)]
    return row


def group_row(product: Product) -> dict[str, Any]:
    """A product of several variants as an inventory item group."""
    return {
        "inventoryItemGroupKey": group_key(product.number),
        "title": product.title,
        "description": product.description,
        "aspects": {"Brand": [product.vendor]},
        "imageUrls": [],
        "variantSKUs": [sku_of(product.number, variant.number) for variant in product.variants],
        "variesBy": {"specifications": [{"name": "Size", "values": [variant.title for variant in product.variants]}]},
    }


def offer_rows(seller: Seller, product: Product, variant: Variant) -> list[dict[str, Any]]:
    """The offers of a SKU: none for an unlisted product, one for most, two where it is in an auction too."""
    if product.status == "unlisted":
        return []
    fixed = _offer(seller, product, variant, "FIXED_PRICE", 0)
    if product.number % AUCTIONED == 4:
        return [_offer(seller, product, variant, "AUCTION", 1), fixed]
    return [fixed]


def location_row(key: str) -> dict[str, Any]:
    """A location of the seller."""
    return {
        "merchantLocationKey": key,
        "name": LOCATIONS[key],
        "merchantLocationStatus": "ENABLED",
        "locationTypes": ["WAREHOUSE"],
        "location": {"locationId": f"id-{len(key)}", "address": {"city": "Hamburg", "country": "DE"}},
    }


def _stock(product: Product, variant: Variant) -> dict[str, Any]:
    counts = [max(0, count) for count in variant.stock]  # eBay knows no negative stock
    if not is_spread(product):
        return {"quantity": counts[0], "allocationByFormat": {"auction": 0, "fixedPrice": counts[0]}}
    places = [{"merchantLocationKey": key, "quantity": count} for key, count in zip(LOCATIONS, counts, strict=True)]
    return {"quantity": sum(counts), "availabilityDistributions": places}


def _offer(seller: Seller, product: Product, variant: Variant, form: str, place: int) -> dict[str, Any]:
    currency = seller.spec.currency
    quantity = 1 if form == "AUCTION" else _stock(product, variant)["quantity"] if variant.is_tracked else 0
    pricing: dict[str, Any] = {"price": {"value": variant.price, "currency": currency}}
    if form == "AUCTION":
        pricing = {"auctionStartPrice": {"value": "0.99", "currency": currency}}
    elif variant.compare_at is not None:
        pricing["originalRetailPrice"] = {"value": variant.compare_at, "currency": currency}
    number = (product.number * 4096 + variant.number) * 2 + place
    row: dict[str, Any] = {
        "offerId": str(8_000_000_000 + number),
        "sku": sku_of(product.number, variant.number),
        "marketplaceId": "EBAY_DE",
        "format": form,
        "availableQuantity": quantity,
        "categoryId": str(30_000 + len(product.category)),
        "listingDescription": product.description,
        "merchantLocationKey": next(iter(LOCATIONS)),
        "pricingSummary": pricing,
        "status": "UNPUBLISHED" if product.status == "draft" else "PUBLISHED",
    }
    if product.status != "draft":
        state = "ENDED" if product.status == "archived" else "ACTIVE" if quantity else "OUT_OF_STOCK"
        row["listing"] = {"listingId": str(110_000_000_000 + number), "listingStatus": state, "soldQuantity": 0}
    return row
