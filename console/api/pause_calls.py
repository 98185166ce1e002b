"""/api/pauses: a queue, a store or the whole stops taking jobs, and goes on again."""

from __future__ import annotations

from functools import partial
from typing import Any

import tasks
from console.api import shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from db.pauses import Pause
from tasks.roles import Role

_WHAT: dict[str, Any] = {
    "queue": {**shapes.QUEUE, "description": "exactly one of queue, store and everything"},
    "store": shapes.STORE,
    "everything": {"const": True},
}
_ONE_OF_THEM = {"oneOf": [{"required": [name]} for name in _WHAT], "additionalProperties": False}
_REASON = {"type": "string", "pattern": "\\S", "maxLength": 512, "examples": ["stocktaking"], "description": "whoever waits will read it"}
_UNTIL = {**shapes.TIME, "description": "when it ends by itself; without it, when somebody resumes"}


def _which(call: Call) -> dict[str, Any]:
    return {name: call.body[name] for name in _WHAT if name in call.body}


def _pause(call: Call) -> Answer:
    until = moment(call.body["until"]) if "until" in call.body else None
    made = tasks.pause(**_which(call), reason=call.body["reason"], until=until, by=call.actor)
    told = _told(made)
    return Answer({**told, "since": told["since"].isoformat(), "until": told["until"] and told["until"].isoformat()}, 201)


def _resume(call: Call) -> Answer:
    return Answer({"resumed": tasks.resume(**_which(call), by=call.actor)})


def _list(_call: Call) -> Answer:
    return Answer({"items": [_told(each) for each in tasks.pauses()], "next": None})


def _told(pause: Pause) -> dict[str, Any]:
    return {"kind": pause.kind, "name": pause.name, "reason": pause.reason, "by": pause.by, "since": pause.since, "until": pause.until}


_do: Any = partial(Operation, method="POST", role=Role.OPERATOR, needs_body=True, refusals=(404, 422), group="pauses")
OPERATIONS = [
    Operation(method="GET", path="/api/pauses", summary="What is paused", act=_list, answers={200: "Rows"}, group="pauses"),
    _do(
        path="/api/pauses", summary="Pause a queue, a store or everything", act=refusing(_pause, missing=("store",)), action="pause", target="pauses", answers={201: "Pause"},
        body={"type": "object", "required": ["reason"], "properties": {**_WHAT, "reason": _REASON, "until": _UNTIL}, **_ONE_OF_THEM},
        about="Jobs that run give back at their next page, all of them wait. What is paused already gets the new reason and time.",
    ),
    _do(
        path="/api/pauses/resume", summary="Resume a queue, a store or everything", act=refusing(_resume, missing=("store",)), action="resume", target="pauses",
        answers={200: "Resumed"}, body={"type": "object", "properties": _WHAT, **_ONE_OF_THEM},
        about="`resumed` is false where nothing was paused.",
    ),
]  # fmt: skip
