"""What Shopify's lists can be asked for (the `query` argument's table in the schema), and where a record has it."""

from __future__ import annotations

from dataclasses import dataclass
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


STATES = {
    "products": {status: {status} for status in ("active", "draft", "archived", "unlisted")},
    "orders": {
        "any": {"open", "pending", "on_hold", "completed", "cancelled", "failed"},
        "open": {"open", "pending", "on_hold"},
        "not_closed": {"open", "pending", "on_hold"},
        "closed": {"completed"},
        "cancelled": {"cancelled", "failed"},
    },
}


@dataclass(frozen=True, slots=True)
class Easy:
    """A condition that a shelf can answer without looking at whole records."""

    created: search.Span
    updated: search.Span
    states: frozenset[str] | None


def easy(kind: str, condition: search.Group) -> Easy | None:
    """The condition as spans of time and states; None when it asks for more than that."""
    terms = search.simple(condition)
    if terms is None or kind == "customers":
        return None
    spans: dict[str, search.Span] = {"created_at": (None, None), "updated_at": (None, None)}
    states: frozenset[str] | None = None
    for term in terms:
        if term.field in spans and term.value != "now":
            start, end = search.span(term, 0, whole_days=False)
            low, high = spans[term.field]
            lows, highs = [one for one in (low, start) if one is not None], [one for one in (high, end) if one is not None]
            spans[term.field] = max(lows, default=None), min(highs, default=None)
        elif term.field == "status" and kind in STATES:
            words = (STATES[kind].get(word.strip().lower(), set()) for word in term.value.split(","))
            named = frozenset[str]().union(*words)
            states = named if states is None else states & named
        elif term.field in FILTERS[kind]:
            return None
    return Easy(spans["created_at"], spans["updated_at"], states)
