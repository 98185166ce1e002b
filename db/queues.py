"""How much waits, runs and is due later, per queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select

from db.columns import db_now
from db.job_state import QUEUES, JobState
from db.schema import jobs


def depth(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """Of each queue: waiting, delayed, running, oldest_wait_s. Reads the unfinished jobs only. Index: jobs_state."""
    is_due = jobs.c.run_at <= db_now()
    queued = jobs.c.state == JobState.QUEUED
    rows = conn.execute(
        select(
            jobs.c.queue,
            func.sum(case((queued & is_due, 1), else_=0)).label("waiting"),
            func.sum(case((queued & ~is_due, 1), else_=0)).label("delayed"),
            func.sum(case((jobs.c.state == JobState.RUNNING, 1), else_=0)).label("running"),
            func.min(case((queued & is_due, jobs.c.run_at))).label("oldest"),
            db_now().label("now"),
        )
        .where(jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .group_by(jobs.c.queue)
    )
    found = {row.queue: row for row in rows}
    told = []
    for queue in QUEUES:
        row = found.get(queue)
        oldest = (row.now - row.oldest).total_seconds() if row is not None and row.oldest else None
        counts = {name: int(getattr(row, name)) if row is not None else 0 for name in ("waiting", "delayed", "running")}
        told.append({"queue": queue, **counts, "oldest_wait_s": oldest})
    return told
