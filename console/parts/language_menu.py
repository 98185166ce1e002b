"""Choosing the language, at the foot of the menu; the browser's is taken until then."""

from __future__ import annotations

import streamlit as st

from console.words import LANGUAGES, language


def show() -> None:
    """Draw the choice in the sidebar."""
    here = language()
    with st.sidebar, st.container(key="language"):
        st.segmented_control(
            "Language · Ngôn ngữ", list(LANGUAGES), default=here, required=True, key="language_choice", on_change=_choose,
            format_func=lambda code: LANGUAGES[code], label_visibility="collapsed", width="stretch",
        )  # fmt: skip


def _choose() -> None:
    st.session_state["language"] = st.session_state["language_choice"]
