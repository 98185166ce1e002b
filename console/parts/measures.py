"""The one place that turns numbers, sizes, durations and times into words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from babel.dates import format_datetime
from babel.numbers import UnknownCurrencyError, format_currency, format_decimal

from console.words import _, later, locale, many

_LETTERS = re.compile(r"([A-Z]{3})(?=\d)")  # CHF178.06: a currency without a sign of its own stands apart
_STEPS = ((86_400, later("{n} d")), (3_600, later("{n} h")), (60, later("{n} min")), (1, later("{n} s")))


def number(value: float | None) -> str:
    """1,831 · 38.2k · 1.5M; – for nothing known. Grouped as the person's language does it."""
    if value is None:
        return "–"
    if abs(value) < 10_000:
        return whole(value)
    return f"{_decimals(value / 1_000_000)}M" if abs(value) >= 999_950 else f"{_decimals(value / 1_000)}k"


def whole(value: float | None) -> str:
    """88,213, every digit of it."""
    return "–" if value is None else str(format_decimal(round(value), format="#,##0", locale=locale()))


def signed(value: float) -> str:
    """+34 · -1,204 · +12.3k · +0: a change, as short as `number`."""
    return f"{'-' if value < 0 else '+'}{number(abs(value))}"


def _decimals(value: float) -> str:
    return str(format_decimal(value, format="#,##0.0", locale=locale()))


def money(amount: Decimal | None, currency: str | None) -> str:
    """€1,234.50 · ¥1,200, with the decimals of the currency; – for nothing known."""
    if amount is None:
        return "–"
    if not currency:
        return str(format_decimal(amount, format="#,##0.00##", locale=locale()))
    try:
        return _LETTERS.sub("\\1\u00a0", str(format_currency(amount, currency, locale=locale())))
    except UnknownCurrencyError:
        return f"{whole(float(amount))} {currency}"


def counted(one: str, several: str, value: int) -> str:
    """1 job · 2 jobs, from counted("{n} job", "{n} jobs", 2)."""
    return many(one, several, value).format(n=number(value))


def duration(seconds: float | None) -> str:
    """420 ms · 3.2 s · 1 min 12 s · 2 h 5 min; – for nothing known."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 60:
        return _("{n} s").format(n=_decimals(seconds) if seconds < 10 else f"{seconds:.0f}")
    for index, (size, unit) in enumerate(_STEPS[:-1]):
        if seconds >= size:
            below, name = _STEPS[index + 1]
            rest = int(seconds % size // below)
            return _(unit).format(n=int(seconds // size)) + (" " + _(name).format(n=rest) if rest else "")
    return _("{n} s").format(n=f"{seconds:.0f}")


def leading(seconds: float) -> str:
    """Only the largest unit: 12 min."""
    for size, unit in _STEPS:
        if seconds >= size:
            return _(unit).format(n=int(seconds // size))
    return _("{n} s").format(n=0)


def ago(moment: datetime | None, now: datetime) -> str:
    """12 min ago · in 4 s · never."""
    if moment is None:
        return _("never")
    gone = (now - moment).total_seconds()
    if abs(gone) < 1:
        return _("just now")
    return _("{time} ago").format(time=leading(gone)) if gone > 0 else _("in {time}").format(time=leading(-gone))


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


def short(moment: datetime | None) -> str:
    """22 Nov 03:43, in the browser's zone; with the year where it is another one."""
    if moment is None:
        return "–"
    here = moment.astimezone(zone())
    pattern = "d MMM HH:mm" if here.year == datetime.now(zone()).year else "d MMM y HH:mm"
    return str(format_datetime(here.replace(tzinfo=None), pattern, locale=locale()))


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
