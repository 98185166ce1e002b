"""The JSON Schemas of what is sent and answered; the checks and the document are made of them."""

from __future__ import annotations

from typing import Any

from db.history import SHOWN, STREAMS
from db.job_state import QUEUES, JobState, Verdict
from tasks.store_tags import LONGEST

MOST_ID = 2**53 - 1  # what every JSON reader can tell apart
ID = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
STORE = {"type": "string", "minLength": 1, "maxLength": 64, "examples": ["store1"], "description": "a store's name"}
TAG = {"type": "string", "pattern": "\\S", "maxLength": LONGEST}
QUEUE = {"type": "string", "enum": list(QUEUES)}
STATES = {"type": "array", "items": {"type": "string", "enum": list(SHOWN)}, "description": "may be given several times"}
STREAM = {"type": "string", "enum": list(STREAMS)}
TIME = {"type": "string", "format": "date-time"}
REASON = {"type": "string", "pattern": "\\S", "maxLength": 512, "examples": ["stocktaking"], "description": "others will want to know"}
SCALARS = {
    "type": "object", "maxProperties": 20, "propertyNames": {"maxLength": 64},
    "additionalProperties": {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "number", "minimum": -MOST_ID, "maximum": MOST_ID},
                                       {"type": "boolean"}, {"type": "null"}]},
    "description": "what you want to find again with the job: a reason, a user",
}  # fmt: skip
PRIORITY = {"type": "integer", "minimum": 0, "maximum": 100, "examples": [20], "description": "higher is sooner"}


def sync_body(types: list[str]) -> dict[str, Any]:
    """The body of a sync request of one stream, which may say its `type` again."""
    return {
        "type": "object", "required": ["storeId"], "additionalProperties": False,
        "properties": {
            "platform": {"type": "string", "maxLength": 32, "examples": ["woocommerce"], "description": "has to be the store's platform"},
            "type": {"type": "string", "enum": types, "examples": types[:1]},
            "storeId": STORE,
            "options": {
                "type": "object", "additionalProperties": False,
                "description": "Without any: what changed since the last complete run.",
                "properties": {
                    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ID, "examples": [100], "description": "stop after that many records"},
                    "syncAll": {"type": "boolean", "examples": [False], "description": "read everything"},
                    "dateFrom": {**TIME, "examples": ["2024-01-01T00:00:00Z"], "description": "read the changes of a range"},
                    "dateTo": {**TIME, "examples": ["2024-01-31T23:59:59Z"]},
                    "dryRun": {"type": "boolean", "examples": [False], "description": "write nothing, and tell what would be written"},
                },
            },
            "metadata": {**SCALARS, "examples": [{"userId": "user123", "reason": "manual_sync"}]},
            "priority": PRIORITY,
        },
    }  # fmt: skip


def nullable(kind: str, **more: Any) -> dict[str, Any]:
    """A value that may be absent."""
    return {"type": [kind, "null"], **more}


def _object(properties: dict[str, Any], *, is_open: bool = False) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": is_open}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return _object({"items": {"type": "array", "items": item}, "next": nullable("string", description="the cursor of what follows")})


def _found(item: dict[str, Any]) -> dict[str, Any]:
    listed = _list_of(item)["properties"]
    return _object(
        {
            **listed,
            "searched_to": nullable("integer", description="before this number nothing has been searched yet; null: nothing is left out"),
        }
    )


_FREE = {"type": "object", "additionalProperties": True}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}
_WHEN = nullable("string", format="date-time")
_REQUESTED = {
    "id": ID, "task_id": {"type": "string", "description": "the same number as text"}, "queue": QUEUE,
    "status": {"type": "string", "enum": [state.value for state in JobState]},
    "is_new": {"type": "boolean", "description": "false: an unfinished job that does the same is told instead"},
    "job": {"type": "string", "description": "where to ask for it"}, "task": {"type": "string"},
}  # fmt: skip
JOB = {
    "id": ID, "task_id": {"type": "string"}, "status": {"type": "string", "enum": [state.value for state in JobState]}, "name": {"type": "string"},
    "queue": {"type": "string"}, "store": nullable("string"), "stream": nullable("string"), "attempt": {"type": "integer"},
    "max_attempts": {"type": "integer"}, "progress": nullable("integer"), "progress_total": nullable("integer"),
    "verdict": {"enum": [*(verdict.value for verdict in Verdict), None]}, "reason_code": nullable("string"), "error": nullable("string"),
    "hint": nullable("string"), "result": {"type": ["object", "null"]}, "requested_by": {"type": "string"}, "metadata": _FREE, "args": _FREE,
    "created_at": TIME, "run_at": TIME, "started_at": _WHEN, "finished_at": _WHEN, "worker": nullable("string"),
    "is_finished": {"type": "boolean"},
    "parent_id": nullable("integer", description="the job that asked for this one"),
    "waits_for": nullable("string", description="what is paused and keeps it from running"),
}  # fmt: skip
_QUEUE_STATUS = {
    "queue": QUEUE, "waiting": {"type": "integer"}, "delayed": {"type": "integer"}, "running": {"type": "integer"},
    "oldest_wait_s": nullable("number", description="seconds"),
    "oldest_free_wait_s": nullable("number", description="seconds, of those that no pause holds"),
}  # fmt: skip
_CONSUMER = {"id": {"type": "string"}, "state": {"type": "string", "enum": ["alive", "late", "lost", "stopped"]}, "workers": {"type": "integer"},
             "age_s": {"type": "number"}}  # fmt: skip
