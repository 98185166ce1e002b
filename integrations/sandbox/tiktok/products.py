"""Products, their stock and the warehouses as TikTok tells them."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.model import Product, Variant
from integrations.sandbox.shop import Shop
from integrations.sandbox.tiktok.ids import id_of, sku_id, warehouse_id

STATUS = {
    "active": "ACTIVATE",
    "draft": "DRAFT",
    "archived": "SELLER_DEACTIVATED",
    "unlisted": "PLATFORM_DEACTIVATED",
    "trashed": "DELETED",
}
REGIONS = {
    "BRL": "BR", "EUR": "DE", "GBP": "GB", "IDR": "ID", "JPY": "JP", "MXN": "MX", "MYR": "MY", "PHP": "PH", "SGD": "SG", "THB": "TH",
    "USD": "US", "VND": "VN",
}  # fmt: skip


def found_row(shop: Shop, product: Product) -> dict[str, Any]:
    """A product as the search shows it: no description, no category, no attributes."""
    return {
        "id": id_of("products", product.number),
        "title": product.title,
        "status": STATUS[product.status],
        "create_time": product.created,
        "update_time": product.updated,
        "sales_regions": [REGIONS[shop.spec.currency]],
        "has_draft": False,
        "is_not_for_sale": False,
        "audit": {"status": "APPROVED" if product.status == "active" else "NONE"},
        "skus": [_sku(shop, product, variant) for variant in product.variants],
    }


def detail_row(shop: Shop, product: Product) -> dict[str, Any]:
    """A product whole; the addresses of its images differ at each reading, as signed ones do."""
    image = {
        "uri": "tos-maliva-i-o3syd03w52-us/quay",
        "urls": [f"https://images.example/{product.number}?x-expires={int(shop.clock() * 1000)}"],
        "height": 600,
        "width": 600,
    }
    return {
        "id": id_of("products", product.number),
        "title": product.title,
        "status": STATUS[product.status],
        "description": product.description,
        "create_time": product.created,
        "update_time": product.updated,
        "brand": {"id": str(7_082_427_311_584_347_905 + len(product.vendor)), "name": product.vendor},
        "category_chains": [
            {"id": "600001", "parent_id": "0", "local_name": "All", "is_leaf": False},
            {"id": str(600_100 + len(product.category)), "parent_id": "600001", "local_name": product.category, "is_leaf": True},
        ],
        "main_images": [image],
        "is_cod_allowed": False,
        "audit": {"status": "APPROVED" if product.status == "active" else "NONE"},
        "has_draft": False,
        "skus": [
            {
                **_sku(shop, product, variant),
                **({"identifier_code": {"code": variant.barcode, "type": "EAN"}} if variant.barcode else {}),
                "sales_attributes": _attributes(product, variant),
            }
            for variant in product.variants
        ],
    }


def stock_row(shop: Shop, product: Product, variants: list[Variant]) -> dict[str, Any]:
    """The stock of some of a product's SKUs."""
    return {
        "product_id": id_of("products", product.number),
        "skus": [
            {
                "id": sku_id(product.number, variant.number),
                "seller_sku": variant.sku or "",
                "total_available_quantity": sum(variant.stock),
                "total_committed_quantity": committed(variant) * len(variant.stock),
                "warehouse_inventory": [
                    {"warehouse_id": warehouse_id(place), "available_quantity": count, "committed_quantity": committed(variant)}
                    for place, count in enumerate(variant.stock)
                ],
            }
            for variant in variants
        ],
    }


def committed(variant: Variant) -> int:
    """How many of a SKU are promised to orders, in each place."""
    return variant.number % 3


def warehouse_row(shop: Shop, place: int) -> dict[str, Any]:
    """One place that holds stock."""
    return {
        "id": warehouse_id(place),
        "entity_id": warehouse_id(place + 500),
        "name": shop.locations[place],
        "effect_status": "ENABLED",
        "type": "SALES_WAREHOUSE",
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": place == 0,
        "address": {"region": REGIONS[shop.spec.currency], "region_code": REGIONS[shop.spec.currency], "city": "Hafenstadt"},
    }


def _sku(shop: Shop, product: Product, variant: Variant) -> dict[str, Any]:
    price = {"currency": shop.spec.currency, "tax_exclusive_price": variant.price}
    listed = {"list_price": {"amount": variant.compare_at, "currency": "USD"}} if variant.compare_at and shop.spec.currency == "USD" else {}
    return {
        "id": sku_id(product.number, variant.number),
        "seller_sku": variant.sku or "",
        "price": price | ({"sale_price": variant.price} if shop.spec.currency == "JPY" else {}),
        **listed,
        "inventory": [{"warehouse_id": warehouse_id(place), "quantity": count} for place, count in enumerate(variant.stock)],
        "status_info": {"status": "NORMAL"},
    }


def _attributes(product: Product, variant: Variant) -> list[dict[str, Any]]:
    if len(product.variants) == 1:
        return []
    return [{"id": "100000", "name": "Size", "value_id": str(7_000_000 + variant.number), "value_name": variant.title}]
