"""How old each stream may become before it is late: what its schedules promise, for the pages and for the alerts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from tasks import cron

_LEAST_ROOM = timedelta(minutes=10)
_ANY_DAY = datetime(2024, 1, 1)  # noqa: DTZ001  # a wall clock; from here on a leap day comes twice
_DAYS = 4 * 366 + 91


def promise(crons: Iterable[str]) -> timedelta | None:
    """How old a stream may be that is synced by these schedules: the longest pause of the busiest of them, and a quarter of it, ten minutes
    at least, for the run itself. None where there is no schedule: nothing is promised then."""
    pauses = [longest_pause(each) for each in crons]
    return min((pause + max(pause / 4, _LEAST_ROOM) for pause in pauses), default=None)


def is_late(last_success_at: datetime | None, crons: Iterable[str], now: datetime, *, by: timedelta = timedelta(0)) -> bool:
    """Whether a stream that was complete once is older than promised, by more than this."""
    promised = promise(crons)
    return last_success_at is not None and promised is not None and now - last_success_at > promised + by


@cache
def longest_pause(schedule: str) -> timedelta:
    """The longest time between two due times of a cron, on a wall clock.

    Raises: BadRequest.
    """
    minute, hour, *days = schedule.split()
    is_its_minute, is_its_day = cron.parsed(f"{minute} {hour} * * *"), cron.parsed(" ".join(["*", "*", *days]))
    minutes = [at for at in (timedelta(minutes=number) for number in range(24 * 60)) if is_its_minute(_ANY_DAY + at)]
    due = [day for day in (timedelta(days=number) for number in range(_DAYS)) if is_its_day(_ANY_DAY + day)]
    if not minutes or len(due) < 2:
        return timedelta(days=_DAYS)
    within = [after - before for before, after in pairwise(minutes)]
    between = [after + minutes[0] - before - minutes[-1] for before, after in pairwise(due)]
    return max(within + between)
