"""What the tick asks of the ledger: due jobs that nobody fetched, jobs whose worker is gone, and jobs that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, exists, or_, select, update

from db import failures
from db.columns import db_now
from db.job_state import JobState, Outcome, Verdict
from db.job_statements import DONE
from db.jobs import Failure, close_attempt, queued_in
from db.line import Due, aged, heads, is_due, queue_is_open, store_is_open
from db.schema import jobs

_SELDOM = 10  # a backlog of thousands is written anew so many times less often
MAX_CRASHES = 5  # a job whose worker died this often without a page written between is a poison job


def take_due(conn: Connection, *, repush_s: float, limit: int = 900) -> Sequence[Due]:
    """What to push of the due jobs whose push is overdue: those of no store, and of each store whoever is first in its line by now.

    Each of no store is looked at again after `repush_s` seconds. Of a store one is enough to look at the whole line: the last, since the others
    leave it before; they are looked at _SELDOM times as late. What is paused, or waits for room, is pushed no more often than it can run.
    Index: jobs_due.
    """
    due = conn.execute(
        select(jobs.c.id, jobs.c.name, jobs.c.priority, jobs.c.store_id, case((queue_is_open, 1), else_=0).label("is_open"), aged().label("aged"))
        .where(jobs.c.state == JobState.QUEUED, jobs.c.push_at <= db_now())
        .order_by(jobs.c.push_at)
        .limit(limit)
    ).all()  # fmt: skip
    last = {row.store_id: row.id for row in sorted(due, key=lambda row: (-row.aged, row.id))}
    soon = {row.id for row in due if row.store_id is None or last[row.store_id] == row.id}
    for ids, in_s in ((soon, repush_s), ({row.id for row in due} - soon, _SELDOM * repush_s)):
        if ids:
            conn.execute(update(jobs).where(jobs.c.id.in_(ids), jobs.c.state == JobState.QUEUED).values(push_at=db_now(in_s)))
    free = [(row.id, row.name, row.priority) for row in due if row.store_id is None and row.is_open]
    return [*free, *heads(conn, {row.store_id for row in due if row.store_id is not None})]


@dataclass(frozen=True, slots=True)
class Held:
    """A running job as the tick sees it."""

    id: int
    fence: int
    worker: str
    crashes: int
    is_expired: bool


def running(conn: Connection, *, lease_s: float) -> Sequence[Held]:
    """The running jobs; expired are those whose lease ended, or ends absurdly late because the clock was set back. Index: jobs_leases."""
    expired = or_(jobs.c.lease_until < db_now(), jobs.c.lease_until > db_now(2 * lease_s))
    rows = conn.execute(
        select(jobs.c.id, jobs.c.fence, jobs.c.worker, jobs.c.crashes, case((expired, 1), else_=0)).where(
            jobs.c.state == JobState.RUNNING,
            jobs.c.worker.is_not(None),  # a job whose parts run has no worker
        )
    )
    return [Held(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def rescue(conn: Connection, held: Held, *, delay_s: float) -> JobState | None:
    """Take a job from a worker that is gone: queued again after `delay_s`, or failed when it has killed MAX_CRASHES workers; None if others did."""
    same = and_(jobs.c.id == held.id, jobs.c.fence == held.fence, jobs.c.state == JobState.RUNNING)
    failure = Failure(
        error_class="WorkerDied",
        error=f"The worker {held.worker} died or went silent while it ran this job.",
        hint="Look for the cause in the consumer's log; retry the job when it is mended.",
        reason_code="worker_died",
    )
    told = {"error_class": failure.error_class, "error": failure.error, "hint": failure.hint, "reason_code": failure.reason_code}
    asked = conn.scalar(select(jobs.c.cancel_requested_by).where(same))
    if asked is not None:
        becomes, change = JobState.CANCELLED, {**DONE, "state": JobState.CANCELLED, "error": f"Cancelled by {asked}."}
    elif held.crashes + 1 >= MAX_CRASHES:
        becomes, change = (
            JobState.FAILED,
            {**DONE, **told, "state": JobState.FAILED, "verdict": Verdict.FAILED, "crashes": held.crashes + 1},
        )
    else:
        becomes, change = JobState.QUEUED, {**told, **queued_in(delay_s), "crashes": held.crashes + 1}
    if conn.execute(update(jobs).where(same).values(**change)).rowcount != 1:
        return None
    close_attempt(conn, held.id, held.fence, Outcome.CRASHED, failure)
    if becomes is not JobState.CANCELLED:
        failures.record(conn, held.id, failure)
    return becomes


def unclaimed(conn: Connection, name: str, *, due_s: float, limit: int = 500) -> Sequence[int]:
    """The jobs of a name that have been due for `due_s` seconds, unpaused, while nobody ran any of that name. Index: jobs_state."""
    other = jobs.alias("other")
    somebody_knows_it = exists().where(other.c.state == JobState.RUNNING, other.c.name == name, other.c.worker.is_not(None))
    found = select(jobs.c.id).where(*_unclaimed(due_s), jobs.c.name == name, queue_is_open, store_is_open, ~somebody_knows_it)
    return conn.scalars(found.order_by(jobs.c.id).limit(limit)).all()


def _unclaimed(due_s: float) -> tuple[ColumnElement[bool], ...]:
    """Whoever claims a job and gives it back, or retries it, makes it due anew."""
    return (is_due, jobs.c.run_at <= db_now(-due_s))


def end_unclaimed(conn: Connection, job_id: int, failure: Failure, *, due_s: float) -> bool:
    """Let a job fail that no consumer knows; False when somebody has taken or stopped it by now."""
    told = {"error_class": failure.error_class, "error": failure.error, "hint": failure.hint, "reason_code": failure.reason_code}
    change = {**DONE, **told, "state": JobState.FAILED, "verdict": Verdict.FAILED}
    if conn.execute(update(jobs).where(jobs.c.id == job_id, *_unclaimed(due_s)).values(change)).rowcount != 1:
        return False
    failures.record(conn, job_id, failure)
    return True
