"""What is old enough to go, found and deleted in small batches. Each batch is a transaction of its caller's; none waits for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, func, select, tuple_

from db import options, store_stats
from db.columns import db_now
from db.job_state import FINAL, JobState
from db.schema import (
    alerts,
    audit_log,
    bulk_operations,
    bulk_targets,
    consumers,
    failure_groups,
    job_log,
    jobs,
    rejected_records,
    requests,
    rollups,
    store_stream_counts,
)

BATCH = 500
STAY = {JobState.SUCCEEDED: 100, JobState.FAILED: 50}  # so many of each queue are kept whatever their age
_AT_LEAST = timedelta(days=1)  # a count alone deletes nothing younger: a repeated request still finds its job


@dataclass(frozen=True, slots=True)
class Batch:
    """Keys to delete, where the next batch begins, and whether this was the last."""

    keys: Sequence[Any]
    after: Any
    is_last: bool


class Sweep(Protocol):
    """One kind of thing that grows old."""

    @property
    def name(self) -> str:
        """Its table."""

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """What comes after `after` (None: from the beginning), looking at no more than `limit` rows."""

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """Delete those of them that are still to go; how many were."""


def sweeps(conn: Connection) -> Sequence[Sweep]:
    """Everything that grows old, with the limits of this moment."""
    now = conn.execute(select(db_now())).scalar_one()

    def before(option: str) -> datetime:
        return now - timedelta(days=options.value(conn, option))

    newest = conn.scalar(select(func.max(jobs.c.id))) or 0
    return (
        _ById(job_log, job_log.c.at, before("keep_job_log_days")),  # before their jobs, whose deletion would take them all at once
        _Jobs(before("keep_jobs_days"), newest - options.value(conn, "keep_jobs_count"), now - _AT_LEAST, staying(conn)),
        _ById(requests, requests.c.timestamp, before("keep_requests_days")),
        _ById(audit_log, audit_log.c.at, before("keep_audit_days")),
        _Rejected(before("keep_rejected_days")),
        _ById(alerts, alerts.c.began_at, before("keep_alerts_days"), ends=alerts.c.ended_at),
        _Targets(before("keep_bulk_days")),
        _ById(bulk_operations, bulk_operations.c.created_at, before("keep_bulk_days"), ends=bulk_operations.c.finished_at),
        _ByTime(consumers, (consumers.c.id,), consumers.c.beat_at, before("keep_consumers_days")),
        _ByTime(failure_groups, (failure_groups.c.fingerprint,), failure_groups.c.last_seen_at, before("keep_failures_days")),
        _ByTime(rollups, tuple(rollups.primary_key), rollups.c.at, before("keep_rollups_days")),
        _ByTime(store_stream_counts, tuple(store_stream_counts.primary_key), store_stream_counts.c.at_hour, before("keep_counts_days")),
    )


def staying(conn: Connection) -> frozenset[int]:
    """The newest finished jobs of each queue, and the parents of unfinished ones. Indexes: jobs_queue, jobs_state."""
    found: set[int] = set()
    queue = conn.scalar(select(func.min(jobs.c.queue)))
    while queue is not None:
        for state, count in STAY.items():
            newest = select(jobs.c.id).where(jobs.c.queue == queue, jobs.c.state == state).order_by(jobs.c.id.desc()).limit(count)
            found.update(conn.scalars(newest))
        queue = conn.scalar(select(func.min(jobs.c.queue)).where(jobs.c.queue > queue))
    unfinished = jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING))
    found.update(conn.scalars(select(jobs.c.parent_id).where(unfinished, jobs.c.parent_id.is_not(None)).distinct()))
    return frozenset(found)


class _Jobs:
    """Finished jobs, with their attempts, runs, references and log lines (ON DELETE CASCADE). Index: primary key."""

    name = "jobs"

    def __init__(self, finished_before: datetime, up_to_id: int, counted_before: datetime, staying: frozenset[int]) -> None:
        self._finished_before, self._up_to_id, self._counted_before, self._staying = finished_before, up_to_id, counted_before, staying

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """See Sweep. A job's id is about as old as its creation, so the walk ends where jobs are too young."""
        told = (jobs.c.id, jobs.c.state, jobs.c.created_at, jobs.c.finished_at)
        rows = conn.execute(select(*told).where(jobs.c.id > (after or 0)).order_by(jobs.c.id).limit(limit)).all()
        old = [row.id for row in rows if row.id not in self._staying and row.state in FINAL and row.finished_at and self._is_old(row)]
        keys = _without_parts_waited_for(conn, old)
        young = len(rows) > 0 and all(row.created_at >= self._finished_before and row.id > self._up_to_id for row in rows)
        return Batch(keys, rows[-1].id if rows else after, len(rows) < limit or young)

    def _is_old(self, row: Any) -> bool:
        by_count = row.id <= self._up_to_id and row.finished_at < self._counted_before
        return bool(row.finished_at < self._finished_before or by_count)

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """See Sweep; a job that somebody has retried in the meantime stays, and so do the parts of one."""
        latest = max(self._finished_before, self._counted_before)
        still = (jobs.c.id.in_(_without_parts_waited_for(conn, keys)), jobs.c.state.in_(FINAL), jobs.c.finished_at < latest)
        return conn.execute(delete(jobs).where(*still)).rowcount


