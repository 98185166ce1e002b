"""The question before a job is cancelled: what stops, what stays."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import loaders
from console.parts import dialogs, job_actions, measures, states
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from db.job_state import is_dry


@dialogs.opener("cancel")
@dialogs.titled(later("Cancel this job?"), icon=":material/block:")
def ask(job_id: int) -> None:
    """Name the job and the consequence; the verb is on the right."""
    with guard(_("the job"), place="dialog"):
        row = loaders.job(job_id)
        if row is None:
            st.markdown(_("There is no job {id}.").format(id=job_id))
        else:
            who = _("Job **{id}**, {name} of **{store}**.") if row["store_title"] else _("Job **{id}**, {name}.")
            st.markdown(who.format(id=job_id, name=plain(row["name"]), store=plain(row["store_title"] or "")))
            st.markdown(consequence(row))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Keep it"), key="cancel_keep"):
            st.rerun()
        if st.button(_("Cancel the job"), type="primary", key="cancel_yes", on_click=job_actions.cancel, args=(job_id,)):
            st.rerun()


def consequence(row: dict[str, Any]) -> str:
    """What a cancellation does to this job."""
    written = row["progress"] or 0
    stays = (
        measures.counted("{n} record already written stays.", "{n} records already written stay.", written)
        if written
        else _("Nothing has been written yet.")
    )
    if is_dry(row["name"]):
        stays = _("A dry run writes nothing.")
    if row["state"] == "running":
        return _("It stops after the page that it is at. {stays} A retry goes on from there.").format(stays=stays)
    if row["state"] == "queued":
        return _("It leaves the queue at once. {stays}").format(stays=stays)
    return _("It is {state} already; there is nothing to cancel.").format(state=states.label(row["state"]).lower())
