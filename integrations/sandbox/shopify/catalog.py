"""Products, variants and their stock as Shopify tells them. Rows are dicts; what leads on to other rows is a function in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.model import Product, Variant
from integrations.sandbox.shop import Shop
from integrations.sandbox.shopify.ids import VARIANTS, gid, legacy, level_gid, number_of
from integrations.sandbox.shopify.pages import connection
from integrations.sandbox.shopify.rows import time

OFFERED = ("active", "draft", "archived", "unlisted")
QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved", "damaged", "quality_control", "safety_stock")


def product_row(shop: Shop, product: Product) -> dict[str, Any]:
    """One product."""
    number, title = product.number, product.title
    plain = re.sub(r"<[^>]*>", "", product.description)

    def variants(_info: Any, **args: Any) -> dict[str, Any]:
        if args.get("sortKey") == "SKU":
            order = sorted(range(len(product.variants)), key=lambda place: (product.variants[place].sku or "", place))
        else:
            order = list(range(len(product.variants)))
        return connection(
            order,
            args=args,
            sort_value=(lambda place: product.variants[place].sku or "") if args.get("sortKey") == "SKU" else lambda place: place,
            node=lambda place: variant_row(shop, product, product.variants[place]),
            question=("variants", number, args.get("sortKey")),
        )

    return {
        "__typename": "Product",
        "id": gid("Product", number),
        "legacyResourceId": str(legacy("Product", number)),
        "title": title,
        "handle": re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or f"product-{number}",
        "description": lambda _info, **args: plain[: args.get("truncateAt")],
        "descriptionHtml": product.description,
        "status": product.status.upper(),
        "vendor": product.vendor,
        "productType": product.category,
        "category": None,
        "tags": product.tags,
        "createdAt": time(product.created),
        "updatedAt": time(product.updated),
        "publishedAt": time(product.created) if product.status == "active" else None,
        "totalInventory": sum(sum(variant.stock) for variant in product.variants if variant.is_tracked),
        "tracksInventory": any(variant.is_tracked for variant in product.variants),
        "hasOnlyDefaultVariant": len(product.variants) == 1,
        "isGiftCard": False,
        "variantsCount": {"count": len(product.variants), "precision": "EXACT"},
        "variants": variants,
    }


def variant_row(shop: Shop, product: Product, variant: Variant) -> dict[str, Any]:
    """One variant; the only one of a product is called Default Title."""
    number = product.number * VARIANTS + variant.number
    is_only = len(product.variants) == 1
    title = "Default Title" if is_only else variant.title
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", number),
        "legacyResourceId": str(legacy("ProductVariant", number)),
        "title": title,
        "displayName": f"{product.title} - {title}",
        "sku": variant.sku,
        "barcode": variant.barcode,
        "price": variant.price,
        "compareAtPrice": variant.compare_at,
        "inventoryQuantity": sum(variant.stock),
        "position": variant.number + 1,
        "createdAt": time(variant.created),
        "updatedAt": time(variant.updated),
        "availableForSale": product.status == "active" and (not variant.is_tracked or sum(variant.stock) > 0),
        "taxable": True,
        "selectedOptions": [{"name": "Title" if is_only else "Size", "value": title}],
        "inventoryItem": lambda _info: item_row(shop, product, variant),
        "product": lambda _info: product_row(shop, product),
    }


def item_row(shop: Shop, product: Product, variant: Variant) -> dict[str, Any]:
    """What is counted: the inventory item of a variant."""
    number = product.number * VARIANTS + variant.number

    def levels(info: Any, **args: Any) -> dict[str, Any]:
        info.context.needs("inventoryLevels", "read_inventory")
        return connection(
            range(len(shop.locations)),
            args=args,
            sort_value=lambda place: place,
            node=lambda place: level_row(shop, product, variant, place),
            question=("levels", number),
        )

    def level(info: Any, locationId: str, **_args: Any) -> dict[str, Any] | None:  # noqa: N803 - the schema's name
        info.context.needs("inventoryLevel", "read_inventory")
        place = number_of("Location", locationId)
        return level_row(shop, product, variant, place) if place is not None and place in range(len(shop.locations)) else None

    def variants(_info: Any, **args: Any) -> dict[str, Any]:
        args.setdefault("first", None if args.get("last") else 1)
        return connection([0], args=args, sort_value=int, node=lambda _: variant_row(shop, product, variant), question=("item", number))

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", number),
        "legacyResourceId": str(legacy("InventoryItem", number)),
        "sku": variant.sku,
        "tracked": variant.is_tracked,
        "requiresShipping": True,
        "duplicateSkuCount": 0,
        "createdAt": time(variant.created),
        "updatedAt": time(variant.stock_updated),
        "locationsCount": {"count": len(shop.locations), "precision": "EXACT"},
        "inventoryLevel": level,
        "inventoryLevels": levels,
        "variant": lambda _info: variant_row(shop, product, variant),
        "variants": variants,
    }


def level_row(shop: Shop, product: Product, variant: Variant, place: int) -> dict[str, Any]:
    """The stock of an item in one place."""
    row_id = level_gid(product.number * VARIANTS + variant.number, place)
    available, committed = variant.stock[place], variant.number % 3
    amounts = {"available": available, "on_hand": available + committed, "committed": committed}

    def quantities(_info: Any, names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "__typename": "InventoryQuantity",
                "id": row_id.replace("InventoryLevel", "InventoryQuantity", 1) + f"&name={name}",
                "name": name,
                "quantity": amounts.get(name, 0),
                "updatedAt": time(variant.stock_updated),
            }
            for name in names
            if name in QUANTITIES
        ]

    return {
        "__typename": "InventoryLevel",
        "id": row_id,
        "createdAt": time(variant.created),
        "updatedAt": time(variant.stock_updated),
        "isActive": True,
        "item": lambda _info: item_row(shop, product, variant),
        "location": lambda _info: location_row(shop, place),
        "quantities": quantities,
    }


def location_row(shop: Shop, place: int) -> dict[str, Any]:
    """One place that holds stock."""

    def levels(info: Any, **args: Any) -> dict[str, Any]:
        info.context.needs("inventoryLevels", "read_inventory")
        return info.context.items_page("levels", args, place)  # type: ignore[no-any-return]  # the context is graphql's, untyped

    return {
        "__typename": "Location",
        "id": gid("Location", place),
        "legacyResourceId": str(legacy("Location", place)),
        "name": shop.locations[place],
        "isActive": True,
        "shipsInventory": True,
        "fulfillsOnlineOrders": place == 0,
        "createdAt": time(shop.now - 1000 * 86_400),
        "updatedAt": time(shop.now - 1000 * 86_400),
        "inventoryLevels": levels,
    }
