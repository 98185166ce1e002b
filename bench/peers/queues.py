"""The peers' contestants: `queues.py celery|huey|rq enqueue|trickle COUNT`, jobs that do nothing. BENCH_REDIS is redis://…; workers are started by queue_bench."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import celery as celery_package  # noqa: E402  # the path comes first
import redis  # noqa: E402  # after the path above
from huey import PriorityRedisHuey  # noqa: E402  # the same

URL = os.environ["BENCH_REDIS"]
celery = celery_package.Celery("queues", broker=URL, backend=URL)
celery.conf.update(task_default_queue="celery", worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
huey = PriorityRedisHuey("bench", url=URL, results=False)


@celery.task(name="nothing")  # type: ignore[untyped-decorator]  # celery says no types, nor does huey below
def celery_nothing() -> None:
    """Does nothing."""


@celery.task(name="late")  # type: ignore[untyped-decorator]  # it carries no types
def celery_late(asked_at: float) -> None:
    """Says how late it began."""
    redis.Redis.from_url(URL).rpush("late", time.time() - asked_at)


@huey.task()  # type: ignore[untyped-decorator]  # it carries no types
def huey_nothing() -> None:
    """Does nothing."""


@huey.task()  # type: ignore[untyped-decorator]  # it carries no types
def huey_late(asked_at: float) -> None:
    """Says how late it began."""
    redis.Redis.from_url(URL).rpush("late", time.time() - asked_at)


def rq_nothing() -> None:
    """Does nothing."""


def enqueue(peer: str, count: int) -> None:
    """One by one."""
    from bench.child import measured

    if peer == "rq":
        import rq

        queue = rq.Queue("bench", connection=redis.Redis.from_url(URL))
        with measured(records=count):
            for _ in range(count):
                queue.enqueue("queues.rq_nothing")
        return
    with measured(records=count):
        for _ in range(count):
            celery_nothing.delay() if peer == "celery" else huey_nothing()


def trickle(peer: str, count: int) -> None:
    """Now and then one."""
    for _ in range(count):
        celery_late.delay(time.time()) if peer == "celery" else huey_late(time.time())
        time.sleep(0.05)


def waiting(peer: str) -> str:
    """The key that the jobs wait in."""
    return {"celery": "celery", "huey": "huey.redis.bench", "rq": "rq:queue:bench"}[peer]


if __name__ == "__main__":
    assert urlsplit(URL).scheme == "redis"
    import queues  # type: ignore[import-not-found]  # by the name that the workers know the tasks under

    {"enqueue": queues.enqueue, "trickle": queues.trickle}[sys.argv[2]](sys.argv[1], int(sys.argv[3]))
