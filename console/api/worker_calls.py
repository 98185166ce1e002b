"""/api/worker: whether workers are there, and a job that proves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tasks
from console.api.operations import Answer, Call, Operation
from console.api.told import requested
from console.parts import consumer_state
from tasks.roles import Role


def _test(call: Call) -> Answer:
    return requested(tasks.test_worker(requested_by=call.actor, idempotency_key=call.key))


def _status(_call: Call) -> Answer:
    seen = tasks.status()
    up = [one for one in seen.consumers if consumer_state.state(one) in ("alive", "late")]
    said = "broker away" if not seen.broker_is_up else "connected" if up else "no worker"
    return Answer({
        "status": said, "workers": sum(one["workers"] for one in up), "running": sum(queue["running"] for queue in seen.queues),
        "consumers": [_told(one) for one in consumer_state.present(seen.consumers)],
        "broker": {"title": seen.broker, "is_up": seen.broker_is_up}, "database": seen.database,
    })  # fmt: skip


def _told(consumer: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "id",
        "host",
        "pid",
        "version",
        "workers",
        "worker_type",
        "broker",
        "memory_bytes",
        "started_at",
        "beat_at",
        "age_s",
        "drain_by",
    )
    return {"state": consumer_state.state(consumer), **{name: consumer[name] for name in names}}


OPERATIONS = [
    Operation(method="POST", path="/api/worker/test", summary="Ask a worker for a sign of life", act=_test, role=Role.OPERATOR, action="test_worker",
              target="worker", answers={202: "Requested", 200: "Requested"}, refusals=(422,), group="worker",
              about="Ask for the job then: its result names the worker."),
    Operation(method="GET", path="/api/worker/status", summary="Workers, broker and database", act=_status, answers={200: "WorkerStatus"}, cached_s=1.0,
              about="At most a second old.", group="worker"),
]  # fmt: skip
