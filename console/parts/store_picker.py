"""Choosing a store by its title; the address bar carries its name, which does not change."""

from __future__ import annotations

import streamlit as st

from console import loaders
from console.parts import platforms


def choose(key: str, *, placeholder: str) -> str | None:
    """The name of the chosen store. `?key=name` chooses when the page opens; a name that is not there chooses nothing.

    Raises: DatabaseAway.
    """
    known = {name: (title, platform) for name, title, platform in loaders.store_names()}
    if key not in st.session_state and st.query_params.get(key) in known:
        st.session_state[key] = st.query_params[key]

    def words(name: str) -> str:
        title, platform = known[name]
        return f"{title} · {platforms.title(platform)}" + (f" · {name}" if _is_twice(title, known) else "")

    chosen = st.selectbox("Store", list(known), index=None, key=key, format_func=words, placeholder=placeholder)
    if chosen:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)
    return chosen


def _is_twice(title: str, known: dict[str, tuple[str, str]]) -> bool:
    return sum(1 for other, _ in known.values() if other == title) > 1
