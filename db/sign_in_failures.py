"""How often a sign-in went wrong, by name and by address, and until when no more are heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.columns import db_now
from db.schema import sign_in_failures

WINDOW_S = 900  # failures further apart than this have nothing to do with each other
LOCK_S = 900
_KEPT_S = 86_400


@dataclass(frozen=True, slots=True)
class Tries:
    """A source with this try: until when it is locked, or None, and how many it has made beyond those that it may."""

    locked_until: datetime | None
    beyond: int


def count(conn: Connection, source: str, *, most: int) -> Tries:
    """Count a try before it is judged, so that many at once are not judged all.

    A lock begins with the try after `most` failures; those that come while it lasts make it no longer. Index: primary key.
    """
    now: datetime = conn.execute(select(db_now())).scalar_one()
    wanted = select(sign_in_failures).where(sign_in_failures.c.source == source).with_for_update()
    row = conn.execute(wanted).one_or_none()
    if row is None:
        try:
            with conn.begin_nested():
                until = now + timedelta(seconds=LOCK_S) if most < 1 else None
                conn.execute(insert(sign_in_failures).values(source=source, failed=1, since=now, locked_until=until))
            return Tries(until, 1 - most)
        except IntegrityError:  # another try was first
            row = conn.execute(wanted).one()
    is_locked = row.locked_until is not None and row.locked_until > now
    is_old = row.locked_until is not None or row.since < now - timedelta(seconds=WINDOW_S)
    failed = 1 if is_old and not is_locked else row.failed + 1
    until = row.locked_until if is_locked else now + timedelta(seconds=LOCK_S) if failed > most else None
    changed = {"failed": failed, "since": now if failed == 1 else row.since, "locked_until": until}
    conn.execute(update(sign_in_failures).where(sign_in_failures.c.source == source).values(**changed))
    return Tries(until, failed - most)


def forget(conn: Connection, source: str) -> None:
    """The right password was given, or an admin vouches."""
    conn.execute(delete(sign_in_failures).where(sign_in_failures.c.source == source))


def take_back(conn: Connection, source: str) -> None:
    """One try of this source was no failure."""
    counted = sign_in_failures.c.failed
    conn.execute(update(sign_in_failures).where(sign_in_failures.c.source == source, counted > 0).values(failed=counted - 1))


def purge(conn: Connection) -> None:
    """Drop what is a day old. Index: sign_in_failures_since."""
    conn.execute(delete(sign_in_failures).where(sign_in_failures.c.since < db_now(-_KEPT_S)))
