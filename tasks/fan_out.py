"""Big jobs in parts: everything of a store or of all stores, and a backfill by date range; the parts are ordinary syncs."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from db import audit, jobs, line, parts, pauses, store_stats, stores
from db.engine import again_when_undone, begin, reading
from db.job_state import DRY_RUN, Outcome
from db.jobs import NewJob
from db.stores import Store
from integrations import CONNECTORS
from integrations.connector import STREAMS
from settings import settings
from tasks import huey_app
from tasks.bad_request import BadRequest
from tasks.ledger import KINDS, Requested, job
from tasks.run import GiveBack, Run
from tasks.sync import BACKFILL, DRY, MANUAL, key_of, kind_of, ranged
from tasks.targets import check_stream

log = logging.getLogger("quayside.fan_out")

MOST_SLICES = 1_000


def sync_all(
    store: str | None = None,
    *,
    requested_by: str,
    in_full: bool = True,
    dry_run: bool = False,
    metadata: Mapping[str, Any] | None = None,
    priority: int | None = None,
    idempotency_key: str | None = None,
) -> Requested:
    """Ask for every stream of a store, or of all stores, to be synced: one job with a part for each, which ends with the last of them.

    `in_full` reads everything, without it what has changed. A stream that is being synced already is left to that job; `in_full`, its next
    run reads everything. `dry_run`: each part only tells what its sync would do, and no run is owed to a stream that is being tried already.
    Raises: BadRequest, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        known = list(stores.every(conn)) if store is None else [found] if (found := stores.by_name(conn, store)) else []
    if not known:
        raise BadRequest(
            "store", f"There is no store {store!r}. Stores are listed on the page Stores." if store else "There is no store yet."
        )
    wanted = [(each, stream) for each in known for stream in _offered(each)]
    name = f"{DRY_RUN}all" if dry_run else "sync_all"
    place = priority if priority is not None else DRY if dry_run else MANUAL
    whole = _new(name, "system", {"in_full": in_full}, requested_by, metadata, place, idempotency_key,
                 store_id=known[0].id if store else None, dedupe_key=f"{name}:{known[0].id if store else '*'}")  # fmt: skip
    args = {"sync_all": True} if in_full else {}
    parted = [_part(each.id, stream, args, whole, dry_run=dry_run) for each, stream in wanted]
    return _split(whole, parted, owes_full=in_full and not dry_run)


def _offered(store: Store) -> list[str]:
    facts = CONNECTORS[store.platform].streams if store.platform in CONNECTORS else {}
    return [stream for stream in STREAMS if stream in facts and facts[stream].is_offered]


def backfill(
    store: str,
    stream: str,
    date_from: datetime,
    date_to: datetime | None = None,
    *,
    requested_by: str,
    slice_days: float = 7.0,
    dry_run: bool = False,
    metadata: Mapping[str, Any] | None = None,
    priority: int = BACKFILL,
    idempotency_key: str | None = None,
) -> Requested:
    """Ask for the changes of a range of the past (aware times), in slices of at most `slice_days` days: one job with a part for each.

    They run beside the regular sync, behind everything else, and leave its watermark alone. `date_to` None, or in the future, is now.
    `dry_run`: each slice only tells what it would do to what is here now, for itself.
    Raises: BadRequest, DatabaseAway.
    """
    known = check_stream(store, stream)
    now = datetime.now(UTC)
    for name, value in (("date_from", date_from), ("date_to", date_to)):
        if value is not None and value.tzinfo is None:
            raise BadRequest(name, f"{name} {value.isoformat()} has no time zone; add one, e.g. {value.isoformat()}Z.")
    ends = min(date_to, now) if date_to else now
    ranged(known.platform, stream, date_from, ends)
    if slice_days <= 0:
        raise BadRequest("slice_days", f"Slices of {slice_days:g} days cannot be; give a number above 0.")
    slices = _slices(date_from.astimezone(UTC), ends.astimezone(UTC), timedelta(days=slice_days))
    name, queue = (f"{DRY_RUN}backfill", "system") if dry_run else ("backfill", f"sync-{stream}")
    whole = _new(
        name, queue, {"date_from": date_from.isoformat(), "date_to": ends.isoformat(), "slices": len(slices)}, requested_by, metadata,
        priority, idempotency_key, store_id=known.id, stream=stream,
        dedupe_key=f"{name}:{known.id}:{stream}:{date_from.isoformat()}..{date_to.isoformat() if date_to else ''}",
    )  # fmt: skip
    parted = []
    for start, end in slices:
        args = {"date_from": start.isoformat(), "date_to": end.isoformat()}
        parted.append(_part(known.id, stream, args, whole, f":{args['date_from']}..{args['date_to']}", dry_run=dry_run))
    return _split(whole, parted)


