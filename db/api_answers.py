"""The statements behind Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
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


def reserve(conn: Connection, asked: str, fingerprint: str, *, keep_s: float) -> Kept | None:
    """Write the call down; None when it is the first, else what is known of the one before. Forgets some that are older than `keep_s` seconds."""
    old = conn.scalars(select(api_answers.c.asked).where(api_answers.c.created_at < db_now(-keep_s)).limit(_OLD_AT_ONCE)).all()
    if old:
        conn.execute(delete(api_answers).where(api_answers.c.asked.in_(old)))
    if (found := _found(conn, asked)) is not None:
        return found
    try:
        with conn.begin_nested():
            conn.execute(insert(api_answers).values(asked=asked, fingerprint=fingerprint))
    except IntegrityError:
        return _found(conn, asked)
    return None


def _found(conn: Connection, asked: str) -> Kept | None:
    row = conn.execute(
        select(api_answers.c.fingerprint, api_answers.c.status, api_answers.c.answer).where(api_answers.c.asked == asked)
    ).first()
    return None if row is None else Kept(*row)


def keep(conn: Connection, asked: str, status: int, answer: Mapping[str, Any]) -> None:
    """Write the answer down."""
    conn.execute(update(api_answers).where(api_answers.c.asked == asked).values(status=status, answer=dict(answer)))


def release(conn: Connection, asked: str) -> None:
    """Forget a call that has no answer."""
    conn.execute(delete(api_answers).where(api_answers.c.asked == asked, api_answers.c.status.is_(None)))
