"""Records that their platform no longer has: a state with its evidence, never a row that vanishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, update

from db import store_stats
from db.columns import db_now
from db.record_pages import SHAPES


def live_after(conn: Connection, store_id: int, stream: str, after: str, limit: int) -> Sequence[str]:
    """The external ids of live records behind `after`, in order. Index: the unique key."""
    table = SHAPES[stream].table
    return conn.scalars(
        select(table.c.external_id)
        .where(table.c.store_id == store_id, table.c.external_id > after, table.c.deleted_at.is_(None))
        .order_by(table.c.external_id)
        .limit(limit)
    ).all()


def mark(conn: Connection, store_id: int, stream: str, job_id: int, evidence: Mapping[str, str]) -> int:
    """Mark these records and their children as deleted, id → evidence; how many were live."""
    shape, marked, children = SHAPES[stream], 0, 0
    store_stats.lock(conn, store_id, stream)
    for external_id, proof in evidence.items():
        gone = {"deleted_at": db_now(), "delete_evidence": proof[:255], "last_job_id": job_id}
        row = (shape.table.c.store_id == store_id, shape.table.c.external_id == external_id, shape.table.c.deleted_at.is_(None))
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
