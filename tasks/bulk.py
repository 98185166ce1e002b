"""One action on many: first a look at what it would do, then a job that does just that to just those, at a speed that hurts nobody."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, bulk, failure_lists, history, job_actions, jobs, line, options, rejected
from db.engine import begin, reading
from db.reads import asking as reads
from settings import settings
from tasks import asking, huey_app
from tasks.bad_request import BadRequest
from tasks.bulk_acts import ACTS, DUE, Records
from tasks.endings import JobFailed
from tasks.ledger import job
from tasks.roles import Actor, Role, require
from tasks.run import Run
from tasks.sync import MANUAL

log = logging.getLogger("quayside.bulk")

MOST = 10_000  # targets of one operation
ACTIONS = ("retry", "cancel", "retry_rejected")
_AT_ONCE = 25
CANCELLING = ("cancel", "empty_queue")  # whose targets can be brought back
_MAY = {"retry": ("failed", "cancelled"), "cancel": ("queued", "running")}
_DOABLE = {
    "retry": "can be retried", "cancel": "can be cancelled", "retry_rejected": "can be tried again", "empty_queue": "can be taken out",
}  # fmt: skip
_NOT = {
    "same": "not needed, since another job does the same", "gone": "gone by now", "queued": "waiting already", "running": "already running",
    "succeeded": "succeeded", "failed": "failed already", "cancelled": "cancelled already",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPreview:
    """What a bulk operation would do, and to whom: `ids`, newest first, are the set that the person sees counted, and no other.

    `counts`: "ready" (can be acted on), and what cannot: "same" (another job does the same), "gone", or a job's state. `is_cut`: more match.
    `searched_to`: jobs before this one were not searched, None where all were.
    """

    action: str
    ids: tuple[int, ...]
    chosen: Mapping[str, Any]  # the filter, to be read again
    counts: Mapping[str, int]
    is_cut: bool = False
    searched_to: int | None = None

    def __str__(self) -> str:
        """In English: "312 can be retried, 14 already running"."""
        return ", ".join(
            [f"{self.counts.get('ready', 0):,} {_DOABLE[self.action]}"] + [f"{self.counts[why]:,} {words}" for why, words in _NOT.items() if self.counts.get(why)]
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkStarted:
    """An operation that was asked for; `is_new` is False where the same request had started it already."""

    id: int
    job_id: int
    is_new: bool = field(default=True)


def preview_bulk(
    action: str,
    wanted: history.Wanted | rejected.WantedRejected | None = None,
    *,
    max_id: int | None = None,
    fingerprint: str | None = None,
    ids: Sequence[int] | None = None,
) -> BulkPreview:
    """What `action` would do to the jobs that `wanted` means (of "retry_rejected": the records), up to the newest id that the person saw.

    Instead of `wanted`: the failed jobs of a group by its `fingerprint`, or chosen `ids`. At most the newest 10,000. Nothing is changed.
    Raises: BadRequest, DatabaseAway.
    """
    if action not in ACTIONS:
        raise BadRequest("action", f"There is no bulk action {action!r}; choose one of {', '.join(ACTIONS)}.")
    of_records = action == "retry_rejected"
    if wanted is not None and isinstance(wanted, rejected.WantedRejected) is not of_records:
        raise BadRequest("wanted", f"{action} is about {'rejected records' if of_records else 'jobs'}; choose those.")
    highest = 2**62 if max_id is None else max_id
    chosen: Mapping[str, Any]
    searched_to = None
    with reads(fresh=True) as conn:
        if ids is not None:
            found, chosen = sorted(set(ids), reverse=True), {"ids": len(set(ids))}
        elif fingerprint is not None:
            found, chosen = list(failure_lists.failed_ids(conn, fingerprint, MOST + 1)), {"fingerprint": fingerprint}
            found = [one for one in found if one <= highest]
        elif isinstance(wanted, rejected.WantedRejected):
            found, chosen = rejected.matching_ids(conn, wanted, max_id=highest, limit=MOST + 1), asdict(wanted)
        else:
            wanted = wanted or history.Wanted()
            found, searched_to = history.matching_ids(conn, wanted, max_id=highest, limit=MOST + 1)
            chosen = asdict(wanted)
        kept = tuple(found[:MOST])
        counts = _records_counted(conn, kept) if of_records else _jobs_counted(conn, action, kept)
    return BulkPreview(action=action, ids=kept, chosen=_plain(chosen), counts=counts, is_cut=len(found) > MOST, searched_to=searched_to)


def _plain(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The filter as JSON can keep it."""
    texts = {name: value.isoformat() for name, value in chosen.items() if isinstance(value, datetime)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in {**chosen, **texts}.items() if value}


