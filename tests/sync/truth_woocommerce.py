"""A WooCommerce shop, read with WooCommerce's own client."""

from __future__ import annotations

from decimal import Decimal

from woocommerce import API

from tests.shops import TestStore
from tests.sync.telling import Tables, amount, lowest, no_rows, shared_out, total, utc

DP = 4  # decimals to be told of amounts: as many as we keep, since the usual 2 would round the Kuwaiti dinar
PRODUCT_STATUS = {"publish": "active", "private": "unlisted"}  # all others are drafts of some sort
ORDER_STATUS = {  # → the order's, its payment's unless it was paid, its fulfilment's
    "pending": ("pending", "pending", "unfulfilled"),
    "processing": ("open", "pending", "unfulfilled"),
    "on-hold": ("on_hold", "pending", "unfulfilled"),
    "completed": ("completed", "pending", "fulfilled"),
    "cancelled": ("cancelled", "voided", "cancelled"),
    "refunded": ("completed", "refunded", "unknown"),
    "failed": ("failed", "failed", "unfulfilled"),
}


class FreshNonces(API):
    """The official client, asked again when it happened to make a nonce a second time: it draws them from few."""

    def get(self, endpoint, **kwargs):
        for _ in range(5):
            answer = super().get(endpoint, **kwargs)
            if "nonce has already been used" not in answer.text:
                break
        return answer


def told(store: TestStore) -> Tables:
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
            answer = api.get(path, params={"per_page": 100, "page": page, "orderby": "id", "order": "asc", **params})
            assert answer.status_code == 200, answer.text
            rows += answer.json()
            if page >= int(answer.headers["X-WP-TotalPages"]):
                return rows
            page += 1

    currency = api.get("system_status").json()["settings"]["currency"]
    tables = no_rows()
    for row in every("products", status="any"):
        children = every(f"products/{row['id']}/variations") if row["type"] == "variable" else []
        _stock(tables, row, children)
        if all(_is_number(thing["price"]) for thing in children or [row]):  # else a broken plugin's price: kept aside
            _product(tables, row, children, currency)
    for row in every("orders", status="any", dp=DP):
        if row["status"] != "checkout-draft":
            refunds = api.get(f"orders/{row['id']}/refunds", params={"per_page": 100, "dp": DP}).json() if row["refunds"] else []
            _order(tables, row, refunds)
    for row in every("customers", role="all"):
        tables["customers"][str(row["id"])] = {
            "email": row["email"] or None, "first_name": row["first_name"] or None, "last_name": row["last_name"] or None,
            "phone": row["billing"]["phone"] or None, "state": row["role"], "source_created_at": utc(row["date_created_gmt"]),
            "source_updated_at": utc(row["date_modified_gmt"]), "is_masked": False, "is_derived": False,
        }  # fmt: skip
    return tables


def _product(tables, row, children, currency):
    product_id, things = str(row["id"]), children or [row]
    tables["products"][product_id] = {
        "name": row["name"], "raw_status": row["status"], "status": PRODUCT_STATUS.get(row["status"], "draft"), "currency": currency,
        "source_updated_at": utc(row["date_modified_gmt"]), "source_created_at": utc(row["date_created_gmt"]),
        "description": row["description"] or row["short_description"] or None, "category": row["categories"][0]["name"],
        "price": lowest(amount(thing["price"]) for thing in things),
        "quantity": total([_counted(thing) for thing in things] + [_counted(row) for _ in children[:1]]),
    }  # fmt: skip
    for place, thing in enumerate(things):
        price, regular = amount(thing["price"]), amount(thing["regular_price"])
        tables["variants"][str(thing["id"])] = {
            "product_external_id": product_id, "title": thing["name"], "sku": thing["sku"] or None, "price": price, "currency": currency,
            "compare_at_price": regular if thing["sale_price"] != "" and regular != price else None, "quantity": _counted(thing),
            "barcode": thing["global_unique_id"] or None, "position": place, "inventory_item_id": str(thing["id"]),
            "source_updated_at": utc(thing["date_modified_gmt"]),
        }  # fmt: skip


def _stock(tables, row, children):
    for thing in children or [row]:
        key = f"{row['id']}:{thing['id']}" if children else str(row["id"])
        tables["inventory_levels"][key] = _level(row, thing, str(thing["id"]))
    if children and row["manage_stock"] is True:  # counted for all variations together
        tables["inventory_levels"][str(row["id"])] = _level(row, row, None)


def _level(row, thing, variant_id):
    return {
        "sku": thing["sku"] or None, "available": _counted(thing), "is_tracked": thing["manage_stock"] is True, "location_id": "",
        "inventory_item_id": str(thing["id"]), "product_external_id": str(row["id"]), "variant_external_id": variant_id,
        "source_updated_at": utc(thing["date_modified_gmt"]),
    }  # fmt: skip


def _order(tables, row, refunds):
    order_id, status = str(row["id"]), ORDER_STATUS[row["status"]]
    given_back, to_pay = sum((Decimal(refund["amount"]) for refund in refunds), Decimal(0)), Decimal(row["total"])
    if refunds:
        payment = "refunded" if given_back >= to_pay else "partially_refunded"
    else:
        payment = "paid" if row["date_paid_gmt"] and status[1] != "refunded" else status[1]
    tables["orders"][order_id] = {
        "number": row["number"], "currency": row["currency"], "raw_status": row["status"], "status": status[0], "payment_status": payment,
        "fulfillment_status": status[2], "total": to_pay, "tax": amount(row["total_tax"]), "shipping": amount(row["shipping_total"]),
        "discount": amount(row["discount_total"]), "subtotal": total(amount(line["subtotal"]) for line in row["line_items"]),
        "refunded": given_back, "email": row["billing"]["email"] or None, "is_test": False,
        "customer_external_id": str(row["customer_id"]) if row["customer_id"] else None, "placed_at": utc(row["date_created_gmt"]),
        "source_created_at": utc(row["date_created_gmt"]), "source_updated_at": utc(row["date_modified_gmt"]),
    }  # fmt: skip
    for place, line in enumerate(row["line_items"]):
        product_id = str(line["product_id"]) if line["product_id"] else None
        tables["order_lines"][str(line["id"])] = {
            "order_external_id": order_id, "title": line["name"], "quantity": line["quantity"], "sku": line["sku"] or None,
            "unit_price": shared_out(Decimal(line["total"]), line["quantity"]), "total": amount(line["total"]), "position": place,
            "tax": amount(line["total_tax"]), "product_external_id": product_id,
            "variant_external_id": str(line["variation_id"]) if line["variation_id"] else product_id,
        }  # fmt: skip
    for refund in refunds:
        tables["refunds"][str(refund["id"])] = {
            "order_external_id": order_id, "amount": amount(refund["amount"]), "refunded_at": utc(refund["date_created_gmt"]),
            "reason": refund["reason"] or None,
        }  # fmt: skip


def _counted(thing):
    return thing["stock_quantity"] if thing["manage_stock"] is True else None


def _is_number(text):
    return text == "" or text.replace(".", "", 1).lstrip("-").isdigit()
