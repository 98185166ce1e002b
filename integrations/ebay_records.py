"""eBay's products and stock in the common language. Pure functions; what is a product and what a variant, ebay_products.py says.

eBay tells no times of its items: none of these records has any, and a change is found by content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.connector import Row
from integrations.fields import identifier, money, rows, text, whole
from integrations.records import InventoryLevel, Product, ProductStatus, Variant

_LISTING = {  # ListingStatusEnum; its values are not in the specification: unverified
    None: ProductStatus.ACTIVE,
    "ACTIVE": ProductStatus.ACTIVE,
    "OUT_OF_STOCK": ProductStatus.ACTIVE,
    "INACTIVE": ProductStatus.UNLISTED,
    "NOT_LISTED": ProductStatus.DRAFT,
    "ENDED": ProductStatus.ARCHIVED,
    "EBAY_ENDED": ProductStatus.ARCHIVED,
}
_BEST_FIRST = (ProductStatus.ACTIVE, ProductStatus.UNLISTED, ProductStatus.DRAFT, ProductStatus.UNKNOWN, ProductStatus.ARCHIVED)


def item_id(sku: str) -> str:
    """The id of a SKU, as a product or a variant: the SKU itself, unless that could be taken for another kind of id."""
    return f"sku:{sku}" if sku.startswith(("sku:", "group:")) else sku


def group_id(key: str) -> str:
    """The id of an inventory item group, as a product."""
    return f"group:{key}"


def level_id(sku: str, location: str) -> str:
    """The id of a SKU's stock at a location; at none where eBay counts it as a whole."""
    return f"{sku}@{location.replace('%', '%25').replace('@', '%40')}"


def product(row: Row) -> Product:
    """A product with its variants: `{"id", "group": {…} or None, "items": [{…, "offers": […]}, …]}`. Raises: Unmappable."""
    items = rows(row, "items")
    group = row.get("group") or {}
    varied = _varied_aspects(group)
    variants = tuple(_variant(item, varied, place) for place, item in enumerate(items))
    offers = [offer for item in items if (offer := _chosen(item)) is not None]
    status, raw_status = min((_status(offer) for offer in offers), key=_rank, default=(ProductStatus.DRAFT, None))
    first = items[0].get("product") or {} if items else {}
    currencies = {variant.currency for variant in variants if variant.currency is not None}
    prices = [variant.price for variant in variants if variant.price is not None]
    counts = [variant.quantity for variant in variants if variant.quantity is not None]
    return Product(
        external_id=identifier(row),
        name=text(group, "title") or text(first, "title") or "",
        description=text(group, "description") or text(first, "description") or _first_text(offers, "listingDescription"),
        status=status,
        raw_status=raw_status,
        vendor=text(first, "brand"),
        category=_first_text(offers, "categoryId"),
        price=min(prices) if prices and len(currencies) == 1 else None,
        currency=currencies.pop() if len(currencies) == 1 else None,
        quantity=sum(counts) if counts else None,
        variants=variants,
    )


def inventory_levels(row: Row) -> tuple[InventoryLevel, ...]:
    """The stock of a SKU: one level for each location that it is distributed over, else one for the whole. Raises: Unmappable.

    The names of locations stand under "locations", key → name.
    """
    sku = identifier(row, "sku")
    stock = _stock(row)
    spread = rows(stock, "availabilityDistributions")
    names = row.get("locations") or {}
    places = [(identifier(place, "merchantLocationKey"), whole(place, "quantity")) for place in spread] or [("", whole(stock, "quantity"))]
    return tuple(
        InventoryLevel(
            external_id=level_id(sku, location),
            inventory_item_id=sku,
            variant_external_id=item_id(sku),
            sku=sku,
            location_id=location,
            location_name=text(names, location),
            is_tracked=count is not None,
            available=count,
        )
        for location, count in places
    )


def _variant(item: Row, varied: Iterable[str], place: int) -> Variant:
    sku = identifier(item, "sku")
    about: Mapping[str, Any] = item.get("product") or {}
    offer = _chosen(item)
    pricing: Mapping[str, Any] = (offer or {}).get("pricingSummary") or {}
    price, before = pricing.get("price") or {}, pricing.get("originalRetailPrice") or {}
    currency = text(price, "currency")
    return Variant(
        external_id=item_id(sku),
        title=" / ".join(_aspects(about, varied)) or text(about, "title"),
        sku=sku,
        barcode=next((code for name in ("ean", "upc", "isbn") for code in about.get(name) or () if isinstance(code, str) and code), None),
        price=money(price, "value"),
        compare_at_price=money(before, "value") if text(before, "currency") == currency else None,
        currency=currency,
        quantity=whole(_stock(item), "quantity"),
        position=place,
        inventory_item_id=sku,
    )


def _chosen(item: Row) -> Mapping[str, Any] | None:
    """Of a SKU's offers the one that tells its price: one that can be bought at once before an auction, a published one before others."""
    offers = rows(item, "offers")
    return min(
        offers,
        key=lambda offer: (_rank(_status(offer)), offer.get("format") == "AUCTION", str(offer.get("offerId"))),
        default=None,
    )


def _status(offer: Mapping[str, Any]) -> tuple[ProductStatus, str | None]:
    status, listing = text(offer, "status"), text(offer.get("listing") or {}, "listingStatus")
    raw = " ".join(part for part in (status, listing) if part) or None
    if status == "UNPUBLISHED":
        return ProductStatus.DRAFT, raw
    return (_LISTING.get(listing, ProductStatus.UNKNOWN) if status == "PUBLISHED" else ProductStatus.UNKNOWN), raw


def _rank(status: tuple[ProductStatus, str | None]) -> int:
    return _BEST_FIRST.index(status[0])


def _stock(item: Row) -> Mapping[str, Any]:
    stock: Mapping[str, Any] = (item.get("availability") or {}).get("shipToLocationAvailability") or {}
    return stock


def _varied_aspects(group: Mapping[str, Any]) -> list[str]:
    return [name for each in rows(group.get("variesBy") or {}, "specifications") if (name := text(each, "name"))]


def _aspects(about: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    aspects = about.get("aspects")  # {"Size": ["XL"], …}; the specification calls it a text, which its own examples are not
    if not isinstance(aspects, dict):
        return []
    return [str(values[0]) for name in names if isinstance(values := aspects.get(name), list) and values]


def _first_text(offers: Iterable[Mapping[str, Any]], name: str) -> str | None:
    return next((found for offer in offers if (found := text(offer, name))), None)
