"""On every page, while the whole is paused: by whom, why, until when."""

from __future__ import annotations

import streamlit as st

from console import loaders, ops_loaders
from console.door import may
from console.parts import confirm, measures
from console.parts.plain import plain
from console.words import _
from db.engine import DatabaseAway
from tasks.roles import Role


@st.fragment(run_every=loaders.SLOW_TICK_S)
def show() -> None:
    """Draw it; nothing while nothing is paused as a whole, or while nobody can say."""
    try:
        whole = next((one for one in ops_loaders.pauses() if one.kind == "everything"), None)
    except DatabaseAway:
        return  # each part of the page says so itself
    if whole is None:
        return
    until = _("until {time}").format(time=measures.short(whole.until)) if whole.until else _("until somebody resumes it")
    with st.container(horizontal=True, vertical_alignment="center", key="pause_banner"):
        st.warning(
            _("Everything is paused by {person}, {until}: {reason}").format(person=plain(whole.by or ""), until=plain(until), reason=plain(whole.reason)),
            icon=":material/pause_circle:",
        )  # fmt: skip
        if may(Role.OPERATOR):
            st.button(_("Resume"), icon=":material/play_circle:", key="resume_all", on_click=confirm.ask, args=("resume",),
                      kwargs={"kind": "everything", "name": ""})  # fmt: skip
    if "asked_dialog" in st.session_state:
        st.rerun()
