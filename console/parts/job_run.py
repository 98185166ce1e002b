"""What a sync run reads and writes: how far it is, its counts, its window, its verdict in a sentence."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console.parts import measures, states
from console.parts.plain import plain

COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected")


def progress(row: dict[str, Any]) -> None:
    """A bar with the rate and the time that is left, while the job is unfinished."""
    if row["finished_at"] is not None or row["progress"] is None:
        return
    share = measures.part(row["progress"], row["progress_total"])
    st.progress((share or 0) / 100, text=plain(outlook(row)))


def outlook(row: dict[str, Any]) -> str:
    """1,240 of 3,000 records · 310/s · about 6 s left."""
    done, total = int(row["progress"]), row["progress_total"]
    told = [f"{done:,} of {total:,} records" if total else f"{done:,} records"]
    ran = sum(((attempt["finished_at"] or row["now"]) - attempt["started_at"]).total_seconds() for attempt in row["attempts"])
    if ran > 0 and done > 0:
        rate = done / ran
        told.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        if row["state"] == "running" and total and total > done:
            told.append(f"about {measures.duration((total - done) / rate)} left")
    return " · ".join(told)


def counts(run: dict[str, Any]) -> None:
    """The run's verdict, window and counts; they add up, and a verdict says so or says what is missing."""
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{plain(run['stream']).capitalize()}**, {_WINDOWS.get(run['mode'], plain(run['mode']))}", width="content")
            if run["verdict"]:
                states.badge("complete" if run["verdict"] == "success" else str(run["verdict"]))
        if run["sentence"]:
            st.text(run["sentence"])
        st.caption(plain(_window(run)))
        with st.grid(6, min_column_width=74, gap="xsmall"):
            for name in COUNTS:
                with st.container(gap=None):
                    st.caption(name.capitalize())
                    st.markdown(f"**{run[name] or 0:,}**")
        beyond = [f"{measures.counted(run['pages'], 'page')} read"]
        if run["removed"]:
            beyond.append(f"{run['removed']:,} marked as removed")
        if run["total"] is not None:
            beyond.append(f"the platform said {run['total']:,}")
        st.caption(plain(" · ".join(beyond)))


_WINDOWS = {"incremental": "what changed since the last run", "full": "everything", "range": "a range of dates"}


def _window(run: dict[str, Any]) -> str:
    start = measures.exact(run["window_start"]) if run["window_start"] else "the beginning"
    return f"From {start} to {measures.exact(run['window_end'])}"
