"""What is paused: a queue, a store or the whole. Paused jobs stay where they are; no claim takes them until the pause ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.job_state import JobState
from db.line import EVERYTHING, is_due
from db.schema import jobs, queue_pauses, stores

BREAKER_POSTPONED = "StorePaused"  # the error class of a job that waits for the breaker's probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """One pause. `kind` is everything, queue or store; `by` None: the breaker, which tries again at `tried_at`; `until` None: a person ends it."""

    kind: str
    name: str  # of the queue or store; empty for everything
    reason: str
    by: str | None
    since: datetime
    until: datetime | None = None
    tried_at: datetime | None = None
    store_id: int | None = None

    @property
    def subject(self) -> str:
        """What is paused, in words."""
        return "everything" if self.kind == "everything" else f"{self.kind} {self.name}"

    @property
    def target(self) -> str:
        """As the audit log names it."""
        return f"{self.kind}:{self.name or EVERYTHING}"

    def __str__(self) -> str:
        if self.tried_at is not None:
            end = f"tried again at {self.tried_at:%Y-%m-%d %H:%M:%S} UTC"
        else:
            end = f"until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else "until somebody resumes it"
        return f"{self.subject} is paused: {self.reason} ({end})"


_of_stores = [stores.c[name] for name in ("id", "name", "pause_reason", "paused_by", "paused_at", "resume_at", "probe_at")]


def _of_queue(row: Any) -> Pause:
    is_whole = row.queue == EVERYTHING
    return Pause(
        kind="everything" if is_whole else "queue", name="" if is_whole else row.queue, reason=row.reason, by=row.paused_by, since=row.paused_at,
        until=row.resume_at,
    )  # fmt: skip


def _of_store(row: Any) -> Pause:
    return Pause(
        kind="store", name=row.name, reason=row.pause_reason or "", by=row.paused_by, since=row.paused_at, until=row.resume_at, tried_at=row.probe_at,
        store_id=row.id,
    )  # fmt: skip


def every(conn: Connection) -> Sequence[Pause]:
    """All pauses, the widest first. Reads two small tables."""
    queues = [_of_queue(row) for row in conn.execute(select(queue_pauses).order_by(queue_pauses.c.queue))]
    return queues + [
        _of_store(row) for row in conn.execute(select(*_of_stores).where(stores.c.paused_at.is_not(None)).order_by(stores.c.name))
    ]


_WIDE = (
    select(queue_pauses)
    .where(or_(queue_pauses.c.queue == bindparam("p_queue"), queue_pauses.c.queue == EVERYTHING))
    .order_by(queue_pauses.c.queue)
)


def of_job(conn: Connection, queue: str, store_id: int | None) -> Pause | None:
    """What keeps a job of this queue and store from running; None when nothing is paused for it. Index: primary keys."""
    if (row := conn.execute(_WIDE, {"p_queue": queue}).first()) is not None:
        return _of_queue(row)
    if store_id is None:
        return None
    row = conn.execute(select(*_of_stores).where(stores.c.id == store_id, stores.c.paused_at.is_not(None))).first()
    return _of_store(row) if row is not None else None


def pause_queue(conn: Connection, queue: str, *, by: str, reason: str, until: datetime | None) -> None:
    """Pause a queue, or all with EVERYTHING; a pause that is there already is changed."""
    told = {"paused_by": by[:255], "reason": reason, "resume_at": until}
    if conn.execute(update(queue_pauses).where(queue_pauses.c.queue == queue).values(told)).rowcount:
        return
    try:
        with conn.begin_nested():
            conn.execute(insert(queue_pauses).values(queue=queue, **told))
    except IntegrityError:  # somebody did at the same moment
        conn.execute(update(queue_pauses).where(queue_pauses.c.queue == queue).values(told))


def pause_store(conn: Connection, store_id: int, *, by: str, reason: str, until: datetime | None) -> None:
    """Pause a store; a person's pause takes the place of the breaker's and is not tried by itself."""
    told = {"paused_at": db_now(), "paused_by": by[:255], "pause_reason": reason, "resume_at": until, "probe_at": None}
    conn.execute(update(stores).where(stores.c.id == store_id).values(told))


_RUNNING_STORE = {"paused_at": None, "paused_by": None, "pause_reason": None, "resume_at": None, "probe_at": None, "failed_in_a_row": 0}


def resume_queue(conn: Connection, queue: str, *, only_over: bool = False) -> bool:
    """End the pause of a queue, or of the whole; its jobs are due at once. False where it was not paused (or, `only_over`, is not over)."""
    over = [queue_pauses.c.resume_at <= db_now()] if only_over else []
    if not conn.execute(delete(queue_pauses).where(queue_pauses.c.queue == queue, *over)).rowcount:
        return False
    _wake(conn, *([] if queue == EVERYTHING else [jobs.c.queue == queue]))
    return True


def resume_store(conn: Connection, store_id: int, *, only_over: bool = False) -> bool:
    """End the pause of a store, the breaker's too; its jobs are due at once. False as resume_queue."""
    over = [stores.c.resume_at <= db_now(), stores.c.paused_by.is_not(None)] if only_over else []
    paused = update(stores).where(stores.c.id == store_id, stores.c.paused_at.is_not(None), *over)
    if not conn.execute(paused.values(_RUNNING_STORE)).rowcount:
        return False
    wake_store(conn, store_id)
    return True


def wake_store(conn: Connection, store_id: int) -> None:
    """The jobs of a store are due at once, those that the breaker postponed too."""
    _wake(conn, jobs.c.store_id == store_id)


def _wake(conn: Connection, *of: ColumnElement[bool]) -> None:
    postponed = and_(jobs.c.state == JobState.QUEUED, jobs.c.error_class == BREAKER_POSTPONED)
    conn.execute(update(jobs).where(postponed, *of).values(run_at=db_now(), push_at=db_now()))
    conn.execute(update(jobs).where(is_due, *of).values(push_at=db_now()))


def over(conn: Connection) -> Sequence[Pause]:
    """The pauses whose time has come to end by themselves. Reads two small tables."""
    queues = conn.execute(select(queue_pauses).where(queue_pauses.c.resume_at <= db_now()))
    found = [_of_queue(row) for row in queues]
    of_stores = and_(stores.c.paused_by.is_not(None), stores.c.resume_at <= db_now())
    return found + [_of_store(row) for row in conn.execute(select(*_of_stores).where(of_stores))]


def end(conn: Connection, pause: Pause) -> bool:
    """End a pause that is over; False when somebody else was first, or has made it longer."""
    if pause.store_id is not None:
        return resume_store(conn, pause.store_id, only_over=True)
    return resume_queue(conn, pause.name or EVERYTHING, only_over=True)
