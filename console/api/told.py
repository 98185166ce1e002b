"""How jobs are told to callers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import tasks
from console.api.operations import Answer
from tasks import JobView, Requested


def requested(job_id: Requested) -> Answer:
    """A job that was asked for: 202 when it is new, 200 when it was there."""
    seen = tasks.job(job_id)
    told: dict[str, Any] = {
        "id": seen.id, "task_id": str(seen.id), "queue": seen.queue, "status": seen.state.value, "is_new": job_id.is_new,
        "job": f"/queue/job/{seen.queue}/{seen.id}", "task": f"/api/tasks/{seen.id}",
    }  # fmt: skip
    return Answer(told, 202 if job_id.is_new else 200, {"Location": told["task"]})


def told_job(seen: JobView) -> dict[str, Any]:
    """One job as it stands now."""
    told = asdict(seen)
    return {"id": told.pop("id"), "task_id": str(seen.id), "status": told.pop("state"), **told, "is_finished": seen.is_finished}
