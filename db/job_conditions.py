"""What narrows a list of jobs without an index of its own: who asked, which platform, tried again, took long, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, literal, or_, select

from db.columns import db_now, seconds_since
from db.job_state import JobState
from db.schema import jobs, stores

_APART = timedelta(minutes=1)  # jobs that come at once may get their numbers and times in another order
_took_s = seconds_since(jobs.c.started_at) - case((jobs.c.finished_at.is_not(None), seconds_since(jobs.c.finished_at)), else_=literal(0.0))
_was_tried_again = or_(
    jobs.c.failures > 1, jobs.c.crashes > 0, and_(jobs.c.failures == 1, jobs.c.state.not_in((JobState.FAILED, JobState.CANCELLED)))
)


def unindexed(conn: Connection, *, platform: str | None, requested_by: str, is_retried: bool, longer_s: int) -> list[ColumnElement[bool]]:
    """Conditions that only a look at each row answers: to be asked within a window of ids."""
    of_platform = conn.scalars(select(stores.c.id).where(stores.c.platform == platform)).all() if platform else []
    return [
        *([jobs.c.store_id.in_(of_platform)] if platform else []),
        *([jobs.c.requested_by == requested_by] if requested_by else []),
        *([_was_tried_again] if is_retried else []),
        *([_took_s > longer_s] if longer_s else []),
    ]


def requested(conn: Connection, *, within_s: int, since: datetime | None, until: datetime | None) -> tuple[int, list[ColumnElement[bool]]]:
    """(The id below which nothing is searched, the conditions) of a time of request; numbers rise with time, so that a range of ids answers it.

    Index: the primary key, a row for each step of a bisection.
    """
    if not (within_s or since or until):
        return 0, []
    begin = conn.execute(select(db_now(-within_s))).scalar_one() if within_s else since
    low = _first_since(conn, begin - _APART) if begin else 0
    told = [jobs.c.id >= low, *([jobs.c.created_at >= begin] if begin else [])]
    if until:
        told += [jobs.c.id < _first_since(conn, until + _APART), jobs.c.created_at < until]
    return low, told


def _first_since(conn: Connection, moment: datetime) -> int:
    """The lowest id of what was requested at `moment` or later; beyond the last where nothing was."""
    low = 0
    high = int(conn.scalar(select(jobs.c.id).order_by(jobs.c.id.desc()).limit(1)) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = conn.execute(select(jobs.c.id, jobs.c.created_at).where(jobs.c.id >= middle).order_by(jobs.c.id).limit(1)).first()
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = int(row.id) + 1
    return low
