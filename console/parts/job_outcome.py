"""What became of a job, in the words of its kind: what a sync proved, what a look for deletions found, who answered a connection test."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import sentences
from console.parts import connection_result, deletions, dry_run, job_run, measures, states, streams
from console.parts.plain import plain
from console.words import _, later
from db.job_state import is_dry

VERDICTS = {  # said where the run left no sentence of its own
    "success": later("Everything that was asked for is here; the counts prove it."),
    "partial": later("What was read is stored, and something is missing: see the reason, then run it again."),
    "suspect_empty": later("The platform returned nothing for a stream that had records. Look at the shop; nothing was deleted here."),
    "blocked": later("Trying again cannot help until a person has put it right. Then retry: it goes on at its checkpoint."),
    "failed": later("It used up its attempts. What was read before stays; a retry goes on at its checkpoint."),
}
_DRY_FAILED = later("It used up its attempts, and nothing was written; a retry goes on at its checkpoint.")


def show(row: dict[str, Any]) -> None:
    """Draw what db.history.detail's row tells of the end, and of the way there."""
    run = row["run"]
    if row["name"] == "try_connection":
        if row["state"] == "succeeded":
            connection_result.show(row, row["platform"] or "")
        return
    if row["name"] == "reconcile" and run is not None:
        _looked(row, run)
    elif is_dry(row["name"]) and run is not None:
        dry_run.show(row)
    elif run is not None:
        job_run.counts(run)
    if (said := sentence(row)) and (run is None or not run["sentence"]):
        st.caption(plain(said))


def sentence(row: dict[str, Any]) -> str:
    """One sentence about the verdict; empty while there is none."""
    if row["reason_code"] == deletions.TOO_MANY:
        return _("Nothing was marked as deleted. The page of the store offers to confirm the deletions.")
    told = (row["run"] or {}).get("sentence") or (row["result"] or {}).get("sentence")
    if told:
        return sentences.said(told)
    if row["state"] == "cancelled" and is_dry(row["name"]):
        return _("It stopped between two pages. Nothing was written, as in any dry run; a retry goes on from there.")
    if row["state"] == "cancelled" and row["run"] is not None:
        return _("It stopped between two pages. What was written stays; a retry goes on from there.")
    found = _DRY_FAILED if row["verdict"] == "failed" and is_dry(row["name"]) else VERDICTS.get(str(row["verdict"] or ""))
    return _(found) if found else ""


def _looked(row: dict[str, Any], run: dict[str, Any]) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(_("**{stream}**, asked for one by one").format(stream=plain(streams.title(run["stream"]))), width="content")
            if run["verdict"]:
                states.badge("complete" if run["verdict"] == "success" else str(run["verdict"]))
        if run["sentence"]:
            st.text(sentences.said(run["sentence"]))
        told = {_("Asked for"): run["read"], _("Of"): run["total"], _("Marked as deleted"): (row["result"] or {}).get("deleted")}
        with st.grid(3, min_column_width=110, gap="xsmall"):
            for name, value in told.items():
                with st.container(gap=None):
                    st.caption(name)
                    st.markdown(f"**{measures.whole(value)}**")
        if row["args"].get("is_confirmed"):
            st.caption(_("Any number of deletions was confirmed beforehand."))
