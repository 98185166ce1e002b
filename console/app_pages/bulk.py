"""Deeds on many at once: each with its reason, how far it is, what was refused and why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from console import loaders, ops_loaders
from console.parts import bulk_detail, dialogs, keyset, measures, notices, states, table
from console.parts.faces import empty
from console.parts.guard import guard
from console.parts.page_head import head, live
from console.words import _

ROWS = 25


def menu_clicked() -> None:
    """The click names a row; the row's operation was frozen when it was drawn."""
    click = st.session_state["bulk_menu"]
    dialogs.go("app_pages/bulk.py", id=str(st.session_state["bulk_rows"][click.row]))


wanted = str(st.query_params.get("id", ""))
is_one = wanted.isdecimal() and wanted.isascii()
with head(_("Bulk {id}").format(id=wanted) if is_one else _("Bulk"), _("Deeds on many at once, each at a speed that hurts nobody.")):
    if is_one:
        st.page_link("app_pages/bulk.py", label=_("All of them"), icon=":material/arrow_back:")


@st.fragment(run_every=loaders.TICK_S)
def listed() -> None:
    notices.show()
    with guard(_("the bulk operations")):
        fresh = notices.has_just_written()
        answer, shown = keyset.frozen(
            "bulk",
            (),
            lambda before, after: ops_loaders.bulk_page(before, after, ROWS, fresh),
            lambda ids: ops_loaders.bulk_by_ids(ids, fresh),
        )
        if answer.rows:
            draw(answer.rows)
            new = ops_loaders.newer_bulk(shown.edges[0]) if shown.is_newest else 0
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                with st.container(horizontal=True, width="content"):
                    keyset.walk("bulk", shown, new=new)
                st.caption(live(answer.at), width="content")
        else:
            empty(_("No bulk operation yet"), _("On Jobs and Failures, \"all that match\" starts one: counted first, then carried out by a job of its own."),
                  icon="library_add_check", action=_("Jobs"), page="app_pages/jobs.py", key="bulk")  # fmt: skip
    dialogs.give_way()


def draw(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(
        {
            "state": [[str(row["state"])] for row in rows],
            "what": [bulk_detail.title(row) for row in rows],
            "progress": [measures.part(row["done"] + row["refused"], row["total"]) for row in rows],
            "done": [row["done"] for row in rows],
            "refused": pd.array([row["refused"] or None for row in rows], dtype="Int64"),
            "total": [row["total"] for row in rows],
            "reason": [row["reason"] for row in rows],
            "by": [row["requested_by"] for row in rows],
            "age": measures.timedeltas([measures.age(row["created_at"], row["now"]) for row in rows]),
            "menu": [f":material/visibility: {_('Details')}"] * len(rows),
        }
    )
    st.session_state["bulk_rows"] = [row["id"] for row in rows]
    with st.container(key="bulk"):
        table.show(
            frame,
            {
                "state": states.column(width=100),
                "what": st.column_config.TextColumn(_("What"), width=150),
                "progress": st.column_config.ProgressColumn(
                    _("Progress"), format="%d%%", min_value=0, max_value=100, color="blue", width=130
                ),
                "done": st.column_config.NumberColumn(_("Done"), format="localized", width=70),
                "refused": st.column_config.NumberColumn(_("Refused"), format="localized", width=74),
                "total": st.column_config.NumberColumn(_("Of"), format="localized", width=70),
                "reason": st.column_config.TextColumn(_("Reason"), width=190),
                "by": st.column_config.TextColumn(_("By"), width=110),
                "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=76),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=110, on_click=menu_clicked, key="bulk_menu"),
            },
            alt=_("Bulk operations, newest first"),
            placeholder="",
        )


if is_one:
    bulk_detail.show(int(wanted[:18]))
else:
    listed()
