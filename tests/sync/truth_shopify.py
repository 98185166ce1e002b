"""A Shopify shop, asked with plain requests."""

from __future__ import annotations

import time

import requests

from tests.shops import TestStore
from tests.sync.telling import Tables, amount, lowest, no_rows, total, utc

_PRODUCTS = """query($after: String) { products(first: 50, after: $after, query: "status:active,draft,archived,unlisted") {
  pageInfo { hasNextPage endCursor }
  nodes { id title descriptionHtml status vendor productType updatedAt createdAt } } }"""
_VARIANTS = """query($after: String) { productVariants(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id title sku price compareAtPrice inventoryQuantity barcode position updatedAt product { id } inventoryItem { id tracked } } } }"""
_ITEMS = """query($after: String) { inventoryItems(first: 40, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id sku tracked variants(first: 1) { nodes { id product { id } } } inventoryLevels(first: 5) { pageInfo { hasNextPage }
  nodes { updatedAt location { id name } quantities(names: ["available", "on_hand", "committed", "incoming", "reserved"]) { name quantity } } } } } }"""
_LINE = """id title sku quantity currentQuantity originalUnitPriceSet { shopMoney { amount } } discountedTotalSet { shopMoney { amount } }
  taxLines { priceSet { shopMoney { amount } } } product { id } variant { id }"""
_ORDERS = f"""query($after: String) {{ orders(first: 10, after: $after, sortKey: ID) {{ pageInfo {{ hasNextPage endCursor }}
  nodes {{ id name email test updatedAt createdAt processedAt cancelledAt closedAt displayFinancialStatus displayFulfillmentStatus
  customer {{ id }} totalPriceSet {{ shopMoney {{ amount currencyCode }} }} totalTaxSet {{ shopMoney {{ amount }} }}
  subtotalPriceSet {{ shopMoney {{ amount }} }} totalDiscountsSet {{ shopMoney {{ amount }} }}
  totalShippingPriceSet {{ shopMoney {{ amount }} }} totalRefundedSet {{ shopMoney {{ amount }} }}
  refunds {{ id note createdAt totalRefundedSet {{ shopMoney {{ amount }} }} }}
  lineItems(first: 8) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_LINE} }} }} }} }} }}"""
_LINES = f"""query($id: ID!, $after: String) {{ order(id: $id) {{ lineItems(first: 90, after: $after) {{ pageInfo {{ hasNextPage endCursor }}
  nodes {{ {_LINE} }} }} }} }}"""
_CUSTOMERS = """query($after: String) { customers(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id firstName lastName state createdAt updatedAt defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }
  numberOfOrders amountSpent { amount currencyCode } } } }"""
