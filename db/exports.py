"""Jobs, products and orders in the order of a key, some at a time: what exports and the API's lists read, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from db import orders as orders_asked
from db import products as products_asked
from db.history import Answer, Wanted, matching_ids
from db.reads import asking
from db.schema import jobs, orders, products, stores

_BEYOND = 2**62  # higher than any number
_TABLES: dict[str, Table] = {"jobs": jobs, "products": products, "orders": orders}
COLUMNS: dict[str, tuple[str, ...]] = {
    "jobs": (
        "id", "name", "queue", "store", "stream", "state", "verdict", "reason_code", "error", "hint", "requested_by", "priority", "failures",
        "max_attempts", "progress", "progress_total", "created_at", "run_at", "started_at", "finished_at", "worker",
    ),
    "products": (
        "id", "store", "external_id", "name", "price", "currency", "quantity", "category", "vendor", "status", "user_id", "created_at",
        "source_created_at", "source_updated_at", "deleted_at",
    ),
    "orders": (
        "id", "store", "external_id", "number", "currency", "status", "payment_status", "fulfillment_status", "subtotal", "discount", "shipping",
        "tax", "total", "refunded", "customer_external_id", "email", "is_test", "placed_at", "cancelled_at", "source_updated_at", "deleted_at",
    ),
}  # fmt: skip


class TooManyMatch(ValueError):
    """More than a search lists; the text is fit for a person."""


class NoSuchStore(LookupError):
    """There is no store of this name."""


def key(store: str | None) -> str:
    """The column that products and orders are ordered by, and that their next part begins after."""
    return "external_id" if store else "id"


def records(what: str, *, after: Any = None, limit: int, store: str | None = None) -> list[dict[str, Any]]:
    """The next `limit` products or orders behind the key `after`, as COLUMNS says. Indexes: the primary key; of a store its unique key.

    Raises: NoSuchStore, DatabaseAway.
    """
    table = _TABLES[what]
    order = table.c[key(store)]
    with asking() as conn:
        which = [*([table.c.store_id == _store_id(conn, store)] if store else []), *([order > after] if after is not None else [])]
        found = conn.scalars(select(table.c.id).where(*which).order_by(order).limit(limit))
        return _told(conn, what, list(found), order)


def found_records(what: str, search: str, *, before: int | None = None, limit: int, store: str | None = None) -> Answer:
    """Products or orders that a search finds, as COLUMNS says, in the order of db.products.page or db.orders.page.

    Raises: NoSuchStore, TooManyMatch, DatabaseAway.
    """
    with asking() as conn:
        if store:
            _store_id(conn, store)
        if what == "orders" and before is None and orders_asked.has_too_many(conn, search, store):
            raise TooManyMatch(f"More than {orders_asked.MATCHES} orders match {search!r}. Give more of the number or e-mail, or a store.")
    if what == "products":
        answer = products_asked.page(products_asked.Wanted(store=store, search=search), before=before, limit=limit)
    else:
        answer = orders_asked.page(orders_asked.Wanted(store=store, search=search), before=before, limit=limit)
    ids = [int(row["id"]) for row in answer.rows]
    told = {row["id"]: row for row in of_ids(what, ids)}
    return replace(answer, rows=[told[i] for i in ids if i in told])


def jobs_of(wanted: Wanted, *, before: int | None = None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """(The next jobs of a filter, newest first, as COLUMNS says; the `before` of what follows, None at the end). There may be none and more to follow.

    Indexes as db.history.page. Raises: NoSuchStore, DatabaseAway.
    """
    with asking() as conn:
        if wanted.store:
            _store_id(conn, wanted.store)
        highest = _BEYOND if before is None else before - 1
        ids, searched_to = matching_ids(conn, wanted, max_id=highest, limit=limit + 1)
        told = _told(conn, "jobs", ids[:limit], jobs.c.id.desc())
    return told, ids[limit - 1] if len(ids) > limit else searched_to


def of_ids(what: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Those of these ids that are there, the highest first, as COLUMNS says. Index: the primary key.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return _told(conn, what, ids, _TABLES[what].c.id.desc())


def _told(conn: Connection, what: str, ids: Sequence[int], order: ColumnElement[Any]) -> list[dict[str, Any]]:
    table = _TABLES[what]
    columns = [stores.c.name.label("store") if name == "store" else table.c[name] for name in COLUMNS[what]]
    wanted = select(*columns).select_from(table.outerjoin(stores)).where(table.c.id.in_(ids)).order_by(order)
    return [dict(row._mapping) for row in conn.execute(wanted)] if ids else []


def _store_id(conn: Connection, name: str) -> int:
    found = conn.scalar(select(stores.c.id).where(stores.c.name == name))
    if found is None:
        raise NoSuchStore(f"There is no store {name!r}.")
    return int(found)
