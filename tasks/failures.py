"""What people do about groups of failures; each deed is in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, failures, jobs
from db.engine import begin
from tasks.bad_request import BadRequest

_LONGEST_NOTE = 1024


def mute_failures(fingerprint: str, until: datetime, *, by: str) -> None:
    """Count a group on, but tell nobody of it until then (aware).

    Raises: BadRequest, DatabaseAway.
    """
    if until.tzinfo is None:
        raise BadRequest("until", f"until {until.isoformat()} has no time zone; add one, e.g. {until.isoformat()}Z.")

    def mute(conn: Connection) -> bool:
        if until <= jobs.clock(conn):
            raise BadRequest("until", f"until {until.isoformat()} is over already; choose a time to come.")
        return failures.mute(conn, fingerprint, until)

    _do("mute_failures", fingerprint, by, mute, until=until.isoformat())


def unmute_failures(fingerprint: str, *, by: str) -> None:
    """Tell of it again; the group is known.

    Raises: BadRequest, DatabaseAway.
    """
    _do("unmute_failures", fingerprint, by, lambda conn: failures.know(conn, fingerprint))


def acknowledge_failures(fingerprint: str, *, by: str) -> None:
    """Somebody has seen it: a new, regressed or resolved group becomes known.

    Raises: BadRequest, DatabaseAway.
    """
    _do("acknowledge_failures", fingerprint, by, lambda conn: failures.know(conn, fingerprint))


def resolve_failures(fingerprint: str, *, by: str) -> None:
    """It is mended; should it come again, the group is regressed.

    Raises: BadRequest, DatabaseAway.
    """
    _do("resolve_failures", fingerprint, by, lambda conn: failures.resolve(conn, fingerprint))


def assign_failures(fingerprint: str, to: str | None, *, by: str) -> None:
    """Who cares for it; None or "" is nobody.

    Raises: BadRequest, DatabaseAway.
    """
    told = str(to)[:255] if to else None
    _do("assign_failures", fingerprint, by, lambda conn: failures.look_at(conn, fingerprint, assigned_to=told), to=told)


def note_failures(fingerprint: str, note: str, *, by: str) -> None:
    """What is known about it, for the next person; "" takes the note away.

    Raises: BadRequest, DatabaseAway.
    """
    if len(note) > _LONGEST_NOTE:
        raise BadRequest("note", f"The note has {len(note):,} characters; {_LONGEST_NOTE:,} at most are kept. Shorten it.")
    _do("note_failures", fingerprint, by, lambda conn: failures.look_at(conn, fingerprint, note=note.strip() or None), note=note[:200])


def _do(action: str, fingerprint: str, by: str, deed: Callable[[Connection], bool], **detail: Any) -> None:
    with begin() as conn:
        if not deed(conn):
            raise BadRequest(
                "fingerprint", f"There is no group of failures {fingerprint!r}; it may have been purged. Look at the page Failures."
            )
        audit.write(conn, person=by, action=action, target=f"failures:{fingerprint}", detail=detail)
