"""Alerts: one row a cause while it lasts, and who has been told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.line import is_due
from db.reads import asking
from db.schema import alert_channels, alerts, jobs, options

PERSON, PASSING = "person", "passing"  # severities: needs somebody, or mends itself
QUIET = "quiet hours"  # who silenced what waits for their end
LOOKED = "alerts_looked_at"  # the option that says when; its value is what that look leaves to the next
GONE_AFTER_S = 90.0  # a cause that is away for less has not ended


def take_turn(conn: Connection, *, every_s: float) -> bool:
    """Whether it is this caller's turn to look; one of any number gets it each `every_s` seconds."""
    mine = update(options).where(options.c.name == LOOKED, options.c.changed_at <= db_now(-every_s)).values(changed_at=db_now())
    if conn.execute(mine).rowcount:
        return True
    if conn.scalar(select(options.c.name).where(options.c.name == LOOKED)) is not None:
        return False
    try:
        with conn.begin_nested():
            conn.execute(insert(options).values(name=LOOKED, value=None, changed_by="quayside", changed_at=db_now()))
    except IntegrityError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a look makes known: the alerts that began and ended, and those whose end waits for the end of the quiet hours."""

    began: list[int]
    ended: list[int]
    held: list[int]


def leave(conn: Connection, value: Mapping[str, Any]) -> None:
    """Something for the next look, by the one whose turn it is."""
    conn.execute(update(options).where(options.c.name == LOOKED).values(value=dict(value)))


def record(
    conn: Connection, found: Sequence[tuple[str, str, str, str]], *, replaced: Collection[str] = (), off: Collection[str] = (),
    quiet_until: datetime | None = None, held: Collection[int] = (),
) -> Told:  # fmt: skip
    """Write down what is wrong now, as (rule, cause, severity, sentence); the alerts to tell of.

    Of a silenced one nobody is told; one that began in silence is told when that is over, and one that comes to need a person is told again. Causes that
    are `replaced` (by graver ones, or no more looked for) and those of rules that are `off` end with nobody told: that is no recovery.
    In quiet hours, which last until `quiet_until`, what mends itself is told of later: its beginning if it lasts until then, its end if it did not
    come again. `held` are the ends that wait for that.
    """
    now = conn.execute(select(db_now())).scalar_one()
    active = {row.active_cause: row for row in conn.execute(select(alerts).where(alerts.c.active_cause.is_not(None)))}
    new = [cause for _, cause, _, _ in found if cause not in active]
    silences = silenced(conn, new)
    ends = _by_cause(conn, held)
    again = {cause: row for cause, row in ends.items() if cause in new}
    began = []
    for rule, cause, severity, sentence in found:
        said = {"severity": severity, "sentence": sentence[:1024], "last_seen_at": db_now()}
        hush = {"silenced_until": quiet_until, "silenced_by": QUIET} if quiet_until is not None and severity == PASSING else {}
        if (row := active.get(cause) or again.get(cause)) is not None:
            is_due = row.told_at is None and _is_silence_over(row, severity, now, is_quiet=quiet_until is not None)
            is_kept = bool(hush) and row.silenced_by is not None  # a person who lifts a silence is told at once, quiet hours or not
            silence = {} if not is_due else hush if is_kept else {"silenced_until": None, "silenced_by": None}
            anew = {"active_cause": cause, "ended_at": None, "seen": alerts.c.seen + 1}
            conn.execute(update(alerts).where(alerts.c.id == row.id).values(**said, **silence, **anew))
            is_graver = row.told_at is not None and severity == PERSON != row.severity and not _is_silent(row, now)
            if is_graver or (is_due and not is_kept):
                began.append(int(row.id))
            continue
        silence = silences.get(cause) or hush
        made = conn.execute(insert(alerts).values(rule=rule, cause=cause, active_cause=cause, **said, **silence))
        if not silence:
            began.append(int(made.inserted_primary_key[0]))  # type: ignore[index]  # an insert of one row has a key
    still = {cause for _, cause, _, _ in found}
    gone = [row for cause, row in active.items() if cause not in still]
    for row in gone:
        if row.active_cause in replaced or row.rule in off:
            _end(conn, row.id)
    rest = [row for row in gone if row.active_cause not in replaced and row.rule not in off]
    over = [row for row in rest if _end(conn, row.id, gone_for_s=GONE_AFTER_S) and row.told_at is not None and not _is_silent(row, now)]
    waits = {row.id for row in over if quiet_until is not None and row.severity == PASSING}
    kept = [int(row.id) for cause, row in ends.items() if cause not in again and not _is_silent(row, now)]
    ended = [int(row.id) for row in over if row.id not in waits]
    return Told(began=began, ended=ended if quiet_until else [*kept, *ended], held=[*kept, *sorted(waits)] if quiet_until else [])


def _is_silent(row: Any, now: datetime) -> bool:
    return row.silenced_until is not None and row.silenced_until > now


def _is_silence_over(row: Any, severity: str, now: datetime, *, is_quiet: bool) -> bool:
    """Whether there was one; quiet hours are none for what needs a person, nor where there are none any more."""
    if row.silenced_until is None:
        return False
    return not _is_silent(row, now) or (row.silenced_by == QUIET and (severity == PERSON or not is_quiet))


def _by_cause(conn: Connection, ids: Collection[int]) -> dict[str, Any]:
    """These alerts by their causes. Index: the primary key."""
    return {row.cause: row for row in conn.execute(select(alerts).where(alerts.c.id.in_(ids)).order_by(alerts.c.id))} if ids else {}


def silenced(conn: Connection, causes: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of these causes of which a person wants nobody to be told → `silenced_until` and `silenced_by`. Index: alerts_cause."""
    if not causes:
        return {}
    by_person = (alerts.c.silenced_until > db_now(), alerts.c.silenced_by != QUIET)
    rows = conn.execute(
        select(alerts.c.cause, alerts.c.silenced_until, alerts.c.silenced_by)
        .where(alerts.c.cause.in_(causes), *by_person)
        .order_by(alerts.c.id)
    )
    return {row.cause: {"silenced_until": row.silenced_until, "silenced_by": row.silenced_by} for row in rows}


def end_quiet(conn: Connection) -> None:
    """Other quiet hours are in force: what these kept back is told at the next look, or kept back by the new ones."""
    by_these = (alerts.c.silenced_by == QUIET, alerts.c.silenced_until > db_now(), alerts.c.active_cause.is_not(None))
    conn.execute(update(alerts).where(*by_these).values(silenced_until=db_now()))


def lasting(conn: Connection, rule: str) -> list[Mapping[str, Any]]:
    """The alerts of this rule that last: id, active_cause, sentence."""
    told = select(alerts.c.id, alerts.c.active_cause, alerts.c.sentence).where(alerts.c.active_cause.is_not(None), alerts.c.rule == rule)
    return [dict(row._mapping) for row in conn.execute(told.order_by(alerts.c.id))]


def count_lasting(conn: Connection) -> dict[str, int]:
    """How many alerts of each rule last. Index: the unique cause of those."""
    told = select(alerts.c.rule, func.count().label("n")).where(alerts.c.active_cause.is_not(None)).group_by(alerts.c.rule)
    return {str(row.rule): int(row.n) for row in conn.execute(told)}


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
