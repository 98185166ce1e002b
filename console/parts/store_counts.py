"""How the counts of a store have changed: within a day, or since they are noted. Where nobody knows, nothing is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from console.parts import measures, store_state, streams
from console.words import _
from db.history import STREAMS

_DAY, _LATE = timedelta(hours=24), timedelta(hours=2)  # counts are noted once an hour: the one of a day ago is somewhat older


def within_a_day(store: Mapping[str, Any], stream: str, now: datetime) -> int | None:
    """By how many records the stream has grown; None for one that is not known for a day, or was not noted a day ago."""
    stat = store["streams"].get(stream)
    if stat is None or stat["live_change_since"] is None or not _DAY <= now - stat["live_change_since"] <= _DAY + _LATE:
        return None
    return int(stat["live_change"])


def tiles(store: Mapping[str, Any], now: datetime) -> None:
    """A number a stream of which something has been read, with its change."""
    shown = [stream for stream in STREAMS if store_state.count(store, stream) is not None]
    if not shown:
        return
    with st.container(key="store_counts"), st.grid(4, min_column_width=130):
        for stream in shown:
            stat = store["streams"][stream]
            change, since = stat["live_change"], stat["live_change_since"]
            is_known = since is not None
            st.metric(
                streams.title(stream),
                measures.whole(stat["live"]),
                measures.signed(change) if is_known else None,
                delta_color="off",
                delta_arrow="auto" if change else "off",
                delta_description=_since(store, stream, now) if is_known else None,
                border=True,
                height="stretch",
            )


def _since(store: Mapping[str, Any], stream: str, now: datetime) -> str:
    if within_a_day(store, stream, now) is not None:
        return _("within 24 h")
    return _("since {when}").format(when=measures.short(store["streams"][stream]["live_change_since"]))
