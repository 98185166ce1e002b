"""`@job`, and what happens when a message arrives: claim, run, record. Policy around plain functions."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from db import audit, jobs, line, parts, pauses
from db.engine import DatabaseAway, again_when_undone, begin, in_transaction, reading
from db.job_state import JobState, Outcome
from db.pauses import Pause
from settings import settings
from tasks import heartbeat, huey_app, identity, log_context, run
from tasks.endings import Ending, ending_of
from tasks.run import Run

log = logging.getLogger("quayside.ledger")

JobFunction = Callable[..., Mapping[str, Any] | None]
OnFailure = Callable[[Connection, Run, jobs.Failure, bool], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """What is true for every job of one name. Delays and limits in seconds."""

    name: str
    queue: str
    attempts: int
    retry_delay_s: float
    retry_factor: float  # each further delay is this much longer
    time_limit_s: float
    function: JobFunction
    on_failure: OnFailure | None  # writes what else a failed attempt means, in the same transaction


KINDS: dict[str, JobKind] = {}


def job(
    *,
    queue: str,
    attempts: int,
    retry_delay_s: float,
    retry_factor: float = 1.0,
    time_limit_s: float | None = None,
    on_failure: OnFailure | None = None,
    name: str = "",
) -> Callable[[JobFunction], JobFunction]:
    """Make a plain function `(run, **args)` a kind of job and a regular Huey task of its name, or of `name`.

    The function returns its result, a small dict, or calls `run.succeed` in the transaction of its last write.
    """

    def register(function: JobFunction) -> JobFunction:
        limit = time_limit_s or settings().job_time_limit_s
        stable = name or function.__name__
        kind = KINDS[stable] = JobKind(
            name=stable, queue=queue, attempts=attempts, retry_delay_s=retry_delay_s, retry_factor=retry_factor, time_limit_s=limit,
            function=function, on_failure=on_failure,
        )  # fmt: skip

        def on_message(job_id: int) -> None:
            execute(kind, job_id)

        on_message.__module__, on_message.__doc__ = huey_app.NAME, function.__doc__
        huey_app.huey.task(name=stable, timeout=limit)(on_message)
        return function

    return register


class Requested(int):
    """The id of a job that was asked for; `is_new` is False where an unfinished job of the same kind, or the same request, was there already.

    `waits_for` is the pause that keeps it waiting, None where nothing is paused for it.
    """

    is_new: bool
    waits_for: Pause | None

    def __new__(cls, job_id: int, *, is_new: bool, waits_for: Pause | None = None) -> Requested:
        """See the class."""
        made = super().__new__(cls, job_id)
        made.is_new, made.waits_for = is_new, waits_for
        return made


@again_when_undone
def submit(kind_name: str, args: Mapping[str, Any], *, requested_by: str, **more: Any) -> Requested:
    """Write a job down and ask a worker for it; `more` are fields of NewJob. The job exists when this returns, whatever becomes of Redis.

    Raises: DatabaseAway.
    """
    kind = KINDS[kind_name]
    new = jobs.NewJob(name=kind.name, queue=kind.queue, args=args, requested_by=requested_by, max_attempts=kind.attempts, **more)
    with begin() as conn:
        job_id, is_new = jobs.add(conn, new, repush_s=settings().repush_s)
        if is_new and isinstance(requested_by, audit.Person):  # a person asked; schedules and jobs that ask for others are plain names
            audit.write(conn, person=requested_by, action=kind.name, target=f"job:{job_id}", detail={"args": dict(args)})
        waits_for = pauses.of_job(conn, new.queue, new.store_id)
        due = line.heads(conn, [new.store_id]) if new.store_id is not None else [] if waits_for else [(job_id, kind.name, new.priority)]
    if is_new:
        log.info("job queued id=%d name=%s by=%s", job_id, kind.name, requested_by)
        if new.delay_s <= 0:
            huey_app.push(due)
    return Requested(job_id, is_new=is_new, waits_for=waits_for)


def execute(kind: JobKind, job_id: int) -> None:
    """What a worker does with a message: nothing unless the ledger gives it the job."""
    try:
        claimed = in_transaction(
            lambda conn: jobs.claim(
                conn, job_id, name=kind.name, worker=identity.worker(), lease_s=settings().lease_s, time_limit_s=kind.time_limit_s,
                consumer=run.consumer_id,
            )
        )  # fmt: skip
    except DatabaseAway as error:
        log.warning("job not claimed id=%d error=%s; the tick asks again", job_id, error)
        return
    if claimed is None:
        log.debug("message ignored id=%d", job_id)
        return
    with log_context.about(claimed.request_id):
        _run(kind, claimed)


def _run(kind: JobKind, claimed: jobs.ClaimedJob) -> None:
    attempt = Run(claimed, time_limit_s=kind.time_limit_s)
    heartbeat.hold(claimed)
    log.info("job started id=%d name=%s attempt=%d of %d", claimed.id, claimed.name, claimed.attempt, claimed.max_attempts)
    try:
        with log_context.keeping(attempt.lines):
            result = kind.function(attempt, **claimed.args)
        if not attempt.is_finished:
            attempt.finish(result or {})
        log.info("job succeeded id=%d name=%s took=%.2fs", claimed.id, claimed.name, attempt.elapsed_s)
    except BaseException as error:  # a worker outlives every job; SystemExit and an interrupt are recorded like the rest
        _record(kind, attempt, ending_of(error, attempt, retry_in_s=_delay(kind, claimed.failures)))
        if isinstance(error, KeyboardInterrupt):
            raise
    finally:
        heartbeat.release(claimed)
        _keep_last_lines(attempt)
        _ask_for_the_next(claimed)


def _ask_for_the_next(ended: jobs.ClaimedJob) -> None:
    """There is room in the store now: whoever is first in its line comes into the queue, behind what other stores have there."""
    if ended.store_id is None:
        return
    try:
        with reading(fresh=True) as conn:
            due = line.heads(conn, [ended.store_id])
    except (DatabaseAway, SQLAlchemyError):
        return  # the tick asks when their push is overdue
    huey_app.push(due)


def _keep_last_lines(attempt: Run) -> None:
    """The lines since the last page. They are no part of the work: where they cannot be kept, the consumer's log has them."""
    if attempt.lines.is_waiting:
        with suppress(DatabaseAway, SQLAlchemyError), begin() as conn:
            attempt.lines.write(conn)


