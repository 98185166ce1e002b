"""What became of one thing over time: runs of a store's stream, and what people changed about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from db.columns import db_now
from db.history import Answer
from db.reads import asking
from db.schema import audit_log, jobs, sync_runs

RUNS = 30


def changes(targets: list[str], *, limit: int = 30) -> list[dict[str, Any]]:
    """The newest lines of the audit log about these targets, newest first. Index: audit_target.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        asked = select(audit_log).where(audit_log.c.target.in_(targets)).order_by(audit_log.c.id.desc()).limit(limit)
        return [dict(row._mapping) for row in conn.execute(asked)]


def last_runs(store_id: int | None, stream: str | None, name: str, *, limit: int = RUNS) -> Answer:
    """The newest jobs of this name for a store's stream, newest first: id, state, verdict, times, read. Index: jobs_store.

    Raises: DatabaseAway.
    """
    told = ("id", "state", "verdict", "created_at", "started_at", "finished_at", "progress", "requested_by", "error")
    columns = [jobs.c[column] for column in told]
    counts = [sync_runs.c[column] for column in ("read", "created", "updated", "rejected", "sentence")]
    where = (
        jobs.c.store_id == store_id if store_id is not None else jobs.c.store_id.is_(None),
        jobs.c.stream == stream if stream is not None else jobs.c.stream.is_(None),
    )
    with asking() as conn:
        asked = (
            select(*columns, *counts)
            .select_from(jobs.outerjoin(sync_runs, sync_runs.c.job_id == jobs.c.id))
            .where(*where, jobs.c.name == name)
            .order_by(jobs.c.id.desc())
            .limit(limit)
        )
        rows = [dict(row._mapping) for row in conn.execute(asked)] if store_id is not None else []
        return Answer(rows, False, conn.execute(select(db_now())).scalar_one())
