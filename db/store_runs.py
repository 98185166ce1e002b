"""Stores in time: how their last syncs ended, and when their schedules ask for the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all

from db.history import STREAMS
from db.job_state import JobState
from db.reads import asking
from db.schema import jobs, schedules, stores

RUNS = 30
_AT_ONCE = 50  # stores a statement: SQLite joins at most 500 selects


def last_runs(store_ids: Sequence[int], *, limit: int = RUNS) -> dict[int, list[tuple[str, str | None]]]:
    """Store → (state, verdict) of its newest finished syncs, oldest first. A short range of jobs_store for each store and stream, many in one statement.

    Raises: DatabaseAway.
    """
    found: dict[int, list[Any]] = {store_id: [] for store_id in store_ids}
    with asking() as conn:
        for start in range(0, len(store_ids), _AT_ONCE):
            some = store_ids[start : start + _AT_ONCE]
            ranges = [_ended(store_id, stream, limit).subquery() for store_id in some for stream in STREAMS]
            for row in conn.execute(union_all(*(select(one) for one in ranges))):
                found[row.store_id].append(row)
    return {
        store_id: [(str(row.state), row.verdict) for row in sorted(rows, key=lambda row: int(row.id))[-limit:]]
        for store_id, rows in found.items()
    }


def _ended(store_id: int, stream: str, limit: int) -> Select[Any]:
    told = select(jobs.c.store_id, jobs.c.state, jobs.c.verdict, jobs.c.id)
    which = (jobs.c.store_id == store_id, jobs.c.stream == stream)
    ended = (jobs.c.state.in_((JobState.SUCCEEDED, JobState.FAILED)), jobs.c.queue != "system")
    return told.where(*which, *ended).order_by(jobs.c.id.desc()).limit(limit).with_hint(jobs, "USE INDEX (jobs_store)", "mysql")


def next_runs() -> dict[int, dict[str, datetime]]:
    """Store → stream → when a schedule asks for it next: its own or that for all stores, of the stream or of everything; a pause that ends is waited
    for. Reads two small tables.

    Raises: DatabaseAway.
    """  # fmt: skip
    told = (schedules.c.store_id, schedules.c.stream, schedules.c.next_at, schedules.c.is_enabled, schedules.c.paused_until)
    with asking() as conn:
        known = {(row.store_id, row.stream): row for row in conn.execute(select(*told))}
        ids = conn.scalars(select(stores.c.id)).all()

    def times(store_id: int, stream: str) -> list[datetime]:
        applying = (known.get((store_id, which)) or known.get((None, which)) for which in (stream, "all"))
        return [max(row.next_at, row.paused_until or row.next_at) for row in applying if row is not None and row.is_enabled]

    found = {store_id: {stream: times(store_id, stream) for stream in STREAMS} for store_id in ids}
    return {store_id: {stream: min(at) for stream, at in of.items() if at} for store_id, of in found.items()}
