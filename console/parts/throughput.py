"""Counts per minute, made into buckets of equal length that charts and tiles share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

MINUTES = {1: 1, 6: 5, 24: 20}  # window in hours → length of a bucket in minutes


@dataclass(frozen=True)
class Throughput:
    """Finished jobs of a window and of the one before it; `buckets` has an aware UTC index, columns succeeded, failed, cancelled, complete ones only."""

    buckets: pd.DataFrame
    now: Counter[str]
    before: Counter[str]
    minutes: int

    def rate(self, which: Counter[str]) -> float | None:
        """The share of successes among what ended by itself, in percent; None when nothing did."""
        ended = which["succeeded"] + which["failed"]
        return 100.0 * which["succeeded"] / ended if ended else None


def build(rows: Sequence[tuple[str, str, int]], at: datetime, hours: int) -> Throughput:
    """From (minute, state, jobs) of twice the window, as db.activity gives them."""
    start, step = at - timedelta(hours=hours), MINUTES[hours]
    totals: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    per_bucket: dict[str, Counter[datetime]] = {state: Counter() for state in ("succeeded", "failed", "cancelled")}
    for minute, state, count in rows:
        moment = datetime.fromisoformat(minute).replace(tzinfo=UTC)
        totals[moment >= start.replace(second=0, microsecond=0)][state] += count
        per_bucket.setdefault(state, Counter())[floor(moment, step)] += count
    first, last = floor(start, step) + timedelta(minutes=step), floor(at, step)
    index = pd.date_range(first, last, freq=f"{step}min", inclusive="left")
    frame = pd.DataFrame(
        {state: [counts.get(moment.to_pydatetime(), 0) for moment in index] for state, counts in per_bucket.items()}, index=index
    )
    return Throughput(frame, totals[True], totals[False], step)


def floor(moment: datetime, minutes: int) -> datetime:
    """The beginning of the bucket that `moment` falls into."""
    whole = moment.replace(second=0, microsecond=0)
    return whole - timedelta(minutes=(whole.hour * 60 + whole.minute) % minutes)


def level(now_in: int, flow: Mapping[str, Counter[str]], came: str, went: str, at: datetime, minutes: int = 60) -> list[int]:
    """How many were inside at the end of each of the last minutes, walked back from how many are inside now."""
    inside, levels = now_in, [now_in]
    for back in range(minutes):
        minute = f"{at - timedelta(minutes=back):%Y-%m-%d %H:%M}"
        inside += flow[went][minute] - flow[came][minute]
        levels.append(max(inside, 0))
    return levels[::-1]
