"""The ledger's statements. A change of state is one UPDATE guarded by the state that it leaves; no row matched means somebody else was first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from db import failures, line, refs, stores
from db import job_statements as statements
from db.columns import db_now
from db.job_state import FINAL, JobState, Outcome, Verdict
from db.job_statements import DONE
from db.request_id import request_id
from db.schema import jobs


class LeaseLost(Exception):
    """The job belongs to somebody else by now; whatever this attempt still holds must not be written."""


class CancelRequested(Exception):
    """A person asked the job to stop; it does so between two pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request to do something. `delay_s` seconds from now at the earliest; `dedupe_key` names what only one unfinished job may do."""

    name: str
    queue: str
    args: Mapping[str, Any]
    requested_by: str
    max_attempts: int
    store_id: int | None = None
    stream: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    delay_s: float = 0.0
    dedupe_key: str | None = None
    idempotency_key: str | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job in the hands of one worker; `fence` is the number of the claim, without which nothing can be written."""

    id: int
    name: str
    queue: str
    store_id: int | None
    stream: str | None
    args: dict[str, Any]
    metadata: dict[str, Any]
    requested_by: str
    request_id: str | None
    priority: int
    fence: int
    failures: int
    max_attempts: int
    worker: str

    @property
    def attempt(self) -> int:
        """The number of this try, from 1; postponed and yielded ones do not count."""
        return self.failures + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt ended badly: one sentence, the next step, a code for the verdict; all without secrets."""

    error_class: str
    error: str
    hint: str = ""
    reason_code: str = "error"
    traceback: str | None = None


_NAMED = select(*(jobs.c[name] for name in ClaimedJob.__dataclass_fields__)).where(
    jobs.c.id == bindparam("p_id"), jobs.c.name == bindparam("p_name"), line.is_due
)


def _of(job: ClaimedJob) -> dict[str, Any]:
    return {"p_id": job.id, "p_fence": job.fence, "p_worker": job.worker}


def add(conn: Connection, job: NewJob, *, repush_s: float) -> tuple[int, bool]:
    """Write the job down; (id, whether it is new). An unfinished job of the same key, or one of the same idempotency key, is returned instead."""
    if (existing := _existing(conn, job)) is not None:
        return existing, False
    in_s = job.delay_s if job.delay_s > 0 else repush_s  # what is due now is pushed by the caller after the commit
    values = {**row_of(job), "p_delay_s": job.delay_s, "p_push_in_s": in_s}
    if job.dedupe_key is None and job.idempotency_key is None:
        return _insert(conn, job, values), True  # nothing that could be there already
    try:
        with conn.begin_nested():
            return _insert(conn, job, values), True
    except IntegrityError:
        if (existing := _existing(conn, job)) is None:
            raise
        return existing, False


def _insert(conn: Connection, job: NewJob, values: Mapping[str, Any]) -> int:
    job_id = statements.ADD(conn, values).lastrowid
    refs.note(conn, job_id, refs.named_in(job.args, job.metadata))
    return job_id


def row_of(job: NewJob) -> dict[str, Any]:
    """The columns of a new job, without the times."""
    return {
        "name": job.name, "queue": job.queue, "store_id": job.store_id, "stream": job.stream, "args": dict(job.args), "metadata": dict(job.metadata),
        "priority": job.priority, "state": JobState.QUEUED, "max_attempts": job.max_attempts, "dedupe_key": job.dedupe_key,
        "active_key": job.dedupe_key, "idempotency_key": job.idempotency_key, "requested_by": job.requested_by[:255], "request_id": request_id.get() or None,
        "parent_id": job.parent_id,
    }  # fmt: skip


def _existing(conn: Connection, job: NewJob) -> int | None:
    for column, value in ((jobs.c.idempotency_key, job.idempotency_key), (jobs.c.active_key, job.dedupe_key)):
        if value is not None and (found := conn.scalar(select(jobs.c.id).where(column == value))) is not None:
            return int(found)
    return None


def claim(
    conn: Connection, job_id: int, *, name: str, worker: str, lease_s: float, time_limit_s: float, consumer: str = ""
) -> ClaimedJob | None:
    """Take a due job; None when it is not there to be taken (done, running, not due, forged, paused, its store full, the consumer draining)."""
    if (row := conn.execute(_NAMED, {"p_id": job_id, "p_name": name}).first()) is None:
        return None
    told = {
        "p_id": job_id, "p_fence": row.fence, "p_worker": worker, "p_lease_s": lease_s, "p_limit_s": time_limit_s + lease_s, "p_consumer": consumer,
    }  # fmt: skip
    if row.store_id is None:
        taken = statements.take(False)(conn, told)
    else:
        stores.lock(conn, row.store_id)  # of two claims the second counts what the first has taken
        taken = statements.take(True)(conn, {**told, "p_store": row.store_id})
    if taken.rowcount != 1:
        _leave_to_others(conn, job_id, consumer)
        return None
    claimed = ClaimedJob(**{**row._mapping, "fence": row.fence + 1, "worker": worker, "priority": row.priority % line.FRONT})
    statements.ATTEMPT(conn, {"job_id": job_id, "fence": claimed.fence, "worker": worker})
    return claimed


def _leave_to_others(conn: Connection, job_id: int, consumer: str) -> None:
    """The message came to a consumer that drains: the next tick of another one pushes the job again."""
    conn.execute(update(jobs).where(jobs.c.id == job_id, line.is_due, line.is_draining(consumer)).values(push_at=db_now()))


def _mine(job: ClaimedJob) -> Any:
    return and_(jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.worker == job.worker, jobs.c.state == JobState.RUNNING)


def fence(conn: Connection, job: ClaimedJob, *, lease_s: float) -> None:
    """First statement of every transaction of a job: it locks the row, so that nobody else can take the job until this commits or rolls back.

    Raises: CancelRequested, LeaseLost.
    """
    if statements.FENCE(conn, {**_of(job), "p_lease_s": lease_s}).rowcount != 1:
        raise _why_not(conn, job)


def _why_not(conn: Connection, job: ClaimedJob) -> Exception:
    """Why this attempt may write nothing."""
    row = conn.execute(select(jobs.c.cancel_requested_by).where(_mine(job))).first()
    if row is not None and row[0] is not None:
        return CancelRequested(str(row[0]))
    return LeaseLost(f"Job {job.id} is not held by claim {job.fence} any more.")


def beat(conn: Connection, held: Collection[ClaimedJob], *, lease_s: float) -> None:
    """Say that the workers of these jobs are alive; not past a job's deadline."""
    for job in held:
        conn.execute(update(jobs).where(_mine(job), jobs.c.deadline_at > db_now()).values(lease_until=db_now(lease_s)))


