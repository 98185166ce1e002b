"""What became of syncs that were asked for: the last request live, and those of the same person before it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, sentences, shop_loaders
from console.parts import dialogs, dry_run, job_table, measures, notices, states, table
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _


@st.fragment(run_every=loaders.TICK_S)
def watch(asked: list[tuple[int, bool]]) -> None:
    """The requested jobs, live, each with its link."""
    notices.show()
    with guard(_("the request")):
        for job_id, is_new in asked:
            row = loaders.job(job_id)
            if row is not None:
                _watched(row, is_new)
    dialogs.give_way()


def _watched(row: dict[str, Any], is_new: bool) -> None:
    with st.container(border=True, key=f"watched_{row['id']}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            states.badge(states.of_job(row))
            dry_run.badge(row)
            st.markdown(_("**{job}** of {store}").format(job=plain(row["name"]), store=plain(row["store_title"] or "")), width="content")
            st.space("stretch")
            st.page_link(
                "app_pages/job.py",
                label=_("Job {id}").format(id=row["id"]),
                icon=":material/receipt_long:",
                query_params={"id": str(row["id"])},
            )
        if row["state"] in job_table.CAN_CANCEL and row["progress"] is not None and row["progress_total"]:
            st.progress((measures.part(row["progress"], row["progress_total"]) or 0) / 100)
        said = sentences.said((row["run"] or {}).get("sentence") or "") or job_table.note(row, row["now"]) or _now(row)
        st.text(said)
        if row["state"] == "failed" and row["hint"]:
            st.markdown(plain(sentences.said(row["hint"])))
        if row["state"] == "failed" and row["verdict"] == "blocked" and row["store"]:
            st.page_link(
                "app_pages/store.py", label=_("Open the store"), icon=":material/storefront:", query_params={"store": str(row["store"])}
            )
        if not is_new:
            st.caption(_("This job was there already; nothing was requested twice."))


def _now(row: dict[str, Any]) -> str:
    if row["state"] == "queued":
        return _("Waits for a worker, for {time}.").format(time=measures.leading((row["now"] - row["run_at"]).total_seconds()))
    return (
        _("Finished in {time}.").format(time=measures.duration((row["finished_at"] - row["started_at"]).total_seconds()))
        if row["finished_at"] and row["started_at"]
        else ""
    )


def of_person(person: str) -> None:
    """The last syncs that this person asked for, each to be asked for again; nothing where there are none.

    Raises: DatabaseAway.
    """
    answer = shop_loaders.syncs_of(person)
    if not answer.rows:
        return
    st.session_state["sync_mine_rows"] = [row["id"] for row in answer.rows]
    st.markdown(f"**{_('Asked for by you')}**")
    repeat = f":material/content_copy: {_('Repeat…')}"
    with st.container(key="sync_mine"):
        table.show(
            pd.DataFrame(
                {
                    "state": [[states.of_job(row)] for row in answer.rows],
                    "store": [row["store_title"] for row in answer.rows],
                    "stream": [dry_run.titled(row) for row in answer.rows],
                    "age": measures.timedeltas([measures.age(row["created_at"], answer.at) for row in answer.rows]),
                    "note": [job_table.note(row, answer.at) for row in answer.rows],
                    "id": [f"/job?id={row['id']}" for row in answer.rows],
                    "menu": [repeat] * len(answer.rows),
                }
            ),
            {
                "state": states.column(width=108),
                "store": st.column_config.TextColumn(_("Store"), width=170),
                "stream": st.column_config.TextColumn(_("Stream"), width=110),
                "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=78),
                "note": st.column_config.TextColumn(_("Progress or error"), width=320),
                "id": st.column_config.LinkColumn("ID", display_text=r"id=(\d+)", width=84),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=120, on_click=_repeat, key="sync_mine_menu"),
            },
            alt=_("Syncs that you asked for, newest first"),
            placeholder="",
        )


def _repeat() -> None:
    number = st.session_state["sync_mine_rows"][st.session_state["sync_mine_menu"].row]
    dialogs.go("app_pages/sync.py", repeat=str(number))
