"""The connected shops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from db.columns import db_now
from db.schema import stores

_FIRST_PROBE_S, _LONGEST_PROBE_S = 30.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One connected shop; `name` is how jobs and the API call it."""

    id: int
    name: str
    title: str
    platform: str
    address: str
    currency: str | None
    options: dict[str, Any] | None


_columns = tuple(stores.c[name] for name in Store.__dataclass_fields__)


def by_name(conn: Connection, name: str) -> Store | None:
    """The store of this name. Index: the unique name."""
    row = conn.execute(select(*_columns).where(stores.c.name == name)).first()
    return Store(**row._mapping) if row else None


def by_id(conn: Connection, store_id: int) -> Store:
    """The store of this number.

    Raises: LookupError.
    """
    row = conn.execute(select(*_columns).where(stores.c.id == store_id)).first()
    if row is None:
        raise LookupError(f"There is no store {store_id}.")
    return Store(**row._mapping)


def every(conn: Connection) -> Sequence[Store]:
    """All stores, by title."""
    return [Store(**row._mapping) for row in conn.execute(select(*_columns).order_by(stores.c.title, stores.c.id))]


def add(
    conn: Connection,
    *,
    name: str,
    title: str,
    platform: str,
    address: str,
    options: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> int:
    """Write a store down; its id.

    Raises: sqlalchemy.exc.IntegrityError where the name is taken.
    """
    told = {"name": name, "title": title, "platform": platform, "address": address, "options": dict(options or {}), "tags": list(tags)}
    made = conn.execute(insert(stores).values(told))
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has a key


def change(conn: Connection, store_id: int, **values: Any) -> None:
    """Set columns of a store."""
    conn.execute(update(stores).where(stores.c.id == store_id).values(**values))


def set_tags(conn: Connection, store_id: int, tags: Sequence[str]) -> list[str]:
    """Give a store these tags in the place of those that it had, which are returned."""
    before = conn.scalar(select(stores.c.tags).where(stores.c.id == store_id).with_for_update())
    conn.execute(update(stores).where(stores.c.id == store_id).values(tags=list(tags)))
    return list(before or [])


def begin_renewal(conn: Connection, store_id: int, holder: str, lease_s: float) -> bool:
    """Whether `holder` may ask for the store's new tokens now: nobody else does, or whoever did has been silent for its lease."""
    is_free = or_(stores.c.renewing_until.is_(None), stores.c.renewing_until < db_now())
    mine = {"renewing_by": holder, "renewing_until": db_now(lease_s)}
    return bool(conn.execute(update(stores).where(stores.c.id == store_id, is_free).values(mine)).rowcount)


def extend_renewal(conn: Connection, store_id: int, holder: str, lease_s: float) -> None:
    """The platform has not answered yet; does nothing once the renewal has ended or is another's."""
    conn.execute(update(stores).where(stores.c.id == store_id, stores.c.renewing_by == holder).values(renewing_until=db_now(lease_s)))


def end_renewal(conn: Connection, store_id: int, holder: str) -> None:
    """Let the next one come; does nothing when the renewal is another's by now."""
    done = {"renewing_by": None, "renewing_until": None}
    conn.execute(update(stores).where(stores.c.id == store_id, stores.c.renewing_by == holder).values(done))


def lock(conn: Connection, store_id: int) -> None:
    """Hold the store's row until the transaction ends. (SQLite has one writer at a time anyway.)"""
    conn.execute(select(stores.c.id).where(stores.c.id == store_id).with_for_update())


def failed(conn: Connection, store_id: int, reason: str, *, pause_after: int) -> bool:
    """One more failure in a row; True when it was the one that paused the store."""
    conn.execute(update(stores).where(stores.c.id == store_id).values(failed_in_a_row=stores.c.failed_in_a_row + 1))
    paused = conn.execute(
        update(stores)
        .where(stores.c.id == store_id, stores.c.failed_in_a_row >= pause_after, stores.c.paused_at.is_(None))
        .values(paused_at=db_now(), pause_reason=reason[:512], probe_at=db_now(_FIRST_PROBE_S))
    )
    return bool(paused.rowcount)


def succeeded(conn: Connection, store_id: int) -> bool:
    """The store has answered; True when that ends a pause that failures began."""
    back = {"failed_in_a_row": 0, "paused_at": None, "pause_reason": None, "probe_at": None}
    resumed = conn.execute(update(stores).where(stores.c.id == store_id, stores.c.probe_at.is_not(None)).values(back)).rowcount
    if not resumed:
        conn.execute(update(stores).where(stores.c.id == store_id, stores.c.failed_in_a_row > 0).values(failed_in_a_row=0))
    return bool(resumed)


def wait_s(conn: Connection, store_id: int, *, may_try: bool = True) -> float:
    """Seconds that jobs of this store have to wait: 0 when it is not paused, and for the one that may try whether it is back.

    One that does not count for the store's health is not the one: with `may_try` False it waits until another has tried.
    """
    row = conn.execute(
        select(stores.c.paused_at, stores.c.probe_at, stores.c.failed_in_a_row, db_now().label("now")).where(stores.c.id == store_id)
    ).one()
    if row.probe_at is None:
        return 0.0
    if row.probe_at > row.now:
        return float((row.probe_at - row.now).total_seconds())
    pause = min(_FIRST_PROBE_S * 2 ** min(row.failed_in_a_row, 10), _LONGEST_PROBE_S)
    if not may_try:
        return float(pause)
    mine = conn.execute(update(stores).where(stores.c.id == store_id, stores.c.probe_at == row.probe_at).values(probe_at=db_now(pause)))
    return 0.0 if mine.rowcount else pause
