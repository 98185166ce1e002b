"""Alerts: one row a cause while it lasts, and who has been told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.reads import asking
from db.schema import alert_channels, alerts, options

_LOOKED = "alerts_looked_at"
GONE_AFTER_S = 90.0  # a cause that is away for less has not ended


def take_turn(conn: Connection, *, every_s: float) -> bool:
    """Whether it is this caller's turn to look; one of any number gets it each `every_s` seconds."""
    mine = update(options).where(options.c.name == _LOOKED, options.c.changed_at <= db_now(-every_s)).values(changed_at=db_now())
    if conn.execute(mine).rowcount:
        return True
    if conn.scalar(select(options.c.name).where(options.c.name == _LOOKED)) is not None:
        return False
    try:
        with conn.begin_nested():
            conn.execute(insert(options).values(name=_LOOKED, value=None, changed_by="quayside", changed_at=db_now()))
    except IntegrityError:
        return False
    return True


def record(conn: Connection, found: Sequence[tuple[str, str, str, str]]) -> tuple[list[int], list[int]]:
    """Write down what is wrong now, as (rule, cause, severity, sentence); the alerts that began and those that ended, less the silenced ones."""
    active = {row.active_cause: row for row in conn.execute(select(alerts).where(alerts.c.active_cause.is_not(None)))}
    began = []
    for rule, cause, severity, sentence in found:
        told = {"severity": severity, "sentence": sentence[:1024], "last_seen_at": db_now()}
        if cause in active:
            conn.execute(update(alerts).where(alerts.c.id == active[cause].id).values(**told, seen=alerts.c.seen + 1))
            continue
        silence = _silence_of(conn, cause)
        made = conn.execute(insert(alerts).values(rule=rule, cause=cause, active_cause=cause, **told, **silence))
        if not silence:
            began.append(int(made.inserted_primary_key[0]))  # type: ignore[index]  # an insert of one row has a key
    return began, _end(conn, {cause for _, cause, _, _ in found}, active)


def _silence_of(conn: Connection, cause: str) -> dict[str, Any]:
    last = conn.execute(
        select(alerts.c.silenced_until, alerts.c.silenced_by)
        .where(alerts.c.cause == cause, alerts.c.silenced_until > db_now())
        .order_by(alerts.c.id.desc())
        .limit(1)
    ).first()
    return {"silenced_until": last.silenced_until, "silenced_by": last.silenced_by} if last else {}


def _end(conn: Connection, present: set[str], active: Mapping[str, Any]) -> list[int]:
    ended = []
    for cause, row in active.items():
        if cause in present:
            continue
        gone = (alerts.c.id == row.id, alerts.c.active_cause.is_not(None), alerts.c.last_seen_at <= db_now(-GONE_AFTER_S))
        is_over = conn.execute(update(alerts).where(*gone).values(active_cause=None, ended_at=db_now())).rowcount
        if is_over and row.told_at is not None:
            ended.append(int(row.id))
    return ended


def told(conn: Connection, began: Sequence[int], ended: Sequence[int]) -> None:
    """Somebody has been asked to tell of these."""
    for ids, column in ((began, "told_at"), (ended, "told_ended_at")):
        if ids:
            conn.execute(update(alerts).where(alerts.c.id.in_(ids)).values({column: db_now()}))


def by_ids(conn: Connection, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """These alerts, oldest first."""
    return [dict(row._mapping) for row in conn.execute(select(alerts).where(alerts.c.id.in_(list(ids))).order_by(alerts.c.id))]


def silence(conn: Connection, alert_id: int, until: datetime | None, *, by: str) -> bool:
    """Tell nobody of this cause until then (None: tell again); False where there is no such alert."""
    told = {"silenced_until": until, "silenced_by": by[:255] if until else None}
    return bool(conn.execute(update(alerts).where(alerts.c.id == alert_id).values(**told)).rowcount)


def recent(*, limit: int = 100) -> list[dict[str, Any]]:
    """Alerts, those that last first, then the newest. Raises: DatabaseAway."""
    with asking() as conn:
        rows = conn.execute(select(alerts).order_by(alerts.c.active_cause.is_(None), alerts.c.id.desc()).limit(limit))
        return [dict(row._mapping) for row in rows]


def channels(conn: Connection, *, enabled_only: bool = False) -> list[dict[str, Any]]:
    """Where alerts are told, by name."""
    wanted = select(alert_channels).order_by(alert_channels.c.name)
    return [dict(row._mapping) for row in conn.execute(wanted.where(alert_channels.c.is_enabled) if enabled_only else wanted)]


def channel(conn: Connection, channel_id: int) -> dict[str, Any] | None:
    """One of them."""
    row = conn.execute(select(alert_channels).where(alert_channels.c.id == channel_id)).first()
    return dict(row._mapping) if row else None


def put_channel(conn: Connection, *, name: str, kind: str, ciphertext: str, by: str) -> int:
    """Write a channel down; its number.

    Raises: sqlalchemy.exc.IntegrityError where the name is taken.
    """
    made = conn.execute(insert(alert_channels).values(name=name, kind=kind, ciphertext=ciphertext, created_by=by[:255]))
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has a key


def change_channel(conn: Connection, channel_id: int, **values: Any) -> bool:
    """Set columns of a channel; False where there is none."""
    return bool(conn.execute(update(alert_channels).where(alert_channels.c.id == channel_id).values(**values)).rowcount)


def sent(conn: Connection, channel_id: int, error: str | None) -> None:
    """How the last message went."""
    change_channel(conn, channel_id, last_error=error[:512] if error else None, **({} if error else {"last_sent_at": db_now()}))


def drop_channel(conn: Connection, channel_id: int) -> bool:
    """No more of it; False where there is none."""
    return bool(conn.execute(delete(alert_channels).where(alert_channels.c.id == channel_id)).rowcount)
