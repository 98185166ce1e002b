"""Writes one page of a stream: tells created, updated and unchanged apart, writes what changed with its children, and adjusts the counts.

All of it in the caller's transaction, so that rows, counts and checkpoint land together or not at all.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, and_, func, select, update

from db import store_stats
from db.columns import db_now
from db.engine import primary
from db.fitting import DoesNotFit, form, stored_time, time_text
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
class _Row:
    """A row as the driver takes it."""

    table: Table
    external_id: str
    columns: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(slots=True)
class Incoming:
    """A record to write, the hash of its content, and the platform's JSON.

    `record` is any object with the columns' names as attributes, or, beside its `external_id`, a function that tells one when it is
    needed: that record, or the Aside that came of it.
    """

    record: Any
    content_hash: str
    raw: str
    external_id: str = ""
    rows: list[_Row] | Aside | None = None  # what becomes of it: its rows, the record's own first; None: not looked at yet

    def __post_init__(self) -> None:
        self.external_id = self.external_id or self.record.external_id

    def told(self) -> Any:
        """The record, or an Aside."""
        if callable(self.record):
            self.record = self.record()
        return self.record


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
    pages: int = 1
    removed: int = 0  # children that the platform no longer returns
    changed: list[Any] = field(default_factory=list)  # the records that were created or updated
    met: list[int] = field(default_factory=list)  # numbers of the live rows that were there before this job

    @property
    def is_closed(self) -> bool:
        """Whether every record read is accounted for."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.rejected


_OURS = ("store_id", "observed_at", "last_job_id", "deleted_at", "delete_evidence", "source_updated_at")


@dataclass(slots=True)
class Compared:
    """What is to become of a page, before anything is written: `changes` are to be, the `new` ones among them by id; `aside` cannot be kept,
    `readable` are the ids that can.
    """

    counts: PageCounts
    changes: list[Incoming] = field(default_factory=list)
    new: set[str] = field(default_factory=set)
    aside: list[Aside] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    live: int = 0
    restored: int = 0


def write_page(conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside]) -> PageCounts:
    """Write the records of one page, or of some that came together, and put `aside` what could not be read; the caller holds the job's fence.

    Of a record that comes more than once the last one counts. Only what has changed is mapped, checked and written.
    """
    shape = SHAPES[source.stream]
    found = compare(conn, source, incoming, aside)
    children = _write(conn, shape, source, found.changes, found.counts)
    rejected = put_aside(conn, source.store_id, source.stream, source.job_id, found.aside, observed_at=source.observed_at)
    rejected -= resolve(conn, source.store_id, source.stream, found.readable)
    store_stats.adjust(conn, source.store_id, source.stream, live=found.live, children=children, deleted=-found.restored, rejected=rejected)
    return found.counts


def compare(
    conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside], *, instead: Mapping[str, Any] | None = None
) -> Compared:
    """Hold records against what is stored, which is locked for who writes it next.

    A dry run gives the rows that stand `instead` of the stored ones, by external id: what it would have written already. It locks nothing.
    """
    newest = _newest(incoming)
    counts = PageCounts(read=len(incoming) + len(aside), duplicate=len(incoming) - len(newest))
    found, refused = Compared(counts), list[Aside]()
    stored = _stored(conn, SHAPES[source.stream].table, source.store_id, list(newest), is_locked=instead is None)
    for external_id, one in newest.items():
        known = (instead or {}).get(external_id) or stored.get(external_id)
        if known is not None and known.deleted_at is None and known.last_job_id != source.job_id:
            counts.met.append(known.id)
        if known is not None and known.content_hash == one.content_hash and known.deleted_at is None:
            counts.unchanged += known.last_job_id != source.job_id
            counts.duplicate += known.last_job_id == source.job_id
            continue
        rows = _rows(conn.dialect, source, one)
        if known is not None and not isinstance(one.record, Aside) and _is_newer(known, source, one.record):
            counts.unchanged += 1  # what is stored is newer than what was read
            continue
        if isinstance(rows, Aside):
            refused.append(rows)
            continue
        found.changes.append(one)
        if known is None:
            found.new.add(external_id)
        found.live += known is None or known.deleted_at is not None
        if known is not None and known.deleted_at is not None:
            found.restored += 1
            counts.met.append(known.id)
    bad = {one.external_id for one in refused}
    found.aside, found.readable = [*aside, *refused], [external_id for external_id in newest if external_id not in bad]
    counts.created, counts.updated, counts.rejected = len(found.new), len(found.changes) - len(found.new), len(found.aside)
    counts.changed = [one.record for one in found.changes]
    return found


def _newest(incoming: Sequence[Incoming]) -> dict[str, Incoming]:
    """Each record once: of two versions the later, of two that are as late, or do not say, the one that came last."""
    found: dict[str, Incoming] = {}
    for one in incoming:
        other = found.get(one.external_id)
        if other is None or one.content_hash == other.content_hash or not _is_older(one.told(), other.told()):
            found[one.external_id] = one
    return found


