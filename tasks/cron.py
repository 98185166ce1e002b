"""When a schedule is due next: five cron fields on a wall clock somewhere, checked by Huey's crontab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from huey import crontab

from tasks.bad_request import BadRequest

_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_MINUTE = timedelta(minutes=1)
_HORIZON = timedelta(days=366 * 4 + 1)  # 29 February comes again within it


def parsed(cron: str) -> Callable[[datetime], bool]:
    """Whether a naive wall-clock minute matches `cron`.

    Raises: BadRequest.
    """
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        raise BadRequest("cron", f"The schedule {cron!r} has {len(fields)} fields; cron wants five: minute, hour, day, month, day of week.")
    try:
        check: Callable[[datetime], bool] = crontab(**dict(zip(_FIELDS, fields, strict=True)), strict=True)
    except ValueError as error:
        raise BadRequest("cron", f"The schedule {cron!r} is not understood: {error}.") from None
    return check


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises: BadRequest.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadRequest("time_zone", f"There is no time zone {name!r}; names are like Europe/Berlin or UTC.") from None


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first due time behind `after`, both aware UTC.

    A schedule of certain hours is due once a day whatever the clocks do: an hour that is skipped is made up for right after the jump, one that
    comes twice counts once. A schedule of every hour follows real time instead. Raises: BadRequest, also when it is never due.
    """
    place = zone(time_zone)
    is_hourly = len(cron.split()) > 1 and cron.split()[1].startswith("*")
    start = after.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    if is_hourly:
        return _first(start, lambda moment: moment.astimezone(place).replace(tzinfo=None), cron)
    wall = after.astimezone(place).replace(tzinfo=None, second=0, microsecond=0) + _MINUTE
    while True:
        wall = _first(wall, lambda moment: moment, cron)
        moment = wall.replace(tzinfo=place).astimezone(UTC)  # fold 0: of two, the first; of none, right after the jump
        if moment > after:
            return moment
        wall += _MINUTE


def _first(start: datetime, on_wall: Callable[[datetime], datetime], cron: str) -> datetime:
    is_due, is_its_day = parsed(cron), parsed(" ".join(["*", "*", *cron.split()[2:]]))
    moment, end = start, start + _HORIZON
    while moment < end:
        wall = on_wall(moment)
        if not is_its_day(wall):
            moment = moment.replace(minute=0) + timedelta(hours=1)
        elif is_due(wall):
            return moment
        else:
            moment += _MINUTE
    raise BadRequest("cron", f"The schedule {cron!r} is never due.")
