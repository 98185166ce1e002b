"""A consumer that dies at a named point, once: CRASH_AT=after_claim | before_commit:K | after_commit:K, CRASH_WHAT=consumer | worker."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import run_consumer
from db import sync_runs
from settings import settings
from tasks import copy, ledger, run

point, _, number = os.environ["CRASH_AT"].partition(":")
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
    if step == point:
        seen += 1
        if seen == wanted:
            die_once()


checkpoint, pause_point, hold = sync_runs.checkpoint, run.Run.pause_point, ledger.heartbeat.hold


def crashing_checkpoint(*args, **more):
    moved = checkpoint(*args, **more)
    at("before_commit")
    return moved


def crashing_pause(self):
    at("after_commit")
    pause_point(self)


def crashing_hold(job):
    at("after_claim")
    hold(job)


copy.sync_runs.checkpoint, run.Run.pause_point, ledger.heartbeat.hold = crashing_checkpoint, crashing_pause, crashing_hold
Path(settings().quayside_var / "crashed").unlink(missing_ok=True)
sys.exit(run_consumer.main())
