"""Every attempt of a job: a strip of waiting and running, a table of outcomes, the traceback of each failure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import sentences
from console.parts import bars, measures, states, table
from console.words import _

WAITING = "waiting"


def show(row: dict[str, Any]) -> None:
    """Draw the attempts of db.history.detail's row."""
    attempts = row["attempts"]
    if not attempts:
        return
    st.markdown(f"**{_('Attempts')}**")
    _strip(row)
    frame = pd.DataFrame(
        {
            "no": range(1, len(attempts) + 1),
            "outcome": [[str(attempt["outcome"] or "running")] for attempt in attempts],
            "ran": measures.timedeltas(
                [measures.took(attempt["started_at"], attempt["finished_at"] or row["now"]) for attempt in attempts]
            ),
            "error": [sentences.said(attempt["error"] or "") for attempt in attempts],
            "worker": [attempt["worker"] for attempt in attempts],
        }
    )
    table.show(
        frame,
        {
            "no": st.column_config.NumberColumn(_("No."), width=44),
            "outcome": states.column(_("Outcome"), width=104),
            "ran": st.column_config.NumberColumn(_("Ran"), format="localized", alignment="right", width=90),
            "error": st.column_config.TextColumn(_("Error"), width=210),
            "worker": st.column_config.TextColumn(_("Worker"), width=110),
        },
        alt=_("Attempts of this job, oldest first"),
        placeholder="",
    )
    for number, attempt in enumerate(attempts, 1):
        if attempt["traceback"]:
            with st.expander(_("Where attempt {number} failed").format(number=number), icon=":material/bug_report:"):
                st.code(attempt["traceback"], language="python", wrap_lines=True)


def segments(row: dict[str, Any]) -> list[tuple[str, float]]:
    """(waiting or the outcome of an attempt, seconds), in the order in which they happened, up to now or the end."""
    found: list[tuple[str, float]] = []
    here: datetime = row["created_at"]
    for attempt in row["attempts"]:
        found.append((WAITING, (attempt["started_at"] - here).total_seconds()))
        here = attempt["finished_at"] or row["now"]
        found.append((str(attempt["outcome"] or "running"), (here - attempt["started_at"]).total_seconds()))
    if row["state"] == "queued":
        found.append((WAITING, (row["now"] - here).total_seconds()))
    return [(kind, max(seconds, 0.0)) for kind, seconds in found]


def _strip(row: dict[str, Any]) -> None:
    parts = segments(row)
    total = sum(seconds for _, seconds in parts) or 1.0
    waited = sum(seconds for kind, seconds in parts if kind == WAITING)
    bars.strip(
        [
            (states.ink("gray" if kind == WAITING else states.STATES[kind].color, is_faint=kind == WAITING), seconds)
            for kind, seconds in parts
        ],
        alt=_("Waited {waited}, ran {ran}").format(waited=measures.duration(waited), ran=measures.duration(total - waited)),
    )
    st.caption(
        _("Waited {waited} · ran {ran}").format(
            waited=measures.duration(waited), ran=measures.duration(total - waited if total > waited else 0)
        )
    )
