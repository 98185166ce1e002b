"""The parts of a job that was split: how many stand how, and each with the way to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import ops_loaders
from console.parts import dry_run, job_table, measures, states, table
from console.words import _

_MOST = 50  # rows; see db.part_lists


def show(row: dict[str, Any], place: str) -> None:
    """Draw the parts of db.history.detail's row, where it has any."""
    if not row["has_parts"]:
        return
    key = f"{place}_parts_{row['id']}"
    chosen = st.session_state.get(key)
    found = ops_loaders.parts(row["id"], chosen)
    there = [name for name in states.JOB_STATES if found.states.get(name)]
    st.markdown(f"**{_('Parts')}** :gray[{measures.whole(sum(found.states.values()))}]")
    st.pills(
        _("State"), there, key=key, label_visibility="collapsed",
        format_func=lambda name: f"{states.label(name)} · {measures.whole(found.states[name])}",
    )  # fmt: skip
    _table(found.rows, row["now"])
    shown = sum(found.states.values()) if chosen is None else found.states.get(chosen, 0)
    if shown > _MOST:
        st.caption(_("The first {n} are shown; choose a state to see others.").format(n=_MOST))


def _table(rows: list[dict[str, Any]], now: datetime) -> None:
    table.show(
        pd.DataFrame(
            {
                "state": [[states.of_job(one)] for one in rows],
                "what": [dry_run.titled(one) for one in rows],
                "store": [one["store_title"] for one in rows],
                "range": [_range(one["args"]) for one in rows],
                "took": measures.timedeltas([measures.took(one["started_at"], one["finished_at"] or now) for one in rows]),
                "note": [job_table.note(one, now) for one in rows],
                "id": [f"/job?id={one['id']}" for one in rows],
            }
        ),
        {
            "state": states.column(width=104),
            "what": st.column_config.TextColumn(_("What"), width=90),
            "store": st.column_config.TextColumn(_("Store"), width=130),
            "range": st.column_config.TextColumn(_("Range"), width=150),
            "took": st.column_config.NumberColumn(_("Took"), format="localized", alignment="right", width=84),
            "note": st.column_config.TextColumn(_("Progress or error"), width=190),
            "id": st.column_config.LinkColumn("ID", display_text=r"id=(\d+)", width=66),
        },
        alt=_("Parts of this job, those that failed first"),
        order=["state", "what", "store", *(["range"] if any(_range(one["args"]) for one in rows) else []), "took", "note", "id"],
        placeholder="",
    )


def _range(args: dict[str, Any]) -> str:
    """22 Nov – 29 Nov, in the browser's zone; empty for a part without a range."""
    ends = [args.get(name) for name in ("date_from", "date_to")]
    return (
        " – ".join(f"{datetime.fromisoformat(str(end)).astimezone(measures.zone()):%Y-%m-%d}" if end else "…" for end in ends)
        if any(ends)
        else ""
    )
