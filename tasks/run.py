"""What a job's function is handed: its arguments, a transaction that only the holder of the job can commit, and when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from db import job_rescue, jobs
from db.engine import begin, reading
from db.job_state import Outcome, Verdict
from settings import settings

_never = lambda: False  # noqa: E731  # a name for the default below
stopping: Callable[[], bool] = _never  # set by the consumer: whether it has been asked to stop


def watch(flag: Callable[[], bool]) -> None:
    """Let every run of this process and of its children see when the consumer stops."""
    global stopping
    stopping = flag


class GiveBack(Exception):
    """The job goes back to the queue at a page boundary, without using up an attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class Run:
    """One attempt of one job."""

    def __init__(self, job: jobs.ClaimedJob, *, time_limit_s: float) -> None:
        self.job = job
        self.started = time.monotonic()
        self.time_limit_s = time_limit_s
        self.is_finished = False

    @property
    def id(self) -> int:
        """The job's id."""
        return self.job.id

    @property
    def elapsed_s(self) -> float:
        """Seconds since this attempt began."""
        return time.monotonic() - self.started

    @contextmanager
    def page(self) -> Iterator[Connection]:
        """A transaction that begins with the fence: what is written in it counts only while the job is ours.

        Raises: LeaseLost, CancelRequested; nothing is written then.
        """
        with begin() as conn:
            jobs.fence(conn, self.job, lease_s=settings().lease_s)
            yield conn

    def succeed(
        self, conn: Connection, result: Mapping[str, Any], *, verdict: Verdict | None = None, reason_code: str | None = None
    ) -> None:
        """The job is done, in the same transaction as its last write; call it last."""
        jobs.succeed(conn, self.job, result=result, verdict=verdict, reason_code=reason_code)
        _log_request(conn, self, verdict.value if verdict else "succeeded", f"{self.job.name} done")
        self.is_finished = True

    def pause_point(self) -> None:
        """Between two pages: give the worker back when the consumer stops, or when the time slice has ended and others wait.

        Raises: GiveBack.
        """
        if stopping():
            raise GiveBack(Outcome.STOPPED)
        if self.elapsed_s > self.time_limit_s * 0.8:
            raise GiveBack(Outcome.YIELDED)  # a long sync is many short attempts, never one that the time limit cuts
        if self.elapsed_s > settings().slice_s:
            with reading() as conn:
                waiting = job_rescue.is_anyone_waiting(conn)
            if waiting:
                raise GiveBack(Outcome.YIELDED)


def _log_request(conn: Connection, run: Run, status: str, message: str) -> None:
    jobs.log_request(
        conn, run.job, server_id=settings().server_id, status=status, message=message, duration_ms=int(run.elapsed_s * 1000)
    )  # fmt: skip


def log_failure(conn: Connection, run: Run, message: str) -> None:
    """The `requests` line of an attempt that failed."""
    _log_request(conn, run, "failed", message)
