"""Cached reads of what shops sell, and of what became of a store; see console.loaders."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console.loaders import SLOW_TICK_S
from db import history, orders, products, record_lists, rejected, store_runs, timeline
from db.history import Answer
from db.job_state import DRY_RUN
from db.reads import Fresh

_SLOW = SLOW_TICK_S - 0.2
CSV_ROWS, CSV_PAGE = 10_000, 500
_MINE = 5


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def products_page(wanted: products.Wanted, before: int | None, after: int | None, limit: int, fresh: Fresh) -> Answer:
    """See db.products.page."""
    return products.page(wanted, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def products_by_ids(ids: tuple[int, ...], fresh: Fresh) -> Answer:
    """See db.products.by_ids."""
    return products.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=1, show_spinner=False, max_entries=200)
def product(product_id: int) -> dict[str, Any] | None:
    """See db.products.detail."""
    return products.detail(product_id)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def orders_page(wanted: orders.Wanted, before: int | None, after: int | None, limit: int, fresh: Fresh) -> Answer:
    """See db.orders.page."""
    return orders.page(wanted, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def orders_by_ids(ids: tuple[int, ...], fresh: Fresh) -> Answer:
    """See db.orders.by_ids."""
    return orders.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=1, show_spinner=False, max_entries=200)
def order(order_id: int) -> dict[str, Any] | None:
    """See db.orders.detail."""
    return orders.detail(order_id)


@st.cache_data(ttl=30, show_spinner=False, max_entries=20)
def totals(stream: str) -> dict[str, dict[str, int]]:
    """See db.record_lists.totals."""
    return record_lists.totals(stream)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def changes(targets: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """See db.timeline.changes."""
    return timeline.changes(list(targets), limit=limit)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def last_runs(store_id: int | None, stream: str | None, name: str) -> Answer:
    """See db.timeline.last_runs."""
    return timeline.last_runs(store_id, stream, name)


@st.cache_data(ttl=15, show_spinner=False, max_entries=20)
def last_runs_of(store_ids: tuple[int, ...]) -> dict[int, list[tuple[str, str | None]]]:
    """See db.store_runs.last_runs."""
    return store_runs.last_runs(store_ids)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=4)
def next_runs() -> dict[int, dict[str, datetime]]:
    """See db.store_runs.next_runs."""
    return store_runs.next_runs()


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def rejected_page(wanted: rejected.WantedRejected, before: int | None, after: int | None, limit: int, fresh: Fresh) -> Answer:
    """See db.rejected.page."""
    return rejected.page(wanted, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def rejected_by_ids(ids: tuple[int, ...], fresh: Fresh) -> Answer:
    """See db.rejected.by_ids."""
    return rejected.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=100)
def syncs_of(person: str) -> Answer:
    """The newest syncs and dry runs of a stream that this person asked for, among the newest jobs of all; see db.history.page."""
    kinds = [history.page(history.Wanted(requested_by=person, search=f"task:{name}*"), limit=_MINE) for name in ("sync_", DRY_RUN)]
    rows = sorted(
        (row for answer in kinds for row in answer.rows if str(row["name"]).endswith(row["stream"] or "sync_all")),
        key=lambda row: -int(row["id"]),
    )
    return Answer(rows[:_MINE], any(answer.has_more for answer in kinds), kinds[0].at)


def as_csv(load: Callable[[int | None], Answer], columns: Sequence[str]) -> bytes:
    """The first CSV_ROWS rows of a list, newest first, as CSV in UTF-8 that spreadsheets know; times in UTC. `load(before)` gives a page.

    A cell that a spreadsheet would run as a formula begins with an apostrophe. Raises: DatabaseAway.
    """
    text, before, written = io.StringIO(), None, 0
    write = csv.writer(text)
    write.writerow(columns)
    while written < CSV_ROWS:
        answer = load(before)
        write.writerows([_cell(row.get(name)) for name in columns] for row in answer.rows)
        written += len(answer.rows)
        if answer.rows and answer.has_more:
            before = int(answer.rows[-1]["id"])
        elif answer.searched_to is not None:
            before = answer.searched_to
        else:
            break
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
