"""The list of jobs as a file: what the filters mean, in the columns of the API's export, made when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from console import shop_loaders
from console.parts import measures
from console.words import _
from db import exports, history
from db.history import Answer, Wanted


def button(wanted: Wanted) -> None:
    """Draw it."""
    st.download_button(
        "CSV", data=lambda: shop_loaders.as_csv(partial(part, wanted), exports.COLUMNS["jobs"]), file_name="jobs.csv", mime="text/csv",
        icon=":material/download:", key="jobs_csv", on_click="ignore",
        help=_("The rows of these filters, {n} at most.").format(n=measures.whole(shop_loaders.CSV_ROWS)),
    )  # fmt: skip


def part(wanted: Wanted, before: int | None) -> Answer:
    """One page of the file.

    Raises: DatabaseAway.
    """
    answer = history.page(wanted, before=before, limit=shop_loaders.CSV_PAGE)
    return replace(answer, rows=exports.of_ids("jobs", [int(row["id"]) for row in answer.rows]))
