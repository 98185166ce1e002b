"""Jobs that are over, written straight into the ledger: for tests about what becomes of them later."""

from __future__ import annotations

from sqlalchemy import insert, select

from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.schema import job_attempts, jobs

DAY = 86_400


def finished(count, *, state="succeeded", queue="system", days_ago=0.0, **more):
    """So many jobs; their ids, oldest first."""
    with begin() as conn:
        before = conn.scalar(select(jobs.c.id).order_by(jobs.c.id.desc()).limit(1)) or 0
        at = db_now(-days_ago * DAY)
        row = {
            "name": "test_worker_connection",
            "queue": queue,
            "args": {},
            "metadata": {},
            "state": state,
            "max_attempts": 3,
            "requested_by": "test",
        }
        now = ledger.clock(conn)
        over = state in ("succeeded", "failed", "cancelled")
        at = conn.scalar(select(at))
        conn.execute(
            insert(jobs),
            [{**row, "run_at": at, "push_at": now.replace(year=now.year + 1), "created_at": at, "finished_at": at if over else None, "fence": 1, **more}
             for _ in range(count)],
        )  # fmt: skip
        ids = list(conn.scalars(select(jobs.c.id).where(jobs.c.id > before).order_by(jobs.c.id)))
        conn.execute(insert(job_attempts), [{"job_id": i, "fence": 1, "worker": "w", "started_at": at} for i in ids])
    return ids


def ids_left():
    """The ids of all jobs that are there."""
    with begin() as conn:
        return set(conn.scalars(select(jobs.c.id)))
