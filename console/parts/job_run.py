"""What a sync run reads and writes: how far it is, its counts, its window, its verdict in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import sentences
from console.parts import measures, states, streams
from console.parts.plain import plain
from console.words import _, later, many

COUNTS = {
    "read": later("Read"), "created": later("Created"), "updated": later("Updated"), "unchanged": later("Unchanged"),
    "duplicate": later("Duplicate"), "rejected": later("Rejected"),
}  # fmt: skip


def progress(row: dict[str, Any]) -> None:
    """A bar with the rate and the time that is left, while the job is unfinished."""
    if row["finished_at"] is not None or row["progress"] is None:
        return
    share = measures.part(row["progress"], row["progress_total"])
    st.progress((share or 0) / 100, text=plain(outlook(row)))


def outlook(row: dict[str, Any]) -> str:
    """1,240 of 3,000 records · 310/s · about 6 s left; 9 of 14 parts."""
    done, total = int(row["progress"]), row["progress_total"]
    if row.get("has_parts"):
        return _("{done} of {total} parts").format(done=measures.whole(done), total=measures.whole(total))
    told = [
        _("{done} of {total} records").format(done=measures.whole(done), total=measures.whole(total))
        if total
        else many("{n} record", "{n} records", done).format(n=measures.whole(done))
    ]
    ran = sum(((attempt["finished_at"] or row["now"]) - attempt["started_at"]).total_seconds() for attempt in row["attempts"])
    if ran > 0 and done > 0:
        rate = done / ran
        told.append(_("{rate}/s").format(rate=measures.whole(rate) if rate >= 10 else f"{rate:.1f}"))
        if row["state"] == "running" and total and total > done:
            told.append(_("about {time} left").format(time=measures.duration((total - done) / rate)))
    return " · ".join(told)


def counts(run: dict[str, Any], labels: Mapping[str, str] = COUNTS, *, removed: str = "") -> None:
    """The run's verdict, window and counts, with their `labels`; they add up, and a verdict says so or says what is missing. `removed`: in other words."""
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(
                f"**{plain(streams.title(run['stream']))}**, {_(_WINDOWS[run['mode']]) if run['mode'] in _WINDOWS else plain(run['mode'])}",
                width="content",
            )
            if run["verdict"]:
                states.badge("complete" if run["verdict"] == "success" else str(run["verdict"]))
        if run["sentence"]:
            st.text(sentences.said(run["sentence"]))
        st.caption(plain(_window(run)))
        with st.grid(6, min_column_width=74, gap="xsmall"):
            for name, label in labels.items():
                with st.container(gap=None):
                    st.caption(_(label))
                    st.markdown(f"**{measures.whole(run[name] or 0)}**")
        beyond = [measures.counted("{n} page read", "{n} pages read", run["pages"])]
        if run["removed"]:
            beyond.append((removed or _("{n} marked as removed")).format(n=measures.whole(run["removed"])))
        if run["total"] is not None:
            beyond.append(_("the platform said {n}").format(n=measures.whole(run["total"])))
        st.caption(plain(" · ".join(beyond)))


_WINDOWS = {"incremental": later("what changed since the last run"), "full": later("everything"), "range": later("a range of dates"),
            "dropped": later("not gone on with")}  # fmt: skip


def _window(run: dict[str, Any]) -> str:
    start = measures.exact(run["window_start"]) if run["window_start"] else _("the beginning")
    return _("From {start} to {end}").format(start=start, end=measures.exact(run["window_end"]))
