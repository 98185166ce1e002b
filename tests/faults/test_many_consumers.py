"""Four consumers at once, and consumers whose workers are threads: what is killed or stopped among them loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

import tasks
from db.job_state import JobState
from tests.servers import until

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]


def are_in_hand(job_ids):
    return all(tasks.job(job_id).state is JobState.RUNNING for job_id in job_ids)


def test_of_four_consumers_one_is_killed_one_loses_a_worker_and_one_is_stopped(stage):
    with ExitStack() as running, ThreadPoolExecutor() as starters:
        consumers = list(starters.map(lambda _: running.enter_context(stage.consumer()), range(4)))
        held = stage.ask(8, "hold")  # one for each worker
        until("all in hand", lambda: are_in_hand(held))
        stage.ask(40)
        killed, bereft, stopped, _ = consumers
        killed.kill()
        os.kill(next(worker for worker in map(stage.worker_of, held) if worker in bereft.children()), signal.SIGKILL)
        os.kill(stopped.process.pid, signal.SIGTERM)
        stage.go()
        assert stage.settle() == []
    assert max(stage.entered().values()) <= 2


def test_workers_that_are_threads_may_be_killed_and_stopped_with_jobs_in_hand(stage):
    with stage.consumer(WORKER_TYPE="thread") as killed:
        held = stage.ask(2, "hold")
        until("both in hand", lambda: are_in_hand(held))
        stage.ask(6)
        killed.kill()
    stage.go()
    with stage.consumer(WORKER_TYPE="thread") as stopped:
        stage.wait()
        running = stage.ask(2, takes_s=0.5)
        until("both in hand", lambda: are_in_hand(running))
        stage.ask(4)
        assert stopped.stop() == 0
    assert JobState.RUNNING not in {tasks.job(job_id).state for job_id in stage.accepted}, "nothing waits for a lease"
    with stage.consumer(WORKER_TYPE="thread"):
        assert stage.settle() == []
