"""Quiet hours: between two times of day only alerts that need a person are told; what mends itself is told afterwards, if it still lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from db import alerts, audit, options
from db.engine import begin
from db.reads import asking
from settings import QUIET_HOURS, settings
from tasks import cron
from tasks.bad_request import BadRequest

_OPTION = "alert_quiet_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """As they stand, e.g. 22:00-07:00 on the clock of `time_zone`; empty: none. `changed_by` None: as the settings say, which is `default`."""

    value: str
    default: str
    time_zone: str
    changed_by: str | None
    changed_at: datetime | None


def quiet_hours() -> QuietHours:
    """The quiet hours.

    Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        row = options.changed(conn).get(_OPTION)
    default = settings().alert_quiet_hours
    return QuietHours(
        value=row["value"] if row else default, default=default, time_zone=settings().schedule_time_zone,
        changed_by=row["changed_by"] if row else None, changed_at=row["changed_at"] if row else None,
    )  # fmt: skip


def set_quiet_hours(hours: str, *, by: str) -> None:
    """From when to when, e.g. 22:00-07:00; empty: none.

    Raises: BadRequest, DatabaseAway.
    """
    if not isinstance(hours, str) or (hours and not QUIET_HOURS.fullmatch(hours)):
        raise BadRequest("hours", f"{hours!r} are no quiet hours; give two times of day such as 22:00-07:00, or nothing for none.")
    start, _, end = hours.partition("-")
    if hours and start == end:
        raise BadRequest("hours", f"Quiet hours from {start} to {end} would have no length; choose two different times.")
    with begin() as conn:
        before = options.value(conn, _OPTION)
        options.put(conn, _OPTION, hours, by=by)
        alerts.end_quiet(conn)
        audit.write(conn, person=by, action="set_quiet_hours", target="alerts", detail={"from": before, "to": hours})


def reset_quiet_hours(*, by: str) -> None:
    """Back to what the settings say.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        before = options.value(conn, _OPTION)
        options.drop(conn, _OPTION)
        alerts.end_quiet(conn)
        audit.write(
            conn, person=by, action="reset_quiet_hours", target="alerts", detail={"from": before, "to": settings().alert_quiet_hours}
        )


def end_of(changed: Mapping[str, Mapping[str, Any]], now: datetime) -> datetime | None:
    """When the quiet hours end that `now` is in; None outside of them. `changed` are the options that a person has set (db.options.changed)."""
    hours = changed[_OPTION]["value"] if _OPTION in changed else settings().alert_quiet_hours
    if not hours:
        return None
    start, end = (time.fromisoformat(part) for part in hours.split("-"))
    here = now.astimezone(cron.zone(settings().schedule_time_zone))
    is_quiet = start <= here.time() < end if start < end else here.time() >= start or here.time() < end
    if not is_quiet:
        return None
    day = here.date() if here.time() < end else here.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=here.tzinfo)
