"""What became of a job, in the words of its kind: what a sync proved, what a look for deletions found, who answered a connection test."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console.parts import connection_result, deletions, job_run, states
from console.parts.plain import plain

VERDICTS = {  # said where the run left no sentence of its own
    "success": "Everything that was asked for is here; the counts prove it.",
    "partial": "What was read is stored, and something is missing: see the reason, then run it again.",
    "suspect_empty": "The platform returned nothing for a stream that had records. Look at the shop; nothing was deleted here.",
    "blocked": "Trying again cannot help until a person has put it right. Then retry: it goes on at its checkpoint.",
    "failed": "It used up its attempts. What was read before stays; a retry goes on at its checkpoint.",
}


def show(row: dict[str, Any]) -> None:
    """Draw what db.history.detail's row tells of the end, and of the way there."""
    run = row["run"]
    if row["name"] == "try_connection":
        if row["state"] == "succeeded":
            connection_result.show(row, row["platform"] or "")
        return
    if row["name"] == "reconcile" and run is not None:
        _looked(row, run)
    elif run is not None:
        job_run.counts(run)
    if (said := sentence(row)) and (run is None or not run["sentence"]):
        st.caption(plain(said))


def sentence(row: dict[str, Any]) -> str:
    """One sentence about the verdict; empty while there is none."""
    if row["reason_code"] == deletions.TOO_MANY:
        return "Nothing was marked as deleted. The store's drawer on the page Stores offers to confirm the deletions."
    told = (row["run"] or {}).get("sentence") or (row["result"] or {}).get("sentence")
    return str(told or VERDICTS.get(str(row["verdict"] or ""), ""))


def _looked(row: dict[str, Any], run: dict[str, Any]) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{plain(run['stream']).capitalize()}**, asked for one by one", width="content")
            if run["verdict"]:
                states.badge("complete" if run["verdict"] == "success" else str(run["verdict"]))
        if run["sentence"]:
            st.text(run["sentence"])
        told = {"Asked for": run["read"], "Of": run["total"], "Marked as deleted": (row["result"] or {}).get("deleted")}
        with st.grid(3, min_column_width=110, gap="xsmall"):
            for name, value in told.items():
                with st.container(gap=None):
                    st.caption(name)
                    st.markdown(f"**{value:,}**" if value is not None else "–")
        if row["args"].get("is_confirmed"):
            st.caption("Any number of deletions was confirmed beforehand.")
