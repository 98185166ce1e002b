"""wc/v3's lists: which records, in what order, which page of them, and what the headers say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.model import Customer, Order, Product
from integrations.sandbox.shelf import Shelf
from integrations.sandbox.shop import Shop
from integrations.sandbox.woocommerce.orders import STATUS as ORDER_STATUS
from integrations.sandbox.woocommerce.orders import status_of
from integrations.sandbox.woocommerce.products import STATUS as PRODUCT_STATUS
from integrations.sandbox.woocommerce.site import FIRST, Site

Window = tuple[int | None, int | None]
DATE_PARAMS = ("after", "before", "modified_after", "modified_before")


@dataclass(slots=True)
class Found:
    """A page of a list: its rows and how many records the whole list has."""

    rows: list[dict[str, Any]]
    total: int


@dataclass(slots=True)
class Listing:
    """The records of a list in ascending order; `fold` turns them when the order is descending."""

    numbers: Sequence[int]
    is_ordered: bool = False  # by the `include` argument, whatever `order` says

    def page(self, values: dict[str, Any], bends: frozenset[str], seed: int, row: Callable[[int], dict[str, Any]]) -> Found:
        """The page that `values` ask for; beyond the end it is empty."""
        size, total = values["per_page"], len(self.numbers)
        start = values["offset"] if values["offset"] is not None else (values["page"] - 1) * size
        if values["order"] == "desc" and not self.is_ordered:
            chosen = [self.numbers[total - 1 - place] for place in range(start, min(start + size, total))]
        else:
            chosen = list(self.numbers[start : start + size])
        return Found([row(number) for number in reordered(chosen, bends, seed)], total)


def products(shop: Shop, site: Site, values: dict[str, Any]) -> Listing:
    """GET products."""
    wanted = [
        state for state, word in PRODUCT_STATUS.items() if word == values["status"] or (values["status"] == "any" and word != "trash")
    ]
    tests: list[Callable[[Product], bool]] = []
    if values["type"] is not None:
        tests.append(lambda product: ("variable" if len(product.variants) > 1 else "simple") == values["type"])
    if values["sku"]:
        skus = {word.strip() for word in values["sku"].split(",")}
        tests.append(lambda product: any(variant.sku in skus for variant in product.variants))
    return _posts(shop.products, site, values, wanted, tests, "products", title=lambda product: product.title)


def orders(shop: Shop, site: Site, values: dict[str, Any]) -> Listing:
    """GET orders; `any` leaves out the trash but not checkout drafts."""
    words = set(values["status"])
    if "any" in words:
        words |= {word for word in ORDER_STATUS.values() if word != "trash"} | {"refunded"}
    wanted = [state for state, word in ORDER_STATUS.items() if word in words or (state == "completed" and "refunded" in words)]
    tests: list[Callable[[Order], bool]] = []
    if "completed" in wanted and not {"completed", "refunded"} <= words:
        tests.append(lambda order: status_of(order) in words)
    if values["customer"] is not None:
        tests.append(lambda order: (0 if order.customer is None else site.id_of("customers", order.customer)) == values["customer"])
    return _posts(shop.orders, site, values, wanted, tests, "orders", title=None)


def variations(product: Product, site: Site, values: dict[str, Any]) -> Listing:
    """GET products/…/variations: positions among the product's variants."""
    chosen = [place for place, variant in enumerate(product.variants) if not values["sku"] or variant.sku == values["sku"]]
    times = [(variant.created, variant.updated) for variant in product.variants]
    chosen = [place for place in chosen if _is_within(*times[place], site, values)]
    if values["status"] not in {"any", "publish"}:
        chosen = []
    by = {"date": 0, "modified": 1}.get(values["orderby"])
    if by is not None:
        chosen.sort(key=lambda place: times[place][by])
    return Listing(chosen)


def refunds(order: Order, site: Site, values: dict[str, Any]) -> Listing:
    """GET orders/…/refunds: positions among the order's refunds."""
    return Listing([place for place, refund in enumerate(order.refunds) if _is_within(refund.at, refund.at, site, values)])


def customers(shop: Shop, values: dict[str, Any]) -> Listing:
    """GET customers: customers only unless `role` says otherwise, and no filter by time."""

    def keep(customer: Customer) -> bool:
        return values["role"] in {"all", customer.role} and values["email"] in {None, customer.email}

    by = "created" if values["orderby"] == "registered_date" else "number"
    numbers = shop.customers.numbers(by=by, keep=keep, key=(values["role"], values["email"]))
    if values["orderby"] == "name":
        named = {number: customer for number in numbers if (customer := shop.customers.get(number))}
        numbers = sorted(named, key=lambda number: (f"customer{number}", number))
    return _chosen(numbers, values, "customers")


