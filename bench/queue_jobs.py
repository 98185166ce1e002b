"""Our contestant: `python -m bench.queue_jobs enqueue|bulk|trickle|clear COUNT, consume`, with a job that does nothing. The environment names database and Redis."""

from __future__ import annotations

import sys
import time
from typing import Any

from sqlalchemy import delete

import run_consumer
from bench.child import measured
from db import schema, stores
from db.engine import begin
from tasks import catalog, fan_out
from tasks.ledger import KINDS, job, submit
from tasks.run import Run

assert catalog.MODULES


@job(queue="system", attempts=1, retry_delay_s=1.0, time_limit_s=600.0)
def bench_nothing(run: Run) -> dict[str, Any]:
    """Does nothing."""
    return {}


@job(queue="system", attempts=1, retry_delay_s=1.0)
def bench_many(run: Run) -> dict[str, Any]:
    """The whole that a fan-out's parts belong to."""
    return {}


def enqueue(count: int) -> None:
    """One by one: each is in the ledger and in Redis before the next."""
    with measured(records=count):
        for _ in range(count):
            submit("bench_nothing", {}, requested_by="bench")


def bulk(count: int) -> None:
    """As a fan-out over 50 stores does: one transaction, one push of what is first in each store's line."""
    with begin() as conn:
        known = [one.id for one in stores.every(conn)] or [
            stores.add(conn, name=f"s{n}", title="S", platform="shopify", address="https://s.example") for n in range(50)
        ]
    with measured(records=count):
        whole = fan_out._new("bench_many", "system", {}, "bench", None, 0, None)
        keys = [f"bench:{time.time_ns()}:{n}" for n in range(count)]
        parts = [
            fan_out._new("bench_nothing", "system", {}, "bench", None, 0, None, dedupe_key=key, store_id=known[place % len(known)])
            for place, key in enumerate(keys)
        ]
        fan_out._split(whole, parts)


def clear(_: int) -> None:
    """Forget every job."""
    with begin() as conn:
        for table in (schema.requests, schema.job_attempts, schema.jobs):
            conn.execute(delete(table))


def trickle(count: int) -> None:
    """Now and then one, for the latency at low load."""
    for _ in range(count):
        submit("bench_nothing", {}, requested_by="bench")
        time.sleep(0.05)


if __name__ == "__main__":
    assert KINDS
    what = sys.argv[1]
    if what == "consume":
        sys.exit(run_consumer.main())
    {"enqueue": enqueue, "bulk": bulk, "trickle": trickle, "clear": clear}[what](int(sys.argv[2]))
