"""/api/options and /api/housekeeping: how long things are kept, and throwing away and counting again what is due once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import tasks
from console.api import shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from console.api.told import requested
from tasks.options import OPTIONS
from tasks.roles import Role, require

_NAME = {"type": "string", "enum": list(OPTIONS)}


def _list(call: Call) -> Answer:
    require(call.actor, Role.ADMIN, action="list_options", target="options")  # as on the page
    return Answer({"items": [asdict(each) for each in tasks.list_options()], "next": None})


def _change(call: Call) -> Answer:
    tasks.change_option(call.path["name"], int(call.body["value"]), by=call.actor)
    return _now(call)


def _reset(call: Call) -> Answer:
    tasks.reset_option(call.path["name"], by=call.actor)
    return _now(call)


def _now(call: Call) -> Answer:
    return Answer({"name": call.path["name"], "value": next(one.value for one in tasks.list_options() if one.name == call.path["name"])})


def _purge(call: Call) -> Answer:
    return requested(tasks.purge(by=call.actor))


def _recount(call: Call) -> Answer:
    return requested(tasks.count_again(by=call.actor))


def _on_option(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    return Operation(
        method="POST", path=f"/api/options/{{name}}/{path}", act=refusing(act, missing=("name",), fields=dict.fromkeys(OPTIONS, "value")), role=Role.ADMIN,
        action=f"{path}_option", target="option:{name}", parameters={"name": _NAME}, answers={200: "Option"}, refusals=(404, 422), group="settings", **more,
    )  # fmt: skip


_daily: dict[str, Any] = {"method": "POST", "answers": {202: "Requested", 200: "Requested"}, "group": "settings"}
OPERATIONS = [
    Operation(method="GET", path="/api/options", summary="How long things are kept, and how fast bulk operations go", act=_list, role=Role.ADMIN,
              answers={200: "Rows"}, refusals=(403,), group="settings"),
    _on_option("change", _change, summary="Another value", needs_body=True, about="What is older than a shorter time goes at the next purge, and does not come back.",
               body={"type": "object", "required": ["value"], "additionalProperties": False,
                     "properties": {"value": {"type": "integer", "minimum": 1, "maximum": shapes.MOST_ID, "examples": [90]}}}),
    _on_option("reset", _reset, summary="Back to what the settings of the machine say"),
    Operation(path="/api/housekeeping/purge", summary="Throw away now what is older than the options say", act=_purge, role=Role.ADMIN, action="purge",
              target="housekeeping", about="It is done once a day anyway.", **_daily),
    Operation(path="/api/housekeeping/recount", summary="Count the records of every store again", act=_recount, role=Role.OPERATOR, action="recount",
              target="housekeeping", about="It is done once a day anyway, and puts the totals right that pages show.", **_daily),
]  # fmt: skip
