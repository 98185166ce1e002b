"""Every connected shop: its state, what is here of it, how fresh that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from console import loaders
from console.parts import (
    act,
    address,
    dialogs,
    measures,
    notices,
    platforms,
    store_dialogs,
    store_state,
    store_table,
    store_tags,
    streams,
)
from console.parts.faces import empty, no_match
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _, later, many
from db.history import STREAMS
from tasks.roles import Role

ATTENTION, REJECTED = "attention", "rejected"
SHOW = {ATTENTION: later("Needs attention"), REJECTED: later("Rejected")}


def menu_clicked() -> None:
    """The click names a row; the row's store was frozen when it was drawn."""
    click = st.session_state["stores_menu"]
    store_table.chosen(st.session_state["stores_rows"][click.row], click.label)


def clear() -> None:
    """Show every store again; in a callback."""
    st.session_state.update(stores_search="", stores_show=[], stores_platform=[], stores_tag=[])


with head(_("Stores"), _("Connected shops, what is here of them, and how fresh it is.")):
    address.follow("stores_view", list(store_table.VIEWS))
    st.session_state["stores_view"] = st.session_state.get("stores_view") or store_table.COUNTS
    view = st.segmented_control(
        _("View"), list(store_table.VIEWS), required=True, key="stores_view", format_func=lambda name: _(store_table.VIEWS[name]),
        label_visibility="collapsed",
    ) or store_table.COUNTS  # fmt: skip
    address.tell("stores_view", view if view != store_table.COUNTS else None)
    act.button(
        _("Connect store"),
        role=Role.ADMIN,
        icon=":material/add:",
        type="primary",
        shortcut="N",
        key="stores_connect",
        on_click=store_dialogs.open_connect,
    )


def filters() -> tuple[str, list[str], list[str], list[str]]:
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
        tags = store_tags.choose()
    for key, held in (("stores_search", search), ("stores_show", chosen), ("stores_platform", only)):
        address.tell(key, held)
    return (search or "").strip().casefold(), list(chosen), list(only), tags


search, chosen, only, tags = filters()


def matches(store: dict[str, Any], now: datetime) -> bool:
    texts = (store["title"], store["name"], platforms.title(store["platform"]))
    if search and not any(search in str(text).casefold() for text in texts):
        return False
    if ATTENTION in chosen and store_state.state(store, now) not in store_state.NEEDS_ATTENTION and not store_state.ends_soon(store, now):
        return False
    if REJECTED in chosen and not store_table.rejected(store):
        return False
    return (not only or store["platform"] in only) and set(tags) <= set(store["tags"])


st.session_state["stores_rows"] = []  # at each run of the whole page; the ticks of the list keep it


@st.fragment(run_every=loaders.SLOW_TICK_S)
def stores() -> None:
    notices.show()
    with guard(_("the list of stores")):
        every, now = loaders.board_of_stores(notices.has_just_written())
        shown = store_table.steady(st.session_state["stores_rows"], every, lambda store: matches(store, now))
        if not every:
            empty(_("No store is connected yet"), _("A store is a shop on Shopify, TikTok Shop, Amazon, WooCommerce or eBay whose data is kept here."),
                  icon="storefront", action=_("Connect store"), on_click=store_dialogs.open_connect, key="stores")  # fmt: skip
        elif not shown:
            no_match(_("No stores match"), on_clear=clear, key="stores")
        else:
            store_table.show(shown, now, view=view, on_menu=menu_clicked)
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