def headers(found: Found, call: Call, values: dict[str, Any]) -> dict[str, str]:
    """The counts, and links that carry the old query whole, OAuth parameters included."""
    pages = math.ceil(found.total / values["per_page"])
    answer = {"X-WP-Total": str(found.total), "X-WP-TotalPages": str(pages), "Allow": "GET, POST"}
    links = []
    if values["page"] > 1:
        links.append(_link(call, min(values["page"] - 1, pages), "prev"))
    if values["page"] < pages:
        links.append(_link(call, values["page"] + 1, "next"))
    return answer | ({"Link": ", ".join(links)} if links else {})


def only(rows: list[dict[str, Any]], fields: str) -> list[dict[str, Any]]:
    """`rows` with the fields that `_fields` names; a dotted name reaches into an object."""
    names = [name for name in fields.replace(" ", ",").split(",") if name]
    if not names:
        return rows
    tree: dict[str, set[str]] = {}
    for name in names:
        first, _, rest = name.partition(".")
        tree.setdefault(first, set()).add(rest)
    return [{name: _part(row[name], tree[name]) for name in row if name in tree} for row in rows]


def _part(value: Any, wanted: set[str]) -> Any:
    if "" in wanted or not isinstance(value, dict):
        return value
    return {name: value[name] for name in value if name in wanted}


def _posts(
    shelf: Shelf[Any],
    site: Site,
    values: dict[str, Any],
    statuses: Sequence[str],
    tests: list[Callable[[Any], bool]],
    kind: str,
    *,
    title: Callable[[Any], str] | None,
) -> Listing:
    created: Window = (None, None)
    updated: Window = (None, None)
    if values["dates_are_gmt"]:
        created = _window(values["after"], values["before"], site)
        updated = _window(values["modified_after"], values["modified_before"], site)
    elif any(values[name] is not None for name in DATE_PARAMS):
        tests.append(lambda record: _is_within(record.created, record.updated, site, values))
    by = {"modified": "updated", "date": "created"}.get(values["orderby"], "number")
    question = tuple(sorted((name, str(value)) for name, value in values.items() if name not in {"page", "per_page", "offset", "order"}))
    keep = (lambda record: all(test(record) for test in tests)) if tests else None
    numbers = shelf.numbers(by=by, statuses=statuses, created=created, updated=updated, keep=keep, key=question if keep else None)
    if values["orderby"] in {"title", "slug"} and title is not None:
        names = {number: title(record) for number in numbers if (record := shelf.get(number)) is not None}
        numbers = sorted(names, key=lambda number: (names[number], number))
    return _chosen(numbers, values, kind)


def _chosen(numbers: Sequence[int], values: dict[str, Any], kind: str) -> Listing:
    if values["include"]:
        present = set(numbers)
        asked = [row_id - FIRST[kind] for row_id in values["include"]]
        kept = set(asked) & present
        if values["orderby"] == "include":
            return Listing([number for number in dict.fromkeys(asked) if number in kept], is_ordered=True)
        numbers = [number for number in numbers if number in kept]
    if values["exclude"]:
        left_out = {row_id - FIRST[kind] for row_id in values["exclude"]}
        numbers = [number for number in numbers if number not in left_out]
    return Listing(numbers)


def _window(after: datetime | None, before: datetime | None, site: Site) -> Window:
    low = None if after is None else int(site.compared(after).replace(tzinfo=UTC).timestamp()) + 1
    return low, None if before is None else int(site.compared(before).replace(tzinfo=UTC).timestamp())


def _is_within(created: int, updated: int, site: Site, values: dict[str, Any]) -> bool:
    """Both comparisons are exclusive, to the second, on the clock that `dates_are_gmt` names."""
    for name, moment in (("after", created), ("modified_after", updated)):
        if values[name] is not None and not _clock(moment, site, values) > site.compared(values[name]):
            return False
    for name, moment in (("before", created), ("modified_before", updated)):
        if values[name] is not None and not _clock(moment, site, values) < site.compared(values[name]):
            return False
    return True


def _clock(moment: int, site: Site, values: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None) if values["dates_are_gmt"] else site.wall(moment)


def _link(call: Call, page: int, relation: str) -> str:
    query = {**dict(parse_qsl(call.query_string, keep_blank_values=True)), "page": str(page)}
    return f'<{call.address}{call.path}?{urlencode(query)}>; rel="{relation}"'
