"""Whose turn it is: which due jobs may run, and in which order those of one store stand in its line.

Only the first of each store's line are in Redis, as many as the store may run at once; the rest wait here. So a store with a thousand
waiting jobs takes no more room in the queue than one with two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, FromClause, and_, exists, func, literal, or_, select, union

from db.columns import db_now, seconds_since
from db.job_state import JobState
from db.schema import consumers, jobs, queue_pauses, stores
from settings import settings

EVERYTHING = "*"  # the pause of the whole, in the place of a queue's name
CLASS = 10  # between manual, scheduled and backfill
FRONT = 10_000  # what a job gains that somebody moved to the front, until it is claimed: more than any waiting brings
Due = tuple[int, str, int]  # id, name, priority

is_due = and_(jobs.c.state == JobState.QUEUED, jobs.c.run_at <= db_now())


def is_open_queue(of: FromClause) -> ColumnElement[bool]:
    """Whether nobody has paused the queue of this job, or of these jobs."""
    return ~exists().where(queue_pauses.c.queue.in_((of.c.queue, EVERYTHING))).correlate(of)


queue_is_open = is_open_queue(jobs)
store_is_open = or_(
    jobs.c.store_id.is_(None), exists().where(stores.c.id == jobs.c.store_id, stores.c.paused_by.is_(None)).correlate(jobs)
)  # what the breaker has paused is asked at its probe, by the job itself


def aged(of: FromClause = jobs) -> ColumnElement[float]:
    """A waiting job's priority, and one more for each `ageing_s` that it has waited."""
    return of.c.priority + seconds_since(of.c.run_at) / literal(settings().ageing_s)


def _most(of: ColumnElement[Any]) -> ColumnElement[int]:
    """How many jobs this store may run at once."""
    return func.coalesce(of, settings().store_max_running)


def _running(store_id: ColumnElement[Any]) -> Any:
    """How many jobs of a store are in the hands of workers. Index: jobs_line. (A job whose parts run has no worker.)"""
    other = jobs.alias("other")
    counted = select(func.count().label("held")).where(
        other.c.store_id == store_id, other.c.state == JobState.RUNNING, other.c.worker.is_not(None)
    )
    if not isinstance(store_id, Column):  # an UPDATE of jobs may ask jobs only behind a derived table, on MySQL
        held = counted.subquery()
        return select(held.c.held).scalar_subquery()
    return counted.scalar_subquery()


