"""What a bulk operation is asked: the fields of the paged queries, without variables, and how its lines become the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from integrations.connector import Row
from integrations.shopify_queries import (
    CUSTOMER_FIELDS,
    ITEM_FIELDS,
    LEVEL_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
)

RUN = """
mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query) { bulkOperation { id } userErrors { code message } }
}
"""

OPERATION = """
query BulkOperation($id: ID!) {
  bulkOperation(id: $id) { id status errorCode createdAt objectCount rootObjectCount url }
}
"""

RECENT = """
query BulkRecent {
  bulkOperations(first: 25, query: "operation_type:query") { nodes { id status query createdAt } }
}
"""

COUNT_PRODUCTS = "query CountProducts($limit: Int, $query: String) { count: productsCount(limit: $limit, query: $query) { count } }"
COUNT_ORDERS = "query CountOrders($limit: Int, $query: String) { count: ordersCount(limit: $limit, query: $query) { count } }"
COUNT_ITEMS = "query CountItems($limit: Int) { count: productVariantsCount(limit: $limit) { count } }"  # a variant has one item
COUNT_CUSTOMERS = "query CountCustomers($limit: Int, $query: String) { count: customersCount(limit: $limit, query: $query) { count } }"

_NESTED = {"products": "variants", "orders": "lineItems", "inventory": "inventoryLevels"}
_CHILD = {"products": "ProductVariant", "orders": "LineItem", "inventory": "InventoryLevel"}


def bulk_query(stream: str, search: str | None, *, with_products: bool, with_customers: bool) -> str:
    """The query of a bulk operation that reads `stream`; the booleans as in the paged queries' variables."""
    products = "product { id } variant { id }" if with_products else ""
    roots = {
        "products": ("products", f"{PRODUCT_FIELDS} {_connection('variants', VARIANT_FIELDS)}"),
        "orders": (
            "orders",
            f"{ORDER_FIELDS} {'customer { id }' if with_customers else ''} {_connection('lineItems', f'{LINE_FIELDS} {products}')}",
        ),
        "inventory": (
            "inventoryItems",
            f"{ITEM_FIELDS} {_connection('variants', 'id product { id }') if with_products else ''} "
            f"{_connection('inventoryLevels', LEVEL_FIELDS)}",
        ),
        "customers": ("customers", CUSTOMER_FIELDS),
    }
    root, fields = roots[stream]
    arguments = f"(query: {json.dumps(search)})" if search else ""
    return " ".join(f"{{ {_connection(root + arguments, fields)} }}".split())


def whole_row(stream: str, row: Row, children: Sequence[Row]) -> Row:
    """A line and those of its children, as the paged queries tell the row. Raises: LookupError for a child of another type."""
    found: dict[str, Any] = dict(row)
    if stream in _NESTED:
        found[_NESTED[stream]] = []
    of_item: list[Row] = []
    for child in children:
        kind = str(child["id"]).removeprefix("gid://shopify/").partition("/")[0]
        own = {name: value for name, value in child.items() if name != "__parentId"}
        if stream == "inventory" and kind == "ProductVariant":
            of_item.append(own)
        elif kind == _CHILD.get(stream):
            found[_NESTED[stream]].append(own)
        else:
            raise LookupError(kind)
    if of_item:
        found["variants"] = {"nodes": of_item[:1]}  # paged, the first alone is asked for
    return found


def _connection(name: str, fields: str) -> str:
    return f"{name} {{ edges {{ node {{ {fields} }} }} }}"
