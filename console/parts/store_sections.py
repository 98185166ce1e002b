"""The sections of a store's page besides its status: the timeline, what is here against there, its schedules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, ops_loaders, sentences, shop_loaders
from console.parts import (
    act,
    audit_words,
    deletions,
    dialogs,
    dry_run,
    measures,
    notices,
    schedule_table,
    states,
    store_rejected,
    store_state,
    streams,
    table,
)
from console.parts.plain import plain
from console.words import _
from db.history import Wanted
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
                "stream": [dry_run.titled(row) for row in rows],
                "age": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
                "took": measures.timedeltas([measures.took(row["started_at"], row["finished_at"]) for row in rows]),
                "records": pd.array([row["progress"] for row in rows], dtype="Int64"),
                "by": [row["requested_by"] for row in rows],
                "error": [sentences.said(row["error"] or "") for row in rows],
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
    "records": store_rejected.records,
    "reconcile": reconcile,
    "schedule": schedules,
}
