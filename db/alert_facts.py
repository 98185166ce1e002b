"""What the alert rules look at: small tables only, a handful of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import consumers, queues, schedules
from db.columns import db_now
from db.schema import queue_pauses, store_credentials, store_stream_stats, stores
from db.schema import unknown_values as words
from db.unknown_values import is_recent

ALIVE_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Each a list of rows; `now` is the database's time, `silent_s` for how long no consumer was heard of (None: there is none)."""

    now: datetime
    streams: Sequence[Mapping[str, Any]]
    """name, title, paused_at, paused_by, stream, last_success_at, failed_in_a_row, last_reason, last_verdict, crons (of the schedules in force)"""
    stores: Sequence[Mapping[str, Any]]  # name, title, paused_at, paused_by, pause_reason, probe_at
    credentials: Sequence[Mapping[str, Any]]  # name, title, expires_at
    words: Sequence[Mapping[str, Any]]  # name, title, field, value, seen
    queues: Sequence[Mapping[str, Any]]  # see db.queues.depth
    paused_queues: frozenset[str]  # * is the whole
    silent_s: float | None

    @property
    def is_alive(self) -> bool:
        """Whether a consumer was heard of within 90 seconds."""
        return self.silent_s is not None and self.silent_s <= ALIVE_WITHIN_S


def gather(conn: Connection) -> Facts:
    """Everything that the rules need, at one moment."""
    stats = store_stream_stats
    of_store = (stores.c.id, stores.c.name, stores.c.title, stores.c.paused_at, stores.c.paused_by)
    told = [stats.c[name] for name in ("stream", "last_success_at", "failed_in_a_row", "last_reason", "last_verdict")]

    def rows(statement: Any) -> list[Mapping[str, Any]]:
        return [dict(row._mapping) for row in conn.execute(statement)]

    crons = schedules.in_force(conn)
    streams = rows(select(*of_store, *told).join(stats, stats.c.store_id == stores.c.id))
    return Facts(
        now=conn.execute(select(db_now())).scalar_one(),
        streams=[{**stream, "crons": crons.get(stream["id"], {}).get(stream["stream"], ())} for stream in streams],
        stores=rows(select(*of_store, stores.c.pause_reason, stores.c.probe_at)),
        credentials=rows(
            select(stores.c.name, stores.c.title, store_credentials.c.expires_at)
            .join(store_credentials, store_credentials.c.store_id == stores.c.id)
            .where(store_credentials.c.expires_at.is_not(None))
        ),
        words=rows(
            select(stores.c.name, stores.c.title, words.c.field, words.c.value, words.c.seen)
            .join(words, words.c.store_id == stores.c.id)
            .where(is_recent)
        ),
        queues=queues.depth(conn),
        paused_queues=frozenset(conn.scalars(select(queue_pauses.c.queue))),
        silent_s=consumers.silent_s(conn),
    )
