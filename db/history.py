"""What people ask of the ledger's past and present: lists of jobs by keyset, one job with its attempts and its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select, union_all

from db import job_conditions, refs
from db.columns import db_now
from db.job_state import JobState
from db.reads import Fresh, asking
from db.schema import job_attempts, jobs, stores, sync_runs
from db.search_terms import Term, terms

SEARCH_WINDOW = 25_000  # text is searched in this many newest jobs: an older one is found by its number
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
    """Which jobs a list is about; empty means all. `states` are keys of SHOWN, `store` a store's name, `search` as db.search_terms says.

    Requested within the last `within_s` seconds, or from `since` and before `until` (aware); by just `requested_by`; `is_retried`: not at the
    first attempt; `longer_s`: from its first start to its end, or to now.
    """

    states: tuple[str, ...] = ()
    store: str | None = None
    queue: str | None = None
    search: str = ""
    platform: str | None = None
    requested_by: str = ""
    is_retried: bool = False
    longer_s: int = 0
    within_s: int = 0
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, newest first, whether there are more beyond them, and the database's time of the answer.

    What no index answers is searched in a bounded number of rows: `searched_to` is where it stopped, None when all was searched; `before=searched_to`
    goes on.
    """

    rows: list[dict[str, Any]]
    has_more: bool
    at: datetime
    searched_to: int | None = None


def page(wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 18, fresh: Fresh = False) -> Answer:
    """Jobs older than the id `before`, newer than the id `after`, or the newest. Indexes: primary key, jobs_state, jobs_queue, jobs_store, jobs_line.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        ids, searched_to = _ids(conn, wanted, before=before, after=after, limit=limit + 1)
        rows = sorted(_rows(conn, ids[:limit]), key=lambda row: -int(row["id"]))
        return Answer(rows, len(ids) > limit, conn.execute(select(db_now())).scalar_one(), searched_to)


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
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
        return len(_ids(conn, wanted, after=than, limit=cap)[0])


def matching_ids(conn: Connection, wanted: Wanted, *, max_id: int, limit: int) -> tuple[list[int], int | None]:
    """(The ids that `page` would list, newest first, up to `max_id`; how far back it searched, as `Answer` tells it)."""
    return _ids(conn, wanted, before=max_id + 1, limit=limit)


def detail(job_id: int) -> dict[str, Any] | None:
    """Everything about one job: its row with `shown`, `store`, `store_title`, `store_address`, `platform`, `now`, whether it `has_parts`, its
    `attempts` (oldest first) and its sync `run` or None.

    Indexes: primary keys, jobs_parent. Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        part = jobs.alias("part")
        has_parts = exists().where(part.c.parent_id == jobs.c.id).label("has_parts")
        of_store = [stores.c[name].label(f"store_{name}") for name in ("title", "address")]
        told = (stores.c.name.label("store"), stores.c.platform, *of_store, shown_state, has_parts, db_now().label("now"))
        row = conn.execute(select(jobs, *told).select_from(jobs.outerjoin(stores)).where(jobs.c.id == job_id)).first()
        if row is None:
            return None
        attempts = conn.execute(select(job_attempts).where(job_attempts.c.job_id == job_id).order_by(job_attempts.c.fence))
        run = conn.execute(select(*(column for column in sync_runs.c if column.name != "met")).where(sync_runs.c.job_id == job_id)).first()
        return {**row._mapping, "attempts": [dict(attempt._mapping) for attempt in attempts], "run": dict(run._mapping) if run else None}


