"""Every connected shop: its state, what is here of it, how fresh that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import loaders
from console.parts import dialogs, measures, notices, platforms, states, store_dialogs, store_state, stream_cells, table
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from db.history import STREAMS

DETAILS, SYNC, JOBS, CREDENTIALS = (
    ":material/visibility: Details",
    ":material/sync: Sync…",
    ":material/list_alt: Jobs",
    ":material/key: Credentials…",
)
ATTENTION, REJECTED = "Needs attention", "Rejected"


def menu_clicked() -> None:
    """The click names a row; the row's store was frozen when it was drawn."""
    click = st.session_state["stores_menu"]
    name = st.session_state["stores_rows"][click.row]
    if click.label == DETAILS:
        dialogs.ask("store", name=name)
    elif click.label == SYNC:
        dialogs.go("app_pages/sync.py", sync_store=name)
    elif click.label == CREDENTIALS:
        store_dialogs.open_edit(name)
    else:
        dialogs.go("app_pages/jobs.py", jobs_store=name)


def clear() -> None:
    """Show every store again; in a callback."""
    st.session_state.update(stores_search="", stores_show=[], stores_platform=[])


with head("Stores", "Connected shops, what is here of them, and how fresh it is."):
    view = st.segmented_control(
        "View",
        ["Counts", "Freshness"],
        default="Counts",
        required=True,
        key="stores_view",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.button(
        "Connect store", icon=":material/add:", type="primary", shortcut="N", key="stores_connect", on_click=store_dialogs.open_connect
    )


def filters() -> tuple[str, list[str], list[str]]:
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input("Search", key="stores_search", bind="query-params", placeholder="Name or platform", icon=":material/search:",
                               label_visibility="collapsed", width=250, max_chars=100)  # fmt: skip
        chosen = st.pills(
            "Show", [ATTENTION, REJECTED], selection_mode="multi", key="stores_show", bind="query-params", label_visibility="collapsed"
        )
        only = st.pills(
            "Platform",
            platforms.ALL,
            selection_mode="multi",
            key="stores_platform",
            bind="query-params",
            format_func=platforms.title,
            label_visibility="collapsed",
        )
    return (search or "").strip().casefold(), list(chosen), list(only)


search, chosen, only = filters()


def matches(store: dict[str, Any], now: datetime) -> bool:
    texts = (store["title"], store["name"], platforms.title(store["platform"]))
    if search and not any(search in str(text).casefold() for text in texts):
        return False
    if ATTENTION in chosen and store_state.state(store, now) not in store_state.NEEDS_ATTENTION:
        return False
    if REJECTED in chosen and not rejected(store):
        return False
    return not only or store["platform"] in only


def rejected(store: dict[str, Any]) -> int:
    return sum(int(stat["rejected"]) for stat in store["streams"].values())


def failed_in_a_row(store: dict[str, Any]) -> int:
    return max((int(stat["failed_in_a_row"]) for stat in store["streams"].values()), default=0)


def draw(stores: list[dict[str, Any]], now: datetime) -> None:
    frame = pd.DataFrame(
        {
            "store": [store["title"] for store in stores],
            "state": [[store_state.state(store, now)] for store in stores],
            "platform": [platforms.title(store["platform"]) for store in stores],
            **(stream_cells.counts(stores) if view == "Counts" else stream_cells.fresh(stores, now)),
            "fresh": measures.timedeltas([measures.age(store_state.oldest_success(store), now) for store in stores]),
            "said": [store_state.sentence(store, now) for store in stores],
            "row": pd.array([failed_in_a_row(store) or None for store in stores], dtype="Int64"),
            "rejected": pd.array([rejected(store) or None for store in stores], dtype="Int64"),
            "menu": [[DETAILS, SYNC, JOBS, CREDENTIALS]] * len(stores),
        }
    )
    config = {
        "store": st.column_config.TextColumn("Store", width=130),
        "state": states.column(width=100),
        "platform": st.column_config.TextColumn("Platform", width=102),
        **(stream_cells.count_columns() if view == "Counts" else stream_cells.fresh_columns(stores, now, width=119)),
        "fresh": st.column_config.NumberColumn(
            "Oldest", format="localized", alignment="right", width=64, help="How old the least fresh stream is"
        ),
        "said": st.column_config.TextColumn("Last run", width=202),
        "row": st.column_config.NumberColumn("Failed", width=54, help="Runs failed in a row"),
        "rejected": st.column_config.NumberColumn("Rejected", width=68, help="Records kept aside with a reason"),
        "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=menu_clicked, key="stores_menu"),
    }
    hidden = {"fresh", "row", "rejected"} if view == "Freshness" else set()
    with st.container(key="stores"):
        shown = stream_cells.mark_derived(frame, stores) if view == "Counts" else frame
        table.show(shown, config, alt="Stores", row_px=table.TALL_ROW_PX, order=[name for name in frame.columns if name not in hidden])


@st.fragment(run_every=loaders.SLOW_TICK_S)
def stores() -> None:
    notices.show()
    with guard("the list of stores"):
        every, now = loaders.board_of_stores(notices.has_just_written())
        shown = [store for store in every if matches(store, now)]
        if not every:
            empty("No store is connected yet", "A store is a shop on Shopify, TikTok Shop, Amazon, WooCommerce or eBay whose data is kept here.",
                  icon="storefront", action="Connect store", on_click=store_dialogs.open_connect, key="stores")  # fmt: skip
        elif not shown:
            no_match("stores", on_clear=clear, key="stores")
        else:
            st.session_state["stores_rows"] = [store["name"] for store in shown]
            draw(shown, now)
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                totals = [
                    f"{measures.number(sum(store_state.count(store, stream) or 0 for store in shown))} {stream}" for stream in STREAMS[:2]
                ]
                st.caption(" · ".join([f"{len(shown)} of {measures.counted(len(every), 'store')}", *totals]), width="content")
                st.caption(live(now), width="content")
    dialogs.give_way()


stores()
