"""Counts records and lays the result beside the totals, which move with every page: what a fault left in them does not stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, case, func, or_, select, update

from db import store_counts, store_stats
from db.columns import db_now
from db.engine import snapshot
from db.record_pages import SHAPES
from db.schema import jobs, rejected_records
from db.schema import store_stream_stats as stats

WINDOW = 20_000  # rows that one statement counts: far below the time that the server gives a read
_TOTALS = ("live", "children", "deleted", "rejected")


@dataclass(frozen=True, slots=True)
class Totals:
    """One stream of one store."""

    store_id: int
    stream: str


def next_due(conn: Connection, job_id: int) -> Totals | None:
    """The stream whose totals were counted longest ago, and not since this job was asked for; None when all have been."""
    asked_at = select(jobs.c.created_at).where(jobs.c.id == job_id).scalar_subquery()
    told = select(stats.c.store_id, stats.c.stream).where(or_(stats.c.counted_at.is_(None), stats.c.counted_at < asked_at))
    row = conn.execute(
        told.order_by(stats.c.counted_at.is_not(None), stats.c.counted_at, stats.c.store_id, stats.c.stream).limit(1)
    ).first()
    return None if row is None else Totals(row.store_id, row.stream)


def drift(of: Totals) -> dict[str, int]:
    """What each total lacks (below 0: has too much), all of it as of one moment, so that pages may be written meanwhile; {} where all is right.

    Indexes: the unique keys, rejected_records' too. Raises: DatabaseAway.
    """
    shape = SHAPES[of.stream]
    with snapshot() as conn:
        told = conn.execute(
            select(*(stats.c[name] for name in _TOTALS)).where(stats.c.store_id == of.store_id, stats.c.stream == of.stream)
        ).first()
        if told is None:
            return {}
        live, deleted = _counted(conn, shape.table, of.store_id)
        aside = (rejected_records.c.store_id == of.store_id, rejected_records.c.stream == of.stream)
        found = {
            "live": live, "deleted": deleted,
            "children": sum(_counted(conn, child.table, of.store_id)[0] for child in shape.children if child.is_counted),
            "rejected": conn.scalar(select(func.count()).select_from(rejected_records).where(*aside)) or 0,
        }  # fmt: skip
    return {name: found[name] - int(getattr(told, name)) for name in _TOTALS if found[name] != getattr(told, name)}


def mend(conn: Connection, of: Totals, lacks: Mapping[str, int]) -> None:
    """Move the totals by what they lack; pages that were written since the count have moved them by their own."""
    store_stats.adjust(conn, of.store_id, of.stream, **lacks)
    if lacks.get("live"):
        store_counts.forget(conn, of.store_id, of.stream)
    conn.execute(update(stats).where(stats.c.store_id == of.store_id, stats.c.stream == of.stream).values(counted_at=db_now()))


def _counted(conn: Connection, table: Table, store_id: int) -> tuple[int, int]:
    """(live, deleted) rows of a store, window by window along the unique key."""
    live = deleted = 0
    after: str | None = None
    while True:
        rest = [table.c.external_id > after] if after is not None else []
        window = (
            select(table.c.external_id, table.c.deleted_at)
            .where(table.c.store_id == store_id, *rest)
            .order_by(table.c.external_id)
            .limit(WINDOW)
            .subquery()
        )
        alive = func.sum(case((window.c.deleted_at.is_(None), 1), else_=0))
        row = conn.execute(select(func.count(), alive, func.max(window.c.external_id)).select_from(window)).one()
        live, deleted = live + int(row[1] or 0), deleted + row[0] - int(row[1] or 0)
        if row[0] < WINDOW:
            return live, deleted
        after = row[2]
