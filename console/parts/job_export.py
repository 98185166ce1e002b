"""The list of jobs as a file: what the filters mean, in the columns of the API's export, made when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from console import shop_loaders
from console.parts import csv_button
from db import exports, history
from db.history import Answer, Wanted


def button(wanted: Wanted) -> None:
    """Draw it."""
    csv_button.show("jobs", exports.COLUMNS["jobs"], partial(part, wanted), wanted)


def part(wanted: Wanted, before: int | None) -> Answer:
    """One page of the file.

    Raises: DatabaseAway.
    """
    answer = history.page(wanted, before=before, limit=shop_loaders.CSV_PAGE)
    return replace(answer, rows=exports.of_ids("jobs", [int(row["id"]) for row in answer.rows]))
