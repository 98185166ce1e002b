"""/api/stores/…: connect a shop, change it, try its credentials, fill its past, look for deletions, try rejected records again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tasks
from console.api import shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from console.api.told import requested
from tasks import store_tags
from tasks.roles import Role, require

_FIELDS = {
    "date_from": "dateFrom",
    "date_to": "dateTo",
    "slice_days": "sliceDays",
    "secrets_given": "secrets",
    "external_ids": "externalIds",
}
_SECRETS = {
    "type": "object", "maxProperties": 20, "propertyNames": {"pattern": "^[a-z_]{1,64}$"}, "additionalProperties": {"type": "string", "maxLength": 8192},
    "description": "encrypted at rest, never told again; those of the environment outweigh them",
}  # fmt: skip
_ADDRESS = {"type": "string", "pattern": "^https?://[^/\\s]+\\S*$", "maxLength": 512, "examples": ["https://shop.example"]}
_TITLE = {"type": "string", "pattern": "\\S", "maxLength": 255}
_TAGS = {
    "type": "array", "maxItems": store_tags.MOST, "items": shapes.TAG, "examples": [["eu", "b2b"]],
    "description": "letters, digits, -, _ and blanks; kept in lower case, each once",
}  # fmt: skip


def _add(call: Call) -> Answer:
    said = call.body
    store_id = tasks.add_store(
        said["name"], platform=said["platform"], address=said["address"], title=said.get("title", ""), secrets_given=said.get("secrets"),
        tags=said.get("tags", ()), by=call.actor,
    )  # fmt: skip
    return Answer({"id": store_id}, 201)


def _change(call: Call) -> Answer:
    said = call.body
    tasks.change_store(
        call.path["store"], address=said.get("address"), title=said.get("title"), secrets_given=said.get("secrets"), tags=said.get("tags"),
        by=call.actor,
    )  # fmt: skip
    return Answer({"store": call.path["store"]})


def _test(call: Call) -> Answer:
    return requested(tasks.test_connection(call.path["store"], requested_by=call.actor, idempotency_key=call.key))


def _backfill(call: Call) -> Answer:
    said = call.body
    return requested(
        tasks.backfill(
            call.path["store"], said["stream"], moment(said["dateFrom"]), moment(said["dateTo"]) if "dateTo" in said else None,
            requested_by=call.actor, slice_days=said.get("sliceDays", 7), dry_run=said.get("dryRun", False), metadata=said.get("metadata", {}), idempotency_key=call.key,
        )
    )  # fmt: skip


def _reconcile(call: Call) -> Answer:
    store, is_confirmed = call.path["store"], call.body.get("confirmed", False)
    if is_confirmed:  # any number of deletions is believed then
        require(call.actor, Role.ADMIN, action="reconcile", target=f"store:{store}")
    return requested(
        tasks.reconcile(store, call.body["stream"], requested_by=call.actor, is_confirmed=is_confirmed, idempotency_key=call.key)
    )


def _retry_rejected(call: Call) -> Answer:
    return requested(
        tasks.retry_rejected(call.path["store"], call.body["stream"], call.body.get("externalIds"), by=call.actor, idempotency_key=call.key)
    )


def _reset_watermark(call: Call) -> Answer:
    store, stream, to = call.path["store"], call.path["stream"], call.body.get("to")
    done = tasks.reset_watermark(store, stream, moment(to) if to else None, reason=call.body["reason"], by=call.actor)
    old, new = (each.isoformat() if each else None for each in (done.old, done.new))
    return Answer({"store": store, "stream": stream, "old": old, "new": new, "dropped": done.dropped})


def _sync_all(call: Call) -> Answer:
    said = call.body
    priority: dict[str, Any] = {"priority": int(said["priority"])} if "priority" in said else {}
    return requested(
        tasks.sync_all(said.get("store"), requested_by=call.actor, in_full=said.get("inFull", True), metadata=said.get("metadata", {}),
                       dry_run=said.get("dryRun", False), idempotency_key=call.key, **priority)
    )  # fmt: skip


def _body(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _on_store(path: str, act: Callable[[Call], Answer], **more: Any) -> Operation:
    told: dict[str, Any] = {
        "role": Role.OPERATOR, "answers": {202: "Requested", 200: "Requested"}, "refusals": (404, 422), "target": "store:{store}",
        "parameters": {"store": shapes.STORE}, "group": "stores", **more,
    }  # fmt: skip
    return Operation(
        method="POST", path=f"/api/stores/{{store}}/{path}", act=refusing(act, missing=("store", "name"), fields=_FIELDS), **told
    )


_of_stream: Any = partial(_on_store, needs_body=True)
OPERATIONS = [
    Operation(
        method="POST", path="/api/stores", summary="Connect a shop", act=refusing(_add, missing=(), fields=_FIELDS), role=Role.ADMIN, action="add_store", target="stores",
        body=_body(["name", "platform", "address"], {
            "name": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$", "examples": ["shop2"]},
            "platform": {"type": "string", "enum": sorted(tasks.platforms()), "examples": ["woocommerce"]},
            "address": _ADDRESS, "title": _TITLE, "secrets": _SECRETS, "tags": _TAGS,
        }),
        needs_body=True, answers={201: "Written"}, refusals=(422,), group="stores",
        about="Nothing is asked of the shop yet; /api/stores/{store}/test-connection does.",
    ),
    Operation(
        method="POST", path="/api/stores/sync-all", summary="Sync every stream of a store, or of all stores, as one job", act=refusing(_sync_all, missing=("store",)),
        role=Role.OPERATOR, action="sync_all", target="stores", answers={202: "Requested", 200: "Requested"}, refusals=(404, 422), group="stores",
        body=_body([], {
            "store": {**shapes.STORE, "description": "without it: all of them"}, "priority": shapes.PRIORITY, "metadata": shapes.SCALARS,
            "inFull": {"type": "boolean", "default": True, "description": "read everything; false: what has changed"},
            "dryRun": {"type": "boolean", "default": False, "description": "write nothing, and tell what would be written"},
        }),
        about="With a part for each stream; it ends with the last of them. What is being synced already is left to that job.",
    ),
    _on_store("change", _change, summary="Change a store's address, title, tags or some of its secrets", role=Role.ADMIN, action="change_store",
              answers={200: "Store"}, body=_body([], {"address": _ADDRESS, "title": _TITLE, "secrets": _SECRETS, "tags": _TAGS}),
              about="What is not given stays; `tags` are all that the store has afterwards."),
    _on_store("test-connection", _test, summary="Try a store's credentials", action="test_connection",
              about="The job's result says who we are there, what is granted and missing, and how far the clocks are apart."),
    _of_stream("backfill", _backfill, summary="Read a range of the past, in slices behind everything else", action="backfill",
               body=_body(["stream", "dateFrom"], {
                   "stream": shapes.STREAM, "dateFrom": {**shapes.TIME, "examples": ["2024-01-01T00:00:00Z"]}, "dateTo": shapes.TIME,
                   "sliceDays": {"type": "number", "minimum": 1, "maximum": 366, "default": 7}, "metadata": shapes.SCALARS,
                   "dryRun": {"type": "boolean", "default": False, "description": "write nothing, and tell what would be written"},
               }), about="One job with a part for each slice; the regular sync and its watermark go on beside it."),
    _of_stream("reconcile", _reconcile, summary="Ask the platform for each live record by its id, and mark those that are gone", action="reconcile",
               body=_body(["stream"], {"stream": shapes.STREAM, "confirmed": {"type": "boolean", "default": False}}),
               about="More deletions than 5 % and 20 are believed only with `confirmed`, which needs the role admin."),
    _of_stream("retry-rejected", _retry_rejected, summary="Try rejected records again", action="retry_rejected",
               body=_body(["stream"], {"stream": shapes.STREAM, "externalIds": {
                   "type": "array", "minItems": 1, "maxItems": 1_000, "items": {"type": "string", "minLength": 1, "maxLength": 128}}}),
               about="Those named, or all of the stream."),
    _on_store("streams/{stream}/watermark", _reset_watermark, summary="Set up to when a stream is complete, by hand", role=Role.ADMIN, action="reset_watermark",
              parameters={"store": shapes.STORE, "stream": shapes.STREAM}, needs_body=True, answers={200: "WatermarkReset"}, refusals=(404, 409, 422),
              body=_body(["reason"], {
                  "to": shapes.nullable("string", format="date-time", description="the next sync reads what changed since; without it, everything"),
                  "reason": shapes.REASON,
              }), about="Nothing is read now. 409 while a sync of the stream is at work; runs that stopped before their end begin anew when they are tried again."),
]  # fmt: skip
