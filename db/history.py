"""What people ask of the ledger's past and present: lists of jobs by keyset, one job with its attempts and its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, union_all

from db.columns import db_now
from db.job_state import JobState
from db.reads import asking
from db.schema import job_attempts, jobs, stores, sync_runs

SEARCH_WINDOW = 100_000  # text is searched in this many newest jobs: an older one is found by its number
STREAMS = ("products", "orders", "inventory", "customers")

_queued = jobs.c.state == JobState.QUEUED
SHOWN: dict[str, tuple[JobState, ColumnElement[bool] | None]] = {  # what people call a state → the ledger's state and what else is true
    "queued": (JobState.QUEUED, and_(jobs.c.error_class.is_(None), jobs.c.run_at <= db_now())),
    "delayed": (JobState.QUEUED, and_(jobs.c.error_class.is_(None), jobs.c.run_at > db_now())),
    "running": (JobState.RUNNING, None),
    "retrying": (JobState.QUEUED, jobs.c.error_class.is_not(None)),
    "succeeded": (JobState.SUCCEEDED, None),
    "failed": (JobState.FAILED, None),
    "cancelled": (JobState.CANCELLED, None),
}
shown_state = case(
    (and_(_queued, jobs.c.error_class.is_not(None)), "retrying"), (and_(_queued, jobs.c.run_at > db_now()), "delayed"), else_=jobs.c.state
).label("shown")
_LISTED = [
    jobs.c[name]
    for name in (
        "id", "name", "queue", "stream", "state", "error", "run_at", "created_at", "started_at", "finished_at", "failures", "max_attempts",
        "progress", "progress_total", "verdict", "worker", "cancel_requested_by", "requested_by",
    )
] + [stores.c.name.label("store"), stores.c.title.label("store_title"), shown_state]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which jobs a list is about; empty means all. `states` are keys of SHOWN, `store` a store's name, `search` a job's number or a text."""

    states: tuple[str, ...] = ()
    store: str | None = None
    queue: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, newest first, whether there are more beyond them, and the database's time of the answer."""

    rows: list[dict[str, Any]]
    has_more: bool
    at: datetime


def page(wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 18, fresh: bool = False) -> Answer:
    """Jobs older than the id `before`, newer than the id `after`, or the newest. Indexes: primary key, jobs_state, jobs_queue, jobs_store.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        ids = _ids(conn, wanted, before=before, after=after, limit=limit + 1)
        has_more, ids = len(ids) > limit, ids[:limit]
        rows = _rows(conn, ids)
        return Answer(sorted(rows, key=lambda row: -int(row["id"])), has_more, conn.execute(select(db_now())).scalar_one())


def by_ids(ids: Sequence[int], *, fresh: bool = False) -> Answer:
    """The same jobs as they are now, in the order of `ids`. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row["id"]: row for row in _rows(conn, ids)}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def count_newer(wanted: Wanted, than: int, *, cap: int = 100) -> int:
    """How many such jobs have come since the id `than`, at most `cap`. Indexes as `page`.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return len(_ids(conn, wanted, after=than, limit=cap))


def detail(job_id: int) -> dict[str, Any] | None:
    """Everything about one job: its row with `shown`, `store`, `store_title`, `platform`, `now`, its `attempts` (oldest first) and its sync `run` or None.

    Index: primary keys. Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        told = (stores.c.name.label("store"), stores.c.title.label("store_title"), stores.c.platform, shown_state, db_now().label("now"))
        row = conn.execute(select(jobs, *told).select_from(jobs.outerjoin(stores)).where(jobs.c.id == job_id)).first()
        if row is None:
            return None
        attempts = conn.execute(select(job_attempts).where(job_attempts.c.job_id == job_id).order_by(job_attempts.c.fence))
        run = conn.execute(select(sync_runs).where(sync_runs.c.job_id == job_id)).first()
        return {**row._mapping, "attempts": [dict(attempt._mapping) for attempt in attempts], "run": dict(run._mapping) if run else None}


def _rows(conn: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    found = conn.execute(select(*_LISTED).select_from(jobs.outerjoin(stores)).where(jobs.c.id.in_(ids)))
    return [dict(row._mapping) for row in found]


def _ids(conn: Connection, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int) -> list[int]:
    """Ids, nearest to the cursor first. One ordered index range per branch, merged: an IN over states would read every row of a state."""
    if wanted.search.isdigit():
        only = jobs.c.id == int(wanted.search[:18])
        return [
            int(i) for i in conn.scalars(select(jobs.c.id).where(only, _states(wanted), *_place(conn, wanted), *_beyond(before, after)))
        ]
    order = jobs.c.id.asc() if after is not None else jobs.c.id.desc()
    always = [*_beyond(before, after), *_place(conn, wanted)]
    if wanted.search:
        newest = conn.scalar(select(func.max(jobs.c.id))) or 0
        text = [column.contains(wanted.search, autoescape=True) for column in (jobs.c.name, jobs.c.error)]
        always += [jobs.c.id > newest - SEARCH_WINDOW, or_(*text)]
    picks = [select(jobs.c.id).where(*branch, *always).order_by(order).limit(limit).subquery() for branch in _branches(wanted)]
    merged = union_all(*(select(pick.c.id) for pick in picks)).subquery()
    last = merged.c.id.asc() if after is not None else merged.c.id.desc()
    return [int(i) for i in conn.scalars(select(merged.c.id).order_by(last).limit(limit))]


def _branches(wanted: Wanted) -> list[list[ColumnElement[bool]]]:
    if wanted.store:
        return [[jobs.c.stream == stream, _states(wanted)] for stream in STREAMS]
    if wanted.states:
        return [[jobs.c.state == state, *([also] if also is not None else [])] for state, also in (SHOWN[name] for name in wanted.states)]
    if wanted.queue:
        return [[jobs.c.state == state] for state in JobState]
    return [[]]


def _states(wanted: Wanted) -> ColumnElement[bool]:
    if not wanted.states:
        return jobs.c.id > 0
    return or_(
        *(and_(jobs.c.state == state, *([also] if also is not None else [])) for state, also in (SHOWN[name] for name in wanted.states))
    )


def _place(conn: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    queue = [jobs.c.queue == wanted.queue] if wanted.queue else []
    if not wanted.store:
        return queue
    return [*queue, jobs.c.store_id == (conn.scalar(select(stores.c.id).where(stores.c.name == wanted.store)) or 0)]


def _beyond(before: int | None, after: int | None) -> list[ColumnElement[bool]]:
    return [*([jobs.c.id < before] if before is not None else []), *([jobs.c.id > after] if after is not None else [])]
