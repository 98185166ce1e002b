"""What people ask about orders: a list by the time they were placed, found by number, e-mail or the platform's id, and one with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from db.columns import db_now
from db.history import Answer
from db.products import last_job
from db.reads import Fresh, asking
from db.record_lists import STORE, beyond, merged, store_ids, unpacked
from db.schema import customers, order_lines, orders, refunds, stores

MATCHES = 500  # orders that one search lists
CHILDREN = 250  # lines and refunds that a detail shows
_LISTED = [
    orders.c[name]
    for name in (
        "id", "number", "currency", "status", "payment_status", "fulfillment_status", "total", "refunded", "email", "is_test", "placed_at",
        "cancelled_at", "external_id", "source_updated_at", "deleted_at", "last_job_id",
    )
] + STORE  # fmt: skip
_ORDER = (orders.c.placed_at, orders.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders a list is about; empty means all. `store` is a store's name; `search` the beginning of a number or e-mail, or a platform's id."""

    store: str | None = None
    search: str = ""


def page(wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 18, fresh: Fresh = False) -> Answer:
    """Orders placed before the order `before` (our number of it), after the order `after`, or the newest; newest first, each with `store`, `lines`.

    Indexes: orders_placed, orders_number, orders_email, the unique key. Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        ids = _ids(conn, wanted, before=before, after=after, limit=limit + 1)
        rows = {row["id"]: row for row in _rows(conn, ids[:limit])}
        now = conn.execute(select(db_now())).scalar_one()
    shown = [rows[i] for i in ids[:limit] if i in rows]
    return Answer(shown[::-1] if after is not None else shown, len(ids) > limit, now)


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """The same orders as they are now, in the order of `ids`. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row["id"]: row for row in _rows(conn, ids)}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def detail(order_id: int) -> dict[str, Any] | None:
    """One order: its row with `store`, `store_title`, `platform`, `raw` (the platform's row), `now`; `lines` and `refunds`, at most CHILDREN of each,
    with `more_lines`; its `customer`, where one is stored; `job`, the last that wrote it. None when there is none.

    Indexes: primary keys, order_lines_order, refunds_order, the unique key of customers. Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        row = conn.execute(
            select(orders, *STORE, db_now().label("now")).select_from(orders.outerjoin(stores)).where(orders.c.id == order_id)
        ).first()
        if row is None:
            return None
        told: dict[str, Any] = {}
        for name, table, order in (("lines", order_lines, order_lines.c.position), ("refunds", refunds, refunds.c.refunded_at)):
            of_it = (table.c.store_id == row.store_id, table.c.order_external_id == row.external_id, table.c.deleted_at.is_(None))
            found = conn.execute(select(table).where(*of_it).order_by(order, table.c.id).limit(CHILDREN + 1)).all()
            told |= {name: [{**one._mapping, "raw": None} for one in found[:CHILDREN]], f"more_{name}": len(found) > CHILDREN}
        buyer = and_(customers.c.store_id == row.store_id, customers.c.external_id == row.customer_external_id)
        columns = [
            customers.c[name] for name in ("id", "external_id", "email", "first_name", "last_name", "phone", "is_masked", "is_derived")
        ]
        customer = conn.execute(select(*columns).where(buyer)).first() if row.customer_external_id else None
        return {
            **row._mapping, "raw": unpacked(row.raw), **told, "customer": dict(customer._mapping) if customer else None,
            "job": last_job(conn, row.last_job_id),
        }  # fmt: skip


def of_reference(conn: Connection, text: str, ids: Sequence[int]) -> list[tuple[Any, int]]:
    """(placed_at, our number) of orders whose number or e-mail begins so, or whose id on the platform it is; at most MATCHES of each kind.

    Indexes: orders_number, orders_email, the unique key.
    """
    found = set()
    for which in _kinds(text):
        found |= {tuple(row) for row in conn.execute(select(*_ORDER).where(which, orders.c.store_id.in_(ids)).limit(MATCHES))}
    return sorted(found, key=_sorted_by, reverse=True)


def has_too_many(conn: Connection, text: str, store: str | None) -> bool:
    """Whether more orders match in one way than a search lists. Indexes as of_reference."""
    ids = store_ids(conn, store)
    asked = (select(orders.c.id).where(which, orders.c.store_id.in_(ids)).limit(MATCHES + 1).subquery() for which in _kinds(text))
    return any((conn.scalar(select(func.count()).select_from(one)) or 0) > MATCHES for one in asked)


def _kinds(text: str) -> list[ColumnElement[bool]]:
    """The ways in which an order can match."""
    numbers = {text.lstrip("#"), f"#{text.lstrip('#')}"} - {"", "#"}
    kinds = [orders.c.number == number for number in numbers]
    kinds += [orders.c.number.startswith(number, autoescape=True) for number in numbers]
    kinds += [orders.c.external_id == text]
    if len(text) >= 3 and not text.startswith("#"):
        kinds += [orders.c.email.startswith(text, autoescape=True)]
    return kinds


def _sorted_by(row: Sequence[Any]) -> tuple[Any, ...]:
    return (row[0] is not None, row[0].timestamp() if row[0] is not None else 0.0, row[1])


def _ids(conn: Connection, wanted: Wanted, *, before: int | None, after: int | None, limit: int) -> list[int]:
    ids = store_ids(conn, wanted.store)
    newer, cursor = after is not None, after if after is not None else before
    place = None if cursor is None else conn.execute(select(*_ORDER).where(orders.c.id == cursor)).first()
    if wanted.search:
        found = of_reference(conn, wanted.search, ids)
        if place is not None:
            found = [row for row in found if (_sorted_by(row) > _sorted_by(place) if newer else _sorted_by(row) < _sorted_by(place))]
        return [row[1] for row in (found[::-1] if newer else found)][:limit]
    ranges = beyond(_ORDER, place, newer=newer)
    return merged(conn, _ORDER, [[orders.c.store_id == i, *each] for i in ids for each in ranges], newer=newer, limit=limit)


def _rows(conn: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    columns = [*_LISTED, orders.c.store_id]
    rows = [dict(row._mapping) for row in conn.execute(select(*columns).select_from(orders.outerjoin(stores)).where(orders.c.id.in_(ids)))]
    key = (order_lines.c.store_id, order_lines.c.order_external_id)
    keys = {(row["store_id"], row["external_id"]) for row in rows}
    asked = select(*key, func.count()).where(tuple_(*key).in_(keys), order_lines.c.deleted_at.is_(None)).group_by(*key)
    counted = {(row[0], row[1]): int(row[2]) for row in conn.execute(asked)}
    for row in rows:
        row["lines"] = counted.get((row["store_id"], row["external_id"]), 0)
    return rows
