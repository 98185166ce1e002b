"""One group of failures: how often, which stores, its newest jobs, what is known, and what to do."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, ops_loaders, sentences
from console.parts import act, bulk_dialog, confirm, dialogs, measures, notices, states, table
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Role


@dialogs.opener("failure")
@dialogs.titled(later("Failure"), width=640, position="right", icon=":material/report:")
def open_drawer(fingerprint: str) -> None:
    """Everything about the group, live."""
    _live(fingerprint)


def open_linked() -> None:
    """Open the drawer for a link that names a group; the address lets go of it, so that the next link opens it again and closing it lasts."""
    if fingerprint := str(st.query_params.pop("group", "")):
        open_drawer(fingerprint)


@st.fragment(run_every=loaders.SLOW_TICK_S)
def _live(fingerprint: str) -> None:
    notices.show()
    with guard(_("the failure")):
        row = ops_loaders.failure(fingerprint, notices.has_just_written())
        if row is None:
            st.markdown(_("This is not there any more."))
            return
        answer = ops_loaders.jobs_of_failure(fingerprint, 12)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(row['name'])}**", width="content")
            states.badge(row["state"])
        st.error(plain(f"{row['error_class']}: {row['example']}", longest=2000), icon=":material/error:")
        _actions(fingerprint, row)
        st.table(_facts(row, answer.at), border="horizontal")
        _jobs(answer.rows, answer.at)
    dialogs.give_way()


def _actions(mark: str, row: dict[str, Any]) -> None:
    def deed(label: str, kind: str, icon: str) -> None:
        act.button(
            label, role=Role.OPERATOR, key=f"failure_{kind}", icon=icon, on_click=confirm.ask, args=(kind,), kwargs={"fingerprint": mark}
        )

    with st.container(horizontal=True):
        act.button(_("Retry the failed jobs…"), role=Role.OPERATOR, key="failure_retry", icon=":material/replay:", type="primary",
                   on_click=bulk_dialog.ask, args=("retry",), kwargs={"fingerprint": mark})  # fmt: skip
        if row["state"] in ("new", "regressed"):
            deed(_("Known"), "acknowledge_failures", ":material/visibility:")
        if row["state"] != "resolved":
            deed(_("Resolved…"), "resolve_failures", ":material/task_alt:")
        if row["state"] == "muted":
            deed(_("Unmute…"), "unmute_failures", ":material/notifications:")
        else:
            deed(_("Mute…"), "mute_failures", ":material/notifications_off:")
        act.button(_("Note…"), role=Role.OPERATOR, key="failure_note", icon=":material/edit_note:", on_click=dialogs.ask, args=("note_failures",),
                   kwargs={"fingerprint": mark})  # fmt: skip


def _facts(row: dict[str, Any], now: Any) -> dict[str, str]:
    def when(moment: Any) -> str:
        return f"{measures.ago(moment, now)} :gray[{plain(measures.exact(moment))}]" if moment else ""

    stores = ", ".join(f"{title} ({measures.whole(times)})" for title, times in list(row["store_titles"].items())[:8])
    facts = {
        _("How often"): plain(_("{hour} within 1 h · {day} within 24 h · {week} within 7 d · {seen} in all").format(
            hour=measures.number(row["hour"]), day=measures.number(row["day"]), week=measures.number(row["week"]), seen=measures.number(row["seen"]))),
        _("Stores"): plain(stores),
        _("First seen"): when(row["first_seen_at"]),
        _("Last seen"): when(row["last_seen_at"]),
        _("Muted until"): plain(measures.exact(row["muted_until"])) if row["state"] == "muted" else "",
        _("Owner"): plain(row["assigned_to"] or ""),
        _("Note"): plain(row["note"] or "", longest=1100),
    }  # fmt: skip
    return {name: text for name, text in facts.items() if text}


def _jobs(rows: list[dict[str, Any]], now: Any) -> None:
    st.markdown(f"**{_('Newest of them')}**")
    frame = pd.DataFrame(
        {
            "state": [[states.of_job(row)] for row in rows],
            "store": [row["store_title"] for row in rows],
            "age": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
            "error": [sentences.said(row["error"]) for row in rows],
            "id": [f"/job?id={row['id']}" for row in rows],
        }
    )
    table.show(
        frame,
        {
            "state": states.column(width=100),
            "store": st.column_config.TextColumn(_("Store"), width=130),
            "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=76),
            "error": st.column_config.TextColumn(_("Error"), width=200),
            "id": st.column_config.LinkColumn("ID", display_text=r"id=(\d+)", width=74),
        },
        alt=_("The newest jobs that failed so"),
        placeholder="",
    )
