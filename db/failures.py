"""Groups of failures: what failed in the same way is one thing to look at, counted in the transaction that records each failure."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, and_, case, select, update

from db.columns import db_now
from db.insert_or import insert_or_change
from db.schema import failure_groups, jobs, stores

STATES = ("new", "known", "muted", "resolved", "regressed")
KINDS = ("person", "passing", "bug")

_NEEDS_PERSON = {"auth", "scope", "config", "too_many_deletions", "unknown_job"}
_IS_BUG = {"contract", "pagination_not_advancing", "answer_too_large", "counts_differ"}
_LONGEST = 500  # characters of an error that tell it from others
_PLACES = (  # what differs between two failures that are one: first these, in this order, then the names of stores
    (re.compile(r"""(?<!\w)(["'`]).*?\1(?!\w)"""), "<value>"),
    (re.compile(r"\w+://\S+"), "<url>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b[\w.-]+(?::\d+)+(?::[\w.]+)*"), "<host>"),
    (re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE), "<host>"),
)
_NUMBERS = ((re.compile(r"\b(?=[\w-]*\d)[\w-]{6,}\b"), "<id>"), (re.compile(r"[+-]?\d[\d,.]*(?<![,.])"), "#"))


def normal(error: str, names: tuple[str, ...] = ()) -> str:
    """An error without what differs from one job to the next: hosts, quoted values, ids, numbers and these `names` (of its store)."""
    for pattern, instead in _PLACES:
        error = pattern.sub(instead, error)
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            error = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<store>", error)
    for pattern, instead in _NUMBERS:
        error = pattern.sub(instead, error)
    return " ".join(error.split())[:_LONGEST]


def fingerprint(conn: Connection, name: str, store_id: int | None, error_class: str, error: str) -> str:
    """Of the failure of a job called `name`: 32 characters, the same for what is one cause."""
    names: tuple[str, ...] = ()
    if store_id is not None and (row := conn.execute(select(stores.c.name, stores.c.title).where(stores.c.id == store_id)).first()):
        names = tuple(row)
    told = "\n".join((name, error_class, normal(error, names)))
    return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()


def kind_of(reason_code: str, *, is_unforeseen: bool) -> str:
    """person (only a person can help), bug (ours or the platform's), or passing (mends itself)."""
    if reason_code in _NEEDS_PERSON:
        return "person"
    return "bug" if is_unforeseen or reason_code in _IS_BUG else "passing"


class Failed(Protocol):
    """Why an attempt ended badly; `traceback` only where it was not foreseen."""

    @property
    def error_class(self) -> str:
        """The class of the error."""

    @property
    def error(self) -> str:
        """One sentence."""

    @property
    def reason_code(self) -> str:
        """As in the verdict."""

    @property
    def traceback(self) -> str | None:
        """Where it happened."""


def record(conn: Connection, job_id: int, failure: Failed) -> None:
    """One more failed attempt of a job: its group is counted, and is new, or back where it was resolved; the job gets its fingerprint.

    In the transaction that ends the attempt, after the job's own row was written: whoever else fails alike waits for that row alone.
    """
    row = conn.execute(select(jobs.c.name, jobs.c.store_id).where(jobs.c.id == job_id)).one()
    mark = fingerprint(conn, row.name, row.store_id, failure.error_class, failure.error)
    conn.execute(update(jobs).where(jobs.c.id == job_id).values(fingerprint=mark))
    kind = kind_of(failure.reason_code, is_unforeseen=failure.traceback is not None)
    _count(conn, mark, job_id=job_id, name=row.name, error_class=failure.error_class, error=failure.error, kind=kind)


def _count(conn: Connection, mark: str, *, job_id: int, name: str, error_class: str, error: str, kind: str) -> None:
    group = failure_groups.c
    is_over = and_(group.state == "muted", group.muted_until <= db_now())
    told: dict[str, Any] = {"example": error[:2000], "kind": kind, "last_seen_at": db_now(), "last_job_id": job_id}
    again = {**told, "seen": group.seen + 1, "state": case((group.state == "resolved", "regressed"), (is_over, "known"), else_=group.state)}
    if not conn.execute(update(failure_groups).where(group.fingerprint == mark).values(again)).rowcount:
        first = {**told, "fingerprint": mark, "name": name, "error_class": error_class, "seen": 1}
        insert_or_change(conn, failure_groups, "fingerprint", first, again)  # another job may have failed so at the same moment


def change(conn: Connection, mark: str, **values: Any) -> bool:
    """Set columns of a group; False when there is none."""
    return bool(conn.execute(update(failure_groups).where(failure_groups.c.fingerprint == mark).values(**values)).rowcount)


def mute(conn: Connection, mark: str, until: datetime) -> bool:
    """Say nothing of it until then; False when there is none."""
    return change(conn, mark, state="muted", muted_until=until)


def resolve(conn: Connection, mark: str) -> bool:
    """It is mended; should it come again it is `regressed`. False when there is none."""
    return change(conn, mark, state="resolved", resolved_at=db_now(), muted_until=None)


def know(conn: Connection, mark: str) -> bool:
    """Somebody has seen it; False when there is none."""
    return change(conn, mark, state="known", muted_until=None)


def look_at(conn: Connection, mark: str, **values: Any) -> bool:
    """Set who cares for it or a note, which makes a new group a known one; False when there is none."""
    group = failure_groups.c
    return change(conn, mark, state=case((group.state == "new", "known"), else_=group.state), **values)
