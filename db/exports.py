"""Jobs, products and orders in the order of a key, some at a time: what exports and the API's lists read, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, select, union_all

from db.history import STREAMS
from db.reads import asking
from db.schema import jobs, orders, products, stores

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


class NoSuchStore(LookupError):
    """There is no store of this name."""


def key(what: str, store: str | None) -> str:
    """The column that a list is ordered by, and that its next part begins after."""
    return "external_id" if store and what != "jobs" else "id"


def rows(what: str, *, after: Any = None, limit: int, store: str | None = None, states: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The next `limit` rows of jobs, products or orders behind the key `after`, as COLUMNS says; `states` are of jobs alone.

    Indexes: the primary key; of a store its unique key (store_id, external_id) or jobs_store; of states jobs_state.
    Raises: NoSuchStore, DatabaseAway.
    """
    table = _TABLES[what]
    order = table.c[key(what, store)]
    with asking() as conn:
        store_id = _store_id(conn, store) if store else None
        branches = _job_branches(store_id, states) if what == "jobs" else [[] if store_id is None else [table.c.store_id == store_id]]
        found = _merged(table, order, branches, after, limit)
        return _told(conn, what, list(conn.scalars(found)), order)


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


def _merged(table: Table, order: Column[Any], branches: Sequence[Sequence[ColumnElement[bool]]], after: Any, limit: int) -> Select[Any]:
    """Ids of the first rows over all branches; each branch is one range of an index in `order`."""
    beyond = [order > after] if after is not None else []
    columns = [table.c.id] if order is table.c.id else [table.c.id, order]
    picks = [select(select(*columns).where(*branch, *beyond).order_by(order).limit(limit).subquery()) for branch in branches]
    merged = (union_all(*picks) if len(picks) > 1 else picks[0]).subquery()
    return select(merged.c.id).order_by(merged.c[order.name]).limit(limit)


def _job_branches(store_id: int | None, states: Sequence[str]) -> list[list[ColumnElement[bool]]]:
    if store_id is not None:
        of_states = [jobs.c.state.in_(states)] if states else []
        streams = [*(jobs.c.stream == stream for stream in STREAMS), jobs.c.stream.is_(None)]
        return [[jobs.c.store_id == store_id, stream, *of_states] for stream in streams]
    return [[jobs.c.state == state] for state in states] or [[]]


def _store_id(conn: Connection, name: str) -> int:
    found = conn.scalar(select(stores.c.id).where(stores.c.name == name))
    if found is None:
        raise NoSuchStore(f"There is no store {name!r}.")
    return int(found)
