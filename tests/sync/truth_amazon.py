"""A seller on Amazon, asked with plain requests."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from urllib.parse import quote

import requests

from tests.shops import TestStore
from tests.sync.telling import Tables, amount, lowest, no_rows, total, utc

ORDER_STATUS = {
    "PENDING_AVAILABILITY": ("pending", "pending", "unfulfilled"),
    "PENDING": ("pending", "pending", "unfulfilled"),
    "UNSHIPPED": ("open", "paid", "unfulfilled"),
    "PARTIALLY_SHIPPED": ("open", "paid", "partial"),
    "SHIPPED": ("completed", "paid", "fulfilled"),
    "CANCELLED": ("cancelled", "voided", "cancelled"),
    "UNFULFILLABLE": ("failed", "unknown", "unfulfilled"),
}
CURRENCY = "EUR"  # of the marketplace; an order that is not paid yet tells no amounts
LISTED = "summaries,attributes,offers,fulfillmentAvailability,relationships,productTypes"


class Account:
    """Asks with a token of its own."""

    def __init__(self, store: TestStore) -> None:
        self.keys = store.sandbox.door("amazon", store.name).credentials()
        self._address = store.sandbox.address("amazon", store.name)
        form = {"grant_type": "refresh_token", **{name: self.keys[name] for name in ("refresh_token", "client_id", "client_secret")}}
        self._session = requests.Session()
        self._session.headers["x-amz-access-token"] = requests.post(f"{self._address}/auth/o2/token", data=form, timeout=10).json()[
            "access_token"
        ]

    def ask(self, path, **params):
        answer = self._session.get(self._address + path, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path, rows, token, onward, **params):
        """All rows of a list; `rows`, `token` and `onward`: how this one calls its rows, a page's token and the parameter that takes it."""
        found, more = [], {}
        while more is not None:
            answer = self.ask(path, **params, **more)
            answer = {**answer, **answer.get("payload", {})}
            found += answer[rows]
            following = answer.get("pagination", {}).get(token)
            more = None if following is None else {onward: following}
        return found


def told(store: TestStore) -> Tables:
    account, tables = Account(store), no_rows()
    market = account.keys["marketplace_id"]
    path = f"/listings/2021-08-01/items/{quote(account.keys['seller_id'])}"
    listings = account.every(
        path, "items", "nextToken", "pageToken", marketplaceIds=market, includedData=LISTED, pageSize=20, sortBy="sku", sortOrder="ASC"
    )
    by_sku = {row["sku"]: row for row in listings}
    for row in listings:
        related = row["relationships"][0]["relationships"]
        if not any("parentSkus" in relation for relation in related):
            _product(tables, row, [by_sku[sku] for relation in related for sku in relation["childSkus"]] or [row])
        for place in row["fulfillmentAvailability"]:
            if place["fulfillmentChannelCode"] == "DEFAULT":
                _own_level(tables, row, next((sku for relation in related for sku in relation.get("parentSkus", ())), row["sku"]), place)
    here = {"granularityType": "Marketplace", "granularityId": market, "marketplaceIds": market, "details": "true"}
    for row in account.every("/fba/inventory/v1/summaries", "inventorySummaries", "nextToken", "nextToken", **here):
        _level_at_amazon(tables, row)
    asked = {"lastUpdatedAfter": "2016-01-01T00:00:00Z", "marketplaceIds": market, "includedData": "BUYER,PROCEEDS,FULFILLMENT"}
    for row in account.every("/orders/2026-01-01/orders", "orders", "nextToken", "paginationToken", **asked):
        _order(tables, row)
    return tables


def _product(tables, row, things):
    summary, about = row["summaries"][0], row["attributes"]
    own = [_variant(row["sku"], thing, place) for place, thing in enumerate(things)]
    tables["variants"] |= dict(own)
    status = summary["status"]
    tables["products"][row["sku"]] = {
        "name": summary.get("itemName") or about["item_name"][0]["value"], "description": about["product_description"][0]["value"],
        "status": "active" if "DISCOVERABLE" in status else "unlisted" if "BUYABLE" in status else "draft", "raw_status": ",".join(status),
        "vendor": about["brand"][0]["value"], "category": row["productTypes"][0]["productType"], "currency": own[0][1]["currency"],
        "price": lowest(one["price"] for _, one in own), "quantity": total(one["quantity"] for _, one in own),
        "source_created_at": utc(summary["createdDate"]), "source_updated_at": utc(summary["lastUpdatedDate"]),
    }  # fmt: skip


