"""The one place that turns numbers, sizes, durations and times into words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def number(value: float | None) -> str:
    """1,831 · 38.2k · 1.5M; – for nothing known."""
    if value is None:
        return "–"
    if abs(value) < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1_000_000:.1f}M" if abs(value) >= 999_950 else f"{value / 1_000:.1f}k"


def counted(value: int, one: str, many: str = "") -> str:
    """1 job · 2 jobs."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    """420 ms · 3.2 s · 1 min 12 s · 2 h 5 min; – for nothing known."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for index, (size, unit) in enumerate(_STEPS[:-1]):
        if seconds >= size:
            below, name = _STEPS[index + 1]
            rest = int(seconds % size // below)
            return f"{int(seconds // size)} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{seconds:.0f} s"


def leading(seconds: float) -> str:
    """Only the largest unit: 12 min."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def ago(moment: datetime | None, now: datetime) -> str:
    """12 min ago · in 4 s · never."""
    if moment is None:
        return "never"
    gone = (now - moment).total_seconds()
    if abs(gone) < 1:
        return "just now"
    return f"{leading(gone)} ago" if gone > 0 else f"in {leading(-gone)}"


def age(moment: datetime | None, now: datetime) -> timedelta | None:
    """How long ago, cut to the largest unit: for a sortable column with format="localized"."""
    return None if moment is None else leading_part(abs((now - moment).total_seconds()))


def leading_part(seconds: float | None) -> timedelta | None:
    """A duration cut to its largest unit."""
    if seconds is None:
        return None
    step = next((size for size, _ in _STEPS if seconds >= size), 1)
    return timedelta(seconds=seconds // step * step)


def took(started: datetime | None, ended: datetime | None) -> timedelta | None:
    """A duration for a sortable column, to the second once it is longer than one."""
    if started is None or ended is None:
        return None
    seconds = max((ended - started).total_seconds(), 0.0)
    return timedelta(seconds=round(seconds) if seconds >= 1 else round(seconds, 3))


def timedeltas(values: list[timedelta | None]) -> pd.Series:
    """A column of durations, also where every one is missing."""
    return pd.Series(pd.to_timedelta(pd.Series(values, dtype="object")), dtype="timedelta64[ms]")


def zone() -> ZoneInfo:
    """The browser's time zone; UTC where it does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def exact(moment: datetime | None) -> str:
    """2026-11-22 03:43:08 CET, in the browser's zone."""
    return "–" if moment is None else f"{moment.astimezone(zone()):%Y-%m-%d %H:%M:%S %Z}"


def clock(moment: datetime | None = None) -> str:
    """03:45:06 CET, in the browser's zone."""
    return f"{(moment or datetime.now(UTC)).astimezone(zone()):%H:%M:%S %Z}"


def size(count: float | None) -> str:
    """332 MB · 1.53 GB; – for nothing known."""
    if count is None:
        return "–"
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def part(done: int | None, total: int | None) -> float | None:
    """How much is done, in percent from 0 to 100; None where nobody knows the total."""
    return None if done is None or not total else min(100.0, 100.0 * done / total)
