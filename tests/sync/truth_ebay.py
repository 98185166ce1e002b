"""A seller on eBay, asked with plain requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import requests

from tests.shops import TestStore
from tests.sync.telling import Tables, agreed, amount, lowest, no_rows, shared_out, total, utc

INVENTORY, FULFILLMENT = "/sell/inventory/v1", "/sell/fulfillment/v1"
PAYMENT = {
    "PAID": "paid",
    "PENDING": "pending",
    "FAILED": "failed",
    "PARTIALLY_REFUNDED": "partially_refunded",
    "FULLY_REFUNDED": "refunded",
}
FULFILLED = {"NOT_STARTED": "unfulfilled", "IN_PROGRESS": "partial", "FULFILLED": "fulfilled"}
LISTED = {"ACTIVE": "active", "OUT_OF_STOCK": "active", "ENDED": "archived"}


class Seller:
    """Asks with a token of its own."""

    def __init__(self, store: TestStore) -> None:
        keys = store.sandbox.door("ebay", store.name).credentials()
        self._address = store.sandbox.address("ebay", store.name)
        form = {"grant_type": "refresh_token", "refresh_token": keys["refresh_token"]}
        token = requests.post(
            f"{self._address}/identity/v1/oauth2/token", data=form, auth=(keys["client_id"], keys["client_secret"]), timeout=10
        ).json()
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def ask(self, path, **params):
        """An answer; None where there is nothing of that name."""
        answer = self._session.get(self._address + path, params=params, timeout=10)
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def every(self, path, name, *, by_pages=False, **params):
        """All rows of a list, whose `offset` counts pages or rows."""
        found, page = [], {"next": path}
        while "next" in page:
            page = self.ask(path, limit=100, offset=len(found) // 100 if by_pages else len(found), **params)
            found += page[name]
        return found


def told(store: TestStore) -> Tables:
    seller, tables = Seller(store), no_rows()
    names = {row["merchantLocationKey"]: row["name"] for row in seller.every(f"{INVENTORY}/location", "locations")}
    items = seller.every(f"{INVENTORY}/inventory_item", "inventoryItems", by_pages=True)
    families: dict[str, list[dict]] = {}
    for item in items:
        _levels(tables, item, names)
        families.setdefault(item["inventoryItemGroupKeys"][0] if "inventoryItemGroupKeys" in item else item["sku"], []).append(item)
    for key, members in families.items():
        offers = {item["sku"]: (seller.ask(f"{INVENTORY}/offer", sku=item["sku"]) or {}).get("offers", []) for item in members}
        if all(_is_number(offer["pricingSummary"]["price"]["value"]) for each in offers.values() for offer in each if _is_fixed(offer)):
            group = (
                seller.ask(f"{INVENTORY}/inventory_item_group/{quote(key, safe='')}") if "inventoryItemGroupKeys" in members[0] else None
            )
            _product(tables, members, group, offers)
    ever = f"creationdate:[{datetime.now(UTC) - timedelta(days=729):%Y-%m-%dT%H:%M:%S.000Z}..]"  # else only the last 90 days are told
    orders = seller.every(f"{FULFILLMENT}/order", "orders", filter=ever)
    for row in orders:
        _order(tables, row)
    for buyer in {row["buyer"]["username"] for row in orders}:  # all that orders tell of people, but for what eBay takes back
        currency = agreed(row["pricingSummary"]["total"]["currency"] for row in orders if row["buyer"]["username"] == buyer)
        tables["customers"][buyer] = {"currency": currency, "is_masked": True, "is_derived": True}
    return tables


def _product(tables, members, group, offers):
    product_id = f"group:{group['inventoryItemGroupKey']}" if group else _id_of(members[0]["sku"])
    if group:  # the group tells in which order its variants stand
        members = sorted(members, key=lambda item: group["variantSKUs"].index(item["sku"]))
    own = [_variant(product_id, item, place, group, offers[item["sku"]]) for place, item in enumerate(members)]
    tables["variants"] |= dict(own)
    buyable = [offer for item in members for offer in offers[item["sku"]] if _is_fixed(offer)]
    states = [(_listing(offer), _raw(offer)) for offer in buyable] or [("draft", None)]
    status, raw_status = min(states, key=lambda state: ("active", "draft", "archived").index(state[0]))
    about = members[0]["product"]
    tables["products"][product_id] = {
        "name": (group or about)["title"], "description": (group or about)["description"], "vendor": about["brand"], "status": status, "raw_status": raw_status,
        "category": buyable[0]["categoryId"] if buyable else None, "price": lowest(one["price"] for _, one in own),
        "currency": own[0][1]["currency"], "quantity": total(one["quantity"] for _, one in own),
        "source_created_at": None, "source_updated_at": None,
    }  # fmt: skip


def _variant(product_id, item, place, group, offers):
    offer = next((offer for offer in offers if _is_fixed(offer)), None)
    pricing, about = (offer or {}).get("pricingSummary", {}), item["product"]
    return _id_of(item["sku"]), {
        "product_external_id": product_id, "title": about["aspects"]["Size"][0] if group else about["title"], "sku": item["sku"],
        "barcode": about["ean"][0] if "ean" in about else None, "price": amount(pricing.get("price", {}).get("value")),
        "compare_at_price": amount(pricing.get("originalRetailPrice", {}).get("value")), "currency": pricing.get("price", {}).get("currency"),
        "quantity": _stock(item).get("quantity"), "position": place, "inventory_item_id": item["sku"],
    }  # fmt: skip


def _levels(tables, item, names):
    sku, stock = item["sku"], _stock(item)
    spread = {place["merchantLocationKey"]: place["quantity"] for place in stock.get("availabilityDistributions", ())}
    for location, count in (spread or {"": stock.get("quantity")}).items():
        tables["inventory_levels"][f"{sku}@{location.replace('@', '%40')}"] = {
            "inventory_item_id": sku, "sku": sku, "variant_external_id": _id_of(sku), "location_id": location,
            "location_name": names.get(location), "is_tracked": count is not None, "available": count,
        }  # fmt: skip


def _order(tables, row):
    order_id, money, cancel = row["orderId"], row["pricingSummary"], row["cancelStatus"]
    is_cancelled = cancel["cancelState"] == "CANCELED"
    refunds = row["paymentSummary"]["refunds"]
    tables["orders"][order_id] = {
        "number": order_id, "currency": money["total"]["currency"], "status": _status(row), "raw_status": cancel["cancelState"],
        "payment_status": PAYMENT[row["orderPaymentStatus"]], "raw_payment_status": row["orderPaymentStatus"],
        "fulfillment_status": "cancelled" if is_cancelled else FULFILLED[row["orderFulfillmentStatus"]],
        "raw_fulfillment_status": row["orderFulfillmentStatus"], "subtotal": _value(money, "priceSubtotal"),
        "discount": -_value(money, "priceDiscount") if "priceDiscount" in money else None, "shipping": _value(money, "deliveryCost"),
        "tax": _value(money, "tax"), "total": _value(money, "total"), "refunded": sum((_value(one, "amount") for one in refunds), Decimal(0)),
        "customer_external_id": row["buyer"]["username"], "is_test": False, "placed_at": utc(row["creationDate"]),
        "cancelled_at": utc(cancel["cancelledDate"]) if is_cancelled else None, "source_created_at": utc(row["creationDate"]),
        "source_updated_at": utc(row["lastModifiedDate"]),
    }  # fmt: skip
    for place, line in enumerate(row["lineItems"]):
        cost, sku = _value(line, "lineItemCost"), line.get("sku")
        tables["order_lines"][line["lineItemId"]] = {
            "order_external_id": order_id, "title": line["title"], "quantity": line["quantity"], "sku": sku,
            "variant_external_id": None if sku is None else _id_of(sku), "unit_price": shared_out(cost, line["quantity"]),
            "total": _value(line, "discountedLineItemCost") if "discountedLineItemCost" in line else cost,
            "tax": total(_value(tax, "amount") for tax in line["taxes"]), "position": place,
        }  # fmt: skip
    for refund in refunds:
        tables["refunds"][refund["refundReferenceId"]] = {
            "order_external_id": order_id, "amount": _value(refund, "amount"), "refunded_at": utc(refund["refundDate"]),
        }  # fmt: skip


def _status(row):
    cancel, payment = row["cancelStatus"]["cancelState"], row["orderPaymentStatus"]
    if cancel != "NONE_REQUESTED":
        return {"CANCELED": "cancelled", "IN_PROGRESS": "on_hold"}[cancel]
    if payment in ("FAILED", "PENDING"):
        return payment.lower()
    return "completed" if row["orderFulfillmentStatus"] == "FULFILLED" else "open"


def _is_fixed(offer):
    return offer["format"] == "FIXED_PRICE"


def _listing(offer):
    return "draft" if offer["status"] == "UNPUBLISHED" else LISTED[offer["listing"]["listingStatus"]]


def _raw(offer):
    return " ".join([offer["status"], *([offer["listing"]["listingStatus"]] if "listing" in offer else [])])


def _id_of(sku):
    return f"sku:{sku}" if sku.startswith(("sku:", "group:")) else sku


def _stock(item):
    return item["availability"].get("shipToLocationAvailability", {})


def _value(row, name):
    return Decimal(row[name]["value"]) if name in row else None


def _is_number(text):
    return text.replace(".", "", 1).isdigit()
