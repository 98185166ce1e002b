"""What is done once a day, asked for by whichever consumer looks first: throw away what is old, a little at a time, and count totals again."""

from __future__ import annotations

import logging
import time
from typing import Any

from db import audit, jobs, retention
from db.engine import begin, reading
from settings import settings
from tasks import asking, huey_app
from tasks.ledger import Requested, job
from tasks.run import Run

log = logging.getLogger("quayside.housekeeping")

_HOUR = 1  # UTC, at which a day's housekeeping is due; one that was missed is caught up
_FEWEST = 100  # the fixed cost of a batch is worth no fewer
_QUICK_S, _SLOW_S = 0.05, 0.2  # how long a batch may hold its locks: it grows below the one, and shrinks above the other
_BREATH_S = 0.5  # between two batches, at most: as long as the last one took


def purge(*, by: str) -> Requested:
    """Ask for everything to be thrown away that is older than the options keep_… say; the job's id, of the one that runs if one does.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        asked, due = asking.add(conn, "purge", {}, by=by, dedupe_key="purge")
        audit.write(conn, person=by, action="purge", target=f"job:{int(asked)}")
    huey_app.push(due)
    return asked


def look() -> list[str]:
    """Ask for what is due today unless somebody has; the names of the jobs that this made. Any number of consumers may look at any time."""
    config = settings()
    return [
        name for name, is_wanted in (("purge", config.purge_daily), ("recount", config.recount_daily)) if is_wanted and _ask_today(name)
    ]


def _ask_today(name: str) -> bool:
    with begin() as conn:
        now = jobs.clock(conn)
        if now.hour < _HOUR:
            return False
        asked, due = asking.add(conn, name, {}, by="schedule", dedupe_key=name, idempotency_key=f"{name}:{now:%Y-%m-%d}")
    huey_app.push(due)
    return asked.is_new


@job(name="purge", queue="system", attempts=3, retry_delay_s=settings().retry_delay_s, retry_factor=4.0)
def purge_old(run: Run) -> dict[str, Any]:
    """Delete what is too old; what stays is never locked for longer than a batch takes. An attempt that is cut leaves nothing to mend."""
    with reading(fresh=True) as conn:
        sweeps = retention.sweeps(conn)
    deleted: dict[str, int] = {}
    for sweep in sweeps:
        deleted[sweep.name] = _sweep(run, sweep, sum(deleted.values()))
    told = {name: count for name, count in deleted.items() if count}
    log.info("purged %s", " ".join(f"{name}={count}" for name, count in told.items()) or "nothing")
    return {"deleted": told}


def _sweep(run: Run, sweep: retention.Sweep, before: int) -> int:
    gone, deleted, size, after = 0, 0, retention.BATCH, None
    while True:
        with reading(fresh=True) as conn:
            batch = sweep.find(conn, after, size)
        if batch.keys:
            began = time.monotonic()
            with run.page() as conn:
                deleted = sweep.delete(conn, batch.keys)
                jobs.set_progress(conn, run.job, before + gone + deleted, None)
            gone += deleted
            took = time.monotonic() - began
            size = fitting(size, took)
            time.sleep(min(took, _BREATH_S))  # writers that waited for this batch go first
        if batch.is_last or (batch.keys and batch.after is None and not deleted):  # others were first
            return gone
        after = batch.after
        run.pause_point()


def fitting(size: int, took_s: float) -> int:
    """How many rows the next batch has, after one of `size` rows took so long."""
    if took_s > _SLOW_S:
        return max(_FEWEST, size // 2)
    return min(retention.BATCH, size * 2) if took_s < _QUICK_S else size
