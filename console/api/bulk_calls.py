"""/api/bulk: one deed to many jobs or rejected records. First the set is counted and frozen (`preview`), then the deed is done to just that set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.api import cursors, job_filters, shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem, Wrong
from db import bulk
from db.rejected import WantedRejected
from tasks.roles import Role

_ACTION = {
    "type": "string",
    "enum": ["retry", "cancel", "retry_rejected"],  # by name: another action may need another role
    "examples": ["retry"],
    "description": "retry_rejected: try rejected records again",
}
_RECORDS: dict[str, dict[str, Any]] = {
    "store": shapes.STORE,
    "stream": shapes.STREAM,
    "reasonCode": {"type": "string", "minLength": 1, "maxLength": 64},
}
_OF_BOTH = ("action", "maxId")
_REASON = {"type": "string", "maxLength": 512, "examples": ["the platform is back"]}


def _preview(call: Call) -> Answer:
    said = call.body
    of_records = said["action"] == "retry_rejected"
    known = (*_OF_BOTH, *(_RECORDS if of_records else (*job_filters.FILTERS, "fingerprint")))
    if others := sorted(set(said) - {*known}):
        rule = f"says nothing about {'rejected records' if of_records else 'jobs'}; known are {', '.join(sorted(known))}"
        raise Problem(422, f"{others[0]} {rule}.", errors=[Wrong(name, rule) for name in others])
    if beside := [name for name in job_filters.FILTERS if name in said and "fingerprint" in said]:
        rule = "is not taken beside fingerprint, which says by itself which jobs are meant"
        raise Problem(422, f"{beside[0]} {rule}.", errors=[Wrong(name, rule) for name in beside])
    if of_records:
        wanted: Any = WantedRejected(store=said.get("store"), stream=said.get("stream"), reason_code=said.get("reasonCode"))
    else:
        wanted = job_filters.wanted(said)
    seen = tasks.preview_bulk(said["action"], wanted, fingerprint=said.get("fingerprint"), max_id=said.get("maxId"))
    told = {
        "ids": list(seen.ids),
        "counts": dict(seen.counts),
        "sentence": str(seen),
        "is_cut": seen.is_cut,
        "searched_to": seen.searched_to,
    }
    return Answer(told)


def _start(call: Call) -> Answer:
    seen = tasks.preview_bulk(call.body["action"], ids=call.body["ids"])
    return _started(tasks.start_bulk(seen, by=call.actor, reason=call.body.get("reason", ""), idempotency_key=call.key))


def _started(made: Any) -> Answer:
    return Answer({"id": made.id, "job_id": made.job_id, "is_new": made.is_new}, 202 if made.is_new else 200)


def _list(call: Call) -> Answer:
    limit = call.query.get("limit", 100)
    rows = bulk.recent(before=cursors.read(call.query.get("cursor"), int), limit=limit + 1)
    return Answer(cursors.listed([_told(row) for row in rows], key="id", limit=limit))


def _one(call: Call) -> Answer:
    row = bulk.operation(call.path["id"])
    if row is None:
        raise _missing(call)
    return Answer(_told(row))


def _targets(call: Call) -> Answer:
    if bulk.operation(call.path["id"]) is None:
        raise _missing(call)
    limit, before = call.query.get("limit", 100), cursors.read(call.query.get("cursor"), int)
    rows = bulk.targets_of(call.path["id"], outcome=call.query.get("outcome"), before=before, limit=limit + 1)
    return Answer(cursors.listed(rows, key="target_id", limit=limit))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "id",
        "action",
        "state",
        "filter",
        "reason",
        "requested_by",
        "job_id",
        "total",
        "done",
        "refused",
        "per_s",
        "created_at",
        "finished_at",
    )
    return {name: row[name] for name in names}


def _missing(call: Call) -> Problem:
    return Problem(404, f"There is no bulk operation {call.path['id']}. GET /api/bulk lists them.")


def _on_operation(act: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def asked(call: Call) -> Answer:
        if bulk.operation(call.path["id"], fresh=True) is None:
            raise _missing(call)
        try:
            return act(call)
        except tasks.BadRequest as error:  # it is at work, or nothing of it is left
            raise Problem(409, str(error), errors=[Wrong(error.field, str(error))]) from None

    return asked


def _stop(call: Call) -> Answer:
    tasks.stop_bulk(call.path["id"], by=call.actor)
    return Answer({"id": call.path["id"]})


def _repeat(call: Call) -> Answer:
    return _started(tasks.repeat_bulk(call.path["id"], by=call.actor, reason=call.body.get("reason", ""), idempotency_key=call.key))


def _restore(call: Call) -> Answer:
    return _started(tasks.restore_bulk(call.path["id"], by=call.actor, reason=call.body.get("reason", ""), idempotency_key=call.key))


def _body(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


_OF_ONE: dict[str, Any] = {"method": "POST", "role": Role.OPERATOR, "target": "bulk:{id}", "parameters": {"id": shapes.ID}, "group": "bulk"}
OPERATIONS = [
    Operation(
        method="POST", path="/api/bulk/preview", summary="What a bulk operation would do, and to which jobs", act=_preview, answers={200: "BulkPreview"},
        body=_body(
            ["action"], action=_ACTION, **job_filters.FILTERS, **{name: rule for name, rule in _RECORDS.items() if name not in job_filters.FILTERS},
            fingerprint={"type": "string", "maxLength": 32, "description": "the failed jobs of one group of failures, instead of a filter"},
            maxId={**shapes.ID, "description": "nothing younger than this number"},
        ),
        needs_body=True, refusals=(422,), group="bulk", about="Changes nothing. Jobs by the filters of their list or by a fingerprint; rejected records by store, stream and reasonCode. At most the newest 10,000; "
        "`is_cut` says that more match.",
    ),
    Operation(
        method="POST", path="/api/bulk", summary="Do it to these jobs, in a job of its own", act=_start, role=Role.OPERATOR, action="start_bulk",
        target="bulk", needs_body=True, answers={202: "BulkStarted", 200: "BulkStarted"}, refusals=(422,), group="bulk",
        body=_body(["action", "ids"], action=_ACTION, reason=_REASON,
                   ids={"type": "array", "minItems": 1, "maxItems": 10_000, "items": shapes.ID, "description": "those that the preview told: of jobs, or of rejected records"}),
        about="Each is looked at again when its turn comes, and done once; what cannot be done is told with its reason.",
    ),
    Operation(method="GET", path="/api/bulk", summary="Bulk operations, newest first", act=_list, answers={200: "Rows"}, group="bulk",
              query={"limit": cursors.LIMIT, "cursor": cursors.CURSOR}),
    Operation(method="GET", path="/api/bulk/{id}", summary="One bulk operation", act=_one, parameters={"id": shapes.ID}, answers={200: "Bulk"},
              refusals=(404,), group="bulk"),
    Operation(method="GET", path="/api/bulk/{id}/targets", summary="What came of each job or record, newest first", act=_targets, parameters={"id": shapes.ID},
              answers={200: "Rows"}, refusals=(404,), group="bulk", about="`said` is why one was refused; the others' turn has not come.",
              query={"outcome": {"type": "string", "enum": ["done", "refused", "waiting"]}, "limit": cursors.LIMIT, "cursor": cursors.CURSOR}),
    Operation(path="/api/bulk/{id}/stop", summary="Act on no further jobs", act=_on_operation(_stop), action="stop_bulk", answers={200: "Written"},
              refusals=(404, 409), about="What was done stays done.", **_OF_ONE),
    Operation(path="/api/bulk/{id}/repeat", summary="Act again on what was refused or not come to", act=_on_operation(_repeat), action="repeat_bulk",
              body=_body([], reason=_REASON), answers={202: "BulkStarted", 200: "BulkStarted"}, refusals=(404, 409), **_OF_ONE),
    Operation(path="/api/bulk/{id}/restore", summary="Queue again just the jobs that it cancelled", act=_on_operation(_restore), action="restore_bulk",
              body=_body([], reason=_REASON), answers={202: "BulkStarted", 200: "BulkStarted"}, refusals=(404, 409),
              about="An operation of its own; those that another job has replaced since are refused with the reason.", **_OF_ONE),
]  # fmt: skip
