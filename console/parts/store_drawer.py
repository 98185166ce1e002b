"""One store in the drawer at the side: each stream, what its last run proved, what was rejected and why."""

from __future__ import annotations

import secrets
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders
from console.door import person
from console.parts import dialogs, measures, notices, platforms, states, store_state, table
from console.parts.guard import guard
from console.parts.plain import plain


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


@st.fragment(run_every=loaders.TICK_S)
def _live(name: str) -> None:
    notices.show()
    with guard("the store"):
        stores, now = loaders.board_of_stores(notices.has_just_written())
        store = next((one for one in stores if one["name"] == name), None)
        if store is None:
            st.markdown("This store is not there any more.")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(store['title'])}**", width="content")
            states.badge(store_state.state(store))
        st.caption(plain(f"{platforms.title(store['platform'])} · {store['name']} · {store['address']}"))
        for stream, offer in store_state.offers(store).items():
            _stream(store, stream, offer, now)
        _rejected(store)
    dialogs.give_way()


def _stream(store: dict[str, Any], stream: str, offer: dict[str, Any], now: Any) -> None:
    stat = store["streams"].get(stream)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{stream.capitalize()}**", width="content")
            if not offer["is_offered"]:
                states.badge("not_offered")
            elif stat and stat["last_verdict"]:
                states.badge(str(stat["last_verdict"]))
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
