"""The invariants would tell: with one guard taken away, the same scenario violates them. A test that could not fail shows nothing."""

from __future__ import annotations

import os
import signal
import sys

import pytest

import tasks
from db.job_state import JobState, Verdict
from settings import settings
from tests.faults.invariants import violations
from tests.faults.test_each_page import connected_again, rows_of
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]


@pytest.mark.parametrize("removed", ["", "fence"])
def test_without_the_fence_a_worker_that_was_frozen_does_it_again(stage, removed):
    with stage.consumer(GUARD_REMOVED=removed) as started:
        (job_id,) = stage.ask(1, "hold")
        until("it runs", lambda: tasks.job(job_id).state is JobState.RUNNING)
        frozen = stage.worker_of(job_id)
        os.kill(frozen, signal.SIGSTOP)
        stage.go()
        try:
            until("another has done it", lambda: tasks.job(job_id).state is JobState.SUCCEEDED)
        finally:
            os.kill(frozen, signal.SIGCONT)
        until(
            "both have told how it went",
            lambda: sum(started.log().count(f"job {how} id={job_id} ") for how in ("succeeded", "fenced")) == 2,
        )
        found = violations([job_id], marked=[1])
    assert ("number 1 left 2 marks" in found) == bool(removed)
    assert removed or found == []


@pytest.mark.parametrize("removed", ["", "checkpoint"])
def test_with_the_checkpoint_outside_the_transaction_a_kill_loses_a_page(clean, removed):
    (settings().quayside_var / "checkpoint").unlink(missing_ok=True)
    with open_store("woocommerce", size=5, orders=330, customers=3) as store:
        store.sandbox.visits("woocommerce", store.name).fault("slow", stream="orders", times=100, delay_s=0.2)
        name, number = connected_again(store)
        job_id = tasks.sync(name, "orders", requested_by="ana")
        with consumer("tests/faults/stage.py", GUARD_REMOVED=removed, CRASH_AT="before_commit", CRASH_WHAT="worker"):
            seen = tasks.wait(job_id, timeout_s=40)
        assert seen.verdict is Verdict.SUCCESS, "it believes that all is well"
        (settings().quayside_var / "checkpoint").unlink(missing_ok=True)
        with consumer():
            tasks.wait(tasks.sync(store.name, "orders", requested_by="ana"), timeout_s=40)
        lost = rows_of(store.id).keys() - rows_of(number).keys()
    assert bool(lost) == bool(removed)
