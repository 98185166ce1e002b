"""Finished jobs over time, stacked by how they ended."""

from __future__ import annotations

import pandas as pd

from console.parts import bars, measures, states
from console.parts.throughput import Throughput
from console.words import _

_SERIES = {"succeeded": "primary", "failed": "red", "cancelled": "gray"}


def title(minutes: int) -> str:
    """The chart's name for buckets of so many minutes."""
    return _("Jobs per minute") if minutes == 1 else _("Jobs per {n} minutes").format(n=minutes)


def show(done: Throughput) -> None:
    """Draw the buckets; the still filling one is left out."""
    frame = done.buckets
    bars.stacked(
        [f"{moment.astimezone(measures.zone()):%H:%M}" for moment in pd.DatetimeIndex(frame.index)],
        [
            bars.Series(states.label(name), states.ink(color), frame[name].tolist())
            for name, color in _SERIES.items()
            if name != "cancelled" or frame[name].sum()
        ],
        height_px=200,
        alt=_("{n} jobs finished, {failed} of them failed").format(n=sum(done.now.values()), failed=done.now["failed"]),
    )
