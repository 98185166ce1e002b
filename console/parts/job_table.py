"""The table of jobs: one row a job, with its menu."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console import sentences
from console.parts import measures, states, table
from console.words import _, later, many
from db.job_state import DRY_RUN

DETAILS, RETRY, CANCEL, PAGE, REPEAT = "details", "retry", "cancel", "page", "repeat"
CAN_RETRY, CAN_CANCEL = frozenset({"failed", "cancelled"}), frozenset({"queued", "running"})


COLUMNS = {
    "state": later("State"), "name": later("Job"), "store": later("Store"), "queue": later("Queue"), "by": later("Requested by"), "age": later("Age"),
    "took": later("Took"), "tries": later("Tries"), "note": later("Progress or error"), "worker": later("Worker"), "id": "ID",
}  # fmt: skip
USUAL = ("state", "name", "store", "age", "took", "tries", "note", "id")


def show(
    rows: Sequence[dict[str, Any]], now: datetime, *, key: str, on_menu: Callable[[], None], columns: Collection[str] = USUAL
) -> list[int]:
    """Draw the rows of db.history as they are; the ids of those that are chosen. A click in the menu calls `on_menu`, with row and label in
    session_state["<key>_menu"].
    """
    frame = pd.DataFrame(
        {
            "state": [[states.of_job(row)] for row in rows],
            "name": [row["name"] for row in rows],
            "store": [row["store_title"] for row in rows],
            "queue": [row["queue"] for row in rows],
            "by": [row["requested_by"] for row in rows],
            "age": measures.timedeltas([measures.age(row["created_at"], now) for row in rows]),
            "took": measures.timedeltas([_took(row, now) for row in rows]),
            "tries": [f"{tries(row)}/{row['max_attempts']}" for row in rows],
            "note": [note(row, now) for row in rows],
            "worker": [row["worker"] for row in rows],
            "id": [row["id"] for row in rows],
            "menu": [menu(row) for row in rows],
        }
    )
    ids = [int(row["id"]) for row in rows]
    with st.container(key=key):
        places = table.show(
            frame,
            {
                "state": states.column(width=108),
                "name": st.column_config.TextColumn(_("Job"), width=150),
                "store": st.column_config.TextColumn(_("Store"), width=150),
                "queue": st.column_config.TextColumn(_("Queue"), width=116),
                "by": st.column_config.TextColumn(_("Requested by"), width=120),
                "age": st.column_config.NumberColumn(_("Age"), format="localized", alignment="right", width=78),
                "took": st.column_config.NumberColumn(_("Took"), format="localized", alignment="right", width=112),
                "tries": st.column_config.TextColumn(_("Tries"), width=58, alignment="center"),
                "note": st.column_config.TextColumn(_("Progress or error"), width=270),
                "worker": st.column_config.TextColumn(_("Worker"), width=160),
                "id": st.column_config.NumberColumn("ID", format="%d", width=84, alignment="right"),
                "menu": st.column_config.ButtonColumn("", type="tertiary", width=52, on_click=on_menu, key=f"{key}_menu"),
            },
            alt=_("Jobs, newest first"),
            order=[name for name in frame.columns if name in columns or name == "menu"],
            placeholder="",
            select_key=f"{key}_grid_{hash(tuple(ids))}",
        )
    return [ids[place] for place in places]


def tries(row: dict[str, Any]) -> int:
    """How many attempts were used or are being used."""
    failures = int(row["failures"])
    if row["state"] == "cancelled" and row["started_at"]:
        return max(failures, 1)
    return min(failures + (1 if row["state"] in ("running", "succeeded") else 0), int(row["max_attempts"]))


def labels() -> dict[str, str]:
    """What may be done with a job: verb → its words in a row menu."""
    return {
        DETAILS: f":material/visibility: {_('Details')}", RETRY: f":material/replay: {_('Retry')}", CANCEL: f":material/block: {_('Cancel')}",
        REPEAT: f":material/content_copy: {_('Repeat…')}", PAGE: f":material/open_in_full: {_('Open page')}",
    }  # fmt: skip


def verb(label: str) -> str:
    """The verb of a clicked label."""
    return next((verb for verb, words in labels().items() if words == label), DETAILS)


def menu(row: dict[str, Any]) -> list[str]:
    """What a person may do with this job."""
    state = str(row["state"])
    verbs = [DETAILS, *([RETRY] if state in CAN_RETRY else []), *([CANCEL] if state in CAN_CANCEL else []),
             *([REPEAT] if is_repeatable(row) else []), PAGE]  # fmt: skip
    return [labels()[verb] for verb in verbs]


def is_repeatable(row: dict[str, Any]) -> bool:
    """Whether the page Sync can ask for the same again."""
    return bool(row.get("store") and row.get("stream") and row["name"] in (f"sync_{row['stream']}", f"{DRY_RUN}{row['stream']}"))


def note(row: dict[str, Any], now: datetime) -> str:
    """One line: how far it is, when it goes on, or why it failed."""
    if row["state"] == "running":
        asked = _("Stopping after this page") if row["cancel_requested_by"] else ""
        return asked or progress(row["progress"], row["progress_total"])
    if row["shown"] == "retrying":
        return (
            _("Again {when}: {error}").format(when=measures.ago(row["run_at"], now), error=sentences.said(row["error"] or ""))
            if row["run_at"] > now
            else sentences.said(row["error"] or "")
        )
    if row["shown"] == "delayed":
        return _("Starts {when}").format(when=measures.ago(row["run_at"], now))
    return sentences.said(row["error"] or "")


def progress(done: int | None, total: int | None) -> str:
    """1,240 of 3,000 (41%); nothing before the first page."""
    if done is None:
        return ""
    share = measures.part(done, total)
    if share is None:
        return many("{n} record", "{n} records", done).format(n=measures.whole(done))
    return _("{done} of {total} ({share}%)").format(done=measures.whole(done), total=measures.whole(total), share=f"{share:.0f}")


def _took(row: dict[str, Any], now: datetime) -> Any:
    return measures.took(row["started_at"], row["finished_at"] or (now if row["state"] == "running" else None))
