"""Filters that live in the address bar by values that no language changes, so that a view can be shared and a link can set it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def follow(key: str, allowed: Sequence[str] | None = None) -> None:
    """Before a widget with this key is drawn: what a link or the back button has put into the address goes into the widget."""
    wanted = st.query_params.get(key, "")
    if st.session_state.get(f"{key}_in_address") == wanted and (key in st.session_state or not wanted):
        return
    st.session_state[f"{key}_in_address"] = wanted
    st.session_state[key] = wanted if allowed is None or wanted in allowed else None


def follow_many(key: str, allowed: Sequence[str]) -> None:
    """The same for a widget whose value is a list."""
    wanted = st.query_params.get(key, "")
    if st.session_state.get(f"{key}_in_address") == wanted and (key in st.session_state or not wanted):
        return
    st.session_state[f"{key}_in_address"] = wanted
    st.session_state[key] = [part for part in wanted.split(",") if part in allowed]


def tell(key: str, value: str | Sequence[str] | None) -> None:
    """After the widget was drawn: the address says what it holds."""
    said = value or "" if isinstance(value, str) or value is None else ",".join(value)
    st.session_state[f"{key}_in_address"] = said
    if said:
        if st.query_params.get(key) != said:
            st.query_params[key] = said
    elif key in st.query_params:
        del st.query_params[key]
