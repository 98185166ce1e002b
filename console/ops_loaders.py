"""Cached reads of schedules, queues, failures, pauses and bulk operations; see console.loaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import tasks
from console.loaders import SLOW_TICK_S, TICK_S
from db import bulk, failure_lists, job_log, part_lists, queue_lists, saved_views, search
from db import schedule_runs as runs_of_schedules
from db.history import Answer
from db.pauses import Pause
from db.reads import Fresh
from tasks import draining, schedule_verbs
from tasks.schedule_verbs import ScheduleView

_FAST, _SLOW = TICK_S - 0.2, SLOW_TICK_S - 0.2


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=4)
def pauses() -> Sequence[Pause]:
    """See tasks.pauses.pauses."""
    return tasks.pauses()


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def schedules(store: str | None, fresh: Fresh) -> list[ScheduleView]:
    """See tasks.schedule_verbs.list_schedules; `fresh` only tells one's own change from an older answer."""
    return schedule_verbs.list_schedules(store)


@st.cache_data(ttl=30, show_spinner=False, max_entries=50)
def schedule_runs(schedule_ids: tuple[int, ...]) -> dict[int, list[runs_of_schedules.ScheduleRun]]:
    """See db.schedule_runs.newest."""
    return runs_of_schedules.newest(schedule_ids)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def head_of(queue: str) -> list[dict[str, Any]]:
    """See db.queue_lists.head."""
    return queue_lists.head(queue)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def mix_of(queue: str) -> dict[str, int]:
    """See db.queue_lists.mix."""
    return queue_lists.mix(queue)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=4)
def deliveries() -> tasks.Deliveries | None:
    """See tasks.deliveries."""
    return tasks.deliveries()


@st.cache_data(ttl=15, show_spinner=False, max_entries=4)
def ended_lately() -> Mapping[str, Mapping[str, int]]:
    """See tasks.draining.ended_lately."""
    return draining.ended_lately()


@st.cache_data(ttl=15, show_spinner=False, max_entries=4)
def done_lately() -> dict[str, int]:
    """See db.queue_lists.done_lately."""
    return queue_lists.done_lately()


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def failures(
    states: tuple[str, ...], kinds: tuple[str, ...], before: failure_lists.Place | None, after: failure_lists.Place | None, limit: int, fresh: Fresh
) -> Answer:  # fmt: skip
    """See db.failure_lists.groups."""
    return failure_lists.groups(states=states, kinds=kinds, before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def failures_by_marks(marks: tuple[str, ...], fresh: Fresh) -> Answer:
    """See db.failure_lists.by_marks."""
    return failure_lists.by_marks(marks, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def newer_failures(than: failure_lists.Place, states: tuple[str, ...], kinds: tuple[str, ...], besides: tuple[str, ...]) -> int:
    """See db.failure_lists.count_newer."""
    return failure_lists.count_newer(than, states=states, kinds=kinds, besides=besides)


@st.cache_data(ttl=1, show_spinner=False, max_entries=50)
def failure(fingerprint: str, fresh: Fresh) -> dict[str, Any] | None:
    """See db.failure_lists.group."""
    return failure_lists.group(fingerprint, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def jobs_of_failure(fingerprint: str, limit: int) -> Answer:
    """See db.failure_lists.jobs_of."""
    return failure_lists.jobs_of(fingerprint, limit=limit)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=50)
def similar(job_id: int) -> tuple[str | None, Answer]:
    """See db.failure_lists.similar."""
    return failure_lists.similar(job_id, limit=8)


@st.cache_data(ttl=10, show_spinner=False, max_entries=4)
def new_failures() -> int:
    """See db.failure_lists.new_groups."""
    return failure_lists.new_groups()


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=50)
def parts(job_id: int, state: str | None) -> part_lists.Parts:
    """See db.part_lists.of_job."""
    return part_lists.of_job(job_id, state=state)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=50)
def log_lines(job_id: int) -> list[dict[str, Any]]:
    """See db.job_log.of_job."""
    return job_log.of_job(job_id, limit=400)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=20)
def bulk_page(before: int | None, after: int | None, limit: int, fresh: Fresh) -> Answer:
    """See db.bulk.page."""
    return bulk.page(before=before, after=after, limit=limit, fresh=fresh)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=20)
def bulk_by_ids(ids: tuple[int, ...], fresh: Fresh) -> Answer:
    """See db.bulk.by_ids."""
    return bulk.by_ids(ids, fresh=fresh)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=20)
def newer_bulk(than: int) -> int:
    """How many operations have come since the id `than`, at most 100."""
    return len(bulk.page(after=than, limit=100).rows)


@st.cache_data(ttl=1, show_spinner=False, max_entries=20)
def bulk_operation(operation_id: int, fresh: Fresh) -> dict[str, Any] | None:
    """See db.bulk.operation."""
    return bulk.operation(operation_id, fresh=fresh)


@st.cache_data(ttl=_FAST, show_spinner=False, max_entries=20)
def bulk_targets(operation_id: int, outcome: str | None) -> list[dict[str, Any]]:
    """See db.bulk.targets_of."""
    return bulk.targets_of(operation_id, outcome=outcome, limit=50)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=100)
def views(owner: str, page: str, fresh: Fresh) -> list[dict[str, Any]]:
    """See db.saved_views.of_page."""
    return saved_views.of_page(owner, page, fresh=fresh)


@st.cache_data(ttl=_SLOW, show_spinner=False, max_entries=100)
def found(text: str, store: str | None) -> search.Found:
    """See db.search.find; one row of jobs is enough here."""
    return search.find(text, store=store, limit=6)
