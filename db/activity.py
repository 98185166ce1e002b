"""What is going on: what finished when, what came and went, what runs now, why jobs fail."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, bindparam, cast, func, select, text

from db.columns import UtcTime, db_now
from db.job_state import JobState
from db.reads import asking
from db.schema import jobs, stores

FAILURES_READ = 1_000  # grouping reads this many newest failures at most
CAUSE_LENGTH = 200  # characters of an error that make its cause
_NUMBERS = re.compile(r"\d+")
_FINAL = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


def _minute(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(cast(column, String(26)), 1, 16)  # "2026-11-22 03:45" on all three databases


def finished(hours: int, minutes: int) -> tuple[list[tuple[str, str, int]], datetime]:
    """([beginning of a bucket in UTC, final state, jobs], the database's time), oldest first. Buckets of `minutes` begin where the day's do;
    one more begins in the middle of the span, so that its halves can be compared. Index: jobs_finished, which covers it.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        now = conn.execute(select(db_now())).scalar_one()
        rows = _by_minute(conn, hours) if minutes == 1 else _by_bucket(conn, _edges(now, hours, minutes))
    return sorted(rows), now


def _by_minute(conn: Connection, hours: int) -> list[tuple[str, str, int]]:
    minute = _minute(jobs.c.finished_at).label("minute")
    found = conn.execute(
        select(minute, jobs.c.state, func.count()).where(jobs.c.finished_at >= db_now(-hours * 3600)).group_by(minute, jobs.c.state)
    )
    return [(str(row[0]), str(row[1]), int(row[2])) for row in found]


def _by_bucket(conn: Connection, edges: list[datetime]) -> list[tuple[str, str, int]]:
    """One range of the index a bucket: grouping a day by the text of its minute would sort every job of that day."""
    ends = [*edges[1:], edges[-1] + timedelta(days=1)]
    sums = ", ".join(f"SUM(CASE WHEN state = '{state.value}' THEN 1 ELSE 0 END)" for state in _FINAL)
    one = f"SELECT {{0}}, {sums} FROM jobs WHERE finished_at >= :begin{{0}} AND finished_at < :end{{0}}"  # noqa: S608  # nothing of a stranger's
    asked = text(" UNION ALL ".join(one.format(number) for number in range(len(edges))))  # as an expression it costs more than its answer
    moments = {f"begin{number}": begin for number, begin in enumerate(edges)} | {f"end{number}": end for number, end in enumerate(ends)}
    found = conn.execute(asked.bindparams(*(bindparam(name, moment, UtcTime()) for name, moment in moments.items())))
    return [
        (f"{edges[row[0]]:%Y-%m-%d %H:%M}", state.value, int(count))
        for row in found
        for state, count in zip(_FINAL, row[1:], strict=True)
        if count
    ]


def _edges(now: datetime, hours: int, minutes: int) -> list[datetime]:
    here = now.replace(second=0, microsecond=0)
    first, middle = here - timedelta(hours=hours), here - timedelta(hours=hours / 2)
    last = here - timedelta(minutes=(here.hour * 60 + here.minute) % minutes)
    count = int((last - first) / timedelta(minutes=minutes))
    return sorted({first, middle, *(last - timedelta(minutes=minutes * back) for back in range(count + 1))})


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
