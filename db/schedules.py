"""Recurring requests. SQL decides what is due: a minute missed or doubled changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from db.columns import db_now
from db.schema import schedules


def put(conn: Connection, *, stream: str, cron: str, time_zone: str, next_at: datetime) -> None:
    """The schedule of a stream for all stores; one that is the same already keeps its next time."""
    known = conn.execute(
        select(schedules.c.cron, schedules.c.time_zone).where(schedules.c.store_id.is_(None), schedules.c.stream == stream)
    ).first()
    if known is None:
        conn.execute(insert(schedules).values(stream=stream, cron=cron, time_zone=time_zone, next_at=next_at))
    elif tuple(known) != (cron, time_zone):
        row = (schedules.c.store_id.is_(None), schedules.c.stream == stream)
        conn.execute(update(schedules).where(*row).values(cron=cron, time_zone=time_zone, next_at=next_at))


def drop(conn: Connection, stream: str) -> None:
    """No schedule of this stream for all stores."""
    conn.execute(delete(schedules).where(schedules.c.store_id.is_(None), schedules.c.stream == stream))


def due(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """The schedules whose time has come."""
    return [dict(row._mapping) for row in conn.execute(select(schedules).where(schedules.c.is_enabled, schedules.c.next_at <= db_now()))]


def take(conn: Connection, schedule: Mapping[str, Any], next_at: datetime, *, missed: int) -> bool:
    """Move a due schedule on; False when another consumer was first."""
    moved = (
        update(schedules)
        .where(schedules.c.id == schedule["id"], schedules.c.next_at == schedule["next_at"])
        .values(next_at=next_at, last_at=schedule["next_at"], missed=schedules.c.missed + missed)
    )
    return bool(conn.execute(moved).rowcount)


def every(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """All of them."""
    return [dict(row._mapping) for row in conn.execute(select(schedules).order_by(schedules.c.id))]
