"""What a job's function is handed: its arguments, a transaction that only the holder of the job can commit, and when to stop."""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from db import jobs, line, requests_log
from db.engine import begin, reading
from db.job_state import Outcome, Verdict
from settings import settings
from tasks.log_context import JobLines

_never = lambda: False  # noqa: E731  # a name for the default below
stopping: Callable[[], bool] = _never  # set by the consumer: whether it has been asked to stop
consumer_id = ""  # of the consumer that this process belongs to
_drained = mmap.mmap(-1, 1)  # one byte that a consumer shares with its forked children


def watch(flag: Callable[[], bool], consumer: str) -> None:
    """Let every run of this process and of its children see whose they are and when that consumer stops."""
    global stopping, consumer_id
    stopping, consumer_id = flag, consumer


def draining() -> bool:
    """Whether this consumer takes no more jobs."""
    return _drained[0] != 0


def drain(is_wanted: bool) -> None:
    """Set by the tick, for this process and the consumer's other ones."""
    _drained[0] = int(is_wanted)


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
        self.lines = JobLines(job.id)

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
            count = self.lines.write(conn)
            yield conn
        self.lines.written(count)

    def finish(self, result: Mapping[str, Any]) -> None:
        """The job is done and has nothing more to write.

        Raises: LeaseLost, CancelRequested; nothing is written then.
        """
        with begin() as conn:
            self.succeed(conn, result, is_fenced=False)
            count = self.lines.write(conn)
        self.lines.written(count)

    def succeed(
        self,
        conn: Connection,
        result: Mapping[str, Any],
        *,
        verdict: Verdict | None = None,
        reason_code: str | None = None,
        is_fenced: bool = True,
    ) -> None:
        """The job is done, in the same transaction as its last write; call it last."""
        jobs.succeed(conn, self.job, result=result, verdict=verdict, reason_code=reason_code, is_fenced=is_fenced)
        log_request(conn, self, verdict.value if verdict else "succeeded", f"{self.job.name} done")
        self.is_finished = True

    def pause_point(self) -> None:
        """Between two pages: give the worker back when the consumer stops or drains, when the job is paused, or when its slice has ended and
        a better one waits.

        Raises: GiveBack, DatabaseAway.
        """
        if stopping() or draining():
            raise GiveBack(Outcome.STOPPED)
        if self.elapsed_s > self.time_limit_s * 0.8:
            raise GiveBack(Outcome.YIELDED)  # a long sync is many short attempts, never one that the time limit cuts
        with reading(fresh=True) as conn:
            if line.is_paused(conn, self.job.id):
                raise GiveBack(Outcome.PAUSED)
            if self.elapsed_s > settings().slice_s and line.is_better_waiting(conn, store_id=self.job.store_id, priority=self.job.priority):
                raise GiveBack(Outcome.YIELDED)


def log_request(conn: Connection, run: Run, status: str, message: str) -> None:
    """The `requests` line of an attempt that has ended."""
    took_ms = int(run.elapsed_s * 1000)
    requests_log.add_line(conn, run.id, run.job.name, server_id=settings().server_id, status=status, message=message, duration_ms=took_ms)
