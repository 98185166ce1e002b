"""The rows of a list as a file, made when it is asked for; who took which is in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

import tasks
from console import door, shop_loaders
from console.parts import measures
from console.words import _
from db.engine import DatabaseAway
from db.history import Answer
from tasks.roles import Denied


def show(name: str, columns: Sequence[str], load: Callable[[int | None], Answer], chosen: object) -> None:
    """Draw it; `name` is the list's, `chosen` its filters, `load(before)` gives a page of it."""
    try:
        by = door.actor()  # while the page is drawn: the file is made outside of it
    except (Denied, DatabaseAway):
        return

    def made() -> bytes:
        text = shop_loaders.as_csv(load, columns)
        tasks.note_export(name, chosen, by=by)
        return text

    st.download_button(
        "CSV", data=made, file_name=f"{name}.csv", mime="text/csv", icon=":material/download:", key=f"{name}_csv", on_click="ignore",
        help=_("The rows of these filters, {n} at most.").format(n=measures.whole(shop_loaders.CSV_ROWS)),
    )  # fmt: skip
