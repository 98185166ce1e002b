"""How a dry run looks: its badge, and what it says would be created, changed and rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from console import sentences
from console.parts import job_run, measures, streams, table
from console.parts.plain import plain
from console.words import _, later
from db.job_state import is_dry

COUNTS = {
    "read": later("Read"), "created": later("Would be created"), "updated": later("Would be updated"), "unchanged": later("Unchanged"),
    "duplicate": later("Duplicate"), "rejected": later("Would be rejected"),
}  # fmt: skip
_SHOWN = {"created": later("To be created"), "updated": later("To be updated"), "not_met": later("Here, and not met")}


def badge(row: Mapping[str, Any]) -> None:
    """Draw it, where the job is a dry run."""
    if is_dry(str(row["name"])):
        st.badge(_("Dry run"), icon=":material/science:", color="violet")


def titled(row: Mapping[str, Any]) -> str:
    """What a job of a stream is about, in a list: Orders, or Orders (dry run); its name where it has no stream."""
    if not row["stream"]:
        return str(row["name"])
    stream = streams.title(row["stream"])
    return _("{stream} (dry run)").format(stream=stream) if is_dry(str(row["name"])) else stream


def show(row: dict[str, Any]) -> None:
    """Draw the run of db.history.detail's row, and examples of what it found."""
    job_run.counts(row["run"], COUNTS, removed=_("{n} would be marked as removed"))
    result = row["result"] or {}
    examples = result.get("examples") or {}
    if rejected := examples.get("rejected"):
        _rejected(rejected, int(result["rejected"]))
    told = {_(title): _listed(examples[kind], int(result[kind] or 0)) for kind, title in _SHOWN.items() if examples.get(kind)}
    if told:
        st.table(told, border="horizontal")


def _listed(ids: list[str], count: int) -> str:
    named = ", ".join(plain(one) for one in ids)
    return _("{ids} and {n} more").format(ids=named, n=measures.whole(count - len(ids))) if count > len(ids) else named


def _rejected(rows: list[dict[str, str]], count: int) -> None:
    st.markdown(f"**{_('Would be rejected')}** :gray[{measures.whole(count)}]")
    table.show(
        pd.DataFrame(
            {"id": [row["external_id"] for row in rows], "code": [row["reason_code"] for row in rows],
             "reason": [sentences.said(row["reason"]) for row in rows]}
        ),
        {
            "id": st.column_config.TextColumn(_("Record"), width=150),
            "code": st.column_config.TextColumn(_("Reason code"), width=120),
            "reason": st.column_config.TextColumn(_("Reason"), width=400),
        },
        alt=_("Records that would be rejected"),
        placeholder="",
    )  # fmt: skip
    if count > len(rows):
        st.caption(_("The first {n} are shown.").format(n=len(rows)))
