"""The states of a job, each with its meaning, and what may become what."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """What a job is doing. `queued` with a `run_at` in the future is what people call delayed."""

    QUEUED = "queued"  # waits for a worker, or for its time
    RUNNING = "running"  # a worker holds its lease; or its parts run
    SUCCEEDED = "succeeded"  # done; the verdict says what that proves
    FAILED = "failed"  # out of attempts, or only a person can help
    CANCELLED = "cancelled"  # stopped by a person; what was written stays


FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

MAY_BECOME = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, *FINAL}),
    JobState.SUCCEEDED: frozenset[JobState](),
    JobState.FAILED: frozenset({JobState.QUEUED}),  # retried by a person
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}


class Outcome(StrEnum):
    """How one attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    POSTPONED = "postponed"  # the platform asked for patience; costs no attempt
    YIELDED = "yielded"  # its time slice ended while others waited; costs no attempt
    PAUSED = "paused"  # its queue, its store or the whole was paused; costs no attempt
    SPLIT = "split"  # its parts run now; it ends with the last of them
    STOPPED = "stopped"  # the consumer was asked to stop; costs no attempt
    CRASHED = "crashed"  # its worker went silent
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What a finished sync proved."""

    SUCCESS = "success"
    PARTIAL = "partial"  # something is missing, and the reason says what
    SUSPECT_EMPTY = "suspect_empty"  # a stream that is usually not empty returned nothing
    BLOCKED = "blocked"  # only a person can help
    FAILED = "failed"


class WrongState(Exception):
    """An action that the job's state does not allow."""


DRY_RUN = "dry_run_"  # what the names of jobs that write nothing begin with; a consumer that does not know them leaves them alone


def is_dry(name: str) -> bool:
    """Whether jobs of this name tell what a sync would do, and write nothing."""
    return name.startswith(DRY_RUN)


QUEUES = ("sync-products", "sync-orders", "sync-inventory", "sync-customers", "users", "system")
