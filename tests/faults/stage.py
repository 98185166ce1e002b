"""A consumer with the jobs of marks.py and the crash points of crashing.py; GUARD_REMOVED=fence, checkpoint or fork takes one guard away.

`python tests/faults/stage.py ask KIND NUMBER` is somebody who asks for a job, e.g. the console; CRASH_AT=before_push kills it between its
commit and its push.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import sys

from sqlalchemy import Integer, bindparam, func, update

import run_consumer
from db import engine, jobs, schema, servers, sync_runs
from db.prepared import Prepared
from settings import settings
from tasks import huey_app, ledger
from tests.faults import marks
from tests.processes import crashing, odd_jobs


def without_fence() -> None:
    """Whoever once had a job may write."""
    jobs.fence = lambda conn, job, lease_s: None
    jobs._mine = lambda job: schema.jobs.c.id == job.id
    any_fence = bindparam("p_fence", type_=Integer) >= 0
    ending = update(schema.jobs).where(schema.jobs.c.id == bindparam("p_id"), any_fence).values(jobs.statements.SUCCEEDED)
    jobs.statements.SUCCEED = jobs.statements.SUCCEED_AT_ONCE = Prepared(ending)


def without_checkpoint_in_the_transaction() -> None:
    """The checkpoint is kept where no transaction reaches it, as it would be in Redis."""
    elsewhere, load, conclude = settings().quayside_var / "checkpoint", sync_runs.load, sync_runs.conclude

    def checkpoint(conn, run, counts, *, cursor, is_last, total, truncated):
        moved = pickle.loads(pickle.dumps(run))
        for name in sync_runs._COUNTS:
            setattr(moved, name, getattr(run, name) + getattr(counts, name))
        moved.pages, moved.cursor, moved.is_complete, moved.total = run.pages + 1, cursor, is_last, total
        elsewhere.write_bytes(pickle.dumps(moved))
        return moved

    def told(conn, job_id, *verdict):
        moved = pickle.loads(elsewhere.read_bytes())
        counts = {name: getattr(moved, name) for name in (*sync_runs._COUNTS, "pages", "is_complete")}
        conn.execute(update(schema.sync_runs).where(schema.sync_runs.c.job_id == job_id).values(counts))
        conclude(conn, job_id, *verdict)

    sync_runs.load = lambda conn, job_id: pickle.loads(elsewhere.read_bytes()) if elsewhere.exists() else load(conn, job_id)
    sync_runs.checkpoint, sync_runs.conclude = checkpoint, told


def without_fork_hook() -> None:
    """A forked worker keeps its parent's connections."""
    engine.dispose = lambda *, close=True: None


def tell_connections() -> None:
    """Each worker, when it starts, one after the other: which of the server's connections it was given."""

    @huey_app.huey.on_startup()
    def tell():
        with (settings().quayside_var / "connections").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                with engine.begin() as conn:
                    file.write(f"{conn.scalar(func.connection_id())}\n")
            except Exception as error:
                file.write(f"{type(error).__name__}\n")


GUARDS = {"fence": without_fence, "checkpoint": without_checkpoint_in_the_transaction, "fork": without_fork_hook}

if __name__ == "__main__":
    servers.LOCK_WAIT_S = int(os.environ.get("LOCK_WAIT_S", servers.LOCK_WAIT_S))
    removed = os.environ.get("GUARD_REMOVED")
    if removed in GUARDS:
        GUARDS[removed]()
    crashing.arm()
    if sys.argv[1:2] == ["ask"]:
        print(int(ledger.submit(sys.argv[2], {"number": int(sys.argv[3])}, requested_by="ana")))
        sys.exit(0)
    assert marks.effects is not None
    if os.environ.get("TELL_CONNECTIONS"):
        tell_connections()
    odd_jobs.use_the_pool()
    sys.exit(run_consumer.main())
