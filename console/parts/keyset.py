"""Walking a long list page by page by its ids: the shown rows are frozen, so that nothing moves under a person's hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from console.words import _
from db.history import Answer

Rows = list[dict[str, Any]]


@dataclass
class Shown:
    """What one list shows: its filters and where it begins, what is on screen and where that begins and ends, whether older ones exist."""

    filters: Hashable
    where: tuple[Any, Any]
    ids: tuple[Any, ...]
    rows: Rows  # as they were found
    edges: tuple[Any, Any]  # the places of the first and of the last row, as they were found
    has_older: bool
    is_newest: bool


def _id(row: dict[str, Any]) -> Any:
    return int(row["id"])


def frozen(
    key: str,
    filters: Hashable,
    load: Callable[[Any, Any], Answer],
    reread: Callable[[tuple[Any, ...]], Answer],
    *,
    name: Callable[[dict[str, Any]], Any] = _id,
    place: Callable[[dict[str, Any]], Any] = _id,
) -> tuple[Answer, Shown]:
    """The rows on screen as they are now. `load(before, after)` finds a page; it is asked only when filters or place have changed.

    `name` tells a row from the others, `place` is what `load` takes as before and after. A row that is gone stays as it was, with `is_gone`, so that
    the others stay where they are; when all are gone, and while the newest page is empty, the page is loaded again.
    """
    cursor = st.session_state.get(f"{key}_cursor")
    if cursor is not None and cursor[0] != filters:
        cursor = None
    where = cursor[1:] if cursor else (None, None)
    shown: Shown | None = st.session_state.get(f"{key}_shown")
    if shown is not None and (shown.filters, shown.where) == (filters, where) and shown.ids:
        answer = reread(shown.ids)
        if answer.rows:
            return _in_place(answer, shown, name), shown
    answer = load(*where)
    if where[1] is not None and not answer.has_more:  # walked up to the top: show a full newest page
        where = (None, None)
        st.session_state.pop(f"{key}_cursor", None)
        answer = load(*where)
    before, after = where
    has_older = True if after is not None else answer.has_more
    edges = (place(answer.rows[0]), place(answer.rows[-1])) if answer.rows else (None, None)
    shown = Shown(filters, where, tuple(map(name, answer.rows)), answer.rows, edges, has_older, before is None and after is None)
    st.session_state[f"{key}_shown"] = shown
    return answer, shown


def _in_place(answer: Answer, shown: Shown, name: Callable[[dict[str, Any]], Any]) -> Answer:
    now = {name(row): row for row in answer.rows}
    return replace(answer, rows=[now.get(name(row), {**row, "is_gone": True}) for row in shown.rows])


def newest(key: str) -> None:
    """Back to the newest rows; in a callback."""
    st.session_state.pop(f"{key}_cursor", None)
    st.session_state.pop(f"{key}_shown", None)


def go_before(key: str, shown: Shown, before: int) -> None:
    """On to rows older than this id; in a callback."""
    st.session_state[f"{key}_cursor"] = (shown.filters, before, None)


def walk(key: str, shown: Shown, *, new: int = 0) -> None:
    """Newest (or "Show n new"), Newer, Older."""

    def older() -> None:
        st.session_state[f"{key}_cursor"] = (shown.filters, shown.edges[1], None)

    def newer() -> None:
        st.session_state[f"{key}_cursor"] = (shown.filters, None, shown.edges[0])

    if new and shown.is_newest:
        count = "100+" if new >= 100 else str(new)
        st.button(
            _("Show {count} new").format(count=count),
            icon=":material/arrow_upward:",
            type="primary",
            key=f"{key}_newest",
            on_click=newest,
            args=(key,),
        )
    else:
        st.button(_("Newest"), icon=":material/first_page:", key=f"{key}_newest", on_click=newest, args=(key,), disabled=shown.is_newest)
    st.button(_("Newer"), icon=":material/chevron_left:", key=f"{key}_newer", on_click=newer, disabled=shown.is_newest)
    st.button(
        _("Older"), icon=":material/chevron_right:", icon_position="right", key=f"{key}_older", on_click=older, disabled=not shown.has_older
    )
