"""Syncs: the verb that asks for one, and the jobs that do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from db import jobs, store_stats, stores
from db.engine import reading
from db.job_state import DRY_RUN, Verdict
from db.stores import Store
from db.sync_runs import SyncRun
from integrations import CONNECTORS
from integrations.connector import Connector
from settings import settings
from tasks import breaker
from tasks.bad_request import BadRequest
from tasks.connections import open_connector
from tasks.copy import copy_stream
from tasks.landing import Landing
from tasks.ledger import Requested, job, submit
from tasks.reconcile import after_full_sync
from tasks.run import Run
from tasks.targets import check_stream
from tasks.verdicts import Finding

MANUAL, SCHEDULED, BACKFILL, DRY = 20, 10, 0, 0  # priorities: people first, and what writes before what does not
_MAX_PRIORITY = 100
_ALIASES = {"users": "customers"}  # what older callers say


def sync(
    store: str,
    stream: str,
    *,
    requested_by: str,
    limit: int | None = None,
    sync_all: bool = False,
    date_from: datetime | None = None,
    date_to: datetime | None = None,
    dry_run: bool = False,
    metadata: Mapping[str, Any] | None = None,
    priority: int | None = None,
    idempotency_key: str | None = None,
    delay_s: float = 0.0,
) -> Requested:
    """Ask for one stream of one store to be synced; the job's id, with `is_new` False where such a job is unfinished already.

    Without options it reads what changed since the last complete run. `sync_all` reads everything; `date_from` and `date_to` (aware
    times) read the changes of a range, beside and without moving the regular sync; `limit` stops after that many records.
    `dry_run` reads the same and writes nothing; the job's result tells what would be created, updated and rejected (tasks.dry_run). It is a job beside
    the sync: neither stands in the place of the other.
    Raises: BadRequest, DatabaseAway.
    """
    stream = _ALIASES.get(stream, stream)
    known = check_stream(store, stream)
    _check_options(known.platform, stream, limit, sync_all, date_from, date_to)
    if priority is not None and not 0 <= priority <= _MAX_PRIORITY:
        raise BadRequest("priority", f"The priority {priority} is not between 0 and {_MAX_PRIORITY}.")
    args = {
        "sync_all": sync_all, "limit": limit,
        "date_from": _text(date_from), "date_to": _text(date_to),
    }  # fmt: skip
    return submit(
        kind_of(stream, dry_run=dry_run),
        {name: value for name, value in args.items() if value},
        requested_by=requested_by,
        store_id=known.id,
        stream=stream,
        metadata=metadata or {},
        priority=priority if priority is not None else DRY if dry_run else MANUAL,
        dedupe_key=key_of(known.id, stream, dry_run=dry_run) + (f":{_text(date_from)}..{_text(date_to)}" if date_from or date_to else ""),
        idempotency_key=idempotency_key,
        delay_s=delay_s,
    )


def kind_of(stream: str, *, dry_run: bool) -> str:
    """The name of the jobs that sync a stream, or of those that only tell what that would do."""
    return f"{DRY_RUN if dry_run else 'sync_'}{stream}"


def key_of(store_id: int, stream: str, *, dry_run: bool) -> str:
    """What only one unfinished sync of a stream may hold, and only one dry run of it beside that."""
    return f"{'dry_run' if dry_run else 'sync'}:{store_id}:{stream}"


def _check_options(
    platform: str, stream: str, limit: int | None, sync_all: bool, date_from: datetime | None, date_to: datetime | None
) -> None:
    if limit is not None and limit < 1:
        raise BadRequest("limit", f"The limit {limit} is not a number of records; it has to be 1 or more.")
    for name, value in (("date_from", date_from), ("date_to", date_to)):
        if value is not None and value.tzinfo is None:
            raise BadRequest(name, f"{name} {value.isoformat()} has no time zone; add one, e.g. {value.isoformat()}Z.")
    if not (date_from or date_to):
        return
    if sync_all:
        raise BadRequest("sync_all", "sync_all reads everything, a range reads a part; choose one of the two.")
    ranged(platform, stream, date_from, date_to)


def ranged(platform: str, stream: str, date_from: datetime | None, date_to: datetime | None) -> None:
    """Check a range of aware times.

    Raises: BadRequest where the platform has no ranges, or there is nothing in this one.
    """
    if not CONNECTORS[platform].streams[stream].incremental:
        raise BadRequest("date_from", f"{platform} cannot filter {stream} by time; they are always read whole. Leave the dates out.")
    if date_from and date_to and date_from >= date_to:
        raise BadRequest("date_to", f"date_to {date_to.isoformat()} is not after date_from {date_from.isoformat()}.")
    if date_from and date_from > datetime.now(UTC):
        raise BadRequest("date_from", f"date_from {date_from.isoformat()} is in the future.")


def _text(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _failed(conn: Connection, run: Run, failure: jobs.Failure, is_final: bool) -> None:
    """An attempt has failed: the breaker counts it, and when it was the last the store's board says so."""
    if run.job.store_id is not None and failure.reason_code not in ("auth", "scope", "config"):
        breaker.failed(conn, run.job.store_id, failure.error)
    is_range = run.job.args.get("date_from") or run.job.args.get("date_to")
    if is_final and run.job.store_id is not None and run.job.stream is not None and not is_range:
        store_stats.ensure(conn, run.job.store_id, run.job.stream)
        verdict = Verdict.BLOCKED if failure.reason_code in ("auth", "scope", "config") else Verdict.FAILED
        store_stats.finished(
            conn, run.job.store_id, run.job.stream, job_id=run.id, verdict=verdict, reason=f"{failure.error} {failure.hint}".strip(),
            watermark=None, platform_total=None,
        )  # fmt: skip


