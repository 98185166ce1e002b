"""What Shopify's lists can be asked for (the `query` argument's table in the schema), and where a record has it."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.shopify import search
from integrations.sandbox.shopify.ids import VARIANTS, legacy

Filter = search.Filter


def _order_words(status: str) -> set[str]:
    if status in {"cancelled", "failed"}:
        return {"cancelled", "any"}
    return {"closed", "any"} if status == "completed" else {"open", "not_closed", "any"}


def _pair_number(pair: Any) -> int:
    return int(pair[0].number * VARIANTS + pair[1].number)


FILTERS: dict[str, dict[str, Filter]] = {
    "products": {
        "updated_at": Filter("times", lambda product: product.updated),
        "created_at": Filter("times", lambda product: product.created),
        "id": Filter("number", lambda product: legacy("Product", product.number)),
        "status": Filter("words", lambda product: product.status),
        "sku": Filter("words", lambda product: {variant.sku for variant in product.variants}),
        "vendor": Filter("words", lambda product: product.vendor),
        "product_type": Filter("words", lambda product: product.category),
    },
    "orders": {
        "updated_at": Filter("times", lambda order: order.updated),
        "created_at": Filter("times", lambda order: order.created),
        "processed_at": Filter("times", lambda order: order.created),
        "id": Filter("number", lambda order: legacy("Order", order.number)),
        "status": Filter("words", lambda order: _order_words(order.status)),
        "financial_status": Filter("words", lambda order: order.payment),
        "fulfillment_status": Filter("words", lambda order: order.fulfillment),
        "test": Filter("words", lambda order: str(order.is_test)),
        "customer_id": Filter("number", lambda order: -1 if order.customer is None else legacy("Customer", order.customer)),
        "email": Filter("words", lambda order: order.email),
        "name": Filter("words", lambda order: {f"#{1001 + order.number}", str(1001 + order.number)}),
    },
    "customers": {
        "updated_at": Filter("days", lambda customer: customer.updated or customer.created),
        "customer_date": Filter("times", lambda customer: customer.created),
        "id": Filter("number", lambda customer: legacy("Customer", customer.number)),
        "email": Filter("words", lambda customer: customer.email),
    },
    "variants": {  # of (product, variant)
        "updated_at": Filter("times", lambda pair: pair[1].updated),
        "id": Filter("number", lambda pair: legacy("ProductVariant", _pair_number(pair))),
        "product_id": Filter("number", lambda pair: legacy("Product", pair[0].number)),
        "sku": Filter("words", lambda pair: pair[1].sku),
    },
    "items": {
        "updated_at": Filter("times", lambda pair: pair[1].stock_updated),
        "created_at": Filter("times", lambda pair: pair[1].created),
        "id": Filter("number", lambda pair: legacy("InventoryItem", _pair_number(pair))),
        "sku": Filter("words", lambda pair: pair[1].sku),
    },
    "events": {
        "created_at": Filter("times", lambda deletion: deletion.at),
        "action": Filter("words", lambda _: "destroy"),
        "subject_type": Filter("words", lambda deletion: deletion.kind.removesuffix("s")),
    },
}
FILTERS["levels"] = {name: FILTERS["items"][name] for name in ("updated_at", "created_at")}


def spans(kind: str, condition: search.Group) -> dict[str, search.Span] | None:
    """The spans of time that an easy condition asks for, None when it asks for anything else."""
    terms = search.simple(condition)
    if (
        terms is None
        or any(term.value == "now" for term in terms)
        or any(term.field in FILTERS[kind] and term.field not in {"updated_at", "created_at"} for term in terms)
    ):
        return None
    found: dict[str, search.Span] = {"updated_at": (None, None), "created_at": (None, None)}
    for term in terms:
        if term.field in found:
            start, end = search.span(term, 0, whole_days=False)
            old = found[term.field]
            low = max((one for one in (old[0], start) if one is not None), default=None)
            found[term.field] = (low, min((one for one in (old[1], end) if one is not None), default=None))
    return found