def _variant(product_sku, row, place):
    [offer], about, summary = row["offers"], row["attributes"], row["summaries"][0]
    price, before = Decimal(offer["price"]["amount"]), amount(about["list_price"][0]["value_with_tax"] if "list_price" in about else None)
    own = [each for each in row["fulfillmentAvailability"] if each["fulfillmentChannelCode"] == "DEFAULT"]
    return row["sku"], {
        "product_external_id": product_sku, "title": summary.get("itemName"), "sku": row["sku"], "inventory_item_id": row["sku"],
        "barcode": about["externally_assigned_product_identifier"][0]["value"] if "externally_assigned_product_identifier" in about else None,
        "price": price, "currency": offer["price"]["currencyCode"], "compare_at_price": before if before is not None and before > price else None,
        "quantity": total(each.get("quantity") for each in own), "position": place, "source_updated_at": utc(summary["lastUpdatedDate"]),
    }  # fmt: skip


def _own_level(tables, row, product_sku, place):
    tables["inventory_levels"][f"DEFAULT:{row['sku']}"] = {
        "inventory_item_id": row["sku"], "sku": row["sku"], "variant_external_id": row["sku"], "product_external_id": product_sku,
        "location_id": "DEFAULT", "location_name": "Merchant", "is_tracked": "quantity" in place, "available": place.get("quantity"),
        "source_updated_at": utc(row["summaries"][0]["lastUpdatedDate"]),
    }  # fmt: skip


def _level_at_amazon(tables, row):
    sku, about = row["sellerSku"], row["inventoryDetails"]
    tables["inventory_levels"][f"AMAZON:{sku}"] = {
        "inventory_item_id": sku, "sku": sku, "variant_external_id": sku, "location_id": "AMAZON", "location_name": "Fulfilled by Amazon",
        "is_tracked": True, "available": about["fulfillableQuantity"],
        "committed": about["reservedQuantity"]["pendingCustomerOrderQuantity"], "reserved": about["reservedQuantity"]["totalReservedQuantity"],
        "incoming": sum(about[f"inbound{stage}Quantity"] for stage in ("Working", "Shipped", "Receiving")),
        "source_updated_at": utc(row["lastUpdatedTime"]),
    }  # fmt: skip


def _order(tables, row):
    order_id, raw = row["orderId"], row["fulfillment"]["fulfillmentStatus"]
    status, parts, email = ORDER_STATUS[raw], _parts(row.get("proceeds")), row["buyer"].get("buyerEmail")
    buyer = None if email is None else hashlib.blake2b(email.lower().encode(), digest_size=16).hexdigest()
    aliases = [alias["aliasId"] for alias in row.get("orderAliases", ()) if alias["aliasType"] == "SELLER_ORDER_ID"]
    tables["orders"][order_id] = {
        "number": [*aliases, order_id][0], "currency": CURRENCY, "raw_status": raw, "status": status[0], "payment_status": status[1],
        "fulfillment_status": status[2], "raw_fulfillment_status": raw, "subtotal": parts.get("ITEM"), "shipping": parts.get("SHIPPING"),
        "discount": -parts["DISCOUNT"] if "DISCOUNT" in parts else None, "tax": parts.get("TAX"),
        "total": Decimal(row["proceeds"]["grandTotal"]["amount"]) if "proceeds" in row else None, "email": email,
        "customer_external_id": buyer, "is_test": False, "placed_at": utc(row["createdTime"]),
        "source_created_at": utc(row["createdTime"]), "source_updated_at": utc(row["lastUpdatedTime"]),
    }  # fmt: skip
    for place, line in enumerate(row["orderItems"]):
        product, parts = line["product"], _parts(line.get("proceeds"))
        tables["order_lines"][f"{order_id}:{line['orderItemId']}"] = {
            "order_external_id": order_id, "title": product["title"], "quantity": line["quantityOrdered"], "sku": product.get("sellerSku"),
            "variant_external_id": product.get("sellerSku"), "position": place,
            "unit_price": Decimal(product["price"]["unitPrice"]["amount"]) if "price" in product else None, "tax": parts.get("TAX"),
            "total": parts["ITEM"] + parts.get("DISCOUNT", 0) if parts else None,
        }  # fmt: skip
    if buyer is not None:
        tables["customers"][buyer] = {"email": email, "currency": CURRENCY, "is_masked": True, "is_derived": True}


def _parts(proceeds):
    return {part["type"]: Decimal(part["subtotal"]["amount"]) for part in proceeds["breakdowns"]} if proceeds else {}
