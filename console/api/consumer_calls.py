"""/api/consumers/…: let a consumer take no more jobs, or take its jobs from it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from tasks.roles import Role

_ID = {"type": "string", "minLength": 1, "maxLength": 128, "description": "its `id` in /api/worker/status"}


def _drain(call: Call) -> Answer:
    return _told(call, is_draining=True, changed=tasks.drain(call.path["consumer"], by=call.actor))


def _undrain(call: Call) -> Answer:
    return _told(call, is_draining=False, changed=tasks.undrain(call.path["consumer"], by=call.actor))


def _mark_lost(call: Call) -> Answer:
    return _told(call, jobs=tasks.mark_lost(call.path["consumer"], by=call.actor))


def _told(call: Call, **more: Any) -> Answer:
    return Answer({"consumer": call.path["consumer"], **more})


def _do(path: str, act: Callable[[Call], Answer], *, action: str, answer: str = "Drained", **more: Any) -> Operation:
    return Operation(
        method="POST", path=f"/api/consumers/{{consumer}}/{path}", act=refusing(act, missing=("consumer_id",), fields={"consumer_id": "consumer"}),
        role=Role.OPERATOR, action=action, target="consumer:{consumer}", parameters={"consumer": _ID}, answers={200: answer}, refusals=(404,),
        group="worker", **more,
    )  # fmt: skip


OPERATIONS = [
    _do("drain", _drain, action="drain", summary="Let a consumer take no more jobs",
        about="Its syncs go back to the queue after their page, other jobs end. It stays drained until it is stopped or undrained; `changed` is false where it was so."),
    _do("undrain", _undrain, action="undrain", summary="Let a consumer take jobs again"),
    _do("mark-lost", _mark_lost, action="mark_lost", answer="Freed", summary="Take the jobs of a consumer that is gone from it",
        about="At once, instead of when their leases end; each counts as one whose worker died. Should it live, what it still holds is not written, and it takes no more jobs. "
        "`jobs`: how many went to others."),
]  # fmt: skip
