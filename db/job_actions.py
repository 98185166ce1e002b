"""What a person does to a job: one UPDATE guarded by the states that allow it; a refusal says what would be allowed."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.job_state import JobState, WrongState
from db.job_statements import DONE
from db.line import FRONT, is_due
from db.schema import jobs


def cancel(conn: Connection, job_id: int, *, by: str) -> JobState:
    """Cancel a queued job at once; ask a running one to stop after its page. The state afterwards.

    Raises: WrongState, LookupError.
    """
    if _cancel_waiting(conn, job_id, by):
        return JobState.CANCELLED
    if conn.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.state == JobState.RUNNING).values(cancel_requested_by=by)).rowcount:
        _cancel_parts(conn, job_id, by)
        return JobState.RUNNING
    raise WrongState(f"Job {job_id} is {state(conn, job_id)}; only queued or running jobs can be cancelled.")


def take_out(conn: Connection, job_id: int, *, by: str) -> None:
    """Cancel a job that waits; one that runs by now goes on.

    Raises: WrongState, LookupError.
    """
    if not _cancel_waiting(conn, job_id, by):
        raise WrongState(f"Job {job_id} is {state(conn, job_id)}; only queued jobs are taken out of a queue.")


def _cancel_waiting(conn: Connection, job_id: int, by: str) -> bool:
    told = {"state": JobState.CANCELLED, "error": f"Cancelled by {by}."}
    waits = (jobs.c.id == job_id, jobs.c.state == JobState.QUEUED)
    return bool(conn.execute(update(jobs).where(*waits).values(**DONE, **told)).rowcount)


def _cancel_parts(conn: Connection, job_id: int, by: str) -> None:
    """The parts of a job that is in parts go with it; those that run stop after their page. Index: jobs_parent."""
    told = {"state": JobState.CANCELLED, "error": f"Cancelled by {by}, with job {job_id}."}
    conn.execute(update(jobs).where(jobs.c.parent_id == job_id, jobs.c.state == JobState.QUEUED).values(**DONE, **told))
    conn.execute(update(jobs).where(jobs.c.parent_id == job_id, jobs.c.state == JobState.RUNNING).values(cancel_requested_by=by))


def retry(conn: Connection, job_id: int, *, repush_s: float) -> None:
    """Queue a failed or cancelled job again; a sync goes on at its checkpoint.

    Raises: WrongState, LookupError.
    """
    again = {
        "state": JobState.QUEUED, "failures": 0, "crashes": 0, "run_at": db_now(), "push_at": db_now(repush_s), "active_key": jobs.c.dedupe_key,
        "finished_at": None, "verdict": None, "reason_code": None, "error": None, "error_class": None, "hint": None,
    }  # fmt: skip
    try:
        with conn.begin_nested():
            done = conn.execute(
                update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_((JobState.FAILED, JobState.CANCELLED))).values(**again)
            )
    except IntegrityError:
        other = conn.scalar(
            select(jobs.c.id).where(jobs.c.active_key == select(jobs.c.dedupe_key).where(jobs.c.id == job_id).scalar_subquery())
        )
        raise WrongState(f"Job {job_id} is not needed: job {other} already does the same.") from None
    if not done.rowcount:
        raise WrongState(f"Job {job_id} is {state(conn, job_id)}; only failed or cancelled jobs can be retried.")


def hurry(conn: Connection, job_id: int) -> None:
    """Let a due job stand before all that wait, but for those that were moved there before it; once it is claimed it is as it was.

    Raises: WrongState, LookupError.
    """
    waits = (jobs.c.id == job_id, is_due)
    if conn.execute(update(jobs).where(*waits, jobs.c.priority < FRONT).values(priority=jobs.c.priority + FRONT)).rowcount:
        return
    if conn.scalar(select(jobs.c.id).where(*waits)) is not None:
        raise WrongState(f"Job {job_id} stands at the front already.")
    if state(conn, job_id) is JobState.QUEUED:
        raise WrongState(f"Job {job_id} is not due yet; only jobs that wait for a worker can be moved to the front.")
    raise WrongState(f"Job {job_id} is {state(conn, job_id)}; only jobs that wait for a worker can be moved to the front.")


def state(conn: Connection, job_id: int) -> JobState:
    """The state of a job.

    Raises: LookupError.
    """
    found = conn.scalar(select(jobs.c.state).where(jobs.c.id == job_id))
    if found is None:
        raise LookupError(f"There is no job {job_id}.")
    return JobState(found)
