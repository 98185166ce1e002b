"""What is going on: what finished when, what came and went, what runs now, why jobs fail."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, func, select

from db import rollups
from db.columns import db_now
from db.job_state import JobState
from db.reads import asking
from db.schema import jobs, stores

FAILURES_READ = 1_000  # grouping reads this many newest failures at most
CAUSE_LENGTH = 200  # characters of an error that make its cause
_NUMBERS = re.compile(r"\d+")


def _minute(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(cast(column, String(26)), 1, 16)  # "2026-11-22 03:45" on all three databases


def finished(hours: int, minutes: int) -> tuple[list[tuple[str, str, int]], datetime]:
    """([minute in UTC, final state, jobs], the database's time), oldest first, of the last `hours`.

    The second half is told by the minute where `minutes` is 1, else by five, each at its first; the newest are told by the minute, since they are
    not counted yet. Of the first half the sum is told, at its first. Indexes: primary key of rollups, jobs_finished.
    Raises: DatabaseAway.
    """
    with asking() as conn:
        now = conn.execute(select(db_now())).scalar_one()
        here = now.replace(second=0, microsecond=0)
        first, middle = here - timedelta(hours=hours), here - timedelta(hours=hours / 2)
        counted = max(rollups.counted_to(conn) or first, first)
        whole = [(rollups.floor(first) + rollups.BUCKET, min(rollups.floor(middle), counted))]
        if minutes > 1:
            whole.append((rollups.floor(middle) + rollups.BUCKET, counted))
        whole = [(begin, end) for begin, end in whole if begin < end]
        found = Counter[tuple[str, str]]()
        at = first
        for begin, end in [*whole, (now + rollups.BUCKET, now)]:
            found.update(_by_minute(conn, at, begin))
            counts = rollups.by_state(conn, begin, end, is_whole=end <= middle)
            found.update({(f"{moment:%Y-%m-%d %H:%M}", state): count for moment, state, count in counts})
            at = end
    return sorted((minute, state, count) for (minute, state), count in found.items()), now


def _by_minute(conn: Connection, begin: datetime, end: datetime) -> dict[tuple[str, str], int]:
    if begin >= end:
        return {}
    minute = _minute(jobs.c.finished_at).label("minute")
    span = (jobs.c.finished_at >= begin, jobs.c.finished_at < end)
    found = conn.execute(select(minute, jobs.c.state, func.count()).where(*span).group_by(minute, jobs.c.state))
    return {(str(row[0]), str(row[1])): int(row[2]) for row in found}


def came_and_started(minutes: int) -> dict[str, Counter[str]]:
    """Jobs that became due (`came`), were begun (`started`) and ended (`ended`) per minute in UTC. Indexes: jobs_finished, jobs_state.

    Raises: DatabaseAway.
    """
    moments = {"came": jobs.c.created_at, "started": func.coalesce(jobs.c.started_at, jobs.c.finished_at), "ended": jobs.c.finished_at}
    since = db_now(-minutes * 60)
    seen: dict[str, Counter[str]] = {name: Counter() for name in moments}
    groups = (jobs.c.finished_at >= since, jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
    with asking() as conn:
        for which in groups:
            for name, moment in moments.items():
                minute = _minute(moment).label("minute")
                for at, count in conn.execute(select(minute, func.count()).where(which, moment >= since).group_by(minute)):
                    seen[name][at] += count
    return seen


def running(limit: int = 100) -> tuple[list[dict[str, Any]], datetime]:
    """(The jobs that run, oldest first, with their attempt's `failures` and `store_title`, the database's time). Index: jobs_state.

    Raises: DatabaseAway.
    """
    columns = [
        jobs.c[name] for name in ("id", "name", "queue", "stream", "started_at", "progress", "progress_total", "worker", "failures", "max_attempts")
    ] + [stores.c.name.label("store"), stores.c.title.label("store_title")]  # fmt: skip
    with asking() as conn:
        rows = conn.execute(
            select(*columns).select_from(jobs.outerjoin(stores)).where(jobs.c.state == JobState.RUNNING).order_by(jobs.c.id).limit(limit)
        )
        return [dict(row._mapping) for row in rows], conn.execute(select(db_now())).scalar_one()


def waiting_to_retry(limit: int = 200) -> list[dict[str, Any]]:
    """Jobs that failed or were put off and will run again by themselves, soonest first. Index: jobs_state.

    Raises: DatabaseAway.
    """
    columns = (jobs.c.id, jobs.c.name, jobs.c.stream, jobs.c.run_at, jobs.c.error, jobs.c.error_class, stores.c.title.label("store_title"))
    again = (jobs.c.state == JobState.QUEUED, jobs.c.error_class.is_not(None))
    with asking() as conn:
        found = conn.execute(select(*columns).select_from(jobs.outerjoin(stores)).where(*again).order_by(jobs.c.run_at).limit(limit))
        return [dict(row._mapping) for row in found]


def why_jobs_fail(hours: float = 24.0) -> tuple[list[dict[str, Any]], datetime]:
    """(Failures of one cause together: `jobs`, `error`, `error_class`, `stores`, `last_at`, `job_id` of the newest; most first; the database's time).

    Two errors are one cause when they begin alike but for numbers. Index: jobs_state, walked from the newest. Raises: DatabaseAway.
    """
    error = func.substr(jobs.c.error, 1, CAUSE_LENGTH).label("error")
    newest = select(jobs.c.id, jobs.c.error_class, error, jobs.c.store_id, jobs.c.finished_at).where(jobs.c.state == JobState.FAILED)
    newest = newest.with_hint(jobs, "USE INDEX (jobs_state)", "mysql")  # else the primary key is walked through a million successes
    of_them = newest.order_by(jobs.c.id.desc()).limit(FAILURES_READ).subquery().c
    alike = (of_them.error_class, of_them.error, of_them.store_id)
    told = (*alike, func.count().label("jobs"), func.max(of_them.id).label("id"), func.max(of_them.finished_at).label("finished_at"))
    with asking() as conn:
        now = conn.execute(select(db_now())).scalar_one()
        rows = conn.execute(select(*told).where(of_them.finished_at >= now - timedelta(hours=hours)).group_by(*alike)).all()
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: -int(row.id)):
        cause = (row.error_class or "", _NUMBERS.sub("#", row.error or ""))
        first = {
            "jobs": 0,
            "error": row.error or "",
            "error_class": row.error_class or "",
            "stores": set(),
            "last_at": row.finished_at,
            "job_id": row.id,
        }
        group = groups.setdefault(cause, first)
        group["jobs"] += row.jobs
        group["last_at"] = max(group["last_at"], row.finished_at)
        group["stores"].add(row.store_id)
    return sorted(({**group, "stores": len(group["stores"])} for group in groups.values()), key=lambda group: -int(group["jobs"])), now
