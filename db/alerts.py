"""Alerts: one row a cause while it lasts, and who has been told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.line import is_due
from db.reads import asking
from db.schema import alert_channels, alerts, jobs, options

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


def record(conn: Connection, found: Sequence[tuple[str, str, str, str]], *, replaced: Collection[str] = ()) -> tuple[list[int], list[int]]:
    """Write down what is wrong now, as (rule, cause, severity, sentence); the alerts to tell of that began and that ended.

    Of a silenced one nobody is told; one that began in silence is told when that is over. `replaced` causes give way to graver ones: no end.
    """
    now = conn.execute(select(db_now())).scalar_one()
    active = {row.active_cause: row for row in conn.execute(select(alerts).where(alerts.c.active_cause.is_not(None)))}
    began = []
    for rule, cause, severity, sentence in found:
        said = {"severity": severity, "sentence": sentence[:1024], "last_seen_at": db_now()}
        if (row := active.get(cause)) is not None:
            conn.execute(update(alerts).where(alerts.c.id == row.id).values(**said, seen=alerts.c.seen + 1))
            if row.told_at is None and row.silenced_until is not None and row.silenced_until <= now:
                began.append(int(row.id))
            continue
        silence = _silence_of(conn, cause)
        made = conn.execute(insert(alerts).values(rule=rule, cause=cause, active_cause=cause, **said, **silence))
        if not silence:
            began.append(int(made.inserted_primary_key[0]))  # type: ignore[index]  # an insert of one row has a key
    gone = [row for cause, row in active.items() if cause not in {cause for _, cause, _, _ in found}]
    for row in gone:
        if row.active_cause in replaced:
            _end(conn, row.id)
    over = [row for row in gone if row.active_cause not in replaced and _end(conn, row.id, gone_for_s=GONE_AFTER_S)]
    return began, [int(row.id) for row in over if row.told_at is not None and (row.silenced_until is None or row.silenced_until <= now)]


def _silence_of(conn: Connection, cause: str) -> dict[str, Any]:
    last = conn.execute(
        select(alerts.c.silenced_until, alerts.c.silenced_by)
        .where(alerts.c.cause == cause, alerts.c.silenced_until > db_now())
        .order_by(alerts.c.id.desc())
        .limit(1)
    ).first()
    return {"silenced_until": last.silenced_until, "silenced_by": last.silenced_by} if last else {}


def _end(conn: Connection, alert_id: int, *, gone_for_s: float = 0.0) -> bool:
    gone = (alerts.c.id == alert_id, alerts.c.active_cause.is_not(None), alerts.c.last_seen_at <= db_now(-gone_for_s))
    return bool(conn.execute(update(alerts).where(*gone).values(active_cause=None, ended_at=db_now())).rowcount)


def told(conn: Connection, began: Sequence[int], ended: Sequence[int]) -> None:
    """Somebody has been asked to tell of these."""
    for ids, column in ((began, "told_at"), (ended, "told_ended_at")):
        if ids:
            conn.execute(update(alerts).where(alerts.c.id.in_(ids)).values({column: db_now()}))


def by_ids(conn: Connection, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """These alerts, oldest first."""
    return [dict(row._mapping) for row in conn.execute(select(alerts).where(alerts.c.id.in_(list(ids))).order_by(alerts.c.id))]


def silence(conn: Connection, alert_id: int, until: datetime | None, *, by: str) -> bool:
    """Tell nobody of this cause until then (None: tell again, and of what lasts anew); False where there is no such alert. Index: alerts_cause."""
    cause = conn.scalar(select(alerts.c.cause).where(alerts.c.id == alert_id))
    if cause is None:
        return False
    if until is not None:
        which = or_(alerts.c.id == alert_id, alerts.c.active_cause == cause)
        conn.execute(update(alerts).where(which).values(silenced_until=until, silenced_by=by[:255]))
        return True
    in_silence = (alerts.c.cause == cause, alerts.c.silenced_until > db_now())
    conn.execute(update(alerts).where(*in_silence, alerts.c.active_cause.is_not(None)).values(told_at=None))
    conn.execute(update(alerts).where(*in_silence).values(silenced_until=db_now(), silenced_by=None))
    return True


def due_tellings(conn: Connection, *, name: str, queue: str) -> Sequence[int]:
    """The jobs of this kind that are due now. Index: jobs_queue."""
    return conn.scalars(select(jobs.c.id).where(jobs.c.queue == queue, jobs.c.name == name, is_due).order_by(jobs.c.id)).all()


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
