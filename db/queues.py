"""How much waits, runs and is due later, per queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from db.job_state import QUEUES, JobState
from db.jobs import clock
from db.line import EVERYTHING
from db.schema import jobs, queue_pauses, stores


def depth(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """Of each queue: waiting, delayed, running, oldest_wait_s, and oldest_free_wait_s of those that nobody has paused.

    Reads no job, only the unfinished ones' part of the index jobs_line, and two small tables.
    """
    now = clock(conn)
    rows = conn.execute(
        select(
            jobs.c.queue, jobs.c.store_id, jobs.c.state, func.count().label("jobs"), func.sum(case((jobs.c.run_at <= now, 1), else_=0)).label("due"),
            func.min(jobs.c.run_at).label("oldest"),
        )
        .where(jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .group_by(jobs.c.state, jobs.c.store_id, jobs.c.queue)
    ).all()  # fmt: skip
    held_queues = set(conn.scalars(select(queue_pauses.c.queue)))
    held_stores = set(conn.scalars(select(stores.c.id).where(stores.c.paused_by.is_not(None))))  # the breaker's jobs are asked all the same
    told = []
    for queue in QUEUES:
        here = [row for row in rows if row.queue == queue and row.state == JobState.QUEUED]
        free = [] if {queue, EVERYTHING} & held_queues else [row for row in here if row.store_id not in held_stores]
        due = sum(int(row.due) for row in here)
        told.append(
            {
                "queue": queue, "waiting": due, "delayed": sum(row.jobs for row in here) - due,
                "running": sum(row.jobs for row in rows if row.queue == queue and row.state == JobState.RUNNING),
                "oldest_wait_s": _oldest_s(here, now), "oldest_free_wait_s": _oldest_s(free, now),
            }
        )  # fmt: skip
    return told


def _oldest_s(rows: Sequence[Any], now: datetime) -> float | None:
    return max(((now - row.oldest).total_seconds() for row in rows if row.due), default=None)
