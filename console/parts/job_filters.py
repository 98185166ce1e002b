"""The filters of the list of jobs; they live in the address bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from console import ops_loaders
from console.parts import address, job_table, job_times, measures, platforms, states, store_picker, views
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _
from db.history import SEARCH_WINDOW, Wanted
from db.job_state import QUEUES

LONGER = {"10s": 10, "1min": 60, "5min": 300, "30min": 1_800, "2h": 7_200}  # value in the address → seconds
_KEYS: dict[str, object] = {
    "jobs_search": "", "jobs_state": [], "jobs_store": None, "jobs_platform": None, "jobs_queue": None, "jobs_by": "", "jobs_longer": None,
    "jobs_retried": False, **dict.fromkeys(job_times.KEYS),
}  # fmt: skip
_IN_POPOVER = ("jobs_store", "jobs_platform", "jobs_queue", "jobs_by", "jobs_longer", "jobs_retried", "jobs_time")


def show() -> tuple[Wanted, list[str]]:
    """Draw the filters on one line; what is wanted, and in which columns."""
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
        count = sum(1 for key in _IN_POPOVER if st.session_state.get(key) or st.query_params.get(key))
        with st.popover(_("Filters") + (f" · {count}" if count else ""), icon=":material/tune:", key="jobs_filters"):
            more = _more()
            st.button(_("Clear filters"), on_click=clear, key="jobs_clear")
        shown = _columns()
        views.show("jobs")
    address.tell("jobs_search", search)
    address.tell("jobs_state", chosen)
    return Wanted(states=tuple(chosen), search=(search or "").strip(), **more), shown


def _more() -> dict[str, Any]:
    """The filters in the popover; fields of Wanted."""
    store = st.query_params.get("jobs_store")  # while the list of stores cannot be read
    with guard(_("the list of stores"), place="page"):
        store = store_picker.choose("jobs_store", placeholder=_("All stores"))
    platform = _one_of("jobs_platform", platforms.ALL, label=_("Platform"), placeholder=_("All platforms"), words=platforms.title)
    queue = _one_of("jobs_queue", QUEUES, label=_("Queue"), placeholder=_("All queues"))
    times = job_times.choose()
    address.follow("jobs_by")
    who = st.text_input(
        _("Requested by"), key="jobs_by", placeholder=_("Anybody"), max_chars=191, help=_("A whole name, as the list shows it.")
    )
    address.tell("jobs_by", who)
    longer = _one_of(
        "jobs_longer",
        tuple(LONGER),
        label=_("Took longer than"),
        placeholder=_("Any time"),
        words=lambda name: measures.leading(LONGER[name]),
    )
    wanted = st.query_params.get("jobs_retried", "")
    if st.session_state.get("jobs_retried_in_address") != wanted:
        st.session_state["jobs_retried"] = wanted == "1"
    is_retried = st.checkbox(_("Tried more than once"), key="jobs_retried")
    address.tell("jobs_retried", "1" if is_retried else None)
    return {
        "store": store, "platform": platform, "queue": queue, "requested_by": (who or "").strip(), "is_retried": is_retried,
        "longer_s": LONGER.get(longer or "", 0), **times,
    }  # fmt: skip


def _one_of(key: str, values: Sequence[str], *, label: str, placeholder: str, words: Callable[[str], str] = str) -> str | None:
    address.follow(key, values)
    chosen = st.selectbox(label, values, index=None, key=key, placeholder=placeholder, format_func=words)
    address.tell(key, chosen)
    return chosen


def _columns() -> list[str]:
    """Choose what the list shows; it lives in the address bar as the filters do."""
    address.follow_many("jobs_columns", list(job_table.COLUMNS))
    with st.popover(_("Columns"), icon=":material/view_column:", key="jobs_columns_choice"):
        chosen = st.pills(
            _("Columns"), list(job_table.COLUMNS), selection_mode="multi", key="jobs_columns", label_visibility="collapsed",
            format_func=lambda name: _(job_table.COLUMNS[name]),
        )  # fmt: skip
        st.caption(_("None chosen: the usual ones."))
    address.tell("jobs_columns", chosen)
    return chosen or list(job_table.USUAL)


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
    if wanted.platform or wanted.requested_by or wanted.is_retried or wanted.longer_s:
        return _("These filters look at {n} jobs at a time, the newest first.").format(n=measures.whole(SEARCH_WINDOW))
    return _("Try fewer filters, or another search.")