def _end(conn: Connection, job: ClaimedJob, outcome: Outcome, change: Mapping[str, Any], failure: Failure | None = None) -> None:
    if conn.execute(update(jobs).where(_mine(job)).values(**change)).rowcount != 1:
        raise LeaseLost(f"Job {job.id} is not held by claim {job.fence} any more.")
    close_attempt(conn, job.id, job.fence, outcome, failure)


def _back(conn: Connection, job: ClaimedJob, outcome: Outcome, change: Mapping[str, Any], failure: Failure | None) -> JobState:
    """To the queue again, unless somebody has asked to cancel: no fence may have been met since."""
    asked = conn.execute(select(jobs.c.cancel_requested_by).where(_mine(job)).with_for_update()).first()
    if asked is not None and asked[0] is not None:
        end_cancelled(conn, job, str(asked[0]))
        return JobState.CANCELLED
    _end(conn, job, outcome, change, failure)
    return JobState.QUEUED


def close_attempt(conn: Connection, job_id: int, fence_no: int, outcome: Outcome, failure: Failure | None = None) -> None:
    """Note how an attempt ended."""
    told = {
        "p_id": job_id, "p_fence": fence_no, "p_outcome": outcome, "p_class": failure and failure.error_class, "p_error": failure and failure.error,
        "p_traceback": failure and failure.traceback,
    }  # fmt: skip
    statements.CLOSE(conn, told)


