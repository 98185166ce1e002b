"""What people ask of a job in parts: how many stand how, and which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from db.history import shown_state
from db.reads import asking
from db.schema import jobs, stores

SHOWN_FIRST = ("failed", "running", "retrying", "queued", "delayed", "cancelled", "succeeded")
_COLUMNS = [
    jobs.c[name]
    for name in (
        "id", "name", "stream", "state", "verdict", "args", "error", "run_at", "created_at", "started_at", "finished_at", "progress", "progress_total",
        "failures", "max_attempts", "cancel_requested_by",
    )
] + [stores.c.name.label("store"), stores.c.title.label("store_title"), shown_state]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """`states`: what people call a state → parts that are in it; `rows`: the first of them, those that need a look before the others."""

    states: Mapping[str, int]
    rows: list[dict[str, Any]]


def of_job(job_id: int, *, state: str | None = None, limit: int = 50) -> Parts:
    """The parts of a job, those in `state` alone where one is named. Index: jobs_parent; a job has a thousand parts, or four for each store.

    Raises: DatabaseAway.
    """
    theirs = jobs.c.parent_id == job_id
    order = case({name: place for place, name in enumerate(SHOWN_FIRST)}, value=shown_state.element, else_=len(SHOWN_FIRST))
    with asking() as conn:
        counted = conn.execute(select(shown_state, func.count()).where(theirs).group_by(shown_state)).all()
        found = select(*_COLUMNS).select_from(jobs.outerjoin(stores)).where(theirs).order_by(order, jobs.c.id).limit(limit)
        rows = conn.execute(found.where(shown_state.element == state) if state else found)
        return Parts(Counter({str(name): int(count) for name, count in counted}), [dict(row._mapping) for row in rows])
