"""The filters of the list of jobs; they live in the address bar."""

from __future__ import annotations

import streamlit as st

from console.parts import store_picker
from console.parts.guard import guard
from console.parts.states import JOB_STATES, STATES
from db.history import SEARCH_WINDOW, Wanted
from db.job_state import QUEUES

_KEYS: dict[str, object] = {"jobs_search": "", "jobs_state": [], "jobs_store": None, "jobs_queue": None}


def show() -> Wanted:
    """Draw the filters on one line; what is wanted."""
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            "Search", key="jobs_search", bind="query-params", placeholder="Job ID, name or error", icon=":material/search:",
            label_visibility="collapsed", width=230, max_chars=100,
        )  # fmt: skip
        states = st.pills(
            "State", JOB_STATES, selection_mode="multi", key="jobs_state", bind="query-params", format_func=lambda name: STATES[name].label,
            label_visibility="collapsed",
        )  # fmt: skip
        store = st.query_params.get("jobs_store")  # while the list of stores cannot be read
        chosen = sum(1 for key in ("jobs_store", "jobs_queue") if st.session_state.get(key) or st.query_params.get(key))
        with st.popover("Filters" + (f" · {chosen}" if chosen else ""), icon=":material/tune:", key="jobs_filters"):
            with guard("the list of stores", place="page"):
                store = store_picker.choose("jobs_store", placeholder="All stores")
            queue = st.selectbox("Queue", QUEUES, index=None, key="jobs_queue", bind="query-params", placeholder="All queues")
            st.button("Clear filters", on_click=clear, key="jobs_clear")
    return Wanted(states=tuple(states), store=store, queue=queue, search=(search or "").strip())


def clear() -> None:
    """Show all jobs again; in a callback."""
    for key, empty in _KEYS.items():
        st.session_state[key] = empty


def is_filtered(wanted: Wanted) -> bool:
    """Whether anything is filtered out."""
    return wanted != Wanted()


def why_none(wanted: Wanted) -> str:
    """What an empty answer to these filters means."""
    if wanted.search and not wanted.search.isdigit():
        return f"Names and errors are searched in the newest {SEARCH_WINDOW:,} jobs. An older job is found by its ID."
    return "Try fewer filters, or another search."
