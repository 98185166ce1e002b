"""Looks for records that their platform no longer has: each is asked for by its id, and a deletion is kept with its evidence."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection

from db import deletions, jobs, store_stats, stores, sync_runs
from db.engine import reading
from db.job_state import Verdict
from db.sync_runs import SyncRun
from settings import settings
from tasks import breaker
from tasks.connections import open_connector
from tasks.endings import JobFailed
from tasks.ledger import KINDS, Requested, job, submit
from tasks.run import Run
from tasks.targets import check_stream

log = logging.getLogger("quayside.reconcile")

FEW = 20  # so many deletions are believed at once; beyond them, not more than MOST of a stream's records
MOST = 0.05


def reconcile(store: str, stream: str, *, requested_by: str, is_confirmed: bool = False, idempotency_key: str | None = None) -> Requested:
    """Ask for one stream of a store to be compared with its platform, record by record; the job's id.

    `is_confirmed` believes any number of deletions. Raises: BadRequest, DatabaseAway.
    """
    known = check_stream(store, stream)
    return submit(
        "reconcile", {"is_confirmed": is_confirmed}, requested_by=requested_by, idempotency_key=idempotency_key, **_target(known.id, stream)
    )


def _target(store_id: int, stream: str) -> dict[str, Any]:
    return {"store_id": store_id, "stream": stream, "dedupe_key": f"reconcile:{store_id}:{stream}", "priority": 5}


def after_full_sync(conn: Connection, progress: SyncRun) -> None:
    """A full sync that read fewer records than we hold has left candidates: ask for each of them, in a job of its own."""
    seen = progress.read - progress.duplicate - progress.rejected
    if progress.mode != "full" or store_stats.live(conn, progress.store_id, progress.stream) <= seen:
        return
    kind = KINDS["reconcile"]
    new = jobs.NewJob(
        name=kind.name, queue=kind.queue, args={}, requested_by="full sync", max_attempts=kind.attempts, delay_s=0.5,
        **_target(progress.store_id, progress.stream),
    )  # fmt: skip
    jobs.add(conn, new, repush_s=settings().repush_s)


def _failed(conn: Connection, run: Run, failure: jobs.Failure, is_final: bool) -> None:
    if run.job.store_id is not None and failure.reason_code in ("unavailable", "platform", "contract"):
        breaker.failed(conn, run.job.store_id, failure.error)


@job(name="reconcile", queue="system", attempts=3, retry_delay_s=settings().retry_delay_s, retry_factor=2.0, on_failure=_failed)
def compare(run: Run, is_confirmed: bool = False) -> None:
    """Ask for every live record by its id, then mark those that are gone: all of them in one transaction, or none when they are too many."""
    store_id, stream = run.job.store_id or 0, run.job.stream or ""
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, store_id)
    breaker.admit(store)
    connector = open_connector(store)
    progress = _resumed(run, store_id, stream)
    most = max(FEW, MOST * progress.total) if progress.total else FEW
    at: dict[str, Any] = progress.cursor or {"after": "", "gone": {}}
    while True:
        with reading(fresh=True) as conn:
            ids = deletions.live_after(conn, store_id, stream, at["after"], connector.lookup_size)
        gone = {**at["gone"], **connector.missing(stream, ids)} if ids else at["gone"]
        if len(gone) > most and not is_confirmed:
            raise JobFailed(
                f"More than {most:,.0f} of {progress.total:,} {stream} of {store.title} are gone from the platform; nothing was marked as deleted.",
                hint="Look at the shop. If it is right, run it again with the deletions confirmed.", reason_code="too_many_deletions", may_retry=False,
            )  # fmt: skip
        with run.page() as conn:
            if not ids:
                _end(conn, run, progress, gone)
                return
            at = {"after": ids[-1], "gone": gone}
            progress = sync_runs.moved(conn, progress, cursor=at, read=len(ids))
            jobs.set_progress(conn, run.job, progress.read, progress.total)
        run.pause_point()


def _resumed(run: Run, store_id: int, stream: str) -> SyncRun:
    with run.page() as conn:
        known = sync_runs.load(conn, run.id)
        if known is None:
            known = SyncRun(
                job_id=run.id, store_id=store_id, stream=stream, mode="reconcile", window_start=None, window_end=jobs.clock(conn),
                total=store_stats.live(conn, store_id, stream),
            )  # fmt: skip
            sync_runs.begin_run(conn, known)
        return known


def _end(conn: Connection, run: Run, progress: SyncRun, gone: dict[str, str]) -> None:
    marked = deletions.mark(conn, progress.store_id, progress.stream, run.id, gone)
    breaker.answered(conn, progress.store_id)
    sentence = f"Asked for {progress.read:,} records by their ids: {marked or 'none'} {'is' if marked == 1 else 'are'} gone."
    sync_runs.conclude(conn, run.id, Verdict.SUCCESS, "complete", sentence)
    run.succeed(conn, {"read": progress.read, "deleted": marked, "sentence": sentence}, verdict=Verdict.SUCCESS, reason_code="complete")
