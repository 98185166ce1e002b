"""Every connected shop: its state, what is here of it, how fresh that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import loaders
from console.parts import (
    act,
    address,
    dialogs,
    measures,
    notices,
    platforms,
    states,
    store_dialogs,
    store_state,
    stream_cells,
    streams,
    table,
)
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _, later, many
from db.history import STREAMS
from tasks.roles import Role

ATTENTION, REJECTED, COUNTS, FRESHNESS = "attention", "rejected", "counts", "freshness"
SHOW = {ATTENTION: later("Needs attention"), REJECTED: later("Rejected")}
VIEWS = {COUNTS: later("Counts"), FRESHNESS: later("Freshness")}


def menu_words() -> dict[str, str]:
    """What may be done with a store: verb → its words in the row menu."""
    return {
        "details": f":material/visibility: {_('Details')}", "page": f":material/open_in_full: {_('Open page')}", "sync": f":material/sync: {_('Sync…')}",
        "jobs": f":material/list_alt: {_('Jobs')}", "credentials": f":material/key: {_('Credentials…')}",
    }  # fmt: skip


def menu_clicked() -> None:
    """The click names a row; the row's store was frozen when it was drawn."""
    click = st.session_state["stores_menu"]
    name = st.session_state["stores_rows"][click.row]
    verb = next((verb for verb, words in menu_words().items() if words == click.label), "details")
    if verb == "details":
        dialogs.ask("store", name=name)
    elif verb == "sync":
        dialogs.go("app_pages/sync.py", sync_store=name)
    elif verb == "credentials":
        store_dialogs.open_edit(name)
    elif verb == "page":
        dialogs.go("app_pages/store.py", store=name)
    else:
        dialogs.go("app_pages/jobs.py", jobs_store=name)


def clear() -> None:
    """Show every store again; in a callback."""
    st.session_state.update(stores_search="", stores_show=[], stores_platform=[])


with head(_("Stores"), _("Connected shops, what is here of them, and how fresh it is.")):
    address.follow("stores_view", list(VIEWS))
    st.session_state["stores_view"] = st.session_state.get("stores_view") or COUNTS
    view = st.segmented_control(
        _("View"), list(VIEWS), required=True, key="stores_view", format_func=lambda name: _(VIEWS[name]), label_visibility="collapsed"
    )
    address.tell("stores_view", view if view != COUNTS else None)
    act.button(
        _("Connect store"),
        role=Role.ADMIN,
        icon=":material/add:",
        type="primary",
        shortcut="N",
        key="stores_connect",
        on_click=store_dialogs.open_connect,
    )


def filters() -> tuple[str, list[str], list[str]]:
    address.follow("stores_search")
    address.follow_many("stores_show", list(SHOW))
    address.follow_many("stores_platform", platforms.ALL)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(_("Search"), key="stores_search", placeholder=_("Name or platform"), icon=":material/search:",
                               label_visibility="collapsed", width=250, max_chars=100)  # fmt: skip
        chosen = st.pills(
            _("Show"),
            list(SHOW),
            selection_mode="multi",
            key="stores_show",
            format_func=lambda name: _(SHOW[name]),
            label_visibility="collapsed",
        )
        only = st.pills(
            _("Platform"),
            platforms.ALL,
            selection_mode="multi",
            key="stores_platform",
            format_func=platforms.title,
            label_visibility="collapsed",
        )
    for key, held in (("stores_search", search), ("stores_show", chosen), ("stores_platform", only)):
        address.tell(key, held)
    return (search or "").strip().casefold(), list(chosen), list(only)


search, chosen, only = filters()


def matches(store: dict[str, Any], now: datetime) -> bool:
    texts = (store["title"], store["name"], platforms.title(store["platform"]))
    if search and not any(search in str(text).casefold() for text in texts):
        return False
    if ATTENTION in chosen and store_state.state(store, now) not in store_state.NEEDS_ATTENTION and not store_state.ends_soon(store, now):
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
            **(stream_cells.counts(stores) if view == COUNTS else stream_cells.fresh(stores, now)),
            "fresh": measures.timedeltas([measures.age(store_state.oldest_success(store), now) for store in stores]),
            "said": [store_state.sentence(store, now) for store in stores],
            "row": pd.array([failed_in_a_row(store) or None for store in stores], dtype="Int64"),
            "rejected": pd.array([rejected(store) or None for store in stores], dtype="Int64"),
            "left": pd.array([store_state.days_left(store, now) for store in stores], dtype="Int64"),
            "menu": [list(menu_words().values())] * len(stores),
        }
    )
    config = {
        "store": st.column_config.TextColumn(_("Store"), width=130),
        "state": states.column(width=100),
        "platform": st.column_config.TextColumn(_("Platform"), width=102),
        **(stream_cells.count_columns() if view == COUNTS else stream_cells.fresh_columns(stores, now, width=119)),
        "fresh": st.column_config.NumberColumn(
            _("Oldest"), format="localized", alignment="right", width=64, help=_("How old the least fresh stream is")
        ),
        "said": st.column_config.TextColumn(_("Last run"), width=202),
        "row": st.column_config.NumberColumn(_("Failed"), width=54, help=_("Runs failed in a row")),
        "rejected": st.column_config.NumberColumn(_("Rejected"), width=68, help=_("Records kept aside with a reason")),
        "left": st.column_config.NumberColumn(_("Days left"), width=72, help=_("Days until its credentials end, where the platform tells")),
        "menu": st.column_config.ButtonColumn("", type="tertiary", width=46, on_click=menu_clicked, key="stores_menu"),
    }
    hidden = {"fresh", "row", "rejected"} if view == FRESHNESS else set()
    hidden |= set() if any(store_state.ends_soon(store, now) for store in stores) else {"left"}
    with st.container(key="stores"):
        shown = stream_cells.mark_derived(frame, stores) if view == COUNTS else frame
        table.show(shown, config, alt=_("Stores"), row_px=table.TALL_ROW_PX, order=[name for name in frame.columns if name not in hidden])


@st.fragment(run_every=loaders.SLOW_TICK_S)
def stores() -> None:
    notices.show()
    with guard(_("the list of stores")):
        every, now = loaders.board_of_stores(notices.has_just_written())
        shown = [store for store in every if matches(store, now)]
        if not every:
            empty(_("No store is connected yet"), _("A store is a shop on Shopify, TikTok Shop, Amazon, WooCommerce or eBay whose data is kept here."),
                  icon="storefront", action=_("Connect store"), on_click=store_dialogs.open_connect, key="stores")  # fmt: skip
        elif not shown:
            no_match(_("No stores match"), on_clear=clear, key="stores")
        else:
            st.session_state["stores_rows"] = [store["name"] for store in shown]
            draw(shown, now)
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                totals = [
                    _("{n} {stream}").format(
                        n=measures.number(sum(store_state.count(store, stream) or 0 for store in shown)), stream=streams.word(stream)
                    )
                    for stream in STREAMS[:2]
                ]
                of_all = many("{shown} of {n} store", "{shown} of {n} stores", len(every)).format(shown=len(shown), n=len(every))
                st.caption(" · ".join([of_all, *totals]), width="content")
                st.caption(live(now), width="content")
    dialogs.give_way()


stores()
