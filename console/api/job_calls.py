"""/api/jobs and /api/tasks: one job, lists of them, and what people do to one."""

from __future__ import annotations

from functools import partial
from typing import Any

import tasks
from console.api import cursors, shapes
from console.api.operations import Answer, Call, Operation
from console.api.told import told_job
from db import history
from tasks.roles import Role

_HIDDEN = {"cancel_requested_by", "store_title"}


def _one(call: Call) -> Answer:
    return Answer(told_job(tasks.job(call.path["id"])))


def _list(call: Call) -> Answer:
    asked = call.query
    wanted = history.Wanted(
        states=tuple(asked.get("state", ())), store=asked.get("store"), queue=asked.get("queue"), search=asked.get("search", "")
    )
    limit = asked.get("limit", 100)
    page = history.page(wanted, before=cursors.read(asked.get("cursor"), int), limit=limit)
    rows = [{name: value for name, value in row.items() if name not in _HIDDEN} for row in page.rows]
    return Answer(cursors.listed(rows, key="id", limit=limit, has_more=page.has_more))


def _cancel(call: Call) -> Answer:
    job_id = call.path["id"]
    return Answer({"id": job_id, "status": tasks.cancel(job_id, by=call.actor).value})


def _hurry(call: Call) -> Answer:
    job_id = call.path["id"]
    tasks.hurry(job_id, by=call.actor)
    return Answer({"id": job_id, "status": tasks.JobState.QUEUED.value})


def _retry(call: Call) -> Answer:
    job_id = call.path["id"]
    tasks.retry(job_id, by=call.actor)
    return Answer({"id": job_id, "status": tasks.JobState.QUEUED.value})


_get = partial(Operation, method="GET", group="jobs")
_do: Any = partial(Operation, method="POST", group="jobs", role=Role.OPERATOR, target="job:{id}", parameters={"id": shapes.ID},
                   answers={200: "Changed"}, refusals=(404, 409, 422))  # fmt: skip
OPERATIONS = [
    _get(path="/api/tasks/{id}", summary="One job", act=_one, parameters={"id": shapes.ID}, answers={200: "Job"}, refusals=(404,)),
    _get(path="/api/jobs/{id}", summary="One job", act=_one, parameters={"id": shapes.ID}, answers={200: "Job"}, refusals=(404,)),
    _get(
        path="/api/jobs", summary="Jobs, newest first", act=_list, answers={200: "Jobs"},
        query={"state": shapes.STATES, "store": shapes.STORE, "queue": shapes.QUEUE,
               "search": {"type": "string", "maxLength": 100, "description": "a job's number, or a part of its name or error"},
               "limit": cursors.LIMIT, "cursor": cursors.CURSOR},
    ),
    _do(path="/api/jobs/{id}/cancel", summary="Cancel a job", act=_cancel, action="cancel",
        about="At once while it waits, after its page while it runs; what was written stays. 409 for a job that has ended."),
    _do(path="/api/jobs/{id}/hurry", summary="Move a waiting job to the front", act=_hurry, action="hurry",
        about="It is the next that a worker takes, once its store has room. 409 for a job that does not wait for a worker."),
    _do(path="/api/jobs/{id}/retry", summary="Queue a failed or cancelled job again", act=_retry, action="retry",
        about="A sync goes on at its checkpoint. 409 for a job that waits, runs or has succeeded."),
]  # fmt: skip
