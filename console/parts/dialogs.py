"""Dialogs and other pages are asked for anywhere and opened in one place, by the main script: a live part's own would be dead at its next tick."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

import streamlit as st

from console.words import _

# A dialog that is closed draws the page anew: else its fields would keep what stood in them, and show it in the next one of their kind, about another thing
CLOSED: Literal["rerun"] = "rerun"
_OPENERS: dict[str, Callable[..., None]] = {}


def opener(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function the one that opens dialogs of this kind."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _OPENERS[kind] = function
        return function

    return register


def titled(title: str, **look: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`st.dialog` whose title, marked by `later`, is said in the language of the person who opens it."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def open_dialog(*args: Any, **about: Any) -> None:
            st.dialog(_(title), on_dismiss=CLOSED, **look)(function)(*args, **about)

        return open_dialog

    return decorate


def ask(kind: str, **about: Any) -> None:
    """Have a dialog opened at the next run of the main script; from a callback."""
    st.session_state["asked_dialog"] = (kind, about)


def go(page: str, **params: str) -> None:
    """Have another page opened at the next run of the main script; from a callback."""
    st.session_state["asked_page"] = (page, params)


def give_way() -> None:
    """Last line of a live part or of a dialog: hand over to the main script if something was asked for."""
    if "asked_dialog" in st.session_state or "asked_page" in st.session_state:
        st.rerun()


def open_asked() -> None:
    """Open what was asked for; by the main script, before the page."""
    if "asked_page" in st.session_state:
        page, params = st.session_state.pop("asked_page")
        st.switch_page(page, query_params=params)
    if "asked_dialog" in st.session_state:
        kind, about = st.session_state.pop("asked_dialog")
        _OPENERS[kind](**about)
