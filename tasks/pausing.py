"""Pause and resume: a queue, a store or the whole stops taking jobs, keeps those that wait, and goes on by itself or when somebody says so."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from db import audit, job_rescue, jobs, line, stores
from db import pauses as memory
from db.engine import again_when_undone, begin, reading
from db.line import EVERYTHING
from db.pauses import Pause
from settings import settings
from tasks import huey_app
from tasks.bad_request import BadRequest
from tasks.targets import check_queue

log = logging.getLogger("quayside.pauses")

_LONGEST_REASON = 512


@again_when_undone
def pause(
    *, queue: str | None = None, store: str | None = None, everything: bool = False, reason: str, by: str, until: datetime | None = None
) -> Pause:
    """Let no more jobs of a queue, of a store or of all begin; those that run give back at their next page, all of them wait.

    `until` (aware) ends it by itself; without it somebody has to resume. What is paused already gets the new reason and time.
    Raises: BadRequest, DatabaseAway.
    """
    name, reason = _one(queue, store, everything), reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise BadRequest("reason", f"Say in 1 to {_LONGEST_REASON} characters why; whoever waits will read it.")
    if until is not None and until.tzinfo is None:
        raise BadRequest("until", f"until {until.isoformat()} has no time zone; add one, e.g. {until.isoformat()}Z.")
    with begin() as conn:
        if until is not None and until <= jobs.clock(conn):
            raise BadRequest("until", f"until {until.isoformat()} is not in the future; leave it out to pause until somebody resumes.")
        if store is not None:
            memory.pause_store(conn, _store_id(conn, store), by=by, reason=reason, until=until)
        else:
            memory.pause_queue(conn, name, by=by, reason=reason, until=until)
        detail = {"reason": reason, "until": until.isoformat() if until else None}
        made = _named(memory.every(conn), name, is_store=store is not None)
        audit.write(conn, person=by, action=f"pause_{made.kind}", target=made.target, detail=detail)
        due = line.next_beside(conn, queue) if queue is not None else []
    huey_app.push(due)
    log.info("paused %s by=%s", made.target, by)
    return made


@again_when_undone
def resume(*, queue: str | None = None, store: str | None = None, everything: bool = False, by: str) -> bool:
    """End that pause, also one of a store that failures began; its jobs are due at once. False where nothing was paused.

    Each pause ends by itself: resuming everything leaves a queue paused that was paused by its name.
    Raises: BadRequest, DatabaseAway.
    """
    name = _one(queue, store, everything)
    with begin() as conn:
        ended = memory.resume_store(conn, _store_id(conn, store)) if store is not None else memory.resume_queue(conn, name)
        if ended:
            kind = "store" if store is not None else "everything" if everything else "queue"
            audit.write(conn, person=by, action=f"resume_{kind}", target=f"{kind}:{name}")
        due = job_rescue.take_due(conn, repush_s=settings().repush_s) if ended else []
    huey_app.push(due)
    return ended


def pauses() -> Sequence[Pause]:
    """Everything that is paused now, the widest first.

    Raises: DatabaseAway.
    """
    with reading(fresh=True) as conn:
        return memory.every(conn)


def end_those_over() -> Sequence[Pause]:
    """End the pauses whose time has come, each once however many consumers try; those that this call ended.

    Raises: DatabaseAway.
    """
    with reading(fresh=True) as conn:
        found = memory.over(conn)
    ended = []
    for each in found:
        with begin() as conn:
            if memory.end(conn, each):
                audit.write(
                    conn, person="quayside", action=f"resume_{each.kind}", target=each.target, detail={"reason": "its time was over"}
                )
                ended.append(each)
    return ended


def _one(queue: str | None, store: str | None, everything: bool) -> str:
    if (queue is not None) + (store is not None) + everything != 1:
        raise BadRequest("queue", "Name one queue, or one store, or everything.")
    if queue is not None:
        check_queue(queue)
    return queue or store or EVERYTHING


def _store_id(conn: Connection, name: str) -> int:
    known = stores.by_name(conn, name)
    if known is None:
        raise BadRequest("store", f"There is no store {name!r}. Stores are listed on the page Stores.")
    return known.id


def _named(found: Sequence[Pause], name: str, *, is_store: bool) -> Pause:
    return next(each for each in found if (each.kind == "store") == is_store and (each.name or EVERYTHING) == name)
