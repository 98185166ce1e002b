"""Our contestant: `python -m bench.queue_jobs enqueue|bulk|trickle|run COUNT`, with a job that does nothing. The environment names database and Redis."""

from __future__ import annotations

import sys
import time
from typing import Any

from sqlalchemy import func, select

import run_consumer
from bench.child import measured
from db import schema
from db.engine import reading
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
    """As a fan-out does: one transaction, one push."""
    with measured(records=count):
        whole = fan_out._new("bench_many", "system", {}, "bench", None, 0, None)
        parts = [
            fan_out._new("bench_nothing", "system", {}, "bench", None, 0, None, dedupe_key=f"bench:{time.time_ns()}:{n}")
            for n in range(count)
        ]
        fan_out._split(whole, parts)


def trickle(count: int) -> None:
    """Now and then one, for the latency at low load."""
    for _ in range(count):
        submit("bench_nothing", {}, requested_by="bench")
        time.sleep(0.05)


def ended(after: int) -> int:
    """How many no-op jobs above this id have ended."""
    done = select(func.count()).select_from(schema.jobs).where(schema.jobs.c.name == "bench_nothing", schema.jobs.c.state == "succeeded")
    with reading(fresh=True) as conn:
        return int(conn.scalar(done.where(schema.jobs.c.id > after)) or 0)


if __name__ == "__main__":
    assert KINDS
    what = sys.argv[1]
    if what == "consume":
        sys.exit(run_consumer.main())
    {"enqueue": enqueue, "bulk": bulk, "trickle": trickle}[what](int(sys.argv[2]))
