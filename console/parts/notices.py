"""What a person did, and how it went: verbs run in callbacks, their sentence appears as a toast."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import streamlit as st

import tasks
from console import sentences
from console.parts.plain import plain
from db.engine import DatabaseAway, Fresh, noting_writes
from db.job_state import WrongState
from settings import settings
from tasks.roles import Denied

_BEATS_S = 2.0  # replicas learn each second how late they are


def attempt(verb: Callable[[], str], *, place: str = "") -> bool:
    """Run a verb that returns its sentence; whether it went well. What a person can understand is said, in the form `place` or as a notice; a bug goes on."""
    for key in (f"{place}_problem", f"{place}_field"):
        st.session_state.pop(key, None)
    try:
        with noting_writes() as written:
            try:
                say(verb())
            finally:
                if written.fresh:
                    st.session_state["wrote"] = (time.monotonic(), written.fresh)
    except (WrongState, tasks.NoSuchJob, tasks.BadRequest, Denied, DatabaseAway) as error:
        if place:
            st.session_state[f"{place}_problem"] = sentences.said(error)
            st.session_state[f"{place}_field"] = getattr(error, "field", "")
        else:
            say(plain(sentences.said(error)), icon=":material/error:")
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


def has_just_written() -> Fresh:
    """What this person changed a moment ago and must see: its transaction, which a reader waits for; True where there is no number; False after a while."""
    wrote_at, fresh = st.session_state.get("wrote", (0.0, False))
    return (
        fresh if wrote_at and time.monotonic() - wrote_at < settings().db_max_lag_s + _BEATS_S else False
    )  # then every fit replica has it
