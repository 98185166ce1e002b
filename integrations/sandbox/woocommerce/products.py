"""Products and variations as wc/v3 tells them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.sandbox.model import Product, Variant
from integrations.sandbox.woocommerce.site import Site, variation_id

STATUS = {"active": "publish", "draft": "draft", "archived": "private", "unlisted": "pending", "trashed": "trash"}
ALLOWED = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def product_row(site: Site, product: Product) -> dict[str, Any]:
    """One product; with more than one variant it is a variable one, whose variations have their own address."""
    is_variable = len(product.variants) > 1
    first = product.variants[0]
    number = site.id_of("products", product.number)
    slug = _slug(product.title)
    address = f"{site.rest}/products/{number}"
    row: dict[str, Any] = {
        "id": number,
        "name": product.title,
        "slug": slug,
        "permalink": f"{site.home}/product/{slug or number}/",
        **site.times("date_created", product.created),
        **site.times("date_modified", product.updated),
        "type": "variable" if is_variable else "simple",
        "status": STATUS[product.status],
        "featured": False,
        "catalog_visibility": "visible",
        "description": product.description,
        "short_description": "",
        "sku": "" if is_variable else first.sku or "",
    }
    row |= _prices(first) if not is_variable else {"price": _lowest(product), "regular_price": "", "sale_price": ""}
    row |= _sale(first, is_variable=is_variable) | {"purchasable": product.status == "active", "total_sales": 0}
    row |= _delivery() | {"external_url": "", "button_text": "", "tax_status": "taxable", "tax_class": ""}
    row |= _stock(first) if not is_variable else _stock(None)
    row |= {"sold_individually": False, "weight": "", "dimensions": {"length": "", "width": "", "height": ""}}
    row |= {"shipping_required": True, "shipping_taxable": True, "shipping_class": "", "shipping_class_id": 0}
    row |= {"reviews_allowed": True, "average_rating": "0.00", "rating_count": 0, "upsell_ids": [], "cross_sell_ids": []}
    row |= {"parent_id": 0, "purchase_note": "", "categories": [_category(product.category)]}
    row |= {"tags": [{"id": 30, "name": tag, "slug": _slug(tag)} for tag in product.tags], "images": []}
    row |= {
        "attributes": [_attribute([variant.title for variant in product.variants])] if is_variable else [],
        "default_attributes": [],
        "variations": [variation_id(product.number, variant.number) for variant in product.variants] if is_variable else [],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{row["price"]}</bdi></span>' if row["price"] else "",
        "related_ids": [],
        "meta_data": [],
        "stock_status": _stock_status(product.variants),
        "has_options": is_variable,
        "post_password": "",
        "global_unique_id": "" if is_variable else first.barcode or "",
        "_links": _links(address, f"{site.rest}/products"),
    }
    return row


def variation_row(site: Site, product: Product, variant: Variant) -> dict[str, Any]:
    """One variation of a variable product."""
    number = variation_id(product.number, variant.number)
    parent = f"{site.rest}/products/{site.id_of('products', product.number)}"
    row: dict[str, Any] = {
        "id": number,
        "type": "variation",
        **site.times("date_created", variant.created),
        **site.times("date_modified", variant.updated),
        "description": "",
        "permalink": f"{site.home}/product/{_slug(product.title)}/?attribute_size={_slug(variant.title)}",
        "sku": variant.sku or "",
        "global_unique_id": variant.barcode or "",
        **_prices(variant),
        **_sale(variant, is_variable=False),
        "status": "publish",
        "purchasable": True,
        **_delivery(),
        "tax_status": "taxable",
        "tax_class": "",
        **_stock(variant, has_status=True),
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "image": None,
        "attributes": [{"id": 0, "name": "Size", "slug": "size", "option": variant.title}],
        "menu_order": variant.number,
        "meta_data": [],
        "name": variant.title,
        "parent_id": site.id_of("products", product.number),
    }
    row["_links"] = _links(f"{parent}/variations/{number}", f"{parent}/variations") | {"up": [{"href": parent}]}
    return row


def _prices(variant: Variant) -> dict[str, str]:
    is_reduced = variant.compare_at is not None
    return {
        "price": variant.price,
        "regular_price": variant.compare_at or variant.price,
        "sale_price": variant.price if is_reduced else "",
    }


def _lowest(product: Product) -> str:
    try:
        return min((variant.price for variant in product.variants), key=Decimal)
    except InvalidOperation:
        return product.variants[0].price


def _sale(variant: Variant, *, is_variable: bool) -> dict[str, Any]:
    times = {f"date_on_sale_{side}{zone}": None for side in ("from", "to") for zone in ("", "_gmt")}
    return {**times, "on_sale": not is_variable and variant.compare_at is not None}


def _delivery() -> dict[str, Any]:
    return {"virtual": False, "downloadable": False, "downloads": [], "download_limit": -1, "download_expiry": -1}


def _stock(variant: Variant | None, *, has_status: bool = False) -> dict[str, Any]:
    is_managed = variant is not None and variant.is_tracked
    status = {"stock_status": _stock_status([variant])} if variant is not None and has_status else {}
    return {
        "manage_stock": is_managed,
        "stock_quantity": variant.stock[0] if variant is not None and is_managed else None,
        **status,
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
    }


def _stock_status(variants: list[Variant]) -> str:
    return "instock" if any(not variant.is_tracked or variant.stock[0] > 0 for variant in variants) else "outofstock"


def _category(name: str) -> dict[str, Any]:
    return {"id": 15 + len(name), "name": name, "slug": _slug(name)}


def _attribute(options: list[str]) -> dict[str, Any]:
    return {"id": 0, "name": "Size", "slug": "Size", "position": 0, "visible": False, "variation": True, "options": options}


def _links(address: str, collection: str) -> dict[str, Any]:
    return {"self": [{"href": address, "targetHints": {"allow": ALLOWED}}], "collection": [{"href": collection}]}


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
