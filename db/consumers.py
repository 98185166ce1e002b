"""Which consumers there are, and when each was last heard of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from db.columns import db_now
from db.job_rescue import Held, running
from db.schema import consumers, jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A process that holds workers; `id` is unique among all that ever were."""

    id: str
    host: str
    pid: int
    version: str
    workers: int
    worker_type: str
    broker: str


def beat(conn: Connection, consumer: Consumer, *, memory_bytes: int | None = None) -> None:
    """Say that this consumer is alive; the first time, that it has come."""
    now = {"beat_at": db_now(), "memory_bytes": memory_bytes}
    if not conn.execute(update(consumers).where(consumers.c.id == consumer.id).values(**now)).rowcount:
        told = {name: getattr(consumer, name) for name in Consumer.__dataclass_fields__}
        conn.execute(insert(consumers).values(**told, **now))


def is_draining(conn: Connection, consumer_id: str) -> bool:
    """Whether somebody asked this consumer to take no more jobs. Index: the primary key."""
    return conn.scalar(select(consumers.c.drain_by).where(consumers.c.id == consumer_id)) is not None


def drain(conn: Connection, consumer_id: str, by: str | None) -> bool:
    """Ask a consumer to take no more jobs, or with None to take them again; False when it is gone, or was asked that already."""
    other = consumers.c.drain_by.is_(None) if by else consumers.c.drain_by.is_not(None)
    asked = update(consumers).where(consumers.c.id == consumer_id, consumers.c.stopped_at.is_(None), other)
    return bool(conn.execute(asked.values(drain_by=by[:255] if by else None)).rowcount)


def exists(conn: Connection, consumer_id: str) -> bool:
    """Whether there is such a consumer that was not stopped. Index: the primary key."""
    found = select(consumers.c.id).where(consumers.c.id == consumer_id, consumers.c.stopped_at.is_(None))
    return conn.scalar(found) is not None


def held_by(conn: Connection, consumer_id: str) -> Sequence[Held]:
    """The jobs that the workers of this consumer run, as the tick sees those of a lost one. Index: jobs_leases."""
    row = conn.execute(select(consumers.c.host, consumers.c.pid).where(consumers.c.id == consumer_id)).first()
    if row is None:
        return []
    return [one for one in running(conn, lease_s=0.0) if belongs(one.worker, row.host, row.pid)]


def belongs(worker: str | None, host: str, pid: int) -> bool:
    """Whether a worker is one of this consumer's; of what an earlier version wrote, only a thread is known."""
    return worker is not None and (worker.startswith(f"{host}/{pid}:") or worker == f"{host}:{pid}")


def ended_lately(conn: Connection, *, within_s: float = 3_600.0, limit: int = 20_000) -> Mapping[str, Mapping[str, int]]:
    """Worker → final state → jobs, of the newest `limit` that ended within `within_s` seconds. Index: jobs_finished."""
    newest = select(jobs.c.worker, jobs.c.state).where(jobs.c.finished_at >= db_now(-within_s), jobs.c.worker.is_not(None))
    of_them = newest.order_by(jobs.c.finished_at.desc()).limit(limit).subquery().c
    told: dict[str, dict[str, int]] = {}
    for worker, state, count in conn.execute(select(of_them.worker, of_them.state, func.count()).group_by(of_them.worker, of_them.state)):
        told.setdefault(str(worker), {})[str(state)] = int(count)
    return told


def stopped(conn: Connection, consumer_id: str) -> None:
    """This consumer has ended as it was asked to."""
    conn.execute(update(consumers).where(consumers.c.id == consumer_id).values(stopped_at=db_now()))


def recent(conn: Connection, *, within_s: float = 86_400.0) -> Sequence[Mapping[str, Any]]:
    """The consumers heard of within `within_s` seconds, newest first, with `age_s`, the seconds since their last word."""
    rows = conn.execute(
        select(consumers, db_now().label("now"))
        .where(consumers.c.beat_at >= db_now(-within_s))
        .order_by(consumers.c.started_at.desc())
        .limit(200)
    )
    return [{**row._mapping, "age_s": (row.now - row.beat_at).total_seconds()} for row in rows]


def versions(conn: Connection, *, within_s: float) -> set[str]:
    """The versions of the consumers that were heard of within `within_s` seconds."""
    alive = select(consumers.c.version).where(consumers.c.beat_at >= db_now(-within_s), consumers.c.stopped_at.is_(None))
    return set(conn.scalars(alive.distinct()))


def silent_s(conn: Connection) -> float | None:
    """For how many seconds no consumer was heard of; None where there is none that was not stopped."""
    last, now = conn.execute(select(func.max(consumers.c.beat_at), db_now()).where(consumers.c.stopped_at.is_(None))).one()
    return None if last is None else max((now - last).total_seconds(), 0.0)
