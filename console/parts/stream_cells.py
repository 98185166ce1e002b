"""Stores × streams as columns of a table: how fresh each stream is, or how much is here of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from console.parts import measures, store_counts, store_state, streams
from console.parts.states import STATES
from console.words import _
from db.history import STREAMS

_WIDTHS = {"products": 92, "orders": 112, "inventory": 94, "customers": 130}  # a count with its change


def cells(stores: Sequence[dict[str, Any]], now: datetime) -> dict[str, list[tuple[str, str]]]:
    """(The word, the state whose colour it has) of each store, per stream."""
    return {stream: [store_state.cell(store, stream, now) for store in stores] for stream in STREAMS}


def fresh(stores: Sequence[dict[str, Any]], now: datetime) -> dict[str, list[list[str]]]:
    """One list of badges per stream."""
    return {stream: [[word] for word, _state in told] for stream, told in cells(stores, now).items()}


def fresh_columns(stores: Sequence[dict[str, Any]], now: datetime, *, width: int = 150) -> dict[str, Any]:
    """The columns that draw them; a word has one colour."""
    found: dict[str, Any] = {}
    for stream in STREAMS:
        words = dict(store_state.cell(store, stream, now) for store in stores)
        found[stream] = st.column_config.MultiselectColumn(
            streams.title(stream), width=width, options=list(words), color=[STATES[state].color for state in words.values()]
        )
    return found


class _Count(int):
    """A count that knows how it has changed; in a table it is a number, and sorted as one."""

    change: int | None = None


def counts(stores: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """How many records of each stream are here."""
    return {stream: pd.Series([_counted(store, stream, now) for store in stores], dtype="object") for stream in STREAMS}


def _counted(store: dict[str, Any], stream: str, now: datetime) -> Any:
    here = store_state.count(store, stream)
    if here is None:
        return pd.NA
    counted = _Count(here)
    counted.change = store_counts.within_a_day(store, stream, now)
    return counted


def count_columns() -> dict[str, Any]:
    """The columns that draw them."""
    told = _("In brackets: how it has changed within 24 hours")
    return {stream: st.column_config.NumberColumn(streams.title(stream), width=_WIDTHS[stream], help=told) for stream in STREAMS}


def mark_derived(frame: pd.DataFrame, stores: Sequence[dict[str, Any]]) -> Styler:
    """The same table, whose counts that only orders tell of say so; they stay numbers for sorting."""
    shown = frame.style.format(dict.fromkeys(STREAMS, _count))
    for stream in STREAMS:
        derived = [row for row, store in enumerate(stores) if store_state.is_derived(store, stream)]
        none = [
            row
            for row, store in enumerate(stores)
            if not store_state.count(store, stream) and not store_state.offers(store)[stream]["is_offered"]
        ]
        shown = shown.format(_derived, subset=(derived, [stream])).format(_not_offered, subset=(none, [stream]))
    return shown


def _count(value: Any) -> str:
    return "–" if value is pd.NA else measures.whole(value) + _change(value)


def _derived(value: Any) -> str:
    return _("{n} derived").format(n=measures.whole(value)) + _change(value)


def _change(value: _Count) -> str:
    return "" if value.change is None else f" ({measures.signed(value.change)})"


def _not_offered(_value: Any) -> str:
    return _("not offered")
