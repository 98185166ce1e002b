"""Empty a queue: what waits in it is cancelled by a bulk operation, which counts it first, tells what became of each, and can be taken back."""

from __future__ import annotations

import logging

from db import queue_lists
from db.engine import begin
from db.reads import asking
from tasks import huey_app
from tasks.bad_request import BadRequest
from tasks.bulk import MOST, BulkPreview, BulkStarted, begin_bulk
from tasks.targets import check_queue, check_reason

log = logging.getLogger("quayside.emptying")


def preview_empty(queue: str) -> BulkPreview:
    """Which jobs `empty_queue` would cancel now: all of the queue that wait, also for a later time or another try, the newest 10,000 at most.

    Raises: BadRequest, DatabaseAway.
    """
    check_queue(queue)
    with asking(fresh=True) as conn:
        found = queue_lists.waiting_ids(conn, queue, limit=MOST + 1)
    kept = tuple(found[:MOST])
    return BulkPreview(
        action="empty_queue", ids=kept, chosen={"queue": queue}, counts={"ready": len(kept)} if kept else {}, is_cut=len(found) > MOST
    )


def empty_queue(queue: str, *, reason: str, by: str, preview: BulkPreview | None = None, idempotency_key: str | None = None) -> BulkStarted:
    """Cancel the jobs that wait in a queue, in a job of its own; those that a worker takes before their turn run, and what arrives later stays.

    `preview`: just the jobs that the person saw counted; without it, those that wait now. `restore_bulk` queues again what was cancelled.
    Raises: BadRequest, DatabaseAway.
    """
    reason = check_reason(reason)
    seen = preview or preview_empty(queue)
    if seen.chosen != {"queue": queue}:
        raise BadRequest("preview", f"This preview is not of the queue {queue}; count again.")
    try:
        with begin() as conn:
            started, due = begin_bulk(
                conn, seen.action, seen.ids, seen.chosen, reason, by, idempotency_key, deed=("empty_queue", f"queue:{queue}")
            )
    except BadRequest as error:
        if seen.ids or error.field != "ids":
            raise
        raise BadRequest("queue", f"Nothing waits in the queue {queue}; there is nothing to take out.") from None
    huey_app.push(due)
    log.info("queue emptied queue=%s jobs=%d operation=%d by=%s", queue, len(seen.ids), started.id, by)
    return started
