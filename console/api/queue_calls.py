"""/queue: what the queue holds, and the requests that put syncs into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import tasks
from console.api import shapes
from console.api.checks import moment
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem, Wrong
from console.api.told import requested, told_job
from db import stores
from db.reads import asking
from db.stores import Store
from tasks.roles import Role

_FIELDS = {"store": "storeId", "limit": "options.limit", "sync_all": "options.syncAll", "date_from": "options.dateFrom",
           "date_to": "options.dateTo", "stream": "type"}  # fmt: skip
STREAMS = {"products": "products", "orders": "orders", "inventory": "inventory", "customers": "customers", "users": "customers"}


def _store(body: Mapping[str, Any]) -> Store:
    """The store that a body names.

    Raises: Problem (404, 409).
    """
    with asking(fresh=True) as conn:
        found = stores.by_name(conn, body["storeId"])
    if found is None:
        raise Problem(
            404, f"There is no store {body['storeId']!r}. GET /api/stores lists them.", errors=[Wrong("storeId", "has to name a store")]
        )
    said = str(body.get("platform", found.platform))
    if said.lower() != found.platform:
        raise Problem(
            409, f"The store {found.name} is on {found.platform}, not on {said}.", errors=[Wrong("platform", f"has to be {found.platform}")]
        )
    return found


def _options(body: Mapping[str, Any]) -> dict[str, Any]:
    said = body.get("options", {})
    return {
        "limit": int(said["limit"]) if "limit" in said else None, "sync_all": said.get("syncAll", False),
        "date_from": moment(said["dateFrom"]) if "dateFrom" in said else None, "date_to": moment(said["dateTo"]) if "dateTo" in said else None,
        "dry_run": said.get("dryRun", False), "metadata": body.get("metadata", {}), "priority": int(body["priority"]) if "priority" in body else None,
    }  # fmt: skip


def _ask(call: Call, store: Store, stream: str, key: str | None) -> tasks.Requested:
    try:
        return tasks.sync(store.name, stream, requested_by=call.actor, idempotency_key=key, **_options(call.body))
    except tasks.BadRequest as error:
        status = 409 if error.field in ("stream", "store") else 422
        raise Problem(status, str(error), errors=[Wrong(_FIELDS.get(error.field, error.field), str(error))]) from None


def _sync(call: Call, *, stream: str) -> Answer:
    return requested(_ask(call, _store(call.body), stream, call.key))


def _sync_all(call: Call) -> Answer:
    store, made, skipped = _store(call.body), [], []
    for stream in dict.fromkeys(STREAMS.values()):
        try:
            job = requested(_ask(call, store, stream, call.key and f"{call.key}:{stream}"))
            made.append((stream, job))
        except Problem as problem:  # a platform without customers has the other streams nevertheless
            skipped.append((stream, problem))
    if not made:
        raise skipped[0][1]
    told = {"jobs": [{"stream": stream, **job.value} for stream, job in made],
            "skipped": [{"stream": stream, "reason": problem.detail} for stream, problem in skipped]}  # fmt: skip
    return Answer(told, max(job.status for _, job in made))


def _status(_call: Call) -> Answer:
    depth = tasks.status().queues
    return Answer({"queues": depth, **{name: sum(queue[name] for queue in depth) for name in ("waiting", "delayed", "running")}})


def _deliveries(_call: Call) -> Answer:
    found = tasks.deliveries()
    if found is None:
        raise Problem(
            503,
            "The broker does not answer. The jobs wait in the database, and are handed out again when it does.",
            headers={"Retry-After": "5"},
        )
    return Answer(asdict(found))


def _job(call: Call) -> Answer:
    seen = tasks.job(call.path["id"])
    if seen.queue != call.path["queue"]:
        raise Problem(404, f"There is no job {seen.id} in the queue {call.path['queue']}.")
    return Answer(told_job(seen))


_SYNC: dict[str, Any] = {
    "method": "POST",
    "role": Role.OPERATOR,
    "action": "sync",
    "needs_body": True,
    "group": "queue",
    "refusals": (404, 409, 422),
}
OPERATIONS = [
    *(
        Operation(
            path=f"/queue/sync/{name}", summary=f"Sync a store's {stream}", act=partial(_sync, stream=stream), target=f"stream:{stream}",
            body=shapes.sync_body(sorted({name, stream}, key=lambda each: each != name)), answers={202: "Requested", 200: "Requested"},
            about="202 for a new job, 200 where an unfinished job already does the same. With `dryRun` the job writes nothing; its result tells what would "
                  "be created, updated and rejected.", **_SYNC,
        )
        for name, stream in STREAMS.items()
    ),
    Operation(
        path="/queue/sync/all", summary="Sync every stream that a store's platform offers", act=_sync_all, target="stream:all",
        body=shapes.sync_body(["all"]), answers={202: "RequestedAll", 200: "RequestedAll"},
        about="Streams that the platform does not offer, or cannot filter by time where a range is given, are named in `skipped`.", **_SYNC,
    ),
    Operation(method="GET", path="/queue/status", summary="How much waits and runs, per queue", act=_status, answers={200: "QueueStatus"},
              cached_s=1.0, about="At most a second old.", group="queue"),
    Operation(method="GET", path="/queue/deliveries", summary="What is in the hands of the broker", act=_deliveries, answers={200: "Deliveries"}, cached_s=1.0,
              about="Of the first `looked_at` messages, `unreadable` are no job's and `idle` are of jobs that do not wait. At most a second old.", group="queue"),
    Operation(method="GET", path="/queue/job/{queue}/{id}", summary="One job", act=_job, parameters={"queue": shapes.QUEUE, "id": shapes.ID},
              answers={200: "Job"}, refusals=(404,), group="queue"),
]  # fmt: skip