def _ended(conn: Connection, progress: SyncRun, finding: Finding) -> None:
    if finding.verdict is Verdict.SUCCESS:  # what a cut or doubtful run did not see says nothing
        after_full_sync(conn, progress)
    if progress.mode == "full" and finding.moves_watermark:
        store_stats.full_done(conn, progress.store_id, progress.stream)


def _sync(run: Run, stream: str, options: Mapping[str, Any]) -> None:
    with reading(fresh=True) as conn:
        store = stores.by_id(conn, run.job.store_id or 0)
    breaker.admit(store)
    connector = open_connector(store)
    copy_as_asked(run, store, connector, stream, options, Landing(run, connector, on_answer=breaker.answered, on_end=_ended))


def copy_as_asked(run: Run, store: Store, connector: Connector, stream: str, options: Mapping[str, Any], landing: Landing) -> None:
    """`copy_stream` with the options in a job's arguments.

    Raises: as copy_stream.
    """
    copy_stream(
        run, store, connector, stream, sync_all=bool(options.get("sync_all")), limit=options.get("limit"),
        date_from=_time(options.get("date_from")), date_to=_time(options.get("date_to")), landing=landing,
    )  # fmt: skip


def _policy(stream: str) -> dict[str, Any]:
    return {"queue": f"sync-{stream}", "attempts": 3, "retry_delay_s": settings().retry_delay_s, "retry_factor": 2.0, "on_failure": _failed}


@job(**_policy("products"))
def sync_products(run: Run, **options: Any) -> None:
    """Products with their variants."""
    _sync(run, "products", options)


@job(**_policy("orders"))
def sync_orders(run: Run, **options: Any) -> None:
    """Orders with their lines and refunds."""
    _sync(run, "orders", options)


@job(**_policy("inventory"))
def sync_inventory(run: Run, **options: Any) -> None:
    """Stock per item and location."""
    _sync(run, "inventory", options)


@job(**_policy("customers"))
def sync_customers(run: Run, **options: Any) -> None:
    """Customers."""
    _sync(run, "customers", options)