def _slices(start: datetime, end: datetime, most: timedelta) -> Sequence[tuple[datetime, datetime]]:
    """Equal slices, each as long as `most` or a little shorter; the end of one is the beginning of the next."""
    count = math.ceil((end - start) / most)
    if count > MOST_SLICES:
        raise BadRequest("slice_days", f"That would be {count:,} slices; at most {MOST_SLICES:,} are made at once. Take longer slices or a shorter range.")  # fmt: skip
    edges = [start + (end - start) * place / count for place in range(count)]
    return list(zip(edges, [*edges[1:], end], strict=True))


def _new(
    name: str, queue: str, args: Mapping[str, Any], requested_by: str, metadata: Mapping[str, Any] | None, priority: int, idempotency_key: str | None,
    **more: Any,
) -> NewJob:  # fmt: skip
    return NewJob(
        name=name, queue=queue, args=args, requested_by=requested_by, max_attempts=KINDS[name].attempts, metadata=metadata or {}, priority=priority,
        idempotency_key=idempotency_key, **more,
    )  # fmt: skip


def _part(store_id: int, stream: str, args: Mapping[str, Any], whole: NewJob, of_range: str = "", *, dry_run: bool) -> NewJob:
    kind = KINDS[kind_of(stream, dry_run=dry_run)]
    return NewJob(
        name=kind.name, queue=kind.queue, args=args, requested_by=whole.requested_by, max_attempts=kind.attempts, store_id=store_id, stream=stream,
        priority=whole.priority, dedupe_key=key_of(store_id, stream, dry_run=dry_run) + of_range, metadata=whole.metadata,
    )  # fmt: skip


@again_when_undone
def _split(whole: NewJob, wanted: Sequence[NewJob], *, owes_full: bool = False) -> Requested:
    """Write the whole and its parts down in one transaction, and ask for the first of each store's line in one push."""
    with begin() as conn:
        job_id, is_new = jobs.add(conn, whole, repush_s=settings().repush_s)
        waits_for = pauses.of_job(conn, whole.queue, whole.store_id)
        due: Sequence[line.Due] = []
        if is_new:
            if isinstance(whole.requested_by, audit.Person):  # as ledger.submit
                audit.write(conn, person=whole.requested_by, action=whole.name, target=f"job:{job_id}", detail={"args": dict(whole.args)})
            made = parts.add_all(conn, wanted, parent_id=job_id, repush_s=settings().repush_s)
            parts.begin_split(conn, job_id, len(made))
            for part in parts.left_out(conn, wanted, parent_id=job_id) if owes_full else ():
                store_stats.owe_full(conn, part.store_id or 0, part.stream or "")
            due = line.heads(conn, {part.store_id for part in wanted if part.store_id is not None})
    if is_new:
        log.info("job split id=%d name=%s parts=%d by=%s", job_id, whole.name, len(made), whole.requested_by)
        huey_app.push(due)
    return Requested(job_id, is_new=is_new, waits_for=waits_for)


def settle() -> None:
    """Show how far the jobs in parts are, and end those whose last part has ended; once however many consumers do it.

    Raises: DatabaseAway.
    """
    with reading(fresh=True) as conn:
        found = parts.waiting(conn)
    for whole in found:
        if whole.is_over:
            with begin() as conn:
                state = parts.end(conn, whole)
            if state is not None:
                log.info("job %s id=%d parts=%d", state, whole.id, whole.states.total())
        elif whole.finished != whole.progress:
            with begin() as conn:
                parts.show_progress(conn, whole)


@job(name=f"{DRY_RUN}all", queue="system", attempts=3, retry_delay_s=5.0)
@job(name="sync_all", queue="system", attempts=3, retry_delay_s=5.0)
def go_on_with_all(run: Run, **_: Any) -> None:
    """Retried by a person: run the parts that failed or were cancelled again, and wait for them."""
    _go_on(run)


@job(name=f"{DRY_RUN}backfill", queue="system", attempts=3, retry_delay_s=5.0)
@job(name="backfill", queue="system", attempts=3, retry_delay_s=5.0)
def go_on_with_backfill(run: Run, **_: Any) -> None:
    """Retried by a person: as sync_all."""
    _go_on(run)


def _go_on(run: Run) -> None:
    with run.page() as conn:
        parts.go_on(conn, run.id, repush_s=settings().repush_s)
        due = line.heads(conn, parts.stores_of(conn, run.id))
    huey_app.push(due)
    raise GiveBack(Outcome.SPLIT)
