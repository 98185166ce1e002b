"""Orders and refunds as wc/v3 tells them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.sandbox.model import Line, Order, Repayment
from integrations.sandbox.woocommerce.products import ALLOWED
from integrations.sandbox.woocommerce.site import ITEMS, VERSION, Site, money, number, refund_id, variation_id

STATUS = {
    "open": "processing",
    "pending": "pending",
    "on_hold": "on-hold",
    "completed": "completed",
    "cancelled": "cancelled",
    "failed": "failed",
    "draft": "checkout-draft",
    "trashed": "trash",
}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "KWD": "د.ك"}
ZERO = Decimal(0)


def status_of(order: Order) -> str:
    """WooCommerce's word for where an order stands; one paid back in full is `refunded`."""
    return "refunded" if order.status == "completed" and order.payment == "refunded" else STATUS[order.status]


def order_row(site: Site, order: Order, decimals: int, variants: dict[int, int]) -> dict[str, Any]:
    """One order with amounts of `decimals` places; `variants` tells how many variants each of its products has."""
    row_id = site.id_of("orders", order.number)
    status = status_of(order)
    key = f"wc_order_{row_id:x}"
    reduced = order.discount

    def amount(value: Decimal) -> str:
        return money(value, decimals)

    return {
        "id": row_id,
        "parent_id": 0,
        "status": status,
        "currency": order.currency,
        "version": VERSION,
        "prices_include_tax": False,
        "date_created": site.times("d", order.created)["d"],
        "date_modified": site.times("d", order.updated)["d"],
        "discount_total": amount(reduced),
        "discount_tax": amount(ZERO),
        "shipping_total": amount(order.shipping),
        "shipping_tax": amount(ZERO),
        "cart_tax": amount(order.tax),
        "total": amount(order.total),
        "total_tax": amount(order.tax),
        "customer_id": 0 if order.customer is None else site.id_of("customers", order.customer),
        "order_key": key,
        "billing": address(order.first_name, order.last_name, order.country, order.email),
        "shipping": address(order.first_name, order.last_name, order.country, None),
        "payment_method": "bacs" if order.paid else "",
        "payment_method_title": "Direct bank transfer" if order.paid else "",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": "",
        "date_completed": site.times("d", order.completed)["d"],
        "date_paid": site.times("d", order.paid)["d"],
        "cart_hash": "",
        "number": str(row_id),
        "meta_data": [],
        "line_items": [_line(site, order, line, decimals, variants) for line in order.lines],
        "tax_lines": [_tax_line(order, decimals)] if order.tax else [],
        "shipping_lines": [_shipping_line(order, decimals)] if order.shipping else [],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(order, decimals)] if reduced else [],
        "refunds": [{"id": refund_id(order.number, r.number), "reason": r.reason, "total": amount(-r.amount)} for r in order.refunds],
        "payment_url": f"{site.home}/checkout/order-pay/{row_id}/?pay_for_order=true&key={key}",
        "is_editable": status in {"pending", "on-hold", "checkout-draft"},
        "needs_payment": status in {"pending", "failed"},
        "needs_processing": True,
        "date_created_gmt": site.times("d", order.created)["d_gmt"],
        "date_modified_gmt": site.times("d", order.updated)["d_gmt"],
        "date_completed_gmt": site.times("d", order.completed)["d_gmt"],
        "date_paid_gmt": site.times("d", order.paid)["d_gmt"],
        "currency_symbol": SYMBOLS.get(order.currency, order.currency),
        "_links": _links(f"{site.rest}/orders/{row_id}", f"{site.rest}/orders"),
    }


def refund_row(site: Site, order: Order, refund: Repayment, decimals: int) -> dict[str, Any]:
    """One refund of an order."""
    row_id, parent = refund_id(order.number, refund.number), f"{site.rest}/orders/{site.id_of('orders', order.number)}"
    return {
        "id": row_id,
        "parent_id": site.id_of("orders", order.number),
        **site.times("date_created", refund.at),
        "amount": money(refund.amount, decimals),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": [],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
        "_links": _links(f"{parent}/refunds/{row_id}", f"{parent}/refunds") | {"up": [{"href": parent}]},
    }


def address(first_name: str, last_name: str, country: str, email: str | None) -> dict[str, str]:
    """An address; with `email` it is a billing one."""
    row = {
        "first_name": first_name,
        "last_name": last_name,
        "company": "",
        "address_1": "Quay 1",
        "address_2": "",
        "city": "Hafenstadt",
        "state": "",
        "postcode": "10115",
        "country": country,
    }
    return row | ({"phone": ""} if email is None else {"email": email, "phone": ""})


def _line(site: Site, order: Order, line: Line, decimals: int, variants: dict[int, int]) -> dict[str, Any]:
    has_variants = line.product is not None and variants.get(line.product, 1) > 1
    tax = {"id": 1, "total": money(line.tax, decimals), "subtotal": money(line.tax, decimals)}
    return {
        "id": order.number * ITEMS + line.number,
        "name": line.title,
        "product_id": 0 if line.product is None else site.id_of("products", line.product),
        "variation_id": variation_id(line.product, line.variant) if has_variants and line.product is not None else 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(line.subtotal, decimals),
        "subtotal_tax": money(line.tax, decimals),
        "total": money(line.total, decimals),
        "total_tax": money(line.tax, decimals),
        "taxes": [tax] if line.tax else [],
        "meta_data": [],
        "sku": line.sku or "",
        "price": number(line.total / line.quantity),
        "image": {"id": "", "src": ""},
        "parent_name": line.title if has_variants else None,
    }


def _tax_line(order: Order, decimals: int) -> dict[str, Any]:
    return {
        "id": order.number * ITEMS + 1021,
        "rate_code": "DE-VAT-1",
        "rate_id": 1,
        "label": "VAT",
        "compound": False,
        "tax_total": money(order.tax, decimals),
        "shipping_tax_total": money(ZERO, decimals),
        "rate_percent": 19,
        "meta_data": [],
    }


def _shipping_line(order: Order, decimals: int) -> dict[str, Any]:
    return {
        "id": order.number * ITEMS + 1022,
        "method_title": "Flat rate",
        "method_id": "flat_rate",
        "instance_id": "1",
        "total": money(order.shipping, decimals),
        "total_tax": money(ZERO, decimals),
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _coupon_line(order: Order, decimals: int) -> dict[str, Any]:
    return {
        "id": order.number * ITEMS + 1023,
        "code": "quay10",
        "discount": money(order.discount, decimals),
        "discount_tax": money(ZERO, decimals),
        "meta_data": [],
        "discount_type": "percent",
        "nominal_amount": 10,
        "free_shipping": False,
    }


def _links(address_: str, collection: str) -> dict[str, Any]:
    return {"self": [{"href": address_, "targetHints": {"allow": ALLOWED}}], "collection": [{"href": collection}]}
