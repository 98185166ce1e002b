"""What a platform itself says it has, read through its API by other code than ours, told as the rows that we should hold.

Nothing of integrations/*.py is used: WooCommerce is read with its official client, Shopify with plain requests.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import requests
from woocommerce import API

from tests.shops import TestStore


def told(store: TestStore) -> dict[str, dict[str, dict]]:
    """Table → external id → field → value, for every record that can be mapped."""
    return {"woocommerce": _woocommerce, "shopify": _shopify}[store.platform](store)


def _money(text):
    return None if text in (None, "") else Decimal(text)


def _utc(text):
    return None if not text else datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)


# WooCommerce


class FreshNonces(API):
    """The official client, asked again when it happened to make a nonce a second time: it draws them from few."""

    def get(self, endpoint, **kwargs):
        for _ in range(5):
            answer = super().get(endpoint, **kwargs)
            if "nonce has already been used" not in answer.text:
                break
        return answer


DP = 4  # decimals to be told of amounts: as many as we keep, since the usual 2 would round the Kuwaiti dinar


def _woocommerce(store):
    secrets = store.sandbox.door("woocommerce", store.name).credentials()
    api = FreshNonces(
        url=store.sandbox.address("woocommerce", store.name),
        consumer_key=secrets["consumer_key"],
        consumer_secret=secrets["consumer_secret"],
        version="wc/v3",
    )

    def every(path, **params):
        page, rows = 1, []
        while True:
            answer = api.get(path, params={"per_page": 100, "page": page, **params})
            assert answer.status_code == 200, answer.text
            rows += answer.json()
            if page >= int(answer.headers["X-WP-TotalPages"]):
                return rows
            page += 1

    currency = api.get("system_status").json()["settings"]["currency"]
    tables = {"products": {}, "variants": {}, "inventory_levels": {}, "orders": {}, "order_lines": {}, "refunds": {}, "customers": {}}
    for row in every("products", orderby="id", order="asc", status="any"):
        children = every(f"products/{row['id']}/variations", orderby="id", order="asc") if row["type"] == "variable" else []
        things = children or [row]
        if any(not _is_number(thing["price"]) for thing in things):
            continue  # a broken plugin's price: kept aside
        product_id = str(row["id"])
        tables["products"][product_id] = {
            "name": row["name"], "raw_status": row["status"], "currency": currency, "source_updated_at": _utc(row["date_modified_gmt"]),
            "description": row["description"] or row["short_description"] or None,
            "price": min((_money(thing["price"]) for thing in things if thing["price"] != ""), default=None),
        }  # fmt: skip
        for thing in things:
            tables["variants"][str(thing["id"])] = {
                "product_external_id": product_id, "sku": thing["sku"] or None, "price": _money(thing["price"]), "currency": currency,
                "quantity": thing["stock_quantity"] if thing["manage_stock"] is True else None,
            }  # fmt: skip
    for row in every("products", orderby="id", order="asc", status="any"):
        children = every(f"products/{row['id']}/variations", orderby="id", order="asc") if row["type"] == "variable" else []
        for thing in children or [row]:
            key = f"{row['id']}:{thing['id']}" if children else str(row["id"])
            tables["inventory_levels"][key] = {
                "sku": thing["sku"] or None,
                "available": thing["stock_quantity"] if thing["manage_stock"] is True else None,
            }
        if children and row["manage_stock"] is True:
            tables["inventory_levels"][str(row["id"])] = {"sku": row["sku"] or None, "available": row["stock_quantity"]}
    for row in every("orders", orderby="id", order="asc", status="any", dp=DP):
        if row["status"] == "checkout-draft":
            continue
        _woo_order(api, tables, row)
    for row in every("customers", role="all", orderby="id", order="asc"):
        tables["customers"][str(row["id"])] = {
            "email": row["email"] or None, "first_name": row["first_name"] or None, "last_name": row["last_name"] or None,
        }  # fmt: skip
    return tables


def _woo_order(api, tables, row):
    order_id = str(row["id"])
    tables["orders"][order_id] = {
        "number": row["number"], "currency": row["currency"], "raw_status": row["status"], "total": _money(row["total"]), "tax": _money(row["total_tax"]),
        "shipping": _money(row["shipping_total"]), "discount": _money(row["discount_total"]), "email": row["billing"]["email"] or None,
        "customer_external_id": str(row["customer_id"]) if row["customer_id"] else None, "source_updated_at": _utc(row["date_modified_gmt"]),
        "refunded": sum((-Decimal(refund["total"]) for refund in row["refunds"]), Decimal(0)),
    }  # fmt: skip
    for line in row["line_items"]:
        tables["order_lines"][str(line["id"])] = {
            "order_external_id": order_id, "title": line["name"], "quantity": line["quantity"], "sku": line["sku"] or None,
            "total": _money(line["total"]), "tax": _money(line["total_tax"]), "product_external_id": str(line["product_id"]) if line["product_id"] else None,
        }  # fmt: skip
    for refund in api.get(f"orders/{order_id}/refunds", params={"per_page": 100, "dp": DP}).json() if row["refunds"] else []:
        tables["refunds"][str(refund["id"])] = {
            "order_external_id": order_id, "amount": _money(refund["amount"]), "refunded_at": _utc(refund["date_created_gmt"]),
            "reason": refund["reason"] or None,
        }  # fmt: skip


def _is_number(text):
    return text == "" or text.replace(".", "", 1).lstrip("-").isdigit()


# Shopify

_PRODUCTS = """query($after: String) { products(first: 20, after: $after, query: "status:active,draft,archived,unlisted") {
  pageInfo { hasNextPage endCursor }
  nodes { id title descriptionHtml status vendor updatedAt createdAt } } }"""
_VARIANTS = """query($after: String) { productVariants(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id title sku price compareAtPrice inventoryQuantity barcode product { id } inventoryItem { id tracked } } } }"""
_ITEMS = """query($after: String) { inventoryItems(first: 40, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id sku tracked inventoryLevels(first: 5) { pageInfo { hasNextPage } nodes { location { id name }
  quantities(names: ["available", "on_hand"]) { name quantity } } } } } }"""
_ORDERS = """query($after: String) { orders(first: 5, after: $after, sortKey: ID) { pageInfo { hasNextPage endCursor }
  nodes { id name email updatedAt createdAt cancelledAt displayFinancialStatus displayFulfillmentStatus customer { id }
  totalPriceSet { shopMoney { amount currencyCode } } totalTaxSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } }
  totalRefundedSet { shopMoney { amount } } refunds { id note createdAt totalRefundedSet { shopMoney { amount } } } } } }"""
_LINES = """query($id: ID!, $after: String) { order(id: $id) { lineItems(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id title sku quantity currentQuantity originalUnitPriceSet { shopMoney { amount } } discountedTotalSet { shopMoney { amount } }
  product { id } variant { id } } } } }"""
_CUSTOMERS = """query($after: String) { customers(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id firstName lastName defaultEmailAddress { emailAddress } numberOfOrders amountSpent { amount currencyCode } } } }"""


def _shopify(store):
    door = store.sandbox.door("shopify", store.name)
    address = store.sandbox.address("shopify", store.name) + "/admin/api/2026-10/graphql.json"
    session = requests.Session()
    session.headers["X-Shopify-Access-Token"] = door.credentials()["access_token"]

    def ask(query, **variables):
        for _ in range(600):
            answer = session.post(address, json={"query": query, "variables": variables}, timeout=30).json()
            if not any(error["extensions"]["code"] == "THROTTLED" for error in answer.get("errors", [])):
                assert "errors" not in answer, answer["errors"]
                return answer["data"]
            cost = answer["extensions"]["cost"]
            left = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
            import time

            time.sleep(max(0.05, left / cost["throttleStatus"]["restoreRate"]))
        raise AssertionError("throttled for ever")

    def every(query, field, inside=lambda data: data, **variables):
        rows, after = [], None
        while True:
            connection = inside(ask(query, after=after, **variables))[field]
            rows += connection["nodes"]
            if not connection["pageInfo"]["hasNextPage"]:
                return rows
            after = connection["pageInfo"]["endCursor"]

    def shop_money(row, name):
        return _money(row[name]["shopMoney"]["amount"])

    currency = ask("{ shop { currencyCode } }")["shop"]["currencyCode"]
    tables = {"products": {}, "variants": {}, "inventory_levels": {}, "orders": {}, "order_lines": {}, "refunds": {}, "customers": {}}
    for row in every(_PRODUCTS, "products"):
        tables["products"][row["id"]] = {
            "name": row["title"], "raw_status": row["status"], "vendor": row["vendor"] or None, "currency": currency,
            "description": row["descriptionHtml"] or None, "source_updated_at": _utc(row["updatedAt"]), "source_created_at": _utc(row["createdAt"]),
        }  # fmt: skip
    for row in every(_VARIANTS, "productVariants"):
        tables["variants"][row["id"]] = {
            "product_external_id": row["product"]["id"], "title": row["title"], "sku": row["sku"] or None, "price": _money(row["price"]),
            "compare_at_price": _money(row["compareAtPrice"]), "currency": currency, "inventory_item_id": row["inventoryItem"]["id"],
            "quantity": row["inventoryQuantity"] if row["inventoryItem"]["tracked"] else None, "barcode": row["barcode"] or None,
        }  # fmt: skip
    for row in every(_ITEMS, "inventoryItems"):
        assert not row["inventoryLevels"]["pageInfo"]["hasNextPage"]
        for level in row["inventoryLevels"]["nodes"]:
            counts = {entry["name"]: entry["quantity"] for entry in level["quantities"]} if row["tracked"] else {}
            tables["inventory_levels"][f"{row['id']}@{level['location']['id']}"] = {
                "sku": row["sku"] or None, "location_name": level["location"]["name"], "available": counts.get("available"), "on_hand": counts.get("on_hand"),
            }  # fmt: skip
    for row in every(_ORDERS, "orders"):
        tables["orders"][row["id"]] = {
            "number": row["name"], "email": row["email"] or None, "total": shop_money(row, "totalPriceSet"), "tax": shop_money(row, "totalTaxSet"),
            "currency": row["totalPriceSet"]["shopMoney"]["currencyCode"], "shipping": shop_money(row, "totalShippingPriceSet"),
            "refunded": shop_money(row, "totalRefundedSet"), "raw_payment_status": row["displayFinancialStatus"],
            "raw_fulfillment_status": row["displayFulfillmentStatus"], "cancelled_at": _utc(row["cancelledAt"]),
            "customer_external_id": row["customer"]["id"] if row["customer"] else None, "source_updated_at": _utc(row["updatedAt"]),
        }  # fmt: skip
        for refund in row["refunds"]:
            tables["refunds"][refund["id"]] = {
                "order_external_id": row["id"], "amount": shop_money(refund, "totalRefundedSet"), "reason": refund["note"] or None,
                "refunded_at": _utc(refund["createdAt"]),
            }  # fmt: skip
        for line in every(_LINES, "lineItems", lambda data: data["order"], id=row["id"]):
            tables["order_lines"][line["id"]] = {
                "order_external_id": row["id"], "title": line["title"], "sku": line["sku"] or None, "quantity": line["quantity"],
                "current_quantity": line["currentQuantity"], "unit_price": shop_money(line, "originalUnitPriceSet"),
                "total": shop_money(line, "discountedTotalSet"), "product_external_id": line["product"]["id"] if line["product"] else None,
                "variant_external_id": line["variant"]["id"] if line["variant"] else None,
            }  # fmt: skip
    for row in every(_CUSTOMERS, "customers"):
        tables["customers"][row["id"]] = {
            "first_name": row["firstName"] or None, "last_name": row["lastName"] or None, "orders_count": int(row["numberOfOrders"]),
            "email": row["defaultEmailAddress"]["emailAddress"] if row["defaultEmailAddress"] else None,
            "total_spent": _money(row["amountSpent"]["amount"]), "currency": row["amountSpent"]["currencyCode"],
        }  # fmt: skip
    return tables