def may_be_claimed(store_id: ColumnElement[int] | None, consumer: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """What has to be true of a due job when it is claimed, besides being due: nobody has paused it, its store has room, the consumer takes jobs."""
    asked = [queue_is_open, store_is_open]
    if store_id is not None:
        asked.append(_running(store_id) < select(_most(stores.c.max_running)).where(stores.c.id == store_id).scalar_subquery())
    return [*asked, ~is_draining(consumer)]


def is_draining(consumer: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether somebody asked this consumer to take no more jobs."""
    return exists().where(consumers.c.id == consumer, consumers.c.drain_by.is_not(None))


def heads(conn: Connection, store_ids: Collection[int]) -> Sequence[Due]:
    """The first of these stores' lines, for as many as each has room to run. Index: jobs_line, which has all that a place in line depends on."""
    if not store_ids or not (room := _room(conn, stores.c.id.in_(store_ids))):
        return []
    place = func.row_number().over(partition_by=jobs.c.store_id, order_by=(aged().desc(), jobs.c.id))
    line = select(jobs.c.id, place.label("place")).where(jobs.c.store_id.in_(room), is_due, queue_is_open).subquery()
    found = (
        select(jobs.c.id, jobs.c.name, jobs.c.priority, jobs.c.store_id, line.c.place)
        .join(line, line.c.id == jobs.c.id)
        .where(line.c.place <= max(room.values()))
        .order_by(line.c.place, line.c.id)
    )
    return [(row.id, row.name, row.priority) for row in conn.execute(found) if row.place <= room[row.store_id]]


def _room(conn: Connection, *of: ColumnElement[bool]) -> dict[int, int]:
    """How many jobs more each of these stores, or of all, may run now; without those that are full, or that somebody has paused. Index: jobs_line.

    Two questions: joined, MariaDB reads every job that the stores ever had.
    """
    held = select(jobs.c.store_id, func.count().label("held")).where(jobs.c.state == JobState.RUNNING, jobs.c.worker.is_not(None))
    running = {row.store_id: row.held for row in conn.execute(held.group_by(jobs.c.store_id))}
    most = conn.execute(select(stores.c.id, _most(stores.c.max_running)).where(stores.c.paused_by.is_(None), *of))
    return {store_id: room for store_id, limit in most if (room := limit - running.get(store_id, 0)) > 0}


def to_push(conn: Connection, job_ids: Sequence[int]) -> Sequence[Due]:
    """What to push when these jobs have become due: those of no store, and the first of the lines of the others' stores. Index: primary key."""
    rows = conn.execute(select(jobs.c.id, jobs.c.name, jobs.c.priority, jobs.c.store_id).where(jobs.c.id.in_(job_ids), is_due)).all()
    free = [(row.id, row.name, row.priority) for row in rows if row.store_id is None]
    return [*free, *heads(conn, {row.store_id for row in rows if row.store_id is not None})]


def next_of(conn: Connection, job_ids: Sequence[int]) -> Sequence[Due]:
    """What to push when these jobs, or their parts, have left their stores' lines: who is first there now. Indexes: primary key, jobs_parent."""
    theirs = union(
        *(select(jobs.c.store_id).where(whose.in_(job_ids), jobs.c.store_id.is_not(None)) for whose in (jobs.c.id, jobs.c.parent_id))
    )
    return heads(conn, conn.scalars(theirs).all())


def next_beside(conn: Connection, queue: str) -> Sequence[Due]:
    """What to push when a queue was paused: who is first now in the stores' lines in which its jobs stood. Index: jobs_queue."""
    theirs = select(jobs.c.store_id).where(jobs.c.queue == queue, is_due, jobs.c.store_id.is_not(None)).distinct()
    return heads(conn, conn.scalars(theirs).all())


def moving_watermark(conn: Connection, store_id: int, stream: str) -> int | None:
    """The job in a worker's hands that syncs this stream and not just a range of dates of it; None when there is none. Index: jobs_line."""
    mine = (jobs.c.store_id == store_id, jobs.c.state == JobState.RUNNING, jobs.c.stream == stream, jobs.c.name == f"sync_{stream}")
    for row in conn.execute(select(jobs.c.id, jobs.c.args).where(*mine).order_by(jobs.c.id)):
        if not (row.args.get("date_from") or row.args.get("date_to")):
            return int(row.id)
    return None


def is_paused(conn: Connection, job_id: int) -> bool:
    """Whether somebody has paused this job's queue, its store or the whole. Index: primary keys."""
    return conn.scalar(select(jobs.c.id).where(jobs.c.id == job_id, or_(~queue_is_open, ~store_is_open))) is not None


def is_better_waiting(conn: Connection, *, store_id: int | None, priority: int) -> bool:
    """Whether a job waits that would be run before one of this store and priority which gives its worker back now.

    Of another store: one that has room there and would come first, its waiting counted. Of the same store, only one that is a whole class
    better: two equal ones taking turns would help nobody. Only who has waited longest of each store, queue and priority is looked at: the
    others come after. Index: jobs_line.
    """
    first = (
        select(jobs.c.store_id, jobs.c.queue, jobs.c.priority, func.min(jobs.c.run_at).label("run_at"))
        .where(jobs.c.state == JobState.QUEUED)
        .group_by(jobs.c.store_id, jobs.c.queue, jobs.c.priority)
        .subquery()
    )
    elsewhere = or_(first.c.store_id.is_(None), first.c.store_id.in_(_room(conn)))
    better = and_(aged(first) > priority, elsewhere)
    if store_id is not None:
        same = first.c.store_id == store_id
        better = or_(and_(same, aged(first) >= priority + CLASS), and_(or_(first.c.store_id.is_(None), ~same), better))
    whose = first.outerjoin(stores, stores.c.id == first.c.store_id)
    asked = (
        select(first.c.priority)
        .select_from(whose)
        .where(first.c.run_at <= db_now(), stores.c.paused_by.is_(None), is_open_queue(first), better)
    )
    return conn.execute(asked.limit(1)).first() is not None