FULFILLMENT = {"UNFULFILLED": "unfulfilled", "FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "ON_HOLD": "unfulfilled"}
QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved")


class Shop:
    """Asks, and waits while it is throttled."""

    def __init__(self, store: TestStore) -> None:
        self._address = store.sandbox.address("shopify", store.name) + "/admin/api/2026-10/graphql.json"
        self._session = requests.Session()
        self._session.headers["X-Shopify-Access-Token"] = store.sandbox.door("shopify", store.name).credentials()["access_token"]

    def ask(self, query, **variables):
        for _ in range(600):
            answer = self._session.post(self._address, json={"query": query, "variables": variables}, timeout=30).json()
            if not any(error["extensions"]["code"] == "THROTTLED" for error in answer.get("errors", [])):
                assert "errors" not in answer, answer["errors"]
                return answer["data"]
            cost = answer["extensions"]["cost"]
            left = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
            time.sleep(max(0.05, left / cost["throttleStatus"]["restoreRate"]))
        raise AssertionError("throttled for ever")

    def every(self, query, field, **variables):
        return self.rest({"pageInfo": {"hasNextPage": True, "endCursor": None}, "nodes": []}, query, lambda data: data[field], **variables)

    def rest(self, connection, query, inside, **variables):
        """The rows of `connection` and of the pages after it."""
        rows = list(connection["nodes"])
        while connection["pageInfo"]["hasNextPage"]:
            connection = inside(self.ask(query, after=connection["pageInfo"]["endCursor"], **variables))
            rows += connection["nodes"]
        return rows


def told(store: TestStore) -> Tables:
    shop, tables = Shop(store), no_rows()
    currency = shop.ask("{ shop { currencyCode } }")["shop"]["currencyCode"]
    variants = shop.every(_VARIANTS, "productVariants")
    for row in variants:
        tables["variants"][row["id"]] = {
            "product_external_id": row["product"]["id"], "title": row["title"], "sku": row["sku"] or None, "price": amount(row["price"]),
            "compare_at_price": amount(row["compareAtPrice"]), "currency": currency, "inventory_item_id": row["inventoryItem"]["id"],
            "quantity": _counted(row), "barcode": row["barcode"] or None, "position": row["position"], "source_updated_at": utc(row["updatedAt"]),
        }  # fmt: skip
    for row in shop.every(_PRODUCTS, "products"):
        own = [variant for variant in variants if variant["product"]["id"] == row["id"]]
        tables["products"][row["id"]] = {
            "name": row["title"], "raw_status": row["status"], "status": row["status"].lower(), "vendor": row["vendor"] or None,
            "category": row["productType"] or None, "currency": currency, "description": row["descriptionHtml"] or None,
            "price": lowest(amount(variant["price"]) for variant in own), "quantity": total(_counted(variant) for variant in own),
            "source_updated_at": utc(row["updatedAt"]), "source_created_at": utc(row["createdAt"]),
        }  # fmt: skip
    for row in shop.every(_ITEMS, "inventoryItems"):
        _levels(tables, row)
    for row in shop.every(_ORDERS, "orders"):
        _order(tables, row, shop.rest(row["lineItems"], _LINES, lambda data: data["order"]["lineItems"], id=row["id"]))
    for row in shop.every(_CUSTOMERS, "customers"):
        tables["customers"][row["id"]] = {
            "first_name": row["firstName"] or None, "last_name": row["lastName"] or None, "orders_count": int(row["numberOfOrders"]),
            "email": row["defaultEmailAddress"]["emailAddress"] if row["defaultEmailAddress"] else None,
            "phone": row["defaultPhoneNumber"]["phoneNumber"] if row["defaultPhoneNumber"] else None, "state": row["state"],
            "total_spent": amount(row["amountSpent"]["amount"]), "currency": row["amountSpent"]["currencyCode"],
            "source_updated_at": utc(row["updatedAt"]), "source_created_at": utc(row["createdAt"]), "is_masked": False, "is_derived": False,
        }  # fmt: skip
    return tables


def _levels(tables, row):
    assert not row["inventoryLevels"]["pageInfo"]["hasNextPage"]
    [variant] = row["variants"]["nodes"]
    for level in row["inventoryLevels"]["nodes"]:
        counts = {entry["name"]: entry["quantity"] for entry in level["quantities"]} if row["tracked"] else {}
        tables["inventory_levels"][f"{row['id']}@{level['location']['id']}"] = {
            "sku": row["sku"] or None, "location_id": level["location"]["id"], "location_name": level["location"]["name"],
            "inventory_item_id": row["id"], "variant_external_id": variant["id"], "product_external_id": variant["product"]["id"],
            "is_tracked": row["tracked"], "source_updated_at": utc(level["updatedAt"]), **{name: counts.get(name) for name in QUANTITIES},
        }  # fmt: skip


def _order(tables, row, lines):
    tables["orders"][row["id"]] = {
        "number": row["name"], "email": row["email"] or None, "total": _money(row, "totalPriceSet"), "tax": _money(row, "totalTaxSet"),
        "currency": row["totalPriceSet"]["shopMoney"]["currencyCode"], "shipping": _money(row, "totalShippingPriceSet"),
        "subtotal": _money(row, "subtotalPriceSet"), "discount": _money(row, "totalDiscountsSet"), "refunded": _money(row, "totalRefundedSet"),
        "status": _status(row), "raw_status": "cancelled" if row["cancelledAt"] else "closed" if row["closedAt"] else "open", "payment_status": row["displayFinancialStatus"].lower(), "raw_payment_status": row["displayFinancialStatus"],
        "fulfillment_status": FULFILLMENT[row["displayFulfillmentStatus"]], "raw_fulfillment_status": row["displayFulfillmentStatus"],
        "customer_external_id": row["customer"]["id"] if row["customer"] else None, "is_test": row["test"],
        "placed_at": utc(row["processedAt"]), "cancelled_at": utc(row["cancelledAt"]), "source_created_at": utc(row["createdAt"]),
        "source_updated_at": utc(row["updatedAt"]),
    }  # fmt: skip
    for refund in row["refunds"]:
        tables["refunds"][refund["id"]] = {
            "order_external_id": row["id"], "amount": _money(refund, "totalRefundedSet"), "reason": refund["note"] or None,
            "refunded_at": utc(refund["createdAt"]),
        }  # fmt: skip
    for place, line in enumerate(lines):
        tables["order_lines"][line["id"]] = {
            "order_external_id": row["id"], "title": line["title"], "sku": line["sku"] or None, "quantity": line["quantity"],
            "current_quantity": line["currentQuantity"], "unit_price": _money(line, "originalUnitPriceSet"), "position": place,
            "total": _money(line, "discountedTotalSet"), "tax": total(_money(tax, "priceSet") for tax in line["taxLines"]),
            "product_external_id": line["product"]["id"] if line["product"] else None,
            "variant_external_id": line["variant"]["id"] if line["variant"] else None,
        }  # fmt: skip


def _status(row):
    if row["cancelledAt"]:
        return "cancelled"
    if row["closedAt"]:
        return "completed"
    if row["displayFulfillmentStatus"] == "ON_HOLD":
        return "on_hold"
    return "pending" if row["displayFinancialStatus"] == "PENDING" else "open"


def _counted(variant):
    return variant["inventoryQuantity"] if variant["inventoryItem"]["tracked"] else None


def _money(row, name):
    return amount(row[name]["shopMoney"]["amount"])
