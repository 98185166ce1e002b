"""/api/schedules/…: when streams are synced, changed while all runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.api import shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from console.api.told import requested
from tasks.roles import Role


def _put(call: Call) -> Answer:
    said = call.body
    made = tasks.put_schedule(said["stream"], said["cron"], store=said.get("store"), time_zone=said.get("timeZone"), by=call.actor)
    return Answer({"id": made}, 201)


def _run(call: Call) -> Answer:
    asked = [requested(job) for job in tasks.run_schedule_now(call.path["id"], by=call.actor)]
    return Answer({"jobs": [job.value for job in asked]}, max((job.status for job in asked), default=200))


def _pause(call: Call) -> Answer:
    return _done(call, tasks.pause_schedule, moment(call.body["until"]))


def _resume(call: Call) -> Answer:
    return _done(call, tasks.pause_schedule, None)


def _done(call: Call, verb: Callable[..., None], *more: Any) -> Answer:
    verb(call.path["id"], *more, by=call.actor)
    return Answer({"id": call.path["id"]})


def _simply(verb: Callable[..., None]) -> Callable[[Call], Answer]:
    return lambda call: _done(call, verb)


def _on_schedule(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    told: dict[str, Any] = {"answers": {200: "Written"}, "action": f"{path}_schedule", **more}
    return Operation(
        method="POST", path=f"/api/schedules/{{id}}/{path}", act=refusing(act, missing=("schedule",)), role=Role.OPERATOR, target="schedule:{id}",
        parameters={"id": shapes.ID}, refusals=(404, 422), group="schedules", **told,
    )  # fmt: skip


OPERATIONS = [
    Operation(
        method="POST", path="/api/schedules", summary="When a stream is synced, for one store or for all that have none of their own", act=refusing(_put, missing=("store",), fields={"time_zone": "timeZone"}),
        role=Role.OPERATOR, action="put_schedule", target="schedules", needs_body=True, answers={201: "Written"}, refusals=(422,), group="schedules",
        body={
            "type": "object", "required": ["stream", "cron"], "additionalProperties": False,
            "properties": {
                "stream": {"type": "string", "enum": ["products", "orders", "inventory", "customers", "all"], "description": "all: everything, in full"},
                "cron": {"type": "string", "maxLength": 120, "examples": ["*/15 * * * *"], "description": "minute hour day month weekday"},
                "store": shapes.STORE, "timeZone": {"type": "string", "maxLength": 64, "examples": ["Europe/Berlin"]},
            },
        },
        about="A schedule of the same store and stream is changed. It survives the next start of a consumer.",
    ),
    _on_schedule("run", _run, summary="Ask now for what it asks for", action="run_schedule", answers={202: "RequestedMany", 200: "RequestedMany"},
                 about="Its next time stays."),
    _on_schedule("pause", _pause, summary="Skip every time before `until`", needs_body=True,
                 body={"type": "object", "required": ["until"], "properties": {"until": shapes.TIME}, "additionalProperties": False},
                 about="What is skipped is not caught up."),
    _on_schedule("resume", _resume, summary="End its pause"),
    _on_schedule("enable", _simply(tasks.enable_schedule), summary="Let it run again"),
    _on_schedule("disable", _simply(tasks.disable_schedule), summary="Let it ask for nothing until it is enabled"),
    _on_schedule("drop", _simply(tasks.drop_schedule), summary="Delete it", about="The one for all stores applies again; that of the settings can be disabled alone."),
    _on_schedule("reset", _simply(tasks.reset_schedule), summary="Back to what the settings say; a store's own is dropped"),
]  # fmt: skip
