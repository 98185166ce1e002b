"""Writes one page of a stream: tells created, updated and unchanged apart, writes what changed with its children, and adjusts the counts.

All of it in the caller's transaction, so that rows, counts and checkpoint land together or not at all.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select, update

from db import store_stats
from db.columns import db_now
from db.fitting import DoesNotFit, fitted
from db.rejected import Aside, put_aside, resolve
from db.schema import customers, inventory_levels, order_lines, orders, products, refunds, variants
from db.upsert import upsert


@dataclass(frozen=True, slots=True)
class Child:
    """A table whose rows belong to a record and are replaced with it."""

    table: Table
    attribute: str  # of the record
    parent_column: str
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the records of a stream go."""

    table: Table
    children: tuple[Child, ...] = ()


SHAPES = {
    "products": Shape(products, (Child(variants, "variants", "product_external_id", is_counted=True),)),
    "orders": Shape(
        orders, (Child(order_lines, "lines", "order_external_id", is_counted=True), Child(refunds, "refunds", "order_external_id"))
    ),
    "inventory": Shape(inventory_levels),
    "customers": Shape(customers),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record to write: any object with the columns' names as attributes, the hash of its content, the platform's JSON."""

    record: Any
    content_hash: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which run brings the page, and when it was asked for."""

    store_id: int
    stream: str
    job_id: int
    observed_at: datetime


@dataclass(slots=True)
class PageCounts:
    """What became of a page: read = created + updated + unchanged + duplicate + rejected."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    removed: int = 0  # children that the platform no longer returns

    @property
    def is_closed(self) -> bool:
        """Whether every record read is accounted for."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.rejected


@dataclass(slots=True)
class _Change:
    incoming: Incoming
    row: dict[str, Any]
    children: list[list[dict[str, Any]]] = field(default_factory=list)


def write_page(conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside]) -> PageCounts:
    """Write a page's records and put `aside` what could not be read; the caller holds the job's fence."""
    shape = SHAPES[source.stream]
    counts = PageCounts(read=len(incoming) + len(aside))
    newest: dict[str, Incoming] = {}
    for one in incoming:
        if one.record.external_id in newest:
            counts.duplicate += 1
        newest[one.record.external_id] = one
    stored = _stored(conn, shape.table, source.store_id, list(newest))
    changes: list[_Change] = []
    misfits: list[Aside] = []
    live = restored = 0
    for external_id, one in newest.items():
        known = stored.get(external_id)
        if known is not None and not known.deleted_at and known.content_hash == one.content_hash:
            counts.unchanged, counts.duplicate = (
                counts.unchanged + (known.last_job_id != source.job_id),
                counts.duplicate + (known.last_job_id == source.job_id),
            )
            continue
        if known is not None and _is_newer(known, source, one.record):
            counts.unchanged += 1  # what is stored is newer than what was read
            continue
        try:
            changes.append(_change(shape, source, one))
        except DoesNotFit as error:
            misfits.append(Aside(external_id, "does_not_fit", str(error), one.raw))
            continue
        counts.created += known is None
        counts.updated += known is not None
        live += known is None or known.deleted_at is not None
        restored += known is not None and known.deleted_at is not None
    children = _write(conn, shape, source, changes, counts)
    all_aside = [*aside, *misfits]
    counts.rejected = len(all_aside)
    rejected = put_aside(conn, source.store_id, source.stream, source.job_id, all_aside, observed_at=source.observed_at)
    rejected -= resolve(conn, source.store_id, source.stream, [e for e in newest if e not in {m.external_id for m in misfits}])
    store_stats.adjust(conn, source.store_id, source.stream, live=live, children=children, deleted=-restored, rejected=rejected)
    return counts


def are_newer(conn: Connection, store_id: int, stream: str, external_ids: Sequence[str], than: datetime) -> bool:
    """Whether each of these records is stored as it was asked for at that time or later. Index: the unique key."""
    table = SHAPES[stream].table
    later = (table.c.store_id == store_id, table.c.external_id.in_(external_ids), table.c.observed_at >= than)
    return bool(conn.scalar(select(func.count()).select_from(table).where(*later)) == len(set(external_ids)))


def _is_newer(known: Any, source: Source, record: Any) -> bool:
    """Whether what we know of a record is younger than this page: a later version, or its deletion."""
    if known.deleted_at is not None and known.deleted_at > source.observed_at:
        return True
    return (
        known.source_updated_at is not None and record.source_updated_at is not None and known.source_updated_at > record.source_updated_at
    )


def _stored(conn: Connection, table: Table, store_id: int, external_ids: list[str]) -> dict[str, Any]:
    """What we have of these records, locked against other writers. Index: the unique key."""
    if not external_ids:
        return {}
    wanted = (
        select(table.c.external_id, table.c.content_hash, table.c.source_updated_at, table.c.deleted_at, table.c.last_job_id)
        .where(table.c.store_id == store_id, table.c.external_id.in_(external_ids))
        .with_for_update()
    )  # fmt: skip
    return {row.external_id: row for row in conn.execute(wanted)}


def _change(shape: Shape, source: Source, one: Incoming) -> _Change:
    ours = {
        "store_id": source.store_id, "observed_at": source.observed_at, "last_job_id": source.job_id, "deleted_at": None, "delete_evidence": None,
    }  # fmt: skip
    raw = zlib.compress(one.raw.encode("utf-8", "surrogatepass"), 1)
    change = _Change(one, {**fitted(shape.table, one.record), **ours, "content_hash": one.content_hash, "raw": raw})
    for child in shape.children:
        rows = []
        for record in getattr(one.record, child.attribute):
            row = {**fitted(child.table, record), **ours, child.parent_column: one.record.external_id}
            row["source_updated_at"] = row["source_updated_at"] or one.record.source_updated_at
            rows.append(row)
        change.children.append(rows)
    return change


def _write(conn: Connection, shape: Shape, source: Source, changes: Sequence[_Change], counts: PageCounts) -> int:
    """Write the changed records and replace their children; by how many the counted children grew."""
    if not changes:
        return 0
    upsert(conn, shape.table, [change.row for change in changes])
    grown = 0
    parents = [change.incoming.record.external_id for change in changes]
    for position, child in enumerate(shape.children):
        of_parents = and_(
            child.table.c.store_id == source.store_id, child.table.c[child.parent_column].in_(parents), child.table.c.deleted_at.is_(None)
        )
        before = conn.scalar(select(func.count()).select_from(child.table).where(of_parents)) or 0
        upsert(conn, child.table, {row["external_id"]: row for change in changes for row in change.children[position]}.values())
        gone = update(child.table).where(of_parents, child.table.c.observed_at < source.observed_at)
        removed = conn.execute(
            gone.values(deleted_at=db_now(), delete_evidence="no longer part of its record", last_job_id=source.job_id)
        ).rowcount
        counts.removed += removed
        if child.is_counted:
            after = conn.scalar(select(func.count()).select_from(child.table).where(of_parents)) or 0
            grown += after - before
    return grown
