"""A TikTok shop, read with the client `tiktok-shop-api`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from tiktok_shop_api import TikTokShop
from tiktok_shop_api.generated import models

from tests.shops import TestStore
from tests.sync.telling import Tables, agreed, amount, lowest, no_rows, total
from tests.tiktok_shops import ToTheSandbox

PRODUCT_STATUS = {"ACTIVATE": "active", "DRAFT": "draft", "SELLER_DEACTIVATED": "archived", "PLATFORM_DEACTIVATED": "archived"}
ORDER_STATUS = {
    "UNPAID": ("pending", "unfulfilled"),
    "ON_HOLD": ("on_hold", "unfulfilled"),
    "AWAITING_SHIPMENT": ("open", "unfulfilled"),
    "AWAITING_COLLECTION": ("open", "unfulfilled"),
    "PARTIALLY_SHIPPING": ("open", "partial"),
    "IN_TRANSIT": ("open", "fulfilled"),
    "DELIVERED": ("completed", "fulfilled"),
    "COMPLETED": ("completed", "fulfilled"),
    "CANCELLED": ("cancelled", "cancelled"),
}


def told(store: TestStore) -> Tables:
    keys, tables = store.sandbox.door("tiktok", store.name).credentials(), no_rows()
    transport = ToTheSandbox(store.sandbox.address("tiktok", store.name))
    with TikTokShop(keys["app_key"], keys["app_secret"], access_token=keys["access_token"], transport=transport) as opened:
        client = opened.with_shop(shop_cipher=opened.authorization.get_authorized_shops().data.shops[0].cipher)
        found = _every(client.products.search_products, "products", models.SearchProductsRequest(), 100)
        living = [row["id"] for row in found if row["status"] != "DELETED"]
        for product_id in living:
            _product(tables, client.products.get_product(product_id=product_id).data.to_dict())
        for start in range(0, len(living), 100):
            asked = models.InventorySearchRequest(product_ids=living[start : start + 100])
            for row in client.products.inventory_search(body=asked).to_dict()["data"]["inventory"]:
                _stock(tables, row)
        returns = _every(client.return_and_refund.search_returns, "return_orders", models.SearchReturnsRequest(), "50")
        cancellations = _every(client.return_and_refund.search_cancellations, "cancellations", models.SearchCancellationsRequest(), "50")
        names = {row["id"]: row["name"] for row in client.logistics.get_warehouse_list().to_dict()["data"]["warehouses"]}
        orders = _every(client.orders.get_order_list, "orders", models.GetOrderListRequest(), 100)
    for row in orders:
        _order(tables, row, *([one for one in some if one["order_id"] == row["id"]] for some in (returns, cancellations)))
    for buyer in {row["user_id"] for row in orders}:
        email = agreed(row["buyer_email"] for row in orders if row["user_id"] == buyer)
        tables["customers"][buyer] = {"email": email, "currency": orders[0]["payment"]["currency"], "is_masked": True, "is_derived": True}
    for level in tables["inventory_levels"].values():
        level["location_name"] = names[level["location_id"]]
    return tables


def _every(ask, key, body, size) -> list[dict]:
    """All rows of a search."""
    rows, token = [], ""
    while True:
        data = ask(page_size=size, body=body, **({"page_token": token} if token else {})).to_dict()["data"]
        rows += data.get(key) or []
        token = data.get("next_page_token")
        if not token:
            return rows


def _product(tables, row):
    own = [_variant(row["id"], sku, place) for place, sku in enumerate(row["skus"])]
    tables["variants"] |= dict(own)
    tables["products"][row["id"]] = {
        "name": row["title"], "description": row["description"] or None, "raw_status": row["status"], "status": PRODUCT_STATUS[row["status"]],
        "vendor": row["brand"]["name"], "category": row["category_chains"][-1]["local_name"], "price": lowest(one["price"] for _, one in own),
        "currency": own[0][1]["currency"], "quantity": total(one["quantity"] for _, one in own),
        "source_created_at": _at(row["create_time"]), "source_updated_at": _at(row["update_time"]),
    }  # fmt: skip


def _variant(product_id, sku, place):
    price = sku["price"]
    shown, before = Decimal(price.get("sale_price") or price["tax_exclusive_price"]), sku.get("list_price")
    is_reduced = before is not None and before["currency"] == price["currency"] and Decimal(before["amount"]) > shown
    return sku["id"], {
        "product_external_id": product_id, "title": " / ".join(each["value_name"] for each in sku["sales_attributes"]) or None,
        "sku": sku["seller_sku"] or None, "barcode": sku["identifier_code"]["code"] if sku.get("identifier_code") else None, "price": shown,
        "compare_at_price": Decimal(before["amount"]) if is_reduced else None, "currency": price["currency"], "position": place,
        "quantity": sum(each["quantity"] for each in sku["inventory"]), "inventory_item_id": sku["id"],
    }  # fmt: skip


def _stock(tables, row):
    for sku in row["skus"]:
        for place in sku["warehouse_inventory"]:
            tables["inventory_levels"][f"{sku['id']}@{place['warehouse_id']}"] = {
                "inventory_item_id": sku["id"], "variant_external_id": sku["id"], "product_external_id": row["product_id"],
                "sku": sku["seller_sku"] or None, "location_id": place["warehouse_id"], "is_tracked": True,
                "available": place["available_quantity"], "committed": place["committed_quantity"],
            }  # fmt: skip


def _order(tables, row, returns, cancellations):
    pay, refunds = row["payment"], dict(_refunds(row, returns, cancellations))
    given_back, status = sum((refund["amount"] for refund in refunds.values()), Decimal(0)), ORDER_STATUS[row["status"]]
    tables["refunds"] |= refunds
    tables["orders"][row["id"]] = {
        "number": row["id"], "currency": pay["currency"], "raw_status": row["status"], "status": status[0], "fulfillment_status": status[1],
        "payment_status": _paid(row, given_back), "subtotal": amount(pay["sub_total"]), "shipping": amount(pay["shipping_fee"]),
        "discount": Decimal(pay["seller_discount"]) + Decimal(pay["platform_discount"]), "tax": amount(pay["tax"]),
        "total": amount(pay["total_amount"]), "refunded": given_back, "email": row["buyer_email"], "customer_external_id": row["user_id"],
        "is_test": False, "placed_at": _at(row["create_time"]), "cancelled_at": _at(row.get("cancel_time")),
        "source_created_at": _at(row["create_time"]), "source_updated_at": _at(row["update_time"]),
    }  # fmt: skip
    back = {
        line["order_line_item_id"] for each in returns if each["return_type"] == "RETURN_AND_REFUND" for line in each["return_line_items"]
    }
    for place, (sku_id, units) in enumerate(_by_sku(row["line_items"]).items()):
        kept = [unit for unit in units if unit["id"] not in back and unit["display_status"] != "CANCELLED"]
        tables["order_lines"][f"{row['id']}:{sku_id}"] = {
            "order_external_id": row["id"], "title": units[0]["product_name"], "quantity": len(units), "current_quantity": len(kept),
            "sku": units[0]["seller_sku"] or None, "product_external_id": units[0]["product_id"], "variant_external_id": sku_id,
            "unit_price": Decimal(units[0]["original_price"]), "total": sum(Decimal(unit["sale_price"]) for unit in units),
            "tax": total(Decimal(tax["tax_amount"]) for unit in units for tax in unit["item_tax"]), "position": place,
        }  # fmt: skip


def _refunds(row, returns, cancellations) -> Iterator[tuple[str, dict]]:
    for kind, each in [("return", one) for one in returns] + [("cancel", one) for one in cancellations]:
        money = Decimal(each["refund_amount"]["refund_total"])
        if money:
            yield each[f"{kind}_id"], {
                "order_external_id": row["id"], "amount": money, "reason": each[f"{kind}_reason_text"], "refunded_at": _at(each["update_time"]),
            }  # fmt: skip


def _paid(row, given_back):
    if given_back:
        return "refunded" if given_back >= Decimal(row["payment"]["total_amount"]) else "partially_refunded"
    if row["status"] == "UNPAID" or not row.get("paid_time"):
        return "voided" if row["status"] == "CANCELLED" else "pending"
    return "paid"


def _by_sku(units) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for unit in units:
        found.setdefault(unit["sku_id"], []).append(unit)
    return found


def _at(seconds):
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
