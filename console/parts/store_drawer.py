"""One store in the drawer at the side: each stream, what its last run proved, what was rejected and why."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from console import loaders
from console.door import allow
from console.parts import (
    act,
    deletions,
    dialogs,
    measures,
    new_words,
    notices,
    platforms,
    states,
    store_connection,
    store_dialogs,
    store_rejected,
    store_state,
    streams,
)  # fmt: skip
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Role


@dialogs.opener("store")
@dialogs.titled(later("Store"), width=640, position="right", icon=":material/storefront:")
def open_drawer(name: str) -> None:
    """Everything about the store, live; the key of its sync buttons is minted here, when it opens."""
    if st.session_state.get("store_drawer", ("",))[0] != name or "store_key" not in st.session_state:
        st.session_state["store_drawer"], st.session_state["store_key"] = (name,), secrets.token_hex(8)
    _live(name)


def sync(name: str, stream: str) -> None:
    """Ask for one stream; in a callback. Two clicks are one job: an unfinished one of the same stream is returned."""

    def verb() -> str:
        asked = tasks.sync(
            name, stream, requested_by=allow(Role.OPERATOR, action="sync", target=f"store:{name}"), metadata={"reason": "store page"}
        )
        return (_("Job {id} will sync {stream}.") if asked.is_new else _("Job {id} does that already.")).format(
            id=int(asked), stream=streams.word(stream)
        )

    notices.attempt(verb)


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
        _streams(store, with_looks=True)
        _new_words(store)
        store_rejected.in_short(store)
    dialogs.give_way()


def status(store: dict[str, Any], now: datetime) -> None:
    """The same for the store's page, which has a head and sections of its own."""
    _why_paused(store, now)
    _streams(store, with_looks=False)
    _new_words(store)


def _streams(store: dict[str, Any], *, with_looks: bool) -> None:
    checks, now = loaders.checks(store["id"])
    store_connection.card(store, checks.get(""), now)
    for stream, offer in store_state.offers(store).items():
        _stream(store, stream, offer, checks.get(stream), now, with_look=with_looks)


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
    st.caption(plain(f"{platforms.title(store['platform'])} · {name} · {store['address']}"))


def _stream(
    store: dict[str, Any], stream: str, offer: dict[str, Any], look: dict[str, Any] | None, now: datetime, *, with_look: bool
) -> None:
    stat = store["streams"].get(stream)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{streams.title(stream)}**", width="content")
            if not offer["is_offered"]:
                states.badge("derived" if store_state.is_derived(store, stream) else "not_offered")
            elif stat and stat["last_verdict"]:
                states.badge(store_state.cell(store, stream, now)[1] if not store["doing"].get(stream) else str(stat["last_verdict"]))
            else:
                states.badge("never")
            doing = store["doing"].get(stream)
            if doing:
                states.badge(doing[0])
            st.space("stretch")
            if doing:
                st.page_link(
                    "app_pages/job.py",
                    label=_("Job {id}").format(id=doing[1]),
                    icon=":material/receipt_long:",
                    query_params={"id": str(doing[1])},
                )
            elif offer["is_offered"]:
                act.button(
                    _("Sync now"),
                    role=Role.OPERATOR,
                    icon=":material/sync:",
                    key=f"store_sync_{store['name']}_{stream}",
                    on_click=sync,
                    args=(store["name"], stream),
                )
        if stat is None:
            st.caption(plain(offer["note"] or _("Nothing has been read yet.")))
            return
        if not offer["is_offered"]:
            st.caption(
                plain(
                    _("{n} here, derived from orders. {note}").format(n=measures.whole(stat["live"]), note=offer["note"])
                    if stat["live"]
                    else offer["note"]
                )
            )
            return
        told = [_("{n} here").format(n=measures.whole(stat["live"]))]
        if stat["platform_total"] is not None:
            told.append(_("{n} on the platform").format(n=measures.whole(stat["platform_total"])))
        if stat["deleted"]:
            told.append(_("{n} deleted").format(n=measures.whole(stat["deleted"])))
        if stat["rejected"]:
            told.append(_("{n} rejected").format(n=measures.whole(stat["rejected"])))
        fresh = (
            _("Fresh as of {when}").format(when=measures.ago(stat["last_success_at"], now))
            if stat["last_success_at"]
            else _("Never complete")
        )
        exact = f" ({measures.exact(stat['last_success_at'])})" if stat["last_success_at"] else ""
        st.caption(plain(" · ".join([*told, fresh + exact])))
        if stat["failed_in_a_row"]:
            st.caption(f":red[{measures.counted('{n} run failed in a row', '{n} runs failed in a row', stat['failed_in_a_row'])}]")
        said = stat["last_reason"] or stat["sentence"]
        if said:
            st.text(said)
        if offer["note"]:
            st.caption(plain(offer["note"]))
        if with_look and (stat["live"] or look is not None):
            deletions.last_look(store, stream, look, now)


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
