"""What a caller is shown of the ledger: one job, and the whole."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import consumers, jobs, pauses, queues, stores
from db.engine import place, reading
from db.job_state import JobState, Verdict
from db.pauses import Pause
from tasks import broker


class NoSuchJob(LookupError):
    """There is no job of this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job as it stands now."""

    id: int
    name: str
    queue: str
    store: str | None
    stream: str | None
    state: JobState
    attempt: int
    max_attempts: int
    progress: int | None
    progress_total: int | None
    verdict: Verdict | None
    reason_code: str | None
    error: str | None
    hint: str | None
    result: Mapping[str, Any] | None
    requested_by: str
    metadata: Mapping[str, Any]
    args: Mapping[str, Any]
    created_at: datetime
    run_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    parent_id: int | None
    waits_for: Pause | None  # what keeps a queued job from running; None where nothing is paused for it

    @property
    def is_finished(self) -> bool:
        """Whether it will not change by itself any more."""
        return jobs.is_final(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The whole, at a glance. `queues`: queue, waiting, delayed, running, oldest_wait_s (seconds; None when nothing waits), oldest_free_wait_s
    (the same of those that no pause holds)."""

    queues: Sequence[Mapping[str, Any]]
    consumers: Sequence[Mapping[str, Any]]
    broker: str
    broker_is_up: bool
    database: str


def job(job_id: int) -> JobView:
    """One job.

    Raises: NoSuchJob, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        row = jobs.get(conn, job_id)
        if row is None:
            raise NoSuchJob(f"There is no job {job_id}.")
        store = stores.by_id(conn, row["store_id"]).name if row["store_id"] else None
        waits_for = pauses.of_job(conn, row["queue"], row["store_id"]) if row["state"] == JobState.QUEUED else None
    told = {name: row[name] for name in JobView.__dataclass_fields__ if name in row}
    told |= {
        "store": store,
        "waits_for": waits_for,
        "state": JobState(row["state"]),
        "verdict": Verdict(row["verdict"]) if row["verdict"] else None,
    }
    return JobView(
        **told, attempt=min(row["failures"] + (not jobs.is_final(row["state"]) or row["state"] != JobState.FAILED), row["max_attempts"])
    )


def wait(job_id: int, timeout_s: float = 60.0) -> JobView:
    """The job when it has finished.

    Raises: TimeoutError after `timeout_s` seconds, NoSuchJob, DatabaseAway.
    """
    until = time.monotonic() + timeout_s
    pause = 0.02
    while not (seen := job(job_id)).is_finished:
        if time.monotonic() > until:
            raise TimeoutError(f"Job {job_id} is still {seen.state} after {timeout_s:g} s. Is a consumer running?")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return seen


def status() -> Status:
    """Queues, consumers, broker and database.

    Raises: DatabaseAway.
    """
    with reading(fresh=True) as conn:
        depth, alive = queues.depth(conn), consumers.recent(conn)
    return Status(queues=depth, consumers=alive, broker=broker.chosen().title, broker_is_up=broker.is_up(), database=place())
