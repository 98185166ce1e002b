"""A stream of a store: how much is here, how fresh it is, up to when it is complete, what its last run read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from console import sentences
from console.door import allow
from console.parts import act, measures, notices, states, store_state, store_watermark, streams
from console.parts.plain import plain
from console.words import _
from tasks.roles import Role
from tasks.shop_pages import shop_page


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


def show(store: dict[str, Any], stream: str, offer: dict[str, Any], now: datetime) -> None:
    """What there is to tell of the stream, its one button first."""
    stat = store["streams"].get(stream)
    _head(store, stream, offer, stat, now)
    if stat is None:
        st.caption(plain(offer["note"] or _("Nothing has been read yet.")))
    elif not offer["is_offered"]:
        derived = _("{n} here, derived from orders. {note}").format(n=measures.whole(stat["live"]), note=offer["note"])
        st.caption(plain(derived if stat["live"] else offer["note"]))
    else:
        _counts(stat, now)
        store_watermark.line(store, stream, offer, stat["watermark"])
        _trouble(stat)
        _last_run(stat, now)
        if offer["note"]:
            st.caption(plain(offer["note"]))


def _head(store: dict[str, Any], stream: str, offer: dict[str, Any], stat: dict[str, Any] | None, now: datetime) -> None:
    doing = store["doing"].get(stream)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{streams.title(stream)}**", width="content")
        if not offer["is_offered"]:
            states.badge("derived" if store_state.is_derived(store, stream) else "not_offered")
        elif stat and stat["last_verdict"]:
            states.badge(str(stat["last_verdict"]) if doing else store_state.cell(store, stream, now)[1])
        else:
            states.badge("never")
        if doing:
            states.badge(doing[0])
        st.space("stretch")
        if there := shop_page(store["platform"], store["address"], stream):
            st.page_link(there, label=_("On the platform"), icon=":material/open_in_new:")
        if doing:
            _job_link(doing[1])
        elif offer["is_offered"]:
            act.button(
                _("Sync now"),
                role=Role.OPERATOR,
                icon=":material/sync:",
                key=f"store_sync_{store['name']}_{stream}",
                on_click=sync,
                args=(store["name"], stream),
            )


def _counts(stat: dict[str, Any], now: datetime) -> None:
    told = [_("{n} here").format(n=measures.whole(stat["live"]))]
    if stat["platform_total"] is not None:
        told.append(_("{n} on the platform").format(n=measures.whole(stat["platform_total"])))
    if stat["deleted"]:
        told.append(_("{n} deleted").format(n=measures.whole(stat["deleted"])))
    if stat["rejected"]:
        told.append(_("{n} rejected").format(n=measures.whole(stat["rejected"])))
    if stat["last_success_at"]:
        fresh = _("Fresh as of {when}").format(when=measures.ago(stat["last_success_at"], now))
        told.append(f"{fresh} ({measures.exact(stat['last_success_at'])})")
    else:
        told.append(_("Never complete"))
    st.caption(plain(" · ".join(told)))


def _trouble(stat: dict[str, Any]) -> None:
    if stat["failed_in_a_row"]:
        st.caption(f":red[{measures.counted('{n} run failed in a row', '{n} runs failed in a row', stat['failed_in_a_row'])}]")


def _last_run(stat: dict[str, Any], now: datetime) -> None:
    said = sentences.said(stat["last_reason"] or stat["sentence"] or "")
    if said:
        st.text(said)
    if stat["run_read"] is None:
        return
    counts = _("{read} read: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected").format(
        **{name: measures.whole(stat[f"run_{name}"]) for name in ("read", "created", "updated", "unchanged", "rejected")}
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(
            plain(_("Last run {when}: {counts}").format(when=measures.ago(stat["last_finished_at"], now), counts=counts)), width="content"
        )
        _job_link(stat["last_job_id"])


def _job_link(job_id: int) -> None:
    st.page_link(
        "app_pages/job.py", label=_("Job {id}").format(id=job_id), icon=":material/receipt_long:", query_params={"id": str(job_id)}
    )
