"""TikTok Shop's products and stock in the common language. Pure functions; times are Unix seconds, money is decimal text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.connector import Row
from integrations.errors import Unmappable
from integrations.fields import identifier, money, rows, text, whole
from integrations.records import InventoryLevel, Product, ProductStatus, Variant

DELETED = "DELETED"

PRODUCT_STATUS = {
    "DRAFT": ProductStatus.DRAFT,
    "PENDING": ProductStatus.DRAFT,  # being reviewed, not on sale yet
    "FAILED": ProductStatus.DRAFT,  # the review failed
    "ACTIVATE": ProductStatus.ACTIVE,
    "SELLER_DEACTIVATED": ProductStatus.ARCHIVED,
    "PLATFORM_DEACTIVATED": ProductStatus.ARCHIVED,
    "FREEZE": ProductStatus.ARCHIVED,
    DELETED: ProductStatus.ARCHIVED,
}
# Only what is mapped: addresses of images are signed anew for each answer and would make every product look changed.
_PRODUCT_FIELDS = ("id", "title", "status", "description", "create_time", "update_time")
_SKU_FIELDS = ("id", "seller_sku", "price", "list_price", "inventory", "identifier_code")


def kept_product(row: Row) -> Row:
    """What we keep of a product's details. Raises: Unmappable."""
    return {
        **{name: row[name] for name in _PRODUCT_FIELDS if name in row},
        "brand": {"name": (row.get("brand") or {}).get("name")},
        "category_chains": [{name: each.get(name) for name in ("local_name", "is_leaf")} for each in rows(row, "category_chains")],
        "skus": [
            {
                **{name: sku[name] for name in _SKU_FIELDS if name in sku},
                "sales_attributes": [{name: each.get(name) for name in ("name", "value_name")} for each in rows(sku, "sales_attributes")],
            }
            for sku in rows(row, "skus")
        ],
    }


def product(row: Row) -> Product:
    """A product with all of its SKUs. Raises: Unmappable."""
    variants = tuple(_variant(sku, place) for place, sku in enumerate(rows(row, "skus")))
    priced = [variant for variant in variants if variant.price is not None]
    cheapest = min(priced, key=lambda variant: variant.price, default=None)  # type: ignore[arg-type, return-value]  # none of them is None
    status = text(row, "status")  # left out for some sellers of Indonesia
    return Product(
        external_id=identifier(row),
        name=text(row, "title") or "",
        description=text(row, "description"),
        status=PRODUCT_STATUS.get(status or "", ProductStatus.UNKNOWN),
        raw_status=status,
        vendor=text(_part(row, "brand"), "name"),
        category=next((text(each, "local_name") for each in rows(row, "category_chains") if each.get("is_leaf") is True), None),
        price=cheapest.price if cheapest else None,
        currency=cheapest.currency if cheapest else None,
        quantity=_sum(variant.quantity for variant in variants),
        source_created_at=unix(row, "create_time"),
        source_updated_at=unix(row, "update_time"),
        variants=variants,
    )


def inventory_levels(row: Row) -> tuple[InventoryLevel, ...]:
    """The stock of a product's SKUs, one level for each warehouse ("SKU@warehouse"); on hand is not told. Raises: Unmappable."""
    product_id = identifier(row, "product_id")
    return tuple(level for sku in rows(row, "skus") for level in _levels(sku, product_id))


def unix(row: Mapping[str, Any], name: str) -> datetime | None:
    """A time given in Unix seconds; None when absent, null or 0. Raises: Unmappable."""
    seconds = whole(row, name)
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise Unmappable(f"The field {name} is no time: {seconds}.") from None


def _variant(sku: Row, place: int) -> Variant:
    price = _part(sku, "price")
    # Sellers from abroad have the price that buyers see in sale_price, local ones in tax_exclusive_price.
    amount = money(price, "sale_price")
    if amount is None:
        amount = money(price, "tax_exclusive_price")
    listed = _part(sku, "list_price")
    before = money(listed, "amount")
    is_reduced = None not in (amount, before) and before > amount and text(listed, "currency") == text(price, "currency")  # type: ignore[operator]  # neither is None
    values = [value for each in rows(sku, "sales_attributes") if (value := text(each, "value_name"))]
    return Variant(
        external_id=identifier(sku),
        title=" / ".join(values) or None,
        sku=text(sku, "seller_sku"),
        barcode=text(_part(sku, "identifier_code"), "code"),
        price=amount,
        compare_at_price=before if is_reduced else None,
        currency=text(price, "currency"),
        quantity=_sum(whole(each, "quantity") for each in rows(sku, "inventory")),
        position=place,
        inventory_item_id=identifier(sku),
    )


def _levels(sku: Row, product_id: str) -> Iterable[InventoryLevel]:
    sku_id = identifier(sku)
    places = rows(sku, "warehouse_inventory")
    if not places:
        available, committed = whole(sku, "total_available_quantity"), whole(sku, "total_committed_quantity")
        return [_level(sku, product_id, sku_id, {}, available, committed)]
    return [
        _level(
            sku, product_id, f"{sku_id}@{identifier(place, 'warehouse_id')}", place,
            whole(place, "available_quantity"), whole(place, "committed_quantity"),
        )
        for place in places
    ]  # fmt: skip


def _level(sku: Row, product_id: str, external_id: str, place: Row, available: int | None, committed: int | None) -> InventoryLevel:
    return InventoryLevel(
        external_id=external_id,
        inventory_item_id=identifier(sku),
        product_external_id=product_id,
        variant_external_id=identifier(sku),
        sku=text(sku, "seller_sku"),
        location_id=str(place.get("warehouse_id", "")),
        location_name=text(place, "warehouse_name"),
        available=available,
        committed=committed,
    )


def _part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = row.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unmappable(f"The field {name} is no object.")
    return value


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
