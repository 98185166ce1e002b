"""One store in the drawer at the side: each stream, what its last run proved, what was rejected and why."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import streamlit as st

from console import loaders
from console.parts import (
    act,
    deletions,
    dialogs,
    new_words,
    notices,
    platforms,
    states,
    store_connection,
    store_counts,
    store_dialogs,
    store_rejected,
    store_state,
    store_streams,
    store_tags,
)  # fmt: skip
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Role


@dialogs.opener("store")
def back_to(name: str) -> None:
    """Open the drawer, unless the page that is open is the store's own and shows all of it already."""
    if st.session_state.get("page") != "store":
        open_drawer(name)


@dialogs.titled(later("Store"), width=640, position="right", icon=":material/storefront:")
def open_drawer(name: str) -> None:
    """Everything about the store, live; the key of its sync buttons is minted here, when it opens."""
    if st.session_state.get("store_drawer", ("",))[0] != name or "store_key" not in st.session_state:
        st.session_state["store_drawer"], st.session_state["store_key"] = (name,), secrets.token_hex(8)
    _live(name)


@st.fragment(run_every=loaders.TICK_S)
def _live(name: str) -> None:
    notices.show()
    with guard(_("the store")):
        stores, now = loaders.board_of_stores(notices.has_just_written())
        store = next((one for one in stores if one["name"] == name), None)
        if store is None:
            st.markdown(_("This store is not there any more."))
            return
        _head(store, now)
        _why_paused(store, now)
        store_counts.tiles(store, now)
        _streams(store, with_looks=True)
        _new_words(store)
        store_rejected.in_short(store)
    dialogs.give_way()


def status(store: dict[str, Any], now: datetime) -> None:
    """The same for the store's page, which has a head and sections of its own."""
    _why_paused(store, now)
    store_counts.tiles(store, now)
    _streams(store, with_looks=False)
    _new_words(store)


def _streams(store: dict[str, Any], *, with_looks: bool) -> None:
    checks, now = loaders.checks(store["id"])
    store_connection.card(store, checks.get(""), now)
    for stream, offer in store_state.offers(store).items():
        stat, look = store["streams"].get(stream), checks.get(stream)
        with st.container(border=True, gap="xsmall"):
            store_streams.show(store, stream, offer, now)
            if with_looks and offer["is_offered"] and stat and (stat["live"] or look is not None):
                deletions.last_look(store, stream, look, now)


def _why_paused(store: dict[str, Any], now: datetime) -> None:
    if store["paused_at"]:
        st.warning(plain(store_state.why_paused(store, now), longest=1000), icon=":material/pause_circle:")


def _head(store: dict[str, Any], now: datetime) -> None:
    name = str(store["name"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(store['title'])}**", width="content")
        states.badge(store_state.state(store, now))
        st.space("stretch")
        st.page_link("app_pages/store.py", label=_("Open as page"), icon=":material/open_in_full:", query_params={"store": name})
        act.button(
            _("Edit, credentials…"),
            role=Role.ADMIN,
            icon=":material/edit:",
            key="store_edit",
            on_click=store_dialogs.open_edit,
            args=(name,),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(f"{platforms.title(store['platform'])} · {name} · {store['address']}"), width="content")
        store_tags.badges(store)


def _new_words(store: dict[str, Any]) -> None:
    if words := loaders.unknown_words().get(store["id"]):
        are_new = new_words.are_new(words, platforms.title(store["platform"]))
        st.info(
            plain(
                _("{words}: {list}. Their records are stored with the status unknown.").format(
                    words=are_new, list=new_words.said(words, most=12)
                )
            ),
            icon=":material/translate:",
        )
