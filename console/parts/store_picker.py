"""Choosing a store by its title; the address bar carries its name, which does not change."""

from __future__ import annotations

import streamlit as st

from console import loaders
from console.parts import address, platforms
from console.words import _


def choose(key: str, *, placeholder: str, is_bare: bool = False) -> str | None:
    """The name of the chosen store. `?key=name` chooses when the page opens; a name that is not there chooses nothing.

    Raises: DatabaseAway.
    """
    known = {name: (title, platform) for name, title, platform in loaders.store_names()}
    address.follow(key, list(known))

    def words(name: str) -> str:
        title, platform = known[name]
        return f"{title} · {platforms.title(platform)}" + (f" · {name}" if _is_twice(title, known) else "")

    chosen = st.selectbox(
        _("Store"),
        list(known),
        index=None,
        key=key,
        format_func=words,
        placeholder=placeholder,
        label_visibility="collapsed" if is_bare else "visible",
    )
    address.tell(key, chosen)
    return chosen


def _is_twice(title: str, known: dict[str, tuple[str, str]]) -> bool:
    return sum(1 for other, _platform in known.values() if other == title) > 1
