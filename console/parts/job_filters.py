"""The filters of the list of jobs; they live in the address bar."""

from __future__ import annotations

import streamlit as st

from console.parts import address, measures, states, store_picker
from console.parts.guard import guard
from console.words import _
from db.history import SEARCH_WINDOW, Wanted
from db.job_state import QUEUES

_KEYS: dict[str, object] = {"jobs_search": "", "jobs_state": [], "jobs_store": None, "jobs_queue": None}


def show() -> Wanted:
    """Draw the filters on one line; what is wanted."""
    address.follow("jobs_search")
    address.follow_many("jobs_state", states.JOB_STATES)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            _("Search"), key="jobs_search", placeholder=_("order:1042 sku:… error:… or text"), icon=":material/search:",
            label_visibility="collapsed", width=250, max_chars=100, help=_search_help(),
        )  # fmt: skip
        chosen = st.pills(
            _("State"), states.JOB_STATES, selection_mode="multi", key="jobs_state", format_func=states.label, label_visibility="collapsed"
        )
        store = st.query_params.get("jobs_store")  # while the list of stores cannot be read
        count = sum(1 for key in ("jobs_store", "jobs_queue") if st.session_state.get(key) or st.query_params.get(key))
        with st.popover(_("Filters") + (f" · {count}" if count else ""), icon=":material/tune:", key="jobs_filters"):
            with guard(_("the list of stores"), place="page"):
                store = store_picker.choose("jobs_store", placeholder=_("All stores"))
            address.follow("jobs_queue", QUEUES)
            queue = st.selectbox(_("Queue"), QUEUES, index=None, key="jobs_queue", placeholder=_("All queues"))
            st.button(_("Clear filters"), on_click=clear, key="jobs_clear")
    address.tell("jobs_search", search)
    address.tell("jobs_state", chosen)
    address.tell("jobs_queue", queue)
    return Wanted(states=tuple(chosen), store=store, queue=queue, search=(search or "").strip())


def _search_help() -> str:
    """What may be searched for."""
    return _(
        "A job's number; a text in its name or error; or `order:1042`, `sku:ABC`, `product:…`, `user:…`, `error:timeout`, `task:sync_*`."
    )


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
        return _("Names and errors are searched in the newest {n} jobs. An older job is found by its ID.").format(
            n=measures.whole(SEARCH_WINDOW)
        )
    return _("Try fewer filters, or another search.")
