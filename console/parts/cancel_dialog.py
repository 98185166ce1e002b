"""The question before a job is cancelled: what stops, what stays."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import loaders
from console.parts import dialogs, job_actions, measures
from console.parts.guard import guard
from console.parts.plain import plain


@dialogs.opener("cancel")
@st.dialog("Cancel this job?", icon=":material/block:")
def ask(job_id: int) -> None:
    """Name the job and the consequence; the verb is on the right."""
    with guard("the job", place="dialog"):
        row = loaders.job(job_id)
        if row is None:
            st.markdown(f"There is no job {job_id}.")
        else:
            store = f" of **{plain(row['store_title'])}**" if row["store_title"] else ""
            st.markdown(f"Job **{job_id}**, {plain(row['name'])}{store}.")
            st.markdown(consequence(row))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it", key="cancel_keep"):
            st.rerun()
        if st.button("Cancel the job", type="primary", key="cancel_yes", on_click=job_actions.cancel, args=(job_id,)):
            st.rerun()


def consequence(row: dict[str, Any]) -> str:
    """What a cancellation does to this job."""
    written = row["progress"] or 0
    stays = f"{measures.counted(written, 'record')} already written stay." if written else "Nothing has been written yet."
    if row["state"] == "running":
        return f"It stops after the page that it is at. {stays} A retry goes on from there."
    if row["state"] == "queued":
        return f"It leaves the queue at once. {stays}"
    return f"It is {row['state']} already; there is nothing to cancel."