def _is_older(one: Any, other: Any) -> bool:
    mine, others = (getattr(each, "source_updated_at", None) for each in (one, other))
    return mine is not None and others is not None and mine < others


def prepare(source: Source, incoming: Iterable[Incoming]) -> None:
    """Map, check and convert records ahead of the transaction that writes them; for those that are likely to be new."""
    for one in incoming:
        _rows(primary().dialect, source, one)


def _is_newer(known: Any, source: Source, record: Any) -> bool:
    """Whether what we know of a record is younger than this page: a later version, or its deletion. Times come as the driver gives them."""
    deleted_at, updated_at = stored_time(known.deleted_at), stored_time(known.source_updated_at)
    if deleted_at is not None and deleted_at > source.observed_at:
        return True
    return updated_at is not None and record.source_updated_at is not None and updated_at > record.source_updated_at


def _stored(conn: Connection, table: Table, store_id: int, external_ids: list[str], *, is_locked: bool) -> dict[str, Any]:
    """What we have of these records, as the driver gives it; `is_locked` against other writers. Index: the unique key."""
    if not external_ids:
        return {}
    is_sqlite = conn.dialect.name == "sqlite"
    mark, lock = "?" if is_sqlite else "%s", " FOR UPDATE" if is_locked and not is_sqlite else ""
    found = conn.exec_driver_sql(
        f"SELECT external_id, content_hash, source_updated_at, deleted_at, last_job_id, id FROM `{table.name}` "  # noqa: S608  # names come from the schema
        f"WHERE store_id = {mark} AND external_id IN ({', '.join([mark] * len(external_ids))}){lock}",
        (store_id, *external_ids),
    )
    return {row[0]: row for row in found}


def _rows(dialect: Dialect, source: Source, one: Incoming) -> list[_Row] | Aside:
    """The rows of a record and its children, made once, or why it cannot be kept."""
    if one.rows is None:
        record = one.told()
        try:
            one.rows = record if isinstance(record, Aside) else list(_made(dialect, source, one, record))
        except DoesNotFit as error:
            one.rows = Aside(one.external_id, "does_not_fit", str(error), one.raw)
    return one.rows


def _made(dialect: Dialect, source: Source, one: Incoming, record: Any) -> Iterator[_Row]:
    shape = SHAPES[source.stream]
    ours = (source.store_id, time_text(source.observed_at), source.job_id, None, None)
    updated_at = time_text(record.source_updated_at)
    made = form(shape.table, record.__class__, dialect)
    values = (*made.values(record), *ours, updated_at, one.content_hash, zlib.compress(one.raw.encode("utf-8", "surrogatepass"), 1))
    yield _Row(shape.table, record.external_id, (*made.columns, *_OURS, "content_hash", "raw"), values)
    for child in shape.children:
        for each in getattr(record, child.attribute) or ():
            made = form(child.table, each.__class__, dialect)
            own = getattr(each, "source_updated_at", None)
            values = (*made.values(each), *ours, updated_at if own is None else time_text(own), record.external_id)
            yield _Row(child.table, each.external_id, (*made.columns, *_OURS, child.parent_column), values)


def _write(conn: Connection, shape: Shape, source: Source, changes: Sequence[Incoming], counts: PageCounts) -> int:
    """Write the changed records and replace their children; by how many the counted children grew."""
    if not changes:
        return 0
    by_table: dict[Table, dict[str, _Row]] = {shape.table: {}, **{child.table: {} for child in shape.children}}
    for one in changes:
        assert isinstance(one.rows, list)
        for row in one.rows:
            by_table[row.table][row.external_id] = row
    _upsert(conn, shape.table, by_table[shape.table])
    grown = 0
    for child in shape.children:
        table, rows = child.table, by_table[child.table]
        of_parents = live_children(source, child, changes)
        before = set(conn.scalars(select(table.c.external_id).where(of_parents)))
        _upsert(conn, table, rows)
        if missing := before - rows.keys():
            gone = update(table).where(of_parents, table.c.external_id.in_(missing), table.c.observed_at < source.observed_at)
            counts.removed += conn.execute(
                gone.values(deleted_at=db_now(), delete_evidence="no longer part of its record", last_job_id=source.job_id)
            ).rowcount
        if child.is_counted:
            grown += (conn.scalar(select(func.count()).select_from(table).where(of_parents)) or 0) - len(before)
    return grown


def live_children(source: Source, child: Child, changes: Iterable[Incoming]) -> ColumnElement[bool]:
    """Condition: what is stored and live of the children of those records that tell theirs."""
    parents = [one.external_id for one in changes if getattr(one.record, child.attribute) is not None]
    of_it = child.table.c
    return and_(of_it.store_id == source.store_id, of_it[child.parent_column].in_(parents), of_it.deleted_at.is_(None))


def _upsert(conn: Connection, table: Table, rows: Mapping[str, _Row]) -> None:
    for columns, alike in groupby(rows.values(), key=lambda row: row.columns):
        upsert(conn, table, columns, [row.values for row in alike])
