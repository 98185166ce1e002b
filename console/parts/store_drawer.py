"""One store in the drawer at the side: each stream, what its last run proved, what was rejected and why."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders
from console.door import person
from console.parts import (
    connection_result,
    deletions,
    dialogs,
    measures,
    new_words,
    notices,
    platforms,
    states,
    store_dialogs,
    store_state,
    table,
)  # fmt: skip
from console.parts.guard import guard
from console.parts.plain import plain

JUST_TESTED_S = 600.0


@dialogs.opener("store")
@st.dialog("Store", width=640, position="right", icon=":material/storefront:")
def open_drawer(name: str) -> None:
    """Everything about the store, live; the key of its sync buttons is minted here, when it opens."""
    if st.session_state.get("store_drawer", ("",))[0] != name or "store_key" not in st.session_state:
        st.session_state["store_drawer"], st.session_state["store_key"] = (name,), secrets.token_hex(8)
    _live(name)


def sync(name: str, stream: str) -> None:
    """Ask for one stream; in a callback. Two clicks are one job: an unfinished one of the same stream is returned."""

    def verb() -> str:
        asked = tasks.sync(name, stream, requested_by=person(), metadata={"reason": "store page"})
        return f"Job {int(asked)} will sync {stream}." if asked.is_new else f"Job {int(asked)} does that already."

    notices.attempt(verb)


def test(name: str) -> None:
    """Ask a worker to try the credentials; in a callback. Two clicks are one job."""

    def verb() -> str:
        asked = tasks.test_connection(name, requested_by=person())
        return f"Job {int(asked)} tries the connection." if asked.is_new else f"Job {int(asked)} does that already."

    notices.attempt(verb)


@st.fragment(run_every=loaders.TICK_S)
def _live(name: str) -> None:
    notices.show()
    with guard("the store"):
        stores, now = loaders.board_of_stores(notices.has_just_written())
        store = next((one for one in stores if one["name"] == name), None)
        if store is None:
            st.markdown("This store is not there any more.")
            return
        checks, now = loaders.checks(store["id"])
        _head(store, now)
        _connection(store, checks.get(""), now)
        for stream, offer in store_state.offers(store).items():
            _stream(store, stream, offer, checks.get(stream), now)
        _new_words(store)
        _rejected(store)
    dialogs.give_way()


def _head(store: dict[str, Any], now: datetime) -> None:
    name = str(store["name"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(store['title'])}**", width="content")
        states.badge(store_state.state(store, now))
        st.space("stretch")
        st.button("Edit", icon=":material/edit:", key="store_edit", on_click=store_dialogs.open_edit, args=(name,))
    st.caption(plain(f"{platforms.title(store['platform'])} · {name} · {store['address']}"))
    if store["paused_at"]:
        st.warning(plain(store_state.why_paused(store, now), longest=1000), icon=":material/pause_circle:")


def _connection(store: dict[str, Any], check: dict[str, Any] | None, now: datetime) -> None:
    with st.container(border=True, gap="xsmall", key="store_connection"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Connection**", width="content")
            if check is None:
                st.caption("not tested yet", width="content")
            elif check["finished_at"] is not None:
                st.caption(f"tested {measures.ago(check['finished_at'], now)}", width="content")
            st.space("stretch")
            if check is not None and check["finished_at"] is None:
                st.page_link(
                    "app_pages/job.py", label=f"Job {check['id']}", icon=":material/receipt_long:", query_params={"id": str(check["id"])}
                )
            else:
                st.button("Test connection", icon=":material/network_ping:", type="secondary" if check else "primary", key="store_test", on_click=test,
                          args=(store["name"],))  # fmt: skip
        if check is None:
            st.caption("Asks the platform who we are and what we may read, before anything is synced.")
        elif check["state"] != "succeeded" or is_recent(check, now):
            connection_result.show(check, store["platform"])
        else:
            with st.expander(plain(connection_result.in_short(check["result"]))):
                connection_result.show(check, store["platform"])


def is_recent(check: dict[str, Any], now: datetime) -> bool:
    """Whether somebody who has just asked is still looking at it."""
    return bool((now - check["finished_at"]).total_seconds() < JUST_TESTED_S)


def _stream(store: dict[str, Any], stream: str, offer: dict[str, Any], look: dict[str, Any] | None, now: datetime) -> None:
    stat = store["streams"].get(stream)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{stream.capitalize()}**", width="content")
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
                    "app_pages/job.py", label=f"Job {doing[1]}", icon=":material/receipt_long:", query_params={"id": str(doing[1])}
                )
            elif offer["is_offered"]:
                st.button(
                    "Sync now",
                    icon=":material/sync:",
                    key=f"store_sync_{store['name']}_{stream}",
                    on_click=sync,
                    args=(store["name"], stream),
                )
        if stat is None:
            st.caption(plain(offer["note"] or "Nothing has been read yet."))
            return
        if not offer["is_offered"]:
            st.caption(plain(f"{stat['live']:,} here, derived from orders. {offer['note']}" if stat["live"] else offer["note"]))
            return
        told = [f"{stat['live']:,} here"]
        if stat["platform_total"] is not None:
            told.append(f"{stat['platform_total']:,} on the platform")
        told += [f"{stat[name]:,} {name}" for name in ("deleted", "rejected") if stat[name]]
        fresh = f"Fresh as of {measures.ago(stat['last_success_at'], now)}" if stat["last_success_at"] else "Never complete"
        exact = f" ({measures.exact(stat['last_success_at'])})" if stat["last_success_at"] else ""
        st.caption(plain(" · ".join([*told, fresh + exact])))
        if stat["failed_in_a_row"]:
            st.caption(f":red[{measures.counted(stat['failed_in_a_row'], 'run')} failed in a row]")
        said = stat["last_reason"] or stat["sentence"]
        if said:
            st.text(said)
        if offer["note"]:
            st.caption(plain(offer["note"]))
        if stat["live"] or look is not None:
            deletions.last_look(store, stream, look, now)


def _new_words(store: dict[str, Any]) -> None:
    if words := loaders.unknown_words().get(store["id"]):
        are_new = new_words.are_new(words, platforms.title(store["platform"]))
        st.info(
            plain(f"{are_new}: {new_words.said(words, most=12)}. Their records are stored with the status unknown."),
            icon=":material/translate:",
        )


def _rejected(store: dict[str, Any]) -> None:
    if not any(stat["rejected"] for stat in store["streams"].values()):
        return
    rows = loaders.rejected(store["id"])
    st.markdown("**Rejected records**")
    table.show(
        pd.DataFrame([{"stream": row["stream"], "id": row["external_id"], "reason": row["reason"], "job": row["job_id"]} for row in rows]),
        {
            "stream": st.column_config.TextColumn("Stream", width=84),
            "id": st.column_config.TextColumn("Record", width=140),
            "reason": st.column_config.TextColumn("Reason", width=290),
            "job": st.column_config.NumberColumn("Job", format="%d", width=64),
        },
        alt="Rejected records, newest first",
    )
    st.caption("Each sync reads these records again; one that can be stored then leaves this list.")
