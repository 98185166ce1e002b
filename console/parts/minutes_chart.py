"""Finished jobs over time, stacked by how they ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from console.parts import audit_words, bars, measures, states
from console.parts.plain import plain
from console.parts.throughput import Throughput
from console.words import _

TOLD = 3  # of the marks, the newest are told below the chart
_SERIES = {"succeeded": "primary", "failed": "red", "cancelled": "gray"}


def title(minutes: int) -> str:
    """The chart's name for buckets of so many minutes."""
    return _("Jobs per minute") if minutes == 1 else _("Jobs per {n} minutes").format(n=minutes)


def show(done: Throughput, marks: Sequence[Mapping[str, Any]]) -> None:
    """Draw the buckets, the still filling one left out, and across them what changed meanwhile; see db.marks."""
    frame = done.buckets
    begin, end = frame.index[0].to_pydatetime(), frame.index[-1].to_pydatetime() + timedelta(minutes=done.minutes)
    shown = [mark for mark in marks if begin <= mark["at"] < end]
    bars.stacked(
        [f"{moment.astimezone(measures.zone()):%H:%M}" for moment in pd.DatetimeIndex(frame.index)],
        [
            bars.Series(states.label(name), states.ink(color), frame[name].tolist())
            for name, color in _SERIES.items()
            if name != "cancelled" or frame[name].sum()
        ],
        height_px=200,
        alt=_("{n} jobs finished, {failed} of them failed").format(n=sum(done.now.values()), failed=done.now["failed"]),
        marks=[((mark["at"] - begin) / (end - begin), f"{measures.short(mark['at'])} {_in_words(mark)}") for mark in shown],
    )
    if shown:
        st.caption("  \n".join(f"┆ {plain(measures.short(mark['at']))} · {_said(mark)}" for mark in shown[: -TOLD - 1 : -1]))


def _said(mark: Mapping[str, Any]) -> str:
    """For a place that renders Markdown."""
    if mark["action"] == "version":
        return _("version {version} began to work").format(version=f"**{plain(mark['target'])}**")
    return audit_words.said(mark)


def _in_words(mark: Mapping[str, Any]) -> str:
    return _said(mark).replace("**", "").replace("\\", "")
