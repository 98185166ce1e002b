"""The records of a store that could not be read, each with its reason; try one again, or all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import shop_loaders
from console.door import allow
from console.parts import act, bulk_dialog, keyset, measures, notices, streams, table
from console.words import _
from db.rejected import WantedRejected
from tasks.roles import Role

ROWS, IN_SHORT = 25, 10


def records(store: dict[str, Any], now: datetime) -> None:
    """The list with its walk; rows stay where they are, also when a sync has read theirs in the meantime."""
    name, total = str(store["name"]), sum(int(stat["rejected"]) for stat in store["streams"].values())
    wanted, fresh, key = WantedRejected(store=name), notices.has_just_written(), "rejected"
    answer, shown = keyset.frozen(
        key,
        wanted,
        lambda before, after: shop_loaders.rejected_page(wanted, before, after, ROWS, fresh),
        lambda names: shop_loaders.rejected_by_ids(tuple(number for number, _record in names), fresh),
        name=lambda row: (row["id"], row["external_id"]),  # SQLite gives the number of a deleted row to another
    )
    if not answer.rows:
        st.caption(_("Every record of this store could be read."))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(measures.counted("**{n}** record is kept aside.", "**{n}** records are kept aside.", total), width="content")
        st.caption(_("Each sync reads them again; one that can be stored then leaves this list."), width="content")
        st.space("stretch")
        act.button(_("Try all again…"), role=Role.OPERATOR, key="rejected_all", icon=":material/replay:", on_click=bulk_dialog.ask, args=("retry_rejected",),
                   kwargs={"wanted": wanted})  # fmt: skip
    st.session_state["rejected_rows"] = [(name, row["stream"], row["external_id"]) for row in answer.rows]
    with st.container(key=key):
        _table(answer.rows, now)
    new = len(shop_loaders.rejected_page(wanted, None, shown.edges[0], 100, fresh).rows) if shown.is_newest else 0
    with st.container(horizontal=True, width="content"):
        keyset.walk(key, shown, new=new)


def _table(rows: list[dict[str, Any]], now: datetime) -> None:
    table.show(
        pd.DataFrame(
            {
                "stream": [streams.title(row["stream"]) for row in rows],
                "record": [row["external_id"] for row in rows],
                "reason": [_("It could be read in the meantime.") if row.get("is_gone") else row["reason"] for row in rows],
                "seen": measures.timedeltas([measures.age(row["last_seen_at"], now) for row in rows]),
                "job": [f"/job?id={row['job_id']}" for row in rows],
                "menu": [None if row.get("is_gone") else f":material/replay: {_('Try again')}" for row in rows],
            }
        ),
        {
            "stream": st.column_config.TextColumn(_("Stream"), width=100),
            "record": st.column_config.TextColumn(_("Record"), width=150),
            "reason": st.column_config.TextColumn(_("Reason"), width=420),
            "seen": st.column_config.NumberColumn(_("Seen"), format="localized", alignment="right", width=80),
            "job": st.column_config.LinkColumn(_("Job"), display_text=r"id=(\d+)", width=80),
            "menu": st.column_config.ButtonColumn("", type="tertiary", width=120, on_click=clicked, key="rejected_menu"),
        },
        alt=_("Rejected records, newest first"),
        placeholder="",
    )


def clicked() -> None:
    """The click names a row; the row's record was frozen when it was drawn."""
    store, stream, external_id = st.session_state["rejected_rows"][st.session_state["rejected_menu"].row]
    retry(store, stream, [external_id])


def retry(store: str, stream: str, external_ids: list[str] | None) -> None:
    """Try records again; in a callback."""

    def verb() -> str:
        by = allow(Role.OPERATOR, action="retry_rejected", target=f"store:{store}")
        asked = tasks.retry_rejected(store, stream, external_ids, by=by)
        return (_("Job {id} tries it again.") if asked.is_new else _("Job {id} does that already.")).format(id=int(asked))

    notices.attempt(verb)


def in_short(store: dict[str, Any]) -> None:
    """The newest of them, for the drawer; nothing where there are none."""
    if not any(stat["rejected"] for stat in store["streams"].values()):
        return
    rows = shop_loaders.rejected_page(WantedRejected(store=str(store["name"])), None, None, IN_SHORT, False).rows
    st.markdown(f"**{_('Rejected records')}**")
    table.show(
        pd.DataFrame(
            [
                {"stream": streams.title(row["stream"]), "id": row["external_id"], "reason": row["reason"], "job": row["job_id"]}
                for row in rows
            ]
        ),
        {
            "stream": st.column_config.TextColumn(_("Stream"), width=84),
            "id": st.column_config.TextColumn(_("Record"), width=140),
            "reason": st.column_config.TextColumn(_("Reason"), width=290),
            "job": st.column_config.NumberColumn(_("Job"), format="%d", width=64),
        },
        alt=_("Rejected records, newest first"),
    )
    st.caption(_("Each sync reads these records again; one that can be stored then leaves this list."))
    st.page_link("app_pages/store.py", label=_("All of them"), icon=":material/arrow_forward:",
                 query_params={"store": str(store["name"]), "store_tab": "records"})  # fmt: skip
