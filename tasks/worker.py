"""Whether a worker is there and reaches the database: asked by a job that does nothing else."""

from __future__ import annotations

from typing import Any

from db import jobs
from tasks import identity
from tasks.ledger import Requested, job, submit
from tasks.run import Run


def test_worker(*, requested_by: str, idempotency_key: str | None = None) -> Requested:  # noqa: PT028  # not a test
    """Ask a worker for a sign of life; the job's id. Its result names the worker.

    Raises: DatabaseAway.
    """
    return submit("test_worker_connection", {}, requested_by=requested_by, idempotency_key=idempotency_key, priority=30)


test_worker.__test__ = False  # type: ignore[attr-defined]  # its name is no invitation to pytest


@job(queue="system", attempts=1, retry_delay_s=1.0, time_limit_s=60.0)
def test_worker_connection(run: Run) -> dict[str, Any]:
    """Answers from within a worker."""
    with run.page() as conn:
        now = jobs.clock(conn)
    return {"message": "The worker is connected.", "worker": identity.worker(), "database_time": now.isoformat()}


test_worker_connection.__test__ = False  # type: ignore[attr-defined]  # see above
