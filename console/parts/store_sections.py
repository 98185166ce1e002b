"""The sections of a store's page besides its status: the timeline, what was rejected, what is here against there, its schedules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import loaders, ops_loaders, shop_loaders
from console.door import allow
from console.parts import (
    act,
    audit_words,
    bulk_dialog,
    deletions,
    dialogs,
    measures,
    notices,
    schedule_table,
    states,
    store_state,
    streams,
    table,
)
from console.parts.plain import plain
from console.words import _
from db.history import Wanted
from db.rejected import WantedRejected
from tasks.roles import Role


def timeline(store: dict[str, Any], now: datetime) -> None:
    """The last runs, and what people changed, side by side."""
    left, right = st.columns([5, 3])
    with left:
        st.markdown(f"**{_('Runs')}**")
        answer = loaders.jobs_page(Wanted(store=store["name"]), None, None, 25, notices.has_just_written())
        if answer.rows:
            _runs(answer.rows, now)
            st.page_link(
                "app_pages/jobs.py",
                label=_("All jobs of this store"),
                icon=":material/list_alt:",
                query_params={"jobs_store": str(store["name"])},
            )
        else:
            st.caption(_("Nothing has run yet."))
    with right:
        st.markdown(f"**{_('Who changed what')}**")
        rows = shop_loaders.changes((f"store:{store['name']}", f"store:{store['id']}"), 25)
        if not rows:
            st.caption(_("Nobody has changed anything yet."))
        for row in rows:
            with st.container(gap=None):
                st.markdown(audit_words.said(row))
                st.caption(plain(f"{measures.ago(row['at'], now)} · {measures.exact(row['at'])}"))


def _runs(rows: list[dict[str, Any]], now: datetime) -> None:
    table.show(
        pd.DataFrame(
            {
                "state": [[states.of_job(row)] for row in rows],
                "stream": [streams.title(row["stream"] or "") or row["name"] for row in rows],
                "age": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
                "took": measures.timedeltas([measures.took(row["started_at"], row["finished_at"]) for row in rows]),
                "records": pd.array([row["progress"] for row in rows], dtype="Int64"),
                "by": [row["requested_by"] for row in rows],
                "error": [row["error"] or "" for row in rows],
                "id": [f"/job?id={row['id']}" for row in rows],
            }
        ),
        {
            "state": states.column(width=104),
            "stream": st.column_config.TextColumn(_("Stream"), width=90),
            "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=74),
            "took": st.column_config.NumberColumn(_("Took"), format="localized", alignment="right", width=90),
            "records": st.column_config.NumberColumn(_("Records"), format="localized", width=76),
            "by": st.column_config.TextColumn(_("By"), width=80),
            "error": st.column_config.TextColumn(_("Error"), width=160),
            "id": st.column_config.LinkColumn("ID", display_text=r"id=(\d+)", width=74),
        },
        alt=_("Runs of this store, newest first"),
        placeholder="",
    )


def records(store: dict[str, Any], now: datetime) -> None:
    """The records that could not be read, each with its reason; try one again, or all."""
    total = sum(int(stat["rejected"]) for stat in store["streams"].values())
    rows = loaders.rejected(store["id"])
    if not rows:
        st.caption(_("Every record of this store could be read."))
        return
    st.session_state["rejected_rows"] = [(row["stream"], row["external_id"]) for row in rows]

    def menu_clicked() -> None:
        stream, external_id = st.session_state["rejected_rows"][st.session_state["rejected_menu"].row]
        retry(str(store["name"]), stream, [external_id])

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(measures.counted("**{n}** record is kept aside.", "**{n}** records are kept aside.", total), width="content")
        st.caption(_("Each sync reads them again; one that can be stored then leaves this list."), width="content")
        st.space("stretch")
        act.button(_("Try all again…"), role=Role.OPERATOR, key="rejected_all", icon=":material/replay:", on_click=bulk_dialog.ask, args=("retry_rejected",),
                   kwargs={"wanted": WantedRejected(store=str(store["name"]))})  # fmt: skip
    with st.container(key="rejected"):
        table.show(
            pd.DataFrame(
                {
                    "stream": [streams.title(row["stream"]) for row in rows],
                    "record": [row["external_id"] for row in rows],
                    "reason": [row["reason"] for row in rows],
                    "seen": measures.timedeltas([measures.age(row["last_seen_at"], now) for row in rows]),
                    "job": [f"/job?id={row['job_id']}" for row in rows],
                    "menu": [f":material/replay: {_('Try again')}"] * len(rows),
                }
            ),
            {
                "stream": st.column_config.TextColumn(_("Stream"), width=100),
                "record": st.column_config.TextColumn(_("Record"), width=150),
                "reason": st.column_config.TextColumn(_("Reason"), width=420),
                "seen": st.column_config.NumberColumn(_("Seen"), format="localized", alignment="right", width=80),
                "job": st.column_config.LinkColumn(_("Job"), display_text=r"id=(\d+)", width=80),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=120, on_click=menu_clicked, key="rejected_menu"),
            },
            alt=_("Rejected records, newest first"),
        )


def retry(store: str, stream: str, external_ids: list[str] | None) -> None:
    """Try records again; in a callback."""

    def verb() -> str:
        by = allow(Role.OPERATOR, action="retry_rejected", target=f"store:{store}")
        asked = tasks.retry_rejected(store, stream, external_ids, by=by)
        return (_("Job {id} tries it again.") if asked.is_new else _("Job {id} does that already.")).format(id=int(asked))

    notices.attempt(verb)


def reconcile(store: dict[str, Any], now: datetime) -> None:
    """What is here against what the platform says that it has, and the look for deletions."""
    checks, _at = loaders.checks(store["id"])
    for stream, offer in store_state.offers(store).items():
        stat = store["streams"].get(stream)
        if stat is None or not offer["is_offered"]:
            continue
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{streams.title(stream)}**", width="content")
                st.caption(plain(against(stat)), width="content")
            deletions.last_look(store, stream, checks.get(stream), now)
    if not store["streams"]:
        st.caption(_("Nothing has been read yet."))


def against(stat: dict[str, Any]) -> str:
    """14,250 here, 14,262 on the platform: 12 fewer here."""
    here, there = int(stat["live"]), stat["platform_total"]
    if there is None:
        return _("{n} here; the platform does not say how many it has").format(n=measures.whole(here))
    words = _("{here} here, {there} on the platform").format(here=measures.whole(here), there=measures.whole(there))
    if here == there:
        return f"{words}: {_('the same')}"
    apart = _("{n} fewer here") if here < there else _("{n} more here")
    return f"{words}: {apart.format(n=measures.whole(abs(here - int(there))))}"


def schedules(store: dict[str, Any], now: datetime) -> None:
    """Its own schedules, and those for all stores."""
    name = str(store["name"])
    views = ops_loaders.schedules(name, notices.has_just_written())
    st.session_state["store_schedules_rows"] = [(view.id, view.last_job_id) for view in views]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("A schedule of its own takes the place of the one for all stores."), width="content")
        st.space("stretch")
        act.button(_("Schedule of its own"), role=Role.OPERATOR, icon=":material/add:", key="store_schedule_add", on_click=dialogs.ask,
                   args=("edit_schedule",), kwargs={"store": name})  # fmt: skip
    if views:
        schedule_table.show(views, now, key="store_schedules", on_menu=_schedule_clicked)
    else:
        st.caption(_("Nothing is scheduled yet."))


def _schedule_clicked() -> None:
    click = st.session_state["store_schedules_menu"]
    schedule_id, last_job_id = st.session_state["store_schedules_rows"][click.row]
    schedule_table.chosen(schedule_id, last_job_id, click.label)


SECTIONS: dict[str, Callable[[dict[str, Any], datetime], None]] = {
    "timeline": timeline,
    "records": records,
    "reconcile": reconcile,
    "schedule": schedules,
}
