"""Records that their platform no longer has: a state with its evidence, never a row that vanishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from db import store_stats
from db.columns import db_now
from db.met import Met
from db.record_pages import SHAPES
from db.schema import missing_records

_WINDOW = 2_000  # rows looked at in one read


@dataclass(frozen=True, slots=True)
class Unmet:
    """What a full run leaves to be asked for: live records that it has neither met nor written."""

    job_id: int
    met: Met


@dataclass(frozen=True, slots=True)
class Lot:
    """Records to ask for, and where the next lot begins; `after` None: there is nothing behind them."""

    external_ids: Sequence[str]
    after: str | None
    seen: int  # records that were looked at for it


def lot_after(conn: Connection, store_id: int, stream: str, after: str, limit: int, *, unmet: Unmet | None = None) -> Lot:
    """The next live records behind `after`, in order; with `unmet` only those among them. Index: the unique key."""
    table = SHAPES[stream].table
    window = _WINDOW if unmet else limit
    rows = conn.execute(
        select(table.c.external_id, table.c.id, table.c.last_job_id)
        .where(table.c.store_id == store_id, table.c.external_id > after, table.c.deleted_at.is_(None))
        .order_by(table.c.external_id)
        .limit(window)
    ).all()
    found: list[str] = []
    for place, row in enumerate(rows):
        # a job that is younger has met it since
        if unmet is None or not ((row.last_job_id or 0) >= unmet.job_id or row.id in unmet.met):
            found.append(row.external_id)
        if len(found) == limit:
            return Lot(found, row.external_id, place + 1)
    return Lot(found, rows[-1].external_id if len(rows) == window else None, len(rows))


def note_missing(conn: Connection, job_id: int, external_ids: Sequence[str]) -> None:
    """Keep these until all have been asked for; a job that is tried again may note them again."""
    known = set(conn.scalars(select(missing_records.c.external_id).where(_of(job_id), missing_records.c.external_id.in_(external_ids))))
    if fresh := [{"job_id": job_id, "external_id": each} for each in external_ids if each not in known]:
        conn.execute(insert(missing_records), fresh)


def count_missing(conn: Connection, job_id: int) -> int:
    """How many are noted."""
    return conn.scalar(select(func.count()).select_from(missing_records).where(_of(job_id))) or 0


def next_missing(conn: Connection, job_id: int, limit: int) -> Sequence[str]:
    """Some of those that are noted."""
    return conn.scalars(select(missing_records.c.external_id).where(_of(job_id)).order_by(missing_records.c.external_id).limit(limit)).all()


def settle_missing(conn: Connection, job_id: int, external_ids: Sequence[str]) -> None:
    """These have been dealt with."""
    conn.execute(delete(missing_records).where(_of(job_id), missing_records.c.external_id.in_(external_ids)))


def _of(job_id: int) -> ColumnElement[bool]:
    return missing_records.c.job_id == job_id


def mark(
    conn: Connection, store_id: int, stream: str, job_id: int, evidence: Mapping[str, str], *, asked_at: datetime | None = None
) -> int:
    """Mark these records and their children as deleted, id → evidence; how many were live. What was read after `asked_at` is there again."""
    shape, marked, children = SHAPES[stream], 0, 0
    store_stats.lock(conn, store_id, stream)
    for external_id, proof in evidence.items():
        gone = {"deleted_at": db_now(), "delete_evidence": proof[:255], "last_job_id": job_id}
        row = [shape.table.c.store_id == store_id, shape.table.c.external_id == external_id, shape.table.c.deleted_at.is_(None)]
        if asked_at is not None:
            row.append(or_(shape.table.c.observed_at.is_(None), shape.table.c.observed_at < asked_at))
        if not conn.execute(update(shape.table).where(*row).values(gone)).rowcount:
            continue
        marked += 1
        for child in shape.children:
            of_it = (
                child.table.c.store_id == store_id,
                child.table.c[child.parent_column] == external_id,
                child.table.c.deleted_at.is_(None),
            )
            lost = conn.execute(update(child.table).where(*of_it).values(gone)).rowcount
            children += lost if child.is_counted else 0
    store_stats.adjust(conn, store_id, stream, live=-marked, deleted=marked, children=-children)
    return marked
