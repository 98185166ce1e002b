"""/api/jobs and /api/tasks: one job, lists of them, and what people do to one."""

from __future__ import annotations

from functools import partial
from typing import Any

import tasks
from console.api import cursors, job_filters, shapes
from console.api.operations import Answer, Call, Operation
from console.api.told import told_job, told_rows
from db import history, job_log, part_lists
from tasks.roles import Role


def _one(call: Call) -> Answer:
    return Answer(told_job(tasks.job(call.path["id"])))


def _list(call: Call) -> Answer:
    asked = call.query
    page = history.page(job_filters.wanted(asked), before=cursors.read(asked.get("cursor"), int), limit=asked.get("limit", 100))
    return Answer(cursors.searched(page, told_rows(page.rows)))


def _attempts(call: Call) -> Answer:
    tasks.job(call.path["id"])
    found = history.detail(call.path["id"]) or {"attempts": []}
    return Answer({"items": [{name: each[name] for name in each if name != "job_id"} for each in found["attempts"]], "next": None})


def _log(call: Call) -> Answer:
    limit, before = call.query.get("limit", 100), cursors.read(call.query.get("cursor"), int)
    lines = job_log.of_job(call.path["id"], before=before, limit=limit + 1)[::-1]
    if not lines and before is None:
        tasks.job(call.path["id"])  # no lines and no job are two things
    return Answer(cursors.listed(lines, key="id", limit=limit))


def _parts(call: Call) -> Answer:
    tasks.job(call.path["id"])
    found = part_lists.of_job(call.path["id"], state=call.query.get("state"), limit=call.query.get("limit", 100))
    return Answer({"states": dict(found.states), "items": told_rows(found.rows)})


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
_of_one: Any = partial(_get, parameters={"id": shapes.ID}, refusals=(404,))
_PAGED = {"limit": cursors.LIMIT, "cursor": cursors.CURSOR}
_do: Any = partial(Operation, method="POST", group="jobs", role=Role.OPERATOR, target="job:{id}", parameters={"id": shapes.ID},
                   answers={200: "Changed"}, refusals=(404, 409, 422))  # fmt: skip
OPERATIONS = [
    _of_one(path="/api/tasks/{id}", summary="One job", act=_one, answers={200: "Job"}),
    _of_one(path="/api/jobs/{id}", summary="One job", act=_one, answers={200: "Job"}),
    _of_one(path="/api/jobs/{id}/attempts", summary="Each time that it was tried, the first first", act=_attempts, answers={200: "Rows"}),
    _of_one(path="/api/jobs/{id}/log", summary="Its log lines, newest first", act=_log, answers={200: "Rows"}, query=_PAGED),
    _of_one(
        path="/api/jobs/{id}/parts", summary="The parts of a big job, those that need a look first", act=_parts, answers={200: "Parts"},
        query={"state": {"type": "string", "enum": list(history.SHOWN)}, "limit": cursors.LIMIT}, about="`states` counts all of them.",
    ),
    _get(
        path="/api/jobs", summary="Jobs, newest first", act=_list, answers={200: "Jobs"}, query={**job_filters.FILTERS, **_PAGED},
        about=f"Texts, platform, requestedBy, retried and longerThanS are looked for in {history.SEARCH_WINDOW:,} jobs at a time: `items` may be few or none while "
        "`next` leads on to older ones. `searched_to` is then the number before which nothing has been searched.",
    ),
    _do(path="/api/jobs/{id}/cancel", summary="Cancel a job", act=_cancel, action="cancel",
        about="At once while it waits, after its page while it runs; what was written stays. 409 for a job that has ended."),
    _do(path="/api/jobs/{id}/hurry", summary="Move a waiting job to the front", act=_hurry, action="hurry",
        about="It is the next that a worker takes, once its store has room. 409 for a job that does not wait for a worker."),
    _do(path="/api/jobs/{id}/retry", summary="Queue a failed or cancelled job again", act=_retry, action="retry",
        about="A sync goes on at its checkpoint. 409 for a job that waits, runs or has succeeded."),
]  # fmt: skip
