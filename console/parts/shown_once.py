"""A secret that is shown once: a first password, a token. It is kept nowhere but on the screen."""

from __future__ import annotations

import streamlit as st

from console.parts import dialogs
from console.parts.plain import plain
from console.words import _, later


def ask(secret: str, *, why: str) -> None:
    """Have it shown at the next drawing; in a callback. `why` says whose it is and what to do with it."""
    dialogs.ask("shown_once", secret=secret, why=why)


@dialogs.opener("shown_once")
@dialogs.titled(later("Shown once"), icon=":material/key:", dismissible=False)
def show(secret: str, why: str) -> None:
    """The secret, to be copied."""
    st.markdown(plain(why))
    st.code(secret, language=None, wrap_lines=True)
    st.caption(_("Nobody can be shown it again, admins neither. Copy it now."))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("I have it"), type="primary", key="shown_once_done"):
            st.rerun()
