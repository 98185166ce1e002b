"""A consumer that dies at a named point, once: CRASH_AT=point or point:K for the K-th time, CRASH_WHAT=consumer (kill -9) or worker.

Points: after_pop, after_claim, before_commit, after_commit (of a page), before_end, after_end (of a job), before_failure, after_failure
(what is written when a job fails), before_rescue, after_rescue, before_push (of the tick).
"""

from __future__ import annotations

import os
import signal
import sys
import time

import run_consumer
from db import job_rescue
from settings import settings
from tasks import copy, huey_app, ledger, run

point, _, number = os.environ.get("CRASH_AT", "").partition(":")
wanted = int(number or 1)
seen = 0


def die_once() -> None:
    marker = settings().quayside_var / "crashed"
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    if os.environ.get("CRASH_WHAT") == "consumer":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)  # the parent's death is ours
    os._exit(9)


def at(step: str) -> None:
    global seen
    if step and step == point:
        seen += 1
        if seen == wanted:
            die_once()


def around(owner, name, *, before="", after=""):
    """Die on the way into, or out of, one of the product's functions."""
    inner = getattr(owner, name)

    def crashing(*args, **more):
        at(before)
        result = inner(*args, **more)
        at(after)
        return result

    setattr(owner, name, crashing)


def arm() -> None:
    """Lay the points; each lies in the process that reaches it."""
    (settings().quayside_var / "crashed").unlink(missing_ok=True)
    copy._BATCH = int(os.environ.get("CRASH_BATCH", "1"))  # each page in a transaction of its own, so that the points can be counted
    around(ledger, "execute", before="after_pop")
    around(ledger.heartbeat, "hold", before="after_claim")
    around(copy.sync_runs, "checkpoint", after="before_commit")
    around(run.Run, "pause_point", before="after_commit")
    around(run.Run, "succeed", after="before_end")
    around(ledger.heartbeat, "release", before="after_end")
    around(ledger, "_record", before="before_failure", after="after_failure")
    around(job_rescue, "rescue", before="before_rescue", after="after_rescue")
    push = huey_app.push

    def crashing_push(due):
        if due:
            at("before_push")
        return push(due)

    huey_app.push = crashing_push


if __name__ == "__main__":
    arm()
    sys.exit(run_consumer.main())