def _records_counted(conn: Connection, ids: Sequence[int]) -> dict[str, int]:
    there = rejected.still_there(conn, ids)
    return dict(+Counter({"ready": there, "gone": len(ids) - there}))


def _jobs_counted(conn: Connection, action: str, ids: Sequence[int]) -> dict[str, int]:
    known = bulk.facts(conn, ids)
    taken = bulk.taken(conn, [key for _, key in known.values() if key]) if action == "retry" else set()
    counts: Counter[str] = Counter()
    for one in ids:  # newest first: of several that do the same, the newest is retried
        state, key = known.get(one, ("gone", None))
        if state not in _MAY[action]:
            counts[state] += 1
        elif key in taken:
            counts["same"] += 1
        else:
            counts["ready"] += 1
            taken |= {key} if key and action == "retry" else set()
    return dict(counts)


def start_bulk(preview: BulkPreview, *, by: str, reason: str = "", idempotency_key: str | None = None) -> BulkStarted:
    """Do to the ids of a preview what it says, in a job of its own; each is looked at again when its turn comes.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        started, due = begin_bulk(conn, preview.action, preview.ids, preview.chosen, reason, by, idempotency_key)
    huey_app.push(due)
    return started


def begin_bulk(
    conn: Connection, action: str, ids: Sequence[int], chosen: Mapping[str, Any], reason: str, by: str, idempotency_key: str | None,
    *, deed: tuple[str, str] | None = None,
) -> tuple[BulkStarted, list[line.Due]]:  # fmt: skip
    """Write an operation, its job and the line of the audit log down; (the operation, what to push after the commit).

    `deed`: action and target of that line, where a bulk operation is only how it is done. Raises: BadRequest.
    """
    asked, due = asking.add(conn, "carry_out_bulk", {}, by=by, priority=MANUAL, idempotency_key=idempotency_key)
    if not asked.is_new:
        known = bulk.of_job(conn, int(asked))
        if known is None:
            raise BadRequest("idempotency_key", f"The key {idempotency_key!r} was used for job {int(asked)}; choose another.")
        return BulkStarted(id=known["id"], job_id=int(asked), is_new=False), due
    if not 1 <= len(ids) <= MOST:
        raise BadRequest("ids", f"{len(ids):,} are chosen; a bulk operation acts on 1 to {MOST:,}. Narrow the filter, or widen it.")
    operation_id = bulk.begin_operation(conn, action=action, chosen=chosen, reason=reason, by=by, job_id=int(asked), target_ids=ids)
    detail = {"action": action, "targets": len(ids), "filter": dict(chosen), "reason": reason, "job": int(asked)}
    if deed is None:
        audit.write(conn, person=by, action="start_bulk", target=f"bulk:{operation_id}", detail=detail)
    else:
        audit.write(conn, person=by, action=deed[0], target=deed[1], detail={**detail, "operation": operation_id})
    return BulkStarted(id=operation_id, job_id=int(asked)), due


def stop_bulk(operation_id: int, *, by: str) -> None:
    """Act on no further targets; what was done stays done.

    Raises: BadRequest, WrongState, DatabaseAway.
    """
    with begin() as conn:
        known = _known(conn, operation_id)
        job_actions.cancel(conn, known["job_id"], by=by)
        audit.write(conn, person=by, action="stop_bulk", target=f"bulk:{operation_id}")


def repeat_bulk(operation_id: int, *, by: str, reason: str = "", idempotency_key: str | None = None) -> BulkStarted:
    """Act again on what an ended operation was refused for, or did not come to. An emptied queue's rest is an admin's, as emptying it was.

    Raises: BadRequest, Denied, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        is_grave = _known(conn, operation_id)["action"] == "empty_queue"
    if is_grave and isinstance(by, Actor):
        require(by, Role.ADMIN, action="empty_queue", target=f"bulk:{operation_id}")
    with begin() as conn:
        known = _ended(conn, operation_id)
        left = bulk.left_over(conn, operation_id)
        if not left:
            raise BadRequest("operation", f"Bulk operation {operation_id} has nothing left over; every target was done.")
        started, due = begin_bulk(conn, known["action"], left, {**known["filter"], "rest_of": operation_id}, reason, by, idempotency_key)
    huey_app.push(due)
    return started


