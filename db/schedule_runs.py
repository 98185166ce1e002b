"""The runs of a schedule: what it asked for each time, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from db.job_state import FINAL
from db.reads import asking
from db.schema import jobs

RUNS, _MOST_JOBS = 30, 2_000  # a run of a schedule for all stores has a job of each


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRun:
    """One run. `results`: verdict, or else state → jobs. `took_s`: from when it was due to the end of its last job; None while one is unfinished."""

    at: datetime
    results: Mapping[str, int]
    took_s: float | None


def newest(schedule_ids: Collection[int]) -> dict[int, list[ScheduleRun]]:
    """The last RUNS runs of each of these schedules, oldest first. Index: the unique idempotency key.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return {schedule_id: _of(conn, schedule_id) for schedule_id in schedule_ids}


def _of(conn: Connection, schedule_id: int) -> list[ScheduleRun]:
    begin = f"schedule:{schedule_id}:"  # as db.schedules.key_of writes it
    mine = (jobs.c.idempotency_key >= begin, jobs.c.idempotency_key < begin[:-1] + ";")  # ; comes right after :
    told = select(jobs.c.idempotency_key, jobs.c.state, jobs.c.verdict, jobs.c.finished_at)
    rows = conn.execute(told.where(*mine).order_by(jobs.c.idempotency_key.desc()).limit(_MOST_JOBS)).all()
    runs: dict[str, list[Any]] = {}
    for row in rows:
        runs.setdefault(row.idempotency_key.split(":")[2], []).append(row)
    if len(rows) == _MOST_JOBS and len(runs) > 1:
        runs.popitem()  # the oldest may have been cut
    return [_run(at, found) for at, found in list(runs.items())[:RUNS]][::-1]


def _run(at: str, found: list[Any]) -> ScheduleRun:
    due = datetime.strptime(at, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    is_over = all(row.state in FINAL for row in found)
    took = (max(row.finished_at for row in found) - due).total_seconds() if is_over else None
    return ScheduleRun(at=due, results=Counter(str(row.verdict or row.state) for row in found), took_s=took)
