"""Choosing the language, at the foot of the menu; the browser's is taken until then."""

from __future__ import annotations

import streamlit as st

from console import words
from console.words import LANGUAGES


def show() -> None:
    """Draw the choice in the sidebar; a change draws everything again."""
    here = words.language()
    st.session_state.setdefault("language_choice", here)
    with st.sidebar, st.container(key="language"):
        chosen = st.segmented_control(
            "Language · Ngôn ngữ", list(LANGUAGES), required=True, key="language_choice", format_func=lambda code: LANGUAGES[code],
            label_visibility="collapsed", width="stretch",
        )  # fmt: skip
    if chosen and chosen != here:
        st.session_state["language"] = chosen
        st.rerun()
