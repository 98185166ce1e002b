"""Looks for records that their platform no longer has: each is asked for by its id, and a deletion is kept with its evidence."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection

from db import deletions, jobs, store_stats, stores, sync_runs
from db.engine import reading
from db.job_state import Verdict
from db.stores import Store
from db.sync_runs import SyncRun
from integrations.connector import Connector
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
    """A full sync that met fewer records than we hold has left candidates: ask for each of them, in a job of its own."""
    if progress.mode != "full":
        return
    met = progress.created + len(sync_runs.met(conn, progress.job_id))
    if store_stats.live(conn, progress.store_id, progress.stream) <= met:
        return
    kind = KINDS["reconcile"]
    new = jobs.NewJob(
        name=kind.name, queue=kind.queue, args={"after": progress.job_id}, requested_by="full sync", max_attempts=kind.attempts, delay_s=0.5,
        **_target(progress.store_id, progress.stream),
    )  # fmt: skip
    jobs.add(conn, new, repush_s=settings().repush_s)


def _failed(conn: Connection, run: Run, failure: jobs.Failure, is_final: bool) -> None:
    if run.job.store_id is not None and failure.reason_code in ("unavailable", "platform", "contract"):
        breaker.failed(conn, run.job.store_id, failure.error)


@job(name="reconcile", queue="system", attempts=3, retry_delay_s=settings().retry_delay_s, retry_factor=2.0, on_failure=_failed)
def compare(run: Run, is_confirmed: bool = False, after: int | None = None) -> None:
    """Ask for live records by their ids, all of them or those that the full sync `after` has not met; then ask again for those that are
    missing, and mark them as deleted, or none of them when they are too many.
    """
    store_id, stream = run.job.store_id or 0, run.job.stream or ""
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, store_id)
        unmet = deletions.Unmet(after, sync_runs.met(conn, after)) if after is not None else None
    breaker.admit(store)
    connector = open_connector(store)
    progress = _resumed(run, store_id, stream)
    progress = _look(run, store, connector, progress, unmet, is_confirmed=is_confirmed)
    _mark(run, connector, progress)


def _look(run: Run, store: Store, connector: Connector, progress: SyncRun, unmet: deletions.Unmet | None, *, is_confirmed: bool) -> SyncRun:
    """Note which records are missing. Raises: JobFailed when they are too many to be believed."""
    most = max(FEW, MOST * progress.total) if progress.total else FEW
    at: dict[str, Any] = progress.cursor or {"after": "", "marked": 0}
    while at["after"] is not None:
        with reading(fresh=True) as conn:
            lot = deletions.lot_after(conn, progress.store_id, progress.stream, at["after"], connector.lookup_size, unmet=unmet)
        missing = connector.missing(progress.stream, lot.external_ids) if lot.external_ids else {}
        with run.page() as conn:
            if missing:
                deletions.note_missing(conn, run.id, list(missing))
            if missing and not is_confirmed and deletions.count_missing(conn, run.id) > most:
                raise JobFailed(
                    f"More than {most:,.0f} of {progress.total:,} {progress.stream} of {store.title} are gone from the platform; "
                    "nothing was marked as deleted.",
                    hint="Look at the shop. If it is right, run it again with the deletions confirmed.", reason_code="too_many_deletions", may_retry=False,
                )  # fmt: skip
            at = {**at, "after": lot.after}
            progress = sync_runs.moved(conn, progress, cursor=at, read=lot.seen)
            jobs.set_progress(conn, run.job, progress.read, progress.total)
        run.pause_point()
    return progress


def _mark(run: Run, connector: Connector, progress: SyncRun) -> None:
    """Ask a second time, since hours may have passed, and mark what is still missing."""
    at = progress.cursor
    while True:
        with reading(fresh=True) as conn:
            asked_at, lot = jobs.clock(conn), deletions.next_missing(conn, run.id, connector.lookup_size)
        proof = connector.missing(progress.stream, lot) if lot else {}
        with run.page() as conn:
            if not lot:
                _end(conn, run, progress, at["marked"])
                return
            marked = deletions.mark(conn, progress.store_id, progress.stream, run.id, proof, asked_at=asked_at)
            deletions.settle_missing(conn, run.id, lot)
            at = {**at, "marked": at["marked"] + marked}
            progress = sync_runs.moved(conn, progress, cursor=at, read=0)
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


def _end(conn: Connection, run: Run, progress: SyncRun, marked: int) -> None:
    breaker.answered(conn, progress.store_id)
    sentence = f"Looked at {progress.read:,} records and asked for those in doubt by their ids: {marked or 'none'} {'is' if marked == 1 else 'are'} gone."
    sync_runs.conclude(conn, run.id, Verdict.SUCCESS, "complete", sentence)
    run.succeed(conn, {"read": progress.read, "deleted": marked, "sentence": sentence}, verdict=Verdict.SUCCESS, reason_code="complete")
