"""The statements behind Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.schema import api_answers

_OLD_AT_ONCE = 50  # forgotten with each new one, so that the table stays as long as its days are


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an earlier call; `status` None while it is under way."""

    fingerprint: str
    status: int | None
    answer: Mapping[str, Any] | None
    held_by: str | None


def reserve(conn: Connection, asked: str, fingerprint: str, *, by: str, keep_s: float, at_work_s: float) -> Kept | None:
    """Write the call `by` down; None when it is its turn: it is the first, or the one before has had no answer for `at_work_s` seconds and is dead.

    Else what is known of the one before. Forgets some that are older than `keep_s` seconds. Index: primary key, api_answers_created.
    """
    old = conn.scalars(select(api_answers.c.asked).where(api_answers.c.created_at < db_now(-keep_s)).limit(_OLD_AT_ONCE)).all()
    if old:
        conn.execute(delete(api_answers).where(api_answers.c.asked.in_(old)))
    if _found(conn, asked) is None:
        try:
            with conn.begin_nested():
                conn.execute(insert(api_answers).values(asked=asked, fingerprint=fingerprint, held_by=by))
                return None
        except IntegrityError:  # another call was first
            pass
    is_dead = (api_answers.c.asked == asked, api_answers.c.fingerprint == fingerprint, api_answers.c.status.is_(None))
    taken = update(api_answers).where(*is_dead, api_answers.c.created_at < db_now(-at_work_s)).values(held_by=by, created_at=db_now())
    if conn.execute(taken).rowcount:
        return None
    found = _found(conn, asked)
    if found is None:  # released at this moment; whoever asks again has its turn
        return Kept(fingerprint, None, None, None)
    return None if found.held_by == by else found


def _found(conn: Connection, asked: str) -> Kept | None:
    names = ("fingerprint", "status", "answer", "held_by")
    row = conn.execute(select(*(api_answers.c[name] for name in names)).where(api_answers.c.asked == asked)).first()
    return None if row is None else Kept(*row)


def keep(conn: Connection, asked: str, status: int, answer: Mapping[str, Any], *, by: str) -> None:
    """Write the answer of the call `by` down, unless another has taken its place."""
    conn.execute(update(api_answers).where(*_open(asked, by)).values(status=status, answer=dict(answer)))


def release(conn: Connection, asked: str, *, by: str) -> None:
    """Forget the call `by`, which has no answer; another one that has taken its place stays."""
    conn.execute(delete(api_answers).where(*_open(asked, by)))


def _open(asked: str, by: str) -> tuple[ColumnElement[bool], ...]:
    return api_answers.c.asked == asked, api_answers.c.held_by == by, api_answers.c.status.is_(None)
