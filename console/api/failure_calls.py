"""/api/failures: failures of one cause together, and what people say about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.api import cursors, shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem, refusing
from console.api.told import told_rows
from db import failure_lists
from tasks.roles import Role

_STATES = {"type": "array", "items": {"type": "string", "enum": ["new", "known", "muted", "resolved", "regressed"]}}
_KINDS = {"type": "array", "items": {"type": "string", "enum": ["person", "passing", "bug"]},
          "description": "needs a person, mends itself, or is a bug"}  # fmt: skip
_MARK = {"type": "string", "pattern": "^[0-9a-f]{32}$", "examples": ["0" * 32]}
_PAGED = {"limit": cursors.LIMIT, "cursor": cursors.CURSOR}


def _list(call: Call) -> Answer:
    limit, asked = call.query.get("limit", 100), call.query
    page = failure_lists.groups(states=asked.get("state", ()), kinds=asked.get("kind", ()), before=_place(asked.get("cursor")), limit=limit)
    rows = [{**row, "place": f"{row['last_seen_at'].isoformat()} {row['fingerprint']}"} for row in page.rows]
    told = cursors.listed(rows, key="place", limit=limit, has_more=page.has_more)
    return Answer({**told, "items": page.rows})


def _place(cursor: str | None) -> failure_lists.Place | None:
    if (after := cursors.read(cursor, str)) is None:
        return None
    seen_at, _, fingerprint = after.partition(" ")
    try:
        at = moment(seen_at)
    except ValueError:
        raise cursors.wrong() from None
    if at.tzinfo is None:
        raise cursors.wrong()
    return at, fingerprint


def _one(call: Call) -> Answer:
    found = failure_lists.group(call.path["fingerprint"], fresh=True)
    if found is None:
        raise Problem(404, f"There is no group of failures {call.path['fingerprint']}. GET /api/failures lists them.")
    return Answer(found)


def _jobs(call: Call) -> Answer:
    limit = call.query.get("limit", 100)
    page = failure_lists.jobs_of(call.path["fingerprint"], before=cursors.read(call.query.get("cursor"), int), limit=limit)
    return Answer(cursors.listed(told_rows(page.rows), key="id", limit=limit, has_more=page.has_more))


def _say(verb: Callable[..., None], *said: Callable[[Call], Any]) -> Callable[[Call], Answer]:
    """A verb on a group, with what the body says."""

    def act(call: Call) -> Answer:
        verb(call.path["fingerprint"], *(each(call) for each in said), by=call.actor)
        return Answer({"fingerprint": call.path["fingerprint"]})

    return refusing(act, missing=("fingerprint",))


def _on_group(path: str, act: Callable[[Call], Answer], body: dict[str, Any] | None = None, **more: Any) -> Operation:
    said: dict[str, Any] = (
        {"needs_body": True, "body": {"type": "object", "required": list(body), "properties": body, "additionalProperties": False}}
        if body
        else {}
    )
    return Operation(
        method="POST", path=f"/api/failures/{{fingerprint}}/{path}", act=act, role=Role.OPERATOR, action=f"{path}_failures",
        target="failures:{fingerprint}", parameters={"fingerprint": _MARK}, answers={200: "Failure"}, refusals=(404, 422), group="failures", **said, **more,
    )  # fmt: skip


_get: dict[str, Any] = {"method": "GET", "group": "failures"}
_of_one: dict[str, Any] = {**_get, "parameters": {"fingerprint": _MARK}}
OPERATIONS = [
    Operation(path="/api/failures", summary="Why jobs fail, failures of one cause together, the last seen first", act=_list, answers={200: "Rows"},
              query={"state": _STATES, "kind": _KINDS, **_PAGED}, **_get),
    Operation(path="/api/failures/{fingerprint}", summary="One group of failures, and which stores it hits", act=_one, answers={200: "FailureGroup"},
              refusals=(404,), **_of_one),
    Operation(path="/api/failures/{fingerprint}/jobs", summary="The jobs that failed so, newest first", act=_jobs, answers={200: "Rows"}, query=_PAGED, refusals=(404,), **_of_one,
              about="To retry those that are failed: /api/bulk/preview with the fingerprint."),
    _on_group("mute", _say(tasks.mute_failures, lambda call: moment(call.body["until"])), {"until": shapes.TIME}, summary="Tell nobody of it until then",
              about="It is counted on."),
    _on_group("unmute", _say(tasks.unmute_failures), summary="Tell of it again"),
    _on_group("acknowledge", _say(tasks.acknowledge_failures), summary="It is known, and no longer told as new"),
    _on_group("resolve", _say(tasks.resolve_failures), summary="It is mended", about="Should it come again, it is told as regressed. Its jobs stay failed."),
    _on_group("assign", _say(tasks.assign_failures, lambda call: call.body["to"]), {"to": {"type": ["string", "null"], "maxLength": 255}},
              summary="Who cares for it", about="null is nobody."),
    _on_group("note", _say(tasks.note_failures, lambda call: call.body["note"]), {"note": {"type": "string", "maxLength": 1024}},
              summary="What is known about it, for the next person", about="An empty note takes it away."),
]  # fmt: skip
