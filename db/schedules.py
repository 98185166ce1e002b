"""Recurring requests. SQL decides what is due: a minute missed or doubled changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, or_, select, update

from db.columns import db_now
from db.history import STREAMS
from db.insert_or import insert_or_change
from db.schema import jobs, schedules, stores


def slot(store_id: int | None, stream: str) -> str:
    """What a schedule is for; each has one at most."""
    return f"{'all' if store_id is None else store_id}:{stream}"


def put(
    conn: Connection, *, store_id: int | None = None, stream: str, cron: str, time_zone: str, next_at: datetime, by: str | None = None
) -> int:
    """The schedule of a stream for one store or (None) all; its id. One that says the same already keeps its next time.

    Without `by` it is what the settings say, and does not touch what a person has changed. Index: schedules_slot.
    """
    here = select(schedules).where(schedules.c.slot == slot(store_id, stream))
    if conn.execute(here).first() is None:
        new = {
            "slot": slot(store_id, stream),
            "store_id": store_id,
            "stream": stream,
            "cron": cron,
            "time_zone": time_zone,
            "next_at": next_at,
        }
        insert_or_change(conn, schedules, "slot", {**new, "changed_by": by}, {"slot": new["slot"]})  # another may be as fast
    known = conn.execute(here.with_for_update()).one()
    said: dict[str, Any] = {"changed_by": by}
    if (known.cron, known.time_zone) != (cron, time_zone):
        said |= {"cron": cron, "time_zone": time_zone, "next_at": next_at}
    untouched = schedules.c.changed_by.is_(None) if by is None else schedules.c.id > 0
    conn.execute(update(schedules).where(schedules.c.id == known.id, untouched).values(said))
    return int(known.id)


def drop_default(conn: Connection, stream: str) -> None:
    """No schedule of this stream for all stores, unless a person made it."""
    conn.execute(delete(schedules).where(schedules.c.slot == slot(None, stream), schedules.c.changed_by.is_(None)))


def drop(conn: Connection, schedule_id: int) -> None:
    """It is gone; of a store's own, the one for all stores applies again."""
    conn.execute(delete(schedules).where(schedules.c.id == schedule_id))


def change(conn: Connection, schedule_id: int, **values: Any) -> None:
    """Set columns."""
    conn.execute(update(schedules).where(schedules.c.id == schedule_id).values(**values))


def due(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """The schedules whose time has come, those of everything first. Reads the table, which has a row for each store's own."""
    is_paused = schedules.c.paused_until > db_now()
    now_due = (schedules.c.is_enabled, schedules.c.next_at <= db_now(), or_(schedules.c.paused_until.is_(None), ~is_paused))
    return [
        dict(row._mapping) for row in conn.execute(select(schedules).where(*now_due).order_by(schedules.c.stream != "all", schedules.c.id))
    ]


def waiting(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """Enabled schedules that are not paused and not due."""
    later = (
        schedules.c.is_enabled,
        schedules.c.next_at > db_now(),
        or_(schedules.c.paused_until.is_(None), schedules.c.paused_until <= db_now()),
    )
    return [dict(row._mapping) for row in conn.execute(select(schedules).where(*later))]


def take(conn: Connection, schedule: Mapping[str, Any], next_at: datetime, *, missed: int) -> bool:
    """Move a due schedule on; False when another consumer was first."""
    moved = (
        update(schedules)
        .where(schedules.c.id == schedule["id"], schedules.c.next_at == schedule["next_at"], schedules.c.is_enabled)
        .values(next_at=next_at, last_at=schedule["next_at"], missed=schedules.c.missed + missed)
    )
    return bool(conn.execute(moved).rowcount)


def pull_back(conn: Connection, schedule: Mapping[str, Any], next_at: datetime) -> bool:
    """Due earlier than it says, unless somebody moved it."""
    same = (schedules.c.id == schedule["id"], schedules.c.next_at == schedule["next_at"])
    return bool(conn.execute(update(schedules).where(*same).values(next_at=next_at)).rowcount)


def get(conn: Connection, schedule_id: int) -> dict[str, Any] | None:
    """One, with the `store`'s name (None: all stores); None when there is none."""
    row = conn.execute(
        select(schedules, stores.c.name.label("store")).select_from(schedules.outerjoin(stores)).where(schedules.c.id == schedule_id)
    ).first()
    return dict(row._mapping) if row else None


def every(conn: Connection, *, store: str | None = None, limit: int = 500) -> Sequence[Mapping[str, Any]]:
    """All of them, those for all stores first, with `store` and `store_title`; or a store's own and those for all."""
    named = (schedules, stores.c.name.label("store"), stores.c.title.label("store_title"))
    asked = select(*named).select_from(schedules.outerjoin(stores))
    if store is not None:
        asked = asked.where(or_(schedules.c.store_id.is_(None), stores.c.name == store))
    ordered = asked.order_by(schedules.c.store_id.is_not(None), stores.c.title, schedules.c.id).limit(limit)
    return [dict(row._mapping) for row in conn.execute(ordered)]


def with_own(conn: Connection) -> dict[str, set[int]]:
    """Stream → the stores that have their own schedule of it."""
    found: dict[str, set[int]] = {}
    for stream, store_id in conn.execute(select(schedules.c.stream, schedules.c.store_id).where(schedules.c.store_id.is_not(None))):
        found.setdefault(stream, set()).add(store_id)
    return found


def in_force(conn: Connection) -> dict[int, dict[str, tuple[str, ...]]]:
    """Store → stream → the cron of each schedule by which it is synced now: its own or that for all stores, of the stream and of everything.

    A store's own takes the place of the one for all also while it is off, and off is no schedule. Reads two small tables.
    """
    is_on = and_(schedules.c.is_enabled, or_(schedules.c.paused_until.is_(None), schedules.c.paused_until <= db_now()))
    told = conn.execute(select(schedules.c.store_id, schedules.c.stream, schedules.c.cron, case((is_on, 1), else_=0).label("is_on")))
    known = {(row.store_id, row.stream): row for row in told}

    def of(store_id: int, stream: str) -> tuple[str, ...]:
        applying = (known.get((store_id, which)) or known.get((None, which)) for which in (stream, "all"))
        return tuple(row.cron for row in applying if row is not None and row.is_on)

    return {store_id: {stream: of(store_id, stream) for stream in STREAMS} for store_id in conn.scalars(select(stores.c.id))}


def key_of(schedule_id: int, at: datetime) -> str:
    """What the idempotency keys of the jobs of one run of a schedule begin with."""
    return f"schedule:{schedule_id}:{at:%Y%m%dT%H%M%S}:"


def last_run(conn: Connection, schedule: Mapping[str, Any]) -> Counter[str]:
    """Of the jobs of its last run: verdict, or else state → how many. Index: the unique idempotency key."""
    if schedule["last_at"] is None:
        return Counter()
    begin = key_of(schedule["id"], schedule["last_at"])
    told = func.coalesce(jobs.c.verdict, jobs.c.state)
    mine = (jobs.c.idempotency_key >= begin, jobs.c.idempotency_key < begin[:-1] + ";")  # ; comes right after :
    return Counter({str(what): int(count) for what, count in conn.execute(select(told, func.count()).where(*mine).group_by(told))})
