"""Stores × streams: how fresh each stream is, as words in the colour of what its last run proved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console.parts import store_state
from console.parts.states import STATES
from db.history import STREAMS


def cells(stores: Sequence[dict[str, Any]], now: datetime) -> dict[str, list[list[str]]]:
    """One list of badges per stream, for a table."""
    return {stream: [[store_state.cell(store, stream, now)[0]] for store in stores] for stream in STREAMS}


def columns(stores: Sequence[dict[str, Any]], now: datetime, *, width: int = 150) -> dict[str, Any]:
    """The columns that draw them; a word has one colour."""
    found: dict[str, Any] = {}
    for stream in STREAMS:
        words = dict(store_state.cell(store, stream, now) for store in stores)
        found[stream] = st.column_config.MultiselectColumn(
            stream.capitalize(), width=width, options=list(words), color=[STATES[state].color for state in words.values()]
        )
    return found
