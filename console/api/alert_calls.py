"""/api/alerts and /api/channels: what is wrong, silence about it, and where it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.api import cursors, shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from console.api.told import requested
from tasks.channels import FIELDS
from tasks.roles import Role, require

_PARTS = sorted({name for needed, optional in FIELDS.values() for name in (*needed, *optional)})


def _alerts(call: Call) -> Answer:
    return Answer({"items": tasks.recent_alerts(limit=call.query.get("limit", 100)), "next": None})


def _silence(call: Call) -> Answer:
    tasks.silence_alert(call.path["id"], until=moment(call.body["until"]), by=call.actor)
    return Answer({"id": call.path["id"]})


def _unsilence(call: Call) -> Answer:
    tasks.silence_alert(call.path["id"], until=None, by=call.actor)
    return Answer({"id": call.path["id"]})


def _channels(call: Call) -> Answer:
    require(call.actor, Role.ADMIN, action="list_channels", target="channels")  # as on the page
    return Answer({"items": tasks.channels(), "next": None})


def _add(call: Call) -> Answer:
    return Answer({"id": tasks.add_channel(call.body["name"], call.body["kind"], call.body["fields"], by=call.actor)}, 201)


def _enable(call: Call) -> Answer:
    tasks.enable_channel(call.path["id"], True, by=call.actor)
    return Answer({"id": call.path["id"]})


def _disable(call: Call) -> Answer:
    tasks.enable_channel(call.path["id"], False, by=call.actor)
    return Answer({"id": call.path["id"]})


def _drop(call: Call) -> Answer:
    tasks.drop_channel(call.path["id"], by=call.actor)
    return Answer({"id": call.path["id"]})


def _test(call: Call) -> Answer:
    return requested(tasks.test_channel(call.path["id"], requested_by=call.actor))


def _on_alert(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    return Operation(
        method="POST", path=f"/api/alerts/{{id}}/{path}", act=refusing(act, missing=("alert_id",), fields={"alert_id": "id"}), role=Role.OPERATOR,
        action=f"{path}_alert", target="alert:{id}", parameters={"id": shapes.ID}, answers={200: "Written"}, refusals=(404, 422), group="alerts", **more,
    )  # fmt: skip


def _on_channel(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    told: dict[str, Any] = {"answers": {200: "Written"}, "action": f"{path}_channel", **more}
    return Operation(
        method="POST", path=f"/api/channels/{{id}}/{path}", act=refusing(act, missing=("channel_id",), fields={"channel_id": "id"}), role=Role.ADMIN,
        target="channel:{id}", parameters={"id": shapes.ID}, refusals=(404,), group="alerts", **told,
    )  # fmt: skip


OPERATIONS = [
    Operation(method="GET", path="/api/alerts", summary="Alerts, those that last first, then the newest", act=_alerts, answers={200: "Rows"},
              query={"limit": cursors.LIMIT}, group="alerts"),
    _on_alert("silence", _silence, summary="Tell nobody of this cause until then", about="Even when it ends and comes again; it stays in the list.", needs_body=True,
              body={"type": "object", "required": ["until"], "properties": {"until": shapes.TIME}, "additionalProperties": False}),
    _on_alert("unsilence", _unsilence, summary="Tell of it again"),
    Operation(method="GET", path="/api/channels", summary="Where alerts are told, without the secrets", act=_channels, role=Role.ADMIN, answers={200: "Rows"},
              refusals=(403,), group="alerts"),
    Operation(
        method="POST", path="/api/channels", summary="Tell alerts at one more place", role=Role.ADMIN, action="add_channel", target="channels",
        act=refusing(_add, missing=(), fields={name: f"fields.{name}" for name in _PARTS}), answers={201: "Written"}, refusals=(422,), group="alerts",
        needs_body=True, about="webhook: url, and a secret that signs; slack: url; email: host, sender, to, and port, user, password, security (starttls, tls or none).",
        body={
            "type": "object", "required": ["name", "kind", "fields"], "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "pattern": "\\S", "maxLength": 64, "examples": ["on call"]},
                "kind": {"type": "string", "enum": list(FIELDS), "examples": ["webhook"]},
                "fields": {
                    "type": "object", "properties": {name: {"type": "string", "maxLength": 2048} for name in _PARTS}, "additionalProperties": False,
                    "description": "encrypted at rest, never told again",
                },
            },
        },
    ),
    _on_channel("enable", _enable, summary="Tell alerts there"),
    _on_channel("disable", _disable, summary="Do not tell alerts there for now", action="enable_channel"),
    _on_channel("drop", _drop, summary="Tell alerts there no more"),
    _on_channel("test", _test, summary="Send a message that says that it is a test", answers={202: "Requested", 200: "Requested"}),
]  # fmt: skip
