"""How jobs are told to callers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tasks
from console.api import shapes
from console.api.operations import Answer
from tasks import JobView, Requested

_HIDDEN = {"cancel_requested_by", "store_title"}


def requested(job_id: Requested) -> Answer:
    """A job that was asked for: 202 when it is new, 200 when it was there."""
    seen = tasks.job(job_id)
    told: dict[str, Any] = {
        "id": seen.id, "task_id": str(seen.id), "queue": seen.queue, "status": seen.state.value, "is_new": job_id.is_new,
        "job": f"/queue/job/{seen.queue}/{seen.id}", "task": f"/api/tasks/{seen.id}",
    }  # fmt: skip
    return Answer(told, 202 if job_id.is_new else 200, {"Location": told["task"]})


def told_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a list of jobs."""
    return [{name: value for name, value in row.items() if name not in _HIDDEN} for row in rows]


def told_job(seen: JobView) -> dict[str, Any]:
    """One job as it stands now."""
    more = {"task_id": str(seen.id), "status": seen.state.value, "waits_for": str(seen.waits_for) if seen.waits_for else None}
    return {name: more[name] if name in more else getattr(seen, name) for name in shapes.JOB}
