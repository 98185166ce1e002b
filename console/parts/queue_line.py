"""The next jobs of one queue, in their order: move one to the front, take one out. And which kinds wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

import tasks
from console import ops_loaders
from console.door import allow
from console.parts import address, dialogs, measures, notices, table
from console.words import _
from db.job_state import QUEUES
from db.line import FRONT
from tasks.roles import Role


def menu_words() -> dict[str, str]:
    """What may be done with a waiting job: verb → its words in the row menu."""
    return {
        "front": f":material/vertical_align_top: {_('Move to the front')}", "cancel": f":material/block: {_('Take it out…')}",
        "details": f":material/visibility: {_('Details')}",
    }  # fmt: skip


def menu_clicked() -> None:
    """The click names a row; the row's job was frozen when it was drawn."""
    click = st.session_state["line_menu"]
    job_id = st.session_state["line_rows"][click.row]
    verb = next((verb for verb, words in menu_words().items() if words == click.label), "details")
    if verb == "front":
        hurry(job_id)
    else:
        dialogs.ask("cancel" if verb == "cancel" else "job", job_id=job_id)


def hurry(job_id: int) -> None:
    """Move a job to the front; in a callback."""

    def verb() -> str:
        tasks.hurry(job_id, by=allow(Role.OPERATOR, action="hurry", target=f"job:{job_id}"))
        return _("Job {id} is the next.").format(id=job_id)

    notices.attempt(verb)


def show(queues: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Draw them; at first of a queue in which something waits."""
    address.follow("queues_head", QUEUES)
    first = max(queues, key=lambda row: int(row["waiting"]))["queue"] if queues else QUEUES[0]
    st.session_state["queues_head"] = st.session_state.get("queues_head") or first
    queue = st.segmented_control(_("Queue"), QUEUES, key="queues_head", required=True, label_visibility="collapsed") or first
    address.tell("queues_head", queue)
    rows = ops_loaders.head_of(queue)
    if not rows:
        st.caption(_("Nothing waits in this queue."))
        return
    _table(rows, now)
    mix = ops_loaders.mix_of(queue)
    if len(mix) > 1:
        st.caption(" · ".join(f"{name} {measures.number(count)}" for name, count in mix.items()))


def _table(rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    st.session_state["line_rows"] = [row["id"] for row in rows]
    words = menu_words()
    frame = pd.DataFrame(
        {
            "place": range(1, len(rows) + 1),
            "job": [row["name"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "by": [row["requested_by"] for row in rows],
            "priority": [_("front") if row["priority"] >= FRONT else str(row["priority"]) for row in rows],
            "waits": measures.timedeltas([measures.took(row["run_at"], now) for row in rows]),
            "id": [row["id"] for row in rows],
            "menu": [[words[verb] for verb in words if verb != "front" or row["priority"] < FRONT] for row in rows],
        }
    )
    with st.container(key="line"):
        table.show(
            frame,
            {
                "place": st.column_config.NumberColumn(_("Place"), width=60),
                "job": st.column_config.TextColumn(_("Job"), width=160),
                "store": st.column_config.TextColumn(_("Store"), width=190),
                "by": st.column_config.TextColumn(_("Requested by"), width=150),
                "priority": st.column_config.TextColumn(_("Priority"), width=74, alignment="right"),
                "waits": st.column_config.NumberColumn(_("Waits"), format="localized", alignment="right", width=110),
                "id": st.column_config.NumberColumn("ID", format="%d", width=84),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=menu_clicked, key="line_menu"),
            },
            alt=_("The next jobs of this queue, in their order"),
            placeholder="",
        )