def restore_bulk(operation_id: int, *, by: str, reason: str = "", idempotency_key: str | None = None) -> BulkStarted:
    """Queue again just the jobs that an ended operation has cancelled, by an operation of its own; they are due at once.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        known = _ended(conn, operation_id)
        cancelled = bulk.still_cancelled(conn, operation_id) if known["action"] in CANCELLING else []
        if not cancelled:
            raise BadRequest("operation", f"Of bulk operation {operation_id} no job is cancelled still; there is nothing to bring back.")
        started, due = begin_bulk(conn, "retry", cancelled, {"restores": operation_id}, reason, by, idempotency_key)
    huey_app.push(due)
    return started


def _known(conn: Connection, operation_id: int) -> dict[str, Any]:
    known = bulk.get(conn, operation_id)
    if known is None:
        raise BadRequest("operation", f"There is no bulk operation {operation_id}. They are listed on the page Bulk.")
    return known


def _ended(conn: Connection, operation_id: int) -> dict[str, Any]:
    known = _known(conn, operation_id)
    carrier = jobs.get(conn, known["job_id"])
    if carrier is not None and not jobs.is_final(carrier["state"]):
        raise BadRequest("operation", f"Bulk operation {operation_id} is at work still; stop it first, or wait for its end.")
    return known


@job(name="carry_out_bulk", queue="system", attempts=5, retry_delay_s=settings().retry_delay_s, retry_factor=2.0)
def carry_out_bulk(run: Run) -> None:
    """Act on some targets at a time; what was done to them and that it was done are one transaction, so that each is acted on once."""
    with reading(fresh=True) as conn:
        known = bulk.of_job(conn, run.id)
        per_s = int(options.value(conn, "bulk_per_s"))
    if known is None:
        raise JobFailed(f"Job {run.id} belongs to no bulk operation.", hint="Choose the targets again on the page Jobs.", may_retry=False)
    try_again = Records(run.id)
    while True:
        began = time.monotonic()
        with reading(fresh=True) as conn:
            lot = bulk.waiting(conn, known["id"], min(_AT_ONCE, per_s))
        of_records = known["action"] == "retry_rejected"
        act = try_again.prepared(lot) if of_records else ACTS[known["action"]](run.id, known["requested_by"])
        with run.page() as conn:
            said = {target: act(conn, target) for target in lot}
            had_turn = bulk.note(conn, known["id"], said)
            jobs.set_progress(conn, run.job, had_turn, known["total"])
            if not lot:
                _finish(conn, run, known["id"])
                return
            due = DUE[known["action"]](conn, [target for target, (done, _) in said.items() if done])
        huey_app.push(due)
        run.pause_point()
        time.sleep(max(0.0, len(lot) / per_s - (time.monotonic() - began)))


def _finish(conn: Connection, run: Run, operation_id: int) -> None:
    bulk.end_operation(conn, operation_id)
    known = _known(conn, operation_id)
    sentence = f"{known['done']:,} of {known['total']:,} done" + (f", {known['refused']:,} refused; see why." if known["refused"] else ".")
    run.succeed(conn, {"operation": operation_id, "done": known["done"], "refused": known["refused"], "sentence": sentence})
