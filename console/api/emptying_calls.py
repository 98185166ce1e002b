"""/api/queues/{queue}/empty: what waits in a queue is cancelled, by a bulk operation that can be taken back."""

from __future__ import annotations

import tasks
from console.api import shapes
from console.api.operations import Answer, Call, Operation
from console.api.problems import refusing
from db import bulk
from tasks.roles import Role


def _empty(call: Call) -> Answer:
    queue = call.path["queue"]
    seen = tasks.preview_empty(queue)
    made = tasks.empty_queue(queue, reason=call.body["reason"], by=call.actor, preview=seen, idempotency_key=call.key)
    row = bulk.operation(made.id, fresh=True) or {}
    told = {"id": made.id, "job_id": made.job_id, "is_new": made.is_new, "total": row.get("total", len(seen.ids)), "is_cut": seen.is_cut}
    return Answer(told, 202 if made.is_new else 200)


OPERATIONS = [
    Operation(
        method="POST", path="/api/queues/{queue}/empty", summary="Cancel every job that waits in a queue", act=refusing(_empty, missing=(), conflict=("queue",)),
        role=Role.ADMIN, action="empty_queue", target="queue:{queue}", parameters={"queue": shapes.QUEUE}, answers={202: "QueueEmptied", 200: "QueueEmptied"},
        body={"type": "object", "required": ["reason"], "properties": {"reason": shapes.REASON}, "additionalProperties": False},
        needs_body=True, refusals=(404, 409, 422), group="queue",
        about="A bulk operation over those that wait now, also for a later time or another try; at most the newest 10,000, and `is_cut` says that more wait. "
              "What runs goes on. POST /api/bulk/{id}/restore queues again just what it cancelled. 409 where nothing waits.",
    ),
]  # fmt: skip