def succeed(
    conn: Connection,
    job: ClaimedJob,
    *,
    result: Mapping[str, Any],
    verdict: Verdict | None = None,
    reason_code: str | None = None,
    is_fenced: bool = True,
) -> None:
    """The job is done; in the transaction of its last write, which began with `fence`, or with is_fenced=False in one that has nothing else to write.

    Raises: LeaseLost; CancelRequested where it is not fenced.
    """
    told = {"p_result": dict(result), "p_verdict": verdict, "p_reason": reason_code}
    ending = statements.SUCCEED if is_fenced else statements.SUCCEED_AT_ONCE
    if ending(conn, {**_of(job), **told}).rowcount != 1:
        raise _why_not(conn, job)
    close_attempt(conn, job.id, job.fence, Outcome.SUCCEEDED)


def fail(conn: Connection, job: ClaimedJob, failure: Failure, *, retry_in_s: float | None, verdict: Verdict | None = None) -> JobState:
    """An attempt failed: queued again after `retry_in_s` seconds while attempts are left, else (or with None) failed for good; the new state,
    cancelled where that was asked for.

    Raises: LeaseLost.
    """
    told = {
        "failures": jobs.c.failures + 1,
        "error_class": failure.error_class,
        "error": failure.error,
        "hint": failure.hint,
        "reason_code": failure.reason_code,
    }
    if retry_in_s is not None and job.attempt < job.max_attempts:
        state = _back(conn, job, Outcome.FAILED, {**told, **queued_in(retry_in_s)}, failure)
        failures.record(conn, job.id, failure)
        return state
    _end(conn, job, Outcome.FAILED, {**told, **DONE, "state": JobState.FAILED, "verdict": verdict or Verdict.FAILED}, failure)
    failures.record(conn, job.id, failure)
    return JobState.FAILED


def queued_in(seconds: float) -> dict[str, Any]:
    """What a job that goes back to the queue becomes."""
    due = db_now(seconds)
    return {"state": JobState.QUEUED, "run_at": due, "push_at": due, "lease_until": None, "deadline_at": None}


def give_back(conn: Connection, job: ClaimedJob, outcome: Outcome, *, delay_s: float = 0.0, failure: Failure | None = None) -> JobState:
    """Back to the queue without using up an attempt: yielded, stopped, or postponed by the platform for `delay_s` seconds. The new state, as of `fail`.

    Raises: LeaseLost.
    """
    told = {"error_class": failure.error_class, "error": failure.error, "hint": failure.hint} if failure else {}
    return _back(conn, job, outcome, {**told, **queued_in(delay_s)}, failure)


def end_cancelled(conn: Connection, job: ClaimedJob, by: str) -> None:
    """The worker has stopped as it was asked to.

    Raises: LeaseLost.
    """
    _end(conn, job, Outcome.CANCELLED, {**DONE, "state": JobState.CANCELLED, "error": f"Cancelled by {by}."})


def set_progress(conn: Connection, job: ClaimedJob, done: int, total: int | None) -> None:
    """How far the job is, in records."""
    statements.PROGRESS(conn, {**_of(job), "p_done": done, "p_total": total})


def get(conn: Connection, job_id: int) -> dict[str, Any] | None:
    """One job as it stands in the table; None when there is none."""
    row = conn.execute(select(jobs).where(jobs.c.id == job_id)).first()
    return dict(row._mapping) if row else None


def is_final(job_state: str) -> bool:
    """Whether a job in this state will not change by itself any more."""
    return JobState(job_state) in FINAL


def clock(conn: Connection) -> datetime:
    """The database's time."""
    return conn.execute(select(db_now())).scalar_one()