_PROBLEM = {
    "type": "object", "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "errors": {"type": "array", "items": _object({"field": {"type": "string"}, "rule": {"type": "string"}})},
    },
}  # fmt: skip

SCHEMAS: dict[str, dict[str, Any]] = {
    "Requested": _object(_REQUESTED),
    "RequestedAll": _object({
        "jobs": {"type": "array", "items": _object({"stream": {"type": "string"}, **_REQUESTED})},
        "skipped": {"type": "array", "items": _object({"stream": {"type": "string"}, "reason": {"type": "string"}})},
    }),
    "Job": _object(JOB),
    "Jobs": _found({**_FREE, "required": ["id", "state"]}),
    "Found": _found(_FREE),
    "Parts": _object({"states": _COUNTS, "items": {"type": "array", "items": _FREE}}),
    "QueueStatus": _object({
        "queues": {"type": "array", "items": _object(_QUEUE_STATUS)},
        **{name: {"type": "integer"} for name in ("waiting", "delayed", "running")},
    }),
    "WorkerStatus": _object({
        "status": {"type": "string", "enum": ["connected", "no worker", "broker away"]},
        "workers": {"type": "integer", "description": "jobs that can run at once"}, "running": {"type": "integer"},
        "consumers": {"type": "array", "items": _object(_CONSUMER, is_open=True)},
        "broker": _object({"title": {"type": "string"}, "is_up": {"type": "boolean"}}), "database": {"type": "string"},
    }),
    "Changed": _object({"id": ID, "status": {"type": "string", "enum": [state.value for state in JobState]}}),
    "Pause": _object({
        "kind": {"type": "string", "enum": ["everything", "queue", "store"]}, "name": {"type": "string"}, "reason": {"type": "string"},
        "by": nullable("string"), "since": TIME, "until": _WHEN,
    }),
    "Resumed": _object({"resumed": {"type": "boolean"}}),
    "Rows": _list_of(_FREE),
    "Written": _object({"id": ID}),
    "RequestedMany": _object({"jobs": {"type": "array", "items": _object(_REQUESTED)}}),
    "Store": _object({"store": STORE}),
    "BulkPreview": _object({
        "ids": {"type": "array", "items": ID}, "counts": {**_COUNTS, "description": "ready, and why not"},
        "sentence": {"type": "string"}, "is_cut": {"type": "boolean"},
        "searched_to": nullable("integer", description="jobs before this number were not searched; narrow the filter by time to reach them"),
    }),
    "BulkStarted": _object({"id": ID, "job_id": ID, "is_new": {"type": "boolean"}}),
    "QueueEmptied": _object({
        "id": {**ID, "description": "of the bulk operation"}, "job_id": ID, "is_new": {"type": "boolean"}, "total": {"type": "integer"}, "is_cut": {"type": "boolean"},
    }),
    "WatermarkReset": _object({
        "store": STORE, "stream": {"type": "string"}, "old": _WHEN, "new": _WHEN,
        "dropped": {"type": "integer", "description": "unfinished runs that begin anew when they are tried again"},
    }),
    "Bulk": _object({
        "id": ID, "action": {"type": "string"}, "state": {"type": "string", "enum": ["waiting", "running", "done", "stopped", "failed"]}, "filter": _FREE,
        "reason": {"type": "string"}, "requested_by": {"type": "string"}, "job_id": nullable("integer"),
        **{name: {"type": "integer"} for name in ("total", "done", "refused")}, "per_s": nullable("number"), "created_at": TIME, "finished_at": _WHEN,
    }),
    "Failure": _object({"fingerprint": {"type": "string"}}),
    "FailureGroup": {**_FREE, "required": ["fingerprint", "state", "stores", "store_titles"]},
    "Drained": _object({"consumer": {"type": "string"}, "is_draining": {"type": "boolean"}, "changed": {"type": "boolean"}}),
    "Freed": _object({"consumer": {"type": "string"}, "jobs": {"type": "integer"}}),
    "Option": _object({"name": {"type": "string"}, "value": {"type": "integer"}}),
    "AlertRule": _object({"name": {"type": "string"}, "on": {"type": "boolean"}, "threshold": nullable("number", description="null: it has none")}),
    "AlertTrial": _object({
        name: {"type": "array", "items": {"type": "string"}, "description": what} for name, what in (
            ("told", "would begin, and be told"), ("kept_back", "would begin unsaid: silenced, or in quiet hours"), ("lasting", "are alerts already"),
            ("ended", "would end, and nobody be told"),
        )
    }),
    "QuietHours": _object({
        "value": {"type": "string"}, "default": {"type": "string"}, "time_zone": {"type": "string"}, "changed_by": nullable("string"),
        "changed_at": nullable("string", format="date-time"),
    }),
    "View": _object({"page": {"type": "string"}, "name": {"type": "string"}}),
    "Deliveries": _object({
        **{name: {"type": "integer"} for name in ("messages", "looked_at", "unreadable", "idle")}, "examples": {"type": "array", "items": {"type": "string"}},
        "memory_bytes": nullable("integer"), "memory_most": nullable("integer", description="null: no limit"),
    }),
    "Problem": _PROBLEM,
}  # fmt: skip
