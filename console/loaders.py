"""Cached reads: many open tabs ask the database once a tick. The time to live is just below the tick of the part that asks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import streamlit as st

import tasks
from db import activity, board, history, people
from db import marks as marks_of
from db.reads import Fresh
from tasks import metrics

TICK_S = 2  # lists of jobs and the overview
SLOW_TICK_S = 5  # everything else
_FAST, _SLOW = TICK_S - 0.2, SLOW_TICK_S - 0.2


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def jobs_page(wanted: history.Wanted, before: int | None, after: int | None, limit: int, fresh: Fresh) -> history.Answer:
    """See db.history.page."""
    return history.page(wanted, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def jobs_by_ids(ids: tuple[int, ...], fresh: Fresh) -> history.Answer:
    """See db.history.by_ids."""
    return history.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def newer_jobs(wanted: history.Wanted, than: int) -> int:
    """See db.history.count_newer."""
    return history.count_newer(wanted, than)


@st.cache_data(ttl=1, show_spinner=False, max_entries=200)
def job(job_id: int) -> dict[str, Any] | None:
    """See db.history.detail."""
    return history.detail(job_id)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def running_jobs() -> tuple[list[dict[str, Any]], datetime]:
    """See db.activity.running."""
    return activity.running()


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def status() -> tasks.Status:
    """See tasks.status."""
    return tasks.status()


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def retrying_jobs() -> list[dict[str, Any]]:
    """See db.activity.waiting_to_retry."""
    return activity.waiting_to_retry()


def finished(hours: int, minutes: int) -> tuple[list[tuple[str, str, int]], datetime]:
    """See db.activity.finished; longer windows are read more rarely."""
    return _finished_now(hours, minutes) if minutes == 1 else _finished_lately(hours, minutes)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def _finished_now(hours: int, minutes: int) -> tuple[list[tuple[str, str, int]], datetime]:
    return activity.finished(hours, minutes)


@st.cache_data(ttl=30, show_spinner=False, max_entries=20)
def _finished_lately(hours: int, minutes: int) -> tuple[list[tuple[str, str, int]], datetime]:
    return activity.finished(hours, minutes)


@st.cache_data(ttl=15, show_spinner=False, max_entries=20)
def flow(minutes: int) -> dict[str, Counter[str]]:
    """See db.activity.came_and_started."""
    return activity.came_and_started(minutes)


@st.cache_data(ttl=15, show_spinner=False, max_entries=20)
def marks(hours: int) -> list[dict[str, Any]]:
    """See db.marks.within."""
    return marks_of.within(hours)


@st.cache_data(ttl=10, show_spinner=False, max_entries=20)
def why_jobs_fail() -> tuple[list[dict[str, Any]], datetime]:
    """See db.activity.why_jobs_fail."""
    return activity.why_jobs_fail()


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def board_of_stores(fresh: Fresh) -> tuple[list[dict[str, Any]], datetime]:
    """See db.board.stores_and_streams."""
    return board.stores_and_streams(fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def store_names() -> list[tuple[str, str, str]]:
    """See db.board.store_names."""
    return board.store_names()


@st.cache_data(ttl=1, show_spinner=False, max_entries=200)
def checks(store_id: int) -> tuple[dict[str, dict[str, Any]], datetime]:
    """See db.board.checks."""
    return board.checks(store_id)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=200)
def budget_of(platform: str, store: str) -> metrics.BudgetLevel | None:
    """See tasks.metrics.budget_of."""
    return metrics.budget_of(platform, store)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=20)
def unknown_words() -> dict[int, list[tuple[str, str, int]]]:
    """See db.board.unknown_words."""
    return board.unknown_words()


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def users(search: str, before: int | None, after: int | None, limit: int, fresh: Fresh) -> history.Answer:
    """See db.people.page."""
    return people.page(search=search, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def users_by_ids(ids: tuple[int, ...], fresh: Fresh) -> history.Answer:
    """See db.people.by_ids."""
    return people.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=200)
def newer_users(search: str, than: int) -> int:
    """How many such users have come since the id `than`, at most 100."""
    return len(people.page(search=search, after=than, limit=100).rows)


@st.cache_data(ttl=1, show_spinner=False, max_entries=200)
def products_of(user_id: int) -> list[dict[str, Any]]:
    """See db.people.products_of."""
    return people.products_of(user_id)
