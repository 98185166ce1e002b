"""Finished jobs over time, stacked by how they ended."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.parts import measures, states
from console.parts.throughput import Throughput
from console.words import _

_SERIES = {"succeeded": "primary", "failed": "red", "cancelled": "gray"}


def title(minutes: int) -> str:
    """The chart's name for buckets of so many minutes."""
    return _("Jobs per minute") if minutes == 1 else _("Jobs per {n} minutes").format(n=minutes)


def show(done: Throughput) -> None:
    """Draw the buckets; the still filling one is left out."""
    frame = done.buckets.copy()
    frame.insert(0, "at", [f"{moment.astimezone(measures.zone()):%H:%M}" for moment in pd.DatetimeIndex(frame.index)])
    shown = [name for name in _SERIES if name != "cancelled" or frame[name].sum()]
    st.echarts_chart(
        {
            "dataset": {"source": frame.reset_index(drop=True)},
            "legend": {"left": 0, "top": 0, "itemWidth": 10, "itemHeight": 10, "icon": "roundRect"},
            "tooltip": {"trigger": "axis"},
            "grid": {"left": 4, "right": 8, "top": 36, "bottom": 4, "containLabel": True},
            "xAxis": {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False}},
            "yAxis": {"type": "value", "minInterval": 1, "splitNumber": 4},
            "series": [
                {
                    "type": "bar", "stack": "jobs", "name": states.label(name), "encode": {"x": "at", "y": name},
                    "itemStyle": {"color": states.ink(_SERIES[name])}, "barCategoryGap": "28%",
                }
                for name in shown
            ],
        },
        height=260,
        key="minutes_chart",
        alt=_("{n} jobs finished, {failed} of them failed").format(n=sum(done.now.values()), failed=done.now["failed"]),
    )  # fmt: skip