def _delay(kind: JobKind, failures: int) -> float:
    return kind.retry_delay_s * kind.retry_factor**failures * random.uniform(0.8, 1.2)  # noqa: S311  # jitter, not a secret


def _record(kind: JobKind, attempt: Run, ending: Ending) -> None:
    """Write the ending down, waiting for the database as long as the lease lasts; after that the tick takes the job."""
    claimed, until = attempt.job, time.monotonic() + settings().lease_s
    while True:
        try:
            in_transaction(lambda conn: _write(conn, kind, attempt, ending))
            break
        except jobs.LeaseLost:
            log.warning("job fenced id=%d name=%s fence=%d", claimed.id, claimed.name, claimed.fence)
            return
        except (DatabaseAway, SQLAlchemyError) as error:
            if time.monotonic() > until or run.stopping():
                log.error(
                    "job ending not recorded id=%d name=%s error=%s; its lease will expire", claimed.id, claimed.name, type(error).__name__
                )
                return
            time.sleep(1)
    log.info("job %s id=%d name=%s took=%.2fs %s", ending.outcome, claimed.id, claimed.name, attempt.elapsed_s, ending.told())


def _write(conn: Connection, kind: JobKind, attempt: Run, ending: Ending) -> None:
    claimed = attempt.job
    if ending.outcome is Outcome.CRASHED:
        raise jobs.LeaseLost
    state = JobState.RUNNING
    if ending.outcome is Outcome.CANCELLED:
        jobs.end_cancelled(conn, claimed, ending.by)
        state = JobState.CANCELLED
    elif ending.outcome is Outcome.FAILED and ending.failure is not None:
        state = jobs.fail(conn, claimed, ending.failure, retry_in_s=ending.retry_in_s, verdict=ending.verdict)
        run.log_request(conn, attempt, "failed", ending.failure.error)
        if kind.on_failure:
            kind.on_failure(conn, attempt, ending.failure, state is JobState.FAILED)
    elif ending.outcome is Outcome.SPLIT:
        parts.wait_for_parts(conn, claimed)
    else:
        state = jobs.give_back(conn, claimed, ending.outcome, delay_s=ending.retry_in_s or 0.0, failure=ending.failure)
    if state is JobState.CANCELLED and ending.outcome is not Outcome.FAILED:
        run.log_request(conn, attempt, "cancelled", f"{claimed.name} was cancelled while it ran")
