"""What people ask about products: a list by keyset, found by name, SKU or the platform's id, and one with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from db.columns import db_now
from db.history import Answer
from db.reads import Fresh, asking
from db.record_lists import STORE, beyond, merged, store_ids, unpacked
from db.schema import inventory_levels, jobs, products, stores, users, variants

SEARCH_WINDOW = 25_000  # names are searched in this many numbers at a time
MATCHES = 500  # rows that one SKU or one id can match
DELETED = 200  # newest deletions of a store that are listed
CHILDREN = 250  # variants and stock levels that a detail shows
_LISTED = [
    products.c[name]
    for name in (
        "id", "name", "price", "currency", "quantity", "category", "vendor", "status", "raw_status", "user_id", "external_id", "created_at",
        "source_updated_at", "deleted_at", "last_job_id",
    )
] + STORE  # fmt: skip
_ORDER = (products.c.id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which products a list is about; empty means all live ones. `store` is a store's name, `search` a SKU, a platform's id or part of a name."""

    store: str | None = None
    search: str = ""
    is_deleted: bool = False


def page(wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 18, fresh: Fresh = False) -> Answer:
    """Products older than the number `before`, newer than `after`, or the newest; each with `sku` (its first), `variants` (how many), `store`.

    A search for part of a name goes back SEARCH_WINDOW numbers; `searched_to` says how far, and `before=searched_to` goes on.
    Indexes: products_store, variants_sku, the unique key, primary key. Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        ids, searched_to = _ids(conn, wanted, before=before, after=after, limit=limit + 1)
        rows = _rows(conn, ids[:limit])
        now = conn.execute(select(db_now())).scalar_one()
    return Answer(sorted(rows, key=lambda row: -int(row["id"])), len(ids) > limit, now, searched_to)


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """The same products as they are now, in the order of `ids`. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row["id"]: row for row in _rows(conn, ids)}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def detail(product_id: int) -> dict[str, Any] | None:
    """One product: its row with `store`, `store_title`, `platform`, `user`, `raw` (the platform's row), `now`; `variants` and `levels` (stock), at
    most CHILDREN of each, with `more_variants`; `job`, the last that wrote it. None when there is none.

    Indexes: primary keys, variants_product, inventory_item. Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        told = (*STORE, users.c.name.label("user"), db_now().label("now"))
        row = conn.execute(select(products, *told).select_from(products.outerjoin(stores).outerjoin(users)).where(products.c.id == product_id)).first()  # fmt: skip
        if row is None:
            return None
        of_it = (variants.c.store_id == row.store_id, variants.c.product_external_id == row.external_id, variants.c.deleted_at.is_(None))
        found = conn.execute(select(variants).where(*of_it).order_by(variants.c.position, variants.c.id).limit(CHILDREN + 1)).all()
        shown = [{**one._mapping, "raw": None} for one in found[:CHILDREN]]
        known = sorted({one["inventory_item_id"] for one in shown if one["inventory_item_id"]})
        levels = (
            inventory_levels.c.store_id == row.store_id,
            inventory_levels.c.inventory_item_id.in_(known),
            inventory_levels.c.deleted_at.is_(None),
        )
        stock = conn.execute(
            select(inventory_levels).where(*levels).order_by(inventory_levels.c.sku, inventory_levels.c.location_id).limit(CHILDREN)
        )
        return {
            **row._mapping, "raw": unpacked(row.raw), "variants": shown, "more_variants": len(found) > CHILDREN,
            "levels": [{**one._mapping, "raw": None} for one in stock] if known else [], "job": last_job(conn, row.last_job_id),
        }  # fmt: skip


def last_job(conn: Connection, job_id: int | None) -> dict[str, Any] | None:
    """The job that wrote a record last: `id`, `name`, `state`, `requested_by`, `finished_at`; None when it is unknown or purged. Index: primary key."""
    columns = [jobs.c[name] for name in ("id", "name", "state", "verdict", "requested_by", "finished_at")]
    row = conn.execute(select(*columns).where(jobs.c.id == (job_id or 0))).first()
    return dict(row._mapping) if row else None


def of_reference(conn: Connection, text: str, ids: Sequence[int]) -> list[int]:
    """Numbers of products that have this SKU, or this id on their platform, in these stores; at most MATCHES. Indexes: variants_sku, unique keys."""
    keys = conn.execute(
        select(variants.c.store_id, variants.c.product_external_id)
        .where(variants.c.sku == text, variants.c.store_id.in_(ids))
        .limit(MATCHES)
    ).all()
    found = set(conn.scalars(select(products.c.id).where(products.c.store_id.in_(ids), products.c.external_id == text).limit(MATCHES)))
    if keys:
        wanted = tuple_(products.c.store_id, products.c.external_id).in_({(row.store_id, row.product_external_id) for row in keys})
        found |= set(conn.scalars(select(products.c.id).where(wanted).limit(MATCHES)))
    return sorted(found, reverse=True)


def _ids(conn: Connection, wanted: Wanted, *, before: int | None, after: int | None, limit: int) -> tuple[list[int], int | None]:
    ids = store_ids(conn, wanted.store)
    newer, place = after is not None, after if after is not None else before
    if wanted.search and (exact := of_reference(conn, wanted.search, ids)):
        near = [i for i in exact if place is None or (i > place if newer else i < place)]
        return (near[::-1] if newer else near)[:limit], None
    live = products.c.deleted_at.is_not(None) if wanted.is_deleted else products.c.deleted_at.is_(None)
    if wanted.search:
        return _named(conn, wanted, live, ids, place, newer=newer, limit=limit)
    ranges = beyond(_ORDER, None if place is None else (place,), newer=newer)
    of_stores: list[ColumnElement[bool]] = [products.c.store_id == i for i in ids] + (
        [] if wanted.store else [products.c.store_id.is_(None)]
    )
    if wanted.is_deleted:
        order = products.c.deleted_at.desc()
        newest = [select(products.c.id).where(of_store, live).order_by(order).limit(DELETED) for of_store in of_stores]
        gone = {i for one in newest for i in conn.scalars(one)}
        near = [i for i in sorted(gone, reverse=True) if place is None or (i > place if newer else i < place)]
        return (near[::-1] if newer else near)[:limit], None
    return merged(conn, _ORDER, [[of_store, live, *each] for of_store in of_stores for each in ranges], newer=newer, limit=limit), None


def _named(
    conn: Connection, wanted: Wanted, live: ColumnElement[bool], ids: Sequence[int], place: int | None, *, newer: bool, limit: int
) -> tuple[list[int], int | None]:
    """By part of a name, in a window of numbers; on from the cursor."""
    oldest, newest = (conn.scalar(select(end(products.c.id))) for end in (func.min, func.max))  # SQLite reads all for both in one
    if oldest is None or newest is None:
        return [], None
    high = place + SEARCH_WINDOW + 1 if newer and place is not None else newest + 1 if place is None else place
    low = place if newer and place is not None else high - SEARCH_WINDOW - 1
    window = (products.c.id > low, products.c.id < high)
    mine = products.c.store_id.in_(ids) if wanted.store else or_(products.c.store_id.in_(ids), products.c.store_id.is_(None))
    order = products.c.id.asc() if newer else products.c.id.desc()
    named = products.c.name.contains(wanted.search, autoescape=True)
    found = conn.scalars(select(products.c.id).where(*window, live, mine, named).order_by(order).limit(limit))
    return [int(i) for i in found], None if newer or low < oldest else low + 1


def _rows(conn: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    columns = [*_LISTED, products.c.store_id]
    rows = [
        dict(row._mapping) for row in conn.execute(select(*columns).select_from(products.outerjoin(stores)).where(products.c.id.in_(ids)))
    ]
    key = (variants.c.store_id, variants.c.product_external_id)
    keys = {(row["store_id"], row["external_id"]) for row in rows if row["store_id"] is not None}
    counted: dict[tuple[Any, ...], Any] = {}
    if keys:
        asked = (
            select(*key, func.count(), func.min(variants.c.sku))
            .where(tuple_(*key).in_(keys), variants.c.deleted_at.is_(None))
            .group_by(*key)
        )
        counted = {(row[0], row[1]): row for row in conn.execute(asked)}
    for row in rows:
        seen = counted.get((row["store_id"], row["external_id"]))
        row["variants"], row["sku"] = (int(seen[2]), seen[3]) if seen else (0, None)
    return rows