def _without_parts_waited_for(conn: Connection, keys: Sequence[Any]) -> Sequence[Any]:
    """Those of them that no unfinished job waits for: a whole is judged by its parts. Index: the primary key."""
    whole = jobs.alias("whole")
    waited_for = select(jobs.c.id).join(whole, whole.c.id == jobs.c.parent_id).where(jobs.c.id.in_(keys), whole.c.state.not_in(FINAL))
    kept = set(conn.scalars(waited_for)) if keys else set()
    return [key for key in keys if key not in kept]


class _ById:
    """Rows whose ids grow with their time; of those that have an end, only ended ones. Index: primary key."""

    def __init__(self, table: Table, at: Column[Any], before: datetime, *, ends: Column[Any] | None = None) -> None:
        self.name, self._id, self._at, self._before, self._table = table.name, table.c.id, at, before, table
        self._end = at if ends is None else ends

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """See Sweep."""
        told = (self._id, self._at.label("at"), self._end.label("end"))
        rows = conn.execute(select(*told).where(self._id > (after or 0)).order_by(self._id).limit(limit)).all()
        keys = [row.id for row in rows if row.end is not None and row.end < self._before]
        young = len(rows) > 0 and all(row.at >= self._before for row in rows)
        return Batch(keys, rows[-1].id if rows else after, len(rows) < limit or young)

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """See Sweep."""
        return conn.execute(delete(self._table).where(self._id.in_(keys), self._end < self._before)).rowcount


class _ByTime:
    """Rows of few kinds, found by their time and deleted by their key."""

    def __init__(self, table: Table, key: tuple[Column[Any], ...], at: Column[Any], before: datetime) -> None:
        self.name, self._table, self._key, self._at, self._before = table.name, table, key, at, before

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """See Sweep; what was found before is gone by now, so it begins anew."""
        rows = conn.execute(select(*self._key).where(self._at < self._before).order_by(self._at).limit(limit)).all()
        return Batch([tuple(row) for row in rows], None, len(rows) < limit)

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """See Sweep."""
        if len(self._key) == 1:
            which: ColumnElement[bool] = self._key[0].in_([key[0] for key in keys])
        else:  # begins with the time; not every server makes ranges of tuples
            which = and_(self._key[0].between(keys[0][0], keys[-1][0]), tuple_(*self._key).in_(keys))
        return conn.execute(delete(self._table).where(which, self._at < self._before)).rowcount


class _Targets:
    """What ended bulk operations did to each target, before the operations themselves. Index: primary key."""

    name = "bulk_targets"

    def __init__(self, before: datetime) -> None:
        self._before = before

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """See Sweep."""
        key = (bulk_targets.c.operation_id, bulk_targets.c.target_id)
        old = select(bulk_operations.c.id).where(bulk_operations.c.finished_at < self._before).order_by(bulk_operations.c.id)
        for operation_id in conn.scalars(old).all():
            rows = conn.execute(select(*key).where(key[0] == operation_id).order_by(key[1]).limit(limit)).all()
            if rows:
                return Batch([tuple(row) for row in rows], None, False)
        return Batch([], None, True)

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """See Sweep."""
        which = (bulk_targets.c.operation_id == keys[0][0], bulk_targets.c.target_id.in_([key[1] for key in keys]))
        return conn.execute(delete(bulk_targets).where(*which)).rowcount


class _Rejected:
    """Rejected records that no sync has met for long: full syncs meet each one that its platform still has. Index: primary key."""

    name = "rejected_records"

    def __init__(self, before: datetime) -> None:
        self._before = before

    def find(self, conn: Connection, after: Any, limit: int) -> Batch:
        """See Sweep."""
        told = (rejected_records.c.id, rejected_records.c.last_seen_at)
        rows = conn.execute(
            select(*told).where(rejected_records.c.id > (after or 0)).order_by(rejected_records.c.id).limit(limit)
        ).all()  # fmt: skip
        keys = [row.id for row in rows if row.last_seen_at < self._before]
        return Batch(keys, rows[-1].id if rows else after, len(rows) < limit)

    def delete(self, conn: Connection, keys: Sequence[Any]) -> int:
        """See Sweep; the board's counts move with it."""
        old = (rejected_records.c.id.in_(keys), rejected_records.c.last_seen_at < self._before)
        of_stream = (rejected_records.c.store_id, rejected_records.c.stream)
        gone = 0
        for store_id, stream in conn.execute(select(*of_stream).where(*old).distinct()).all():
            here = (rejected_records.c.store_id == store_id, rejected_records.c.stream == stream)
            deleted = conn.execute(delete(rejected_records).where(*old, *here)).rowcount
            store_stats.adjust(conn, store_id, stream, rejected=-deleted)
            gone += deleted
        return gone
