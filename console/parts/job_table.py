"""The table of jobs: one row a job, with its menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console.parts import measures, states, table

DETAILS, RETRY, CANCEL, PAGE = (
    ":material/visibility: Details",
    ":material/replay: Retry",
    ":material/block: Cancel",
    ":material/open_in_full: Open page",
)
CAN_RETRY, CAN_CANCEL = frozenset({"failed", "cancelled"}), frozenset({"queued", "running"})


def show(rows: Sequence[dict[str, Any]], now: datetime, *, key: str, on_menu: Callable[[], None]) -> None:
    """Draw the rows of db.history as they are; a click calls `on_menu`, with row and label in session_state["<key>_menu"]."""
    frame = pd.DataFrame(
        {
            "state": [[states.of_job(row)] for row in rows],
            "name": [row["name"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "age": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
            "took": measures.timedeltas([_took(row, now) for row in rows]),
            "tries": [f"{tries(row)}/{row['max_attempts']}" for row in rows],
            "note": [note(row, now) for row in rows],
            "id": [row["id"] for row in rows],
            "menu": [menu(str(row["state"])) for row in rows],
        }
    )
    with st.container(key=key):
        table.show(
            frame,
            {
                "state": states.column(width=108),
                "name": st.column_config.TextColumn("Job", width=150),
                "store": st.column_config.TextColumn("Store", width=150),
                "age": st.column_config.NumberColumn("Age", format="localized", alignment="right", width=78),
                "took": st.column_config.NumberColumn("Took", format="localized", alignment="right", width=112),
                "tries": st.column_config.TextColumn("Tries", width=58, alignment="center"),
                "note": st.column_config.TextColumn("Progress or error", width=290),
                "id": st.column_config.NumberColumn("ID", format="%d", width=84, alignment="right"),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=on_menu, key=f"{key}_menu"),
            },
            alt="Jobs, newest first",
            placeholder="",
        )


def tries(row: dict[str, Any]) -> int:
    """How many attempts were used or are being used."""
    return min(int(row["failures"]) + (1 if row["state"] in ("running", "succeeded") else 0), int(row["max_attempts"]))


def menu(state: str) -> list[str]:
    """What a person may do with a job in this state."""
    return [DETAILS, *([RETRY] if state in CAN_RETRY else []), *([CANCEL] if state in CAN_CANCEL else []), PAGE]


def note(row: dict[str, Any], now: datetime) -> str:
    """One line: how far it is, when it goes on, or why it failed."""
    if row["state"] == "running":
        asked = "Stopping after this page" if row["cancel_requested_by"] else ""
        return asked or progress(row["progress"], row["progress_total"])
    if row["shown"] == "retrying":
        return f"Again {measures.ago(row['run_at'], now)}: {row['error'] or ''}" if row["run_at"] > now else str(row["error"] or "")
    if row["shown"] == "delayed":
        return f"Starts {measures.ago(row['run_at'], now)}"
    return str(row["error"] or "")


def progress(done: int | None, total: int | None) -> str:
    """1,240 of 3,000 (41%); nothing before the first page."""
    if done is None:
        return ""
    share = measures.part(done, total)
    return f"{done:,} of {total:,} ({share:.0f}%)" if share is not None else f"{done:,} records"


def _took(row: dict[str, Any], now: datetime) -> Any:
    return measures.took(row["started_at"], row["finished_at"] or (now if row["state"] == "running" else None))
