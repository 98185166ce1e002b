"""/api/alert-rules and /api/quiet-hours: what is worth telling, from when on, and when only what needs a person is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import tasks
from console.api import shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from tasks.alert_rules import RULES
from tasks.roles import Role

_FIELDS = {"is_on": "on"}
_CHANGE = {
    "type": "object", "additionalProperties": False,
    "properties": {"on": {"type": "boolean"}, "threshold": {"type": "integer", "minimum": 0, "maximum": shapes.MOST_ID, "examples": [5]}},
}  # fmt: skip


def _list(call: Call) -> Answer:
    return Answer({"items": [asdict(each) for each in tasks.list_alert_rules()], "next": None})


def _change(call: Call) -> Answer:
    tasks.change_alert_rule(call.path["name"], is_on=call.body.get("on"), threshold=call.body.get("threshold"), by=call.actor)
    return _now(call)


def _reset(call: Call) -> Answer:
    tasks.reset_alert_rule(call.path["name"], by=call.actor)
    return _now(call)


def _now(call: Call) -> Answer:
    rule = next(one for one in tasks.list_alert_rules() if one.name == call.path["name"])
    return Answer({"name": rule.name, "on": rule.now.is_on, "threshold": rule.now.threshold if rule.limit else None})


def _try(call: Call) -> Answer:
    trial = tasks.try_alert_rule(call.path["name"], is_on=call.body.get("on"), threshold=call.body.get("threshold"))
    found = {kind: [cause.sentence for cause in getattr(trial, kind)] for kind in ("told", "kept_back", "lasting")}
    return Answer({**found, "ended": trial.ended})


def _quiet(call: Call) -> Answer:
    return Answer(asdict(tasks.quiet_hours()))


def _set_quiet(call: Call) -> Answer:
    tasks.set_quiet_hours(call.body["hours"], by=call.actor)
    return _quiet(call)


def _reset_quiet(call: Call) -> Answer:
    tasks.reset_quiet_hours(by=call.actor)
    return _quiet(call)


def _on_rule(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    told: dict[str, Any] = {
        "answers": {200: "AlertRule"},
        "role": Role.ADMIN,
        "action": f"{path}_alert_rule",
        "target": "alert_rule:{name}",
        **more,
    }
    return Operation(
        method="POST", path=f"/api/alert-rules/{{name}}/{path}", act=refusing(act, missing=("name",), fields=_FIELDS), group="alerts",
        parameters={"name": {"type": "string", "enum": list(RULES)}}, refusals=(404, 422), **told,
    )  # fmt: skip


_quietly: dict[str, Any] = {"answers": {200: "QuietHours"}, "group": "alerts"}
OPERATIONS = [
    Operation(method="GET", path="/api/alert-rules", summary="The rules of alerts: whether each is on, and from when on it tells", act=_list,
              answers={200: "Rows"}, group="alerts"),
    _on_rule("change", _change, summary="Switch a rule on or off, or tell earlier or later", body=_CHANGE, needs_body=True,
             about="Consumers go by it from their next look on, within half a minute. What holds no more by the new rule ends without a word."),
    _on_rule("reset", _reset, summary="Back to what the settings of the machine say"),
    _on_rule("try", _try, summary="What the next look would tell if the rule were changed so", body=_CHANGE, needs_body=True, answers={200: "AlertTrial"},
             role=Role.VIEWER, action="", about="Changes nothing."),
    Operation(method="GET", path="/api/quiet-hours", summary="When only what needs a person is told", act=_quiet, **_quietly),
    Operation(method="POST", path="/api/quiet-hours", summary="From when to when", act=refusing(_set_quiet, missing=()), role=Role.ADMIN, action="set_quiet_hours",
              target="alerts", needs_body=True, refusals=(422,), **_quietly,
              body={"type": "object", "required": ["hours"], "additionalProperties": False, "properties": {
                  "hours": {"type": "string", "maxLength": 11, "examples": ["22:00-07:00"], "description": "on the clock of the schedules; empty: none"}}}),
    Operation(method="POST", path="/api/quiet-hours/reset", summary="Back to what the settings of the machine say", act=_reset_quiet, role=Role.ADMIN,
              action="reset_quiet_hours", target="alerts", **_quietly),
]  # fmt: skip
