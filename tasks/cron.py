"""When a schedule is due next: five cron fields on a wall clock somewhere, checked by Huey's crontab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
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
        raise BadRequest(
            "cron",
            f"The schedule {cron!r} has {len(fields)} fields; cron wants five: minute, hour, day, month, day of week, e.g. 0 2 * * *.",
        )
    try:
        check: Callable[[datetime], bool] = crontab(**dict(zip(_FIELDS, fields, strict=True)), strict=True)
    except ValueError as error:
        raise BadRequest(
            "cron", f"The schedule {cron!r} is not understood: {error}. Correct that field, e.g. 0 2 * * * is every day at 02:00."
        ) from None
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
    wall = _before_a_gap(after, place).replace(second=0, microsecond=0) + _MINUTE
    while True:
        wall = _first(wall, lambda moment: moment, cron)
        moment = wall.replace(tzinfo=place).astimezone(UTC)  # fold 0: of two, the first; of none, right after the jump
        if moment > after:
            return moment
        wall += _MINUTE


def _before_a_gap(after: datetime, place: ZoneInfo) -> datetime:
    """The wall clock at `after`; right behind an hour that was skipped, where it would stand if it had not been: what fell into it is due now."""
    wall = after.astimezone(place).replace(tzinfo=None)
    jumped = after.astimezone(place).utcoffset() or timedelta()
    before = (after - timedelta(hours=3)).astimezone(place).utcoffset() or timedelta()
    return wall - max(jumped - before, timedelta())


def next_times(cron: str, time_zone: str, after: datetime, count: int = 3) -> tuple[datetime, ...]:
    """The next `count` due times behind `after`, aware UTC. Raises: BadRequest."""
    found: list[datetime] = []
    for _ in range(count):
        after = next_time(cron, time_zone, after)
        found.append(after)
    return tuple(found)


def _first(start: datetime, on_wall: Callable[[datetime], datetime], cron: str) -> datetime:
    fields = cron.split()
    is_due, is_its_hour = parsed(cron), parsed(" ".join(["*", *fields[1:]]))
    moment, end = start, start + _HORIZON
    while moment < end:
        wall = on_wall(moment)
        if not is_its_hour(wall):
            moment += timedelta(minutes=60 - wall.minute)  # the wall's hour: a zone may be half an hour off
        elif is_due(wall):
            return moment
        else:
            moment += _MINUTE
    raise BadRequest("cron", f"The schedule {cron!r} is never due; correct its day or month.")


@dataclass(frozen=True, slots=True)
class Words:
    """A schedule for people: `kind` is a key of SENTENCES, `values` fill it. A weekday is a number, 0 for Sunday."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """In English."""
        values = dict(self.values)
        if "days" in values:
            values["days"] = ", ".join(WEEKDAYS[day] for day in values["days"])
        return SENTENCES[self.kind].format(**values)


WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
SENTENCES: Mapping[str, str] = {
    "every_minute": "Every minute",
    "every_minutes": "Every {minutes} minutes",
    "hourly": "Every hour, at minute {minute}",
    "every_hours": "Every {hours} hours, at minute {minute}",
    "daily": "Every day at {times}",
    "weekly": "{days} at {times}",
    "monthly": "On day {day} of each month at {times}",
    "other": "At {cron}",
}


def in_words(cron: str) -> Words:
    """What a schedule means; the usual ones in words, any other as its five fields.

    Raises: BadRequest.
    """
    parsed(cron)
    minute, hour, day, month, weekday = cron.split()
    every_day = (day, month, weekday) == ("*", "*", "*")
    if every_day and hour == "*":
        if minute == "*":
            return Words("every_minute")
        if minute.startswith("*/") and 60 % int(minute[2:]) == 0:
            return Words("every_minutes", {"minutes": int(minute[2:])})
        if minute.isdigit():
            return Words("hourly", {"minute": int(minute)})
    if every_day and minute.isdigit() and hour.startswith("*/") and 24 % int(hour[2:]) == 0:
        return Words("every_hours", {"hours": int(hour[2:]), "minute": int(minute)})
    hours = hour.split(",")
    if not minute.isdigit() or not all(one.isdigit() for one in hours) or month != "*":
        return Words("other", {"cron": cron})
    times = ", ".join(f"{int(one):02d}:{int(minute):02d}" for one in hours)
    if every_day:
        return Words("daily", {"times": times})
    if day == "*" and (days := _weekdays(weekday)):
        return Words("weekly", {"days": days, "times": times})
    if weekday == "*" and day.isdigit():
        return Words("monthly", {"day": int(day), "times": times})
    return Words("other", {"cron": cron})


def _weekdays(told: str) -> tuple[int, ...]:
    """The days of a field such as 0, 1,3 or 1-5; none where it is written otherwise."""
    found: set[int] = set()
    for part in told.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            return ()
        found |= {day % 7 for day in range(int(first), int(last or first) + 1)}
    return tuple(sorted(found))
