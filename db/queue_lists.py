"""What people ask of a queue: what stands at its head, how fast it drains."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from db.columns import db_now
from db.job_state import JobState
from db.line import aged
from db.reads import asking
from db.schema import jobs, stores

READ = 5_000  # oldest waiting jobs of a queue among which the head is looked for
_COLUMNS = [
    jobs.c[name] for name in ("id", "name", "stream", "priority", "requested_by", "created_at", "run_at", "failures", "max_attempts")
]


def head(queue: str, *, limit: int = 20) -> list[dict[str, Any]]:
    """The due jobs of a queue in the order in which workers take them, with `store_title`. Index: jobs_queue.

    Raises: DatabaseAway.
    """
    waiting = (jobs.c.queue == queue, jobs.c.state == JobState.QUEUED)
    oldest = select(jobs.c.id).where(*waiting).order_by(jobs.c.id).limit(READ).subquery()
    asked = select(*_COLUMNS, stores.c.title.label("store_title")).select_from(
        jobs.join(oldest, oldest.c.id == jobs.c.id).outerjoin(stores)
    )
    with asking() as conn:
        found = conn.execute(asked.where(jobs.c.run_at <= db_now()).order_by(aged().desc(), jobs.c.id).limit(limit))
        return [dict(row._mapping) for row in found]


def mix(queue: str) -> dict[str, int]:
    """Kind of job → how many of the oldest READ that wait or are delayed in this queue, most first. Index: jobs_queue.

    Raises: DatabaseAway.
    """
    oldest = select(jobs.c.id).where(jobs.c.queue == queue, jobs.c.state == JobState.QUEUED).order_by(jobs.c.id).limit(READ).subquery()
    asked = select(jobs.c.name, func.count().label("jobs")).join(oldest, oldest.c.id == jobs.c.id).group_by(jobs.c.name)
    with asking() as conn:
        return {str(name): int(count) for name, count in conn.execute(asked.order_by(func.count().desc(), jobs.c.name))}


def waiting_ids(conn: Connection, queue: str, *, limit: int) -> list[int]:
    """The jobs of a queue that wait for a worker, for their time or for another try, newest first. Index: jobs_queue."""
    asked = select(jobs.c.id).where(jobs.c.queue == queue, jobs.c.state == JobState.QUEUED).order_by(jobs.c.id.desc()).limit(limit)
    return [int(i) for i in conn.scalars(asked)]


def waiting_among(ids: Collection[int]) -> set[int]:
    """Those of these jobs that wait for a worker. Index: the primary key.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return set(conn.scalars(select(jobs.c.id).where(jobs.c.id.in_(ids), jobs.c.state == JobState.QUEUED)))


def done_lately(minutes: int = 15) -> dict[str, int]:
    """Queue → jobs that ended within so many minutes. Index: jobs_finished.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        asked = select(jobs.c.queue, func.count()).where(jobs.c.finished_at >= db_now(-minutes * 60)).group_by(jobs.c.queue)
        return {str(queue): int(count) for queue, count in conn.execute(asked)}
