"""Shopify's global ids: gid://shopify/Product/8000000000000."""

from __future__ import annotations

import re

TYPES = {"products": "Product", "orders": "Order", "customers": "Customer"}
FIRST = {
    "Product": 8_000_000_000_000,
    "Order": 5_000_000_000_000,
    "Customer": 7_000_000_000_000,
    "ProductVariant": 44_000_000_000_000,
    "InventoryItem": 46_000_000_000_000,
    "LineItem": 13_000_000_000_000,
    "Refund": 900_000_000_000,
    "Location": 66_000_000_001,
    "BasicEvent": 97_000_000_000_000,
}
VARIANTS = 4096  # ids per product
LINES = 1024  # ids per order
REFUNDS = 8


def legacy(kind: str, number: int) -> int:
    """The number in an id."""
    return FIRST[kind] + number


def gid(kind: str, number: int) -> str:
    """The id of record `number` of a GraphQL type."""
    return f"gid://shopify/{kind}/{FIRST[kind] + number}"


def number_of(kind: str, text: str) -> int | None:
    """The record's number, or None when `text` is not an id of that type."""
    found = re.fullmatch(rf"(?:gid://shopify/{kind}/)?(\d+)", text)
    return int(found.group(1)) - FIRST[kind] if found else None


def type_of(text: str) -> str:
    """The GraphQL type that an id names, "" for none."""
    found = re.match(r"gid://shopify/(\w+)/", text)
    return found.group(1) if found else ""


def level_gid(item: int, location: int) -> str:
    """The id of the stock of one item in one place; `item` counts variants."""
    return f"gid://shopify/InventoryLevel/{legacy('Location', location)}?inventory_item_id={legacy('InventoryItem', item)}"
