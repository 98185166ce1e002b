"""The filters of the list of jobs; they live in the address bar."""

from __future__ import annotations

import streamlit as st

from console import ops_loaders
from console.parts import address, measures, states, store_picker, views
from console.parts.guard import guard
from console.parts.plain import plain
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
        views.show("jobs")
    address.tell("jobs_search", search)
    address.tell("jobs_state", chosen)
    address.tell("jobs_queue", queue)
    return Wanted(states=tuple(chosen), store=store, queue=queue, search=(search or "").strip())


def records_found(wanted: Wanted) -> None:
    """What else the search names: orders, products and users, each a click away."""
    with guard(_("the search"), place="page"):
        found = ops_loaders.found(wanted.search, wanted.store)
        kinds = ((found.orders, "order", ":material/receipt:", "number"), (found.products, "product", ":material/inventory_2:", "name"))
        if not any(rows for rows, *_more in kinds) and not found.users:
            return
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="jobs_found"):
            st.caption(_("Found as well:"), width="content")
            for rows, kind, icon, named in kinds:
                for row in rows[:4]:
                    st.page_link(
                        f"app_pages/{kind}.py",
                        label=plain(f"{row[named]} · {row['store_title'] or ''}", longest=60),
                        icon=icon,
                        query_params={"id": str(row["id"])},
                    )
            for row in found.users[:3]:
                st.page_link("app_pages/users.py", label=plain(row["name"], longest=60), icon=":material/person:",
                             query_params={"users_search": str(row["id"])})  # fmt: skip


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
