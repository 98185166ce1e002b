"""One box for everything: a number, `order:1001`, `sku:`, `product:`, `user:`, `error:`, `task:`, or plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from db import history, orders, people, products
from db.history import Answer
from db.reads import Fresh
from db.search_terms import PREFIXES, Term, terms

__all__ = ["PREFIXES", "Found", "Term", "find", "terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found. `jobs` is a page of them (`searched_to`: go on with `before`); the records are those that the words name, newest first."""

    terms: tuple[Term, ...]
    jobs: Answer
    orders: list[dict[str, Any]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)


def find(text: str, *, store: str | None = None, before: int | None = None, limit: int = 18, fresh: Fresh = False) -> Found:
    """Jobs that match all of the words, and the orders, products and users that they name; rows as db.history, db.orders, db.products and db.people give them.

    Numbers and references are found at any age, text in the newest of each (see `searched_to`). Nothing is asked for an empty text.
    Raises: DatabaseAway.
    """
    asked = terms(text)
    found = history.page(history.Wanted(search=text, store=store), before=before, limit=limit, fresh=fresh)
    if before is not None:
        return Found(terms=asked, jobs=found)
    values: dict[str, str] = {}
    for term in asked:
        values.setdefault(term.key, term.value)
    bare = values.get("text") or values.get("id")  # without a prefix it may be any of them
    order, product, person = values.get("order") or bare, values.get("sku") or values.get("product") or bare, values.get("user") or bare
    of_orders = orders.page(orders.Wanted(search=order, store=store), limit=limit, fresh=fresh).rows if order else []
    of_products = products.page(products.Wanted(search=product, store=store), limit=limit, fresh=fresh).rows if product else []
    if person == bare and (of_orders or of_products) and _is_number(bare):
        person = None
    return Found(
        terms=asked, jobs=found, orders=of_orders, products=of_products,
        users=people.page(search=person, limit=limit, fresh=fresh).rows if person else [],
    )  # fmt: skip


def _is_number(text: str | None) -> bool:
    """Whether it looks like a number or a SKU, which nobody is called."""
    return text is not None and any(letter.isdecimal() for letter in text) and "@" not in text and " " not in text
