"""How much waits, runs and is due later, per queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select

from db.columns import db_now
from db.job_state import QUEUES, JobState
from db.line import EVERYTHING
from db.schema import jobs, queue_pauses, stores

_COUNTS = ("waiting", "delayed", "running")


def depth(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """Of each queue: waiting, delayed, running, oldest_wait_s, and oldest_free_wait_s of those that nobody has paused.

    Reads the unfinished jobs, and two small tables. Index: jobs_state.
    """
    is_due = jobs.c.run_at <= db_now()
    queued = jobs.c.state == JobState.QUEUED
    rows = conn.execute(
        select(
            jobs.c.queue,
            jobs.c.store_id,
            func.sum(case((queued & is_due, 1), else_=0)).label("waiting"),
            func.sum(case((queued & ~is_due, 1), else_=0)).label("delayed"),
            func.sum(case((jobs.c.state == JobState.RUNNING, 1), else_=0)).label("running"),
            func.min(case((queued & is_due, jobs.c.run_at))).label("oldest"),
            db_now().label("now"),
        )
        .where(jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .group_by(jobs.c.queue, jobs.c.store_id)
    ).all()
    held_queues = set(conn.scalars(select(queue_pauses.c.queue)))
    held_stores = set(conn.scalars(select(stores.c.id).where(stores.c.paused_by.is_not(None))))  # the breaker's jobs are asked all the same
    told = []
    for queue in QUEUES:
        here = [row for row in rows if row.queue == queue]
        free = [] if {queue, EVERYTHING} & held_queues else [row for row in here if row.store_id not in held_stores]
        counts = {name: sum(int(getattr(row, name)) for row in here) for name in _COUNTS}
        told.append({"queue": queue, **counts, "oldest_wait_s": _oldest_s(here), "oldest_free_wait_s": _oldest_s(free)})
    return told


def _oldest_s(rows: Sequence[Any]) -> float | None:
    return max(((row.now - row.oldest).total_seconds() for row in rows if row.oldest), default=None)