def _rows(conn: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    found = conn.execute(select(*_LISTED).select_from(jobs.outerjoin(stores)).where(jobs.c.id.in_(ids)))
    return [dict(row._mapping) for row in found]


def _ids(
    conn: Connection, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int
) -> tuple[list[int], int | None]:
    """(Ids, nearest to the cursor first; how far back text was searched). One ordered index range a branch, merged: an IN over states would read
    every row of a state.
    """
    order = jobs.c.id.asc() if after is not None else jobs.c.id.desc()
    lowest, in_time = job_conditions.requested(conn, within_s=wanted.within_s, since=wanted.since, until=wanted.until)
    looked_at = job_conditions.unindexed(
        conn, platform=wanted.platform, requested_by=wanted.requested_by, is_retried=wanted.is_retried, longer_s=wanted.longer_s,
    )  # fmt: skip
    always = [*_beyond(before, after), *_place(conn, wanted), *in_time, *looked_at]
    searched = terms(wanted.search)
    exact = [term for term in searched if term.is_exact]
    if exact:
        named = set.intersection(*({int(term.value)} if term.key == "id" else refs.jobs_of(conn, term.key, term.value) for term in exact))
        texts = [_says(term) for term in searched if not term.is_exact]
        found = conn.scalars(select(jobs.c.id).where(jobs.c.id.in_(named), _states(wanted), *always, *texts).order_by(order).limit(limit))
        return [int(i) for i in found], None
    searched_to = None
    if searched or looked_at:
        low, high = _window(conn, before, after)
        always += [jobs.c.id > low, jobs.c.id < high, *(_says(term) for term in searched)]
        is_all = after is not None or low < max(lowest, conn.scalar(select(func.min(jobs.c.id))) or 0)
        searched_to = None if is_all else low + 1
    picks = [
        _by(index, select(jobs.c.id).where(*branch, *always).order_by(order).limit(limit)).subquery() for index, branch in _branches(wanted)
    ]
    found_in = union_all(*(select(pick.c.id) for pick in picks)).subquery()
    last = found_in.c.id.asc() if after is not None else found_in.c.id.desc()
    return [int(i) for i in conn.scalars(select(found_in.c.id).order_by(last).limit(limit))], searched_to


def _window(conn: Connection, before: int | None, after: int | None) -> tuple[int, int]:
    """(low, high): the ids between them are looked at, on from the cursor."""
    if after is not None:
        return after, after + SEARCH_WINDOW + 1
    beyond = (conn.scalar(select(func.max(jobs.c.id))) or 0) + 1
    high = beyond if before is None else min(before, beyond)
    return max(0, high - SEARCH_WINDOW - 1), high


def _says(term: Term) -> ColumnElement[bool]:
    if term.key == "task":
        return jobs.c.name.startswith(term.value, autoescape=True)
    if term.key == "error":
        return or_(jobs.c.error.contains(term.value, autoescape=True), jobs.c.error_class.contains(term.value, autoescape=True))
    return or_(*(column.contains(term.value, autoescape=True) for column in (jobs.c.name, jobs.c.error)))


def _by(index: str, asked: Select[Any]) -> Select[Any]:
    """Named, since the optimizer takes the primary key for an ordered LIMIT and then walks past a million jobs of other states."""
    return asked.with_hint(jobs, f"USE INDEX ({index})", "mysql") if index else asked


def _branches(wanted: Wanted) -> list[tuple[str, list[ColumnElement[bool]]]]:
    """(The index that answers it, the conditions) of each range. A store's successes are met soon on the way through its jobs, other states perhaps never."""
    of_states = [[jobs.c.state == state, *([also] if also is not None else [])] for state, also in (SHOWN[name] for name in wanted.states)]
    if wanted.store:
        walked = [[of_stream, _states(wanted)] for of_stream in _walked(wanted.queue)]
        rare = wanted.states and JobState.SUCCEEDED.value not in wanted.states
        return [("jobs_line", branch) for branch in of_states] if rare else [("jobs_store", branch) for branch in walked]
    if wanted.queue:
        of_states = of_states or [[jobs.c.state == state] for state in JobState]
    if of_states:
        return [("jobs_queue" if wanted.queue else "jobs_state", branch) for branch in of_states]
    return [("", [])]


def _walked(queue: str | None) -> list[ColumnElement[bool]]:
    """The parts of a store's jobs that are walked through: those of a stream's queue have that stream, so that no other stream is walked in vain."""
    streams = [stream for stream in STREAMS if queue == f"sync-{stream}"] or STREAMS
    return [*(jobs.c.stream == stream for stream in streams), jobs.c.stream.is_(None)]


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
