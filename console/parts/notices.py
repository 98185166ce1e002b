"""What a person did, and how it went: verbs run in callbacks, their sentence appears as a toast."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import streamlit as st

import tasks
from console.parts.plain import plain
from db.engine import DatabaseAway
from db.job_state import WrongState
from tasks.roles import Denied

_PINNED_S = 5.0  # after a change of one's own, answers come from the primary for this long


def attempt(verb: Callable[[], str], *, place: str = "") -> bool:
    """Run a verb that returns its sentence; whether it went well. What a person can understand is said, in the form `place` or as a notice; a bug goes on."""
    st.session_state["wrote_at"] = time.monotonic()
    for key in (f"{place}_problem", f"{place}_field"):
        st.session_state.pop(key, None)
    try:
        say(verb())
    except (WrongState, tasks.NoSuchJob, tasks.BadRequest, Denied, DatabaseAway) as error:
        if place:
            st.session_state[f"{place}_problem"] = str(error)
            st.session_state[f"{place}_field"] = getattr(error, "field", "")
        else:
            say(plain(error), icon=":material/error:")
        return False
    return True


def problem(place: str, *, only: str = "", besides: Collection[str] = ()) -> None:
    """In the form `place`: what was wrong with its last request; beside a field what is wrong with it alone, elsewhere the rest."""
    field = st.session_state.get(f"{place}_field", "")
    if (only and field != only) or field in besides:
        return
    if text := st.session_state.get(f"{place}_problem"):
        st.error(plain(text, longest=1000), icon=":material/error:")


def say(sentence: str, *, icon: str = ":material/check_circle:") -> None:
    """Show a sentence at the next drawing."""
    st.session_state.setdefault("notices", []).append((sentence, icon))


def show() -> None:
    """Draw what is to be said, once."""
    for sentence, icon in st.session_state.pop("notices", []):
        st.toast(sentence, icon=icon, duration="long")


def has_just_written() -> bool:
    """Whether this person changed something a moment ago and must see it."""
    return time.monotonic() - float(st.session_state.get("wrote_at", -_PINNED_S)) < _PINNED_S
