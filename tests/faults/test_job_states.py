"""Kill, freeze and stop in every state that a job can be in: it ends, once, and nobody holds it twice (R20)."""

from __future__ import annotations

import os
import signal
import sys

import pytest

import tasks
from db.job_state import JobState
from tests.servers import until

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]

POINTS = {  # state of the job, or of what is done about it → the named point
    "queued, its message taken": "after_pop",
    "running, just claimed": "after_claim",
    "running, its end written but not committed": "before_end",
    "succeeded, nobody told": "after_end",
    "due, its push noted but not sent": "before_push",
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_a_worker_killed_in_this_state_loses_and_doubles_nothing(stage, point):
    with stage.consumer(CRASH_AT=point, CRASH_WHAT="worker") as victim:
        stage.ask(4, takes_s=0.05, is_heard=point != "before_push")
        stage.ask(8, is_heard=point != "before_push")
        assert stage.settle() == []
        assert stage.has_crashed()
        assert victim.process.poll() is None
    assert max(stage.entered().values()) <= 2


@pytest.mark.parametrize("point", ["after_claim", "before_end", "before_push"])
def test_a_consumer_killed_in_this_state_loses_and_doubles_nothing(stage, point):
    crash = {"CRASH_AT": point, "CRASH_WHAT": "consumer"}
    with stage.consumer(**crash) as one, stage.consumer(**crash) as two:  # the first to come there dies, the other goes on
        stage.ask(12, takes_s=0.05, is_heard=point != "before_push")
        until("the crash", lambda: {one.process.poll(), two.process.poll()} == {None, -signal.SIGKILL})
        assert stage.settle() == []
    assert max(stage.entered().values()) <= 2


@pytest.mark.parametrize("point", ["before_failure", "after_failure"])
def test_a_kill_while_a_failure_is_written_costs_no_job(stage, point):
    with stage.consumer(CRASH_AT=point):
        stage.ask(8, "fail_first")
        assert stage.settle() == []
        assert stage.has_crashed()
    assert {tasks.job(job_id).attempt for job_id in stage.accepted} == {2}, "the crash was not counted as a failure"


@pytest.mark.parametrize("point", ["before_rescue", "after_rescue"])
def test_a_kill_of_the_rescuer_costs_no_job(stage, point):
    with stage.consumer(CRASH_AT=point):
        job_ids = stage.ask(2, "hold")
        until("both in hand", lambda: all(tasks.job(job_id).state is JobState.RUNNING for job_id in job_ids))
        for job_id in job_ids:
            os.kill(stage.worker_of(job_id), signal.SIGKILL)
        stage.go()
        assert stage.settle() == []
        assert stage.has_crashed()


def test_who_asked_may_die_between_the_commit_and_the_push(stage):
    assert stage.ask_as_another_program(CRASH_AT="before_push").returncode == 9
    from db.engine import begin
    from db.schema import jobs

    with begin() as conn:
        stage.accepted += [row.id for row in conn.execute(jobs.select())]
    assert len(stage.accepted) == 1
    with stage.consumer():
        assert stage.settle() == []


@pytest.mark.parametrize("whole", [True, False], ids=["the whole consumer", "one worker"])
def test_what_was_frozen_longer_than_its_lease_cannot_write(stage, whole):
    with stage.consumer() as one, stage.consumer() as two:
        (job_id,) = stage.ask(1, "hold")
        until("it runs", lambda: tasks.job(job_id).state is JobState.RUNNING)
        frozen = stage.worker_of(job_id)
        owner = one if frozen in one.children() else two
        freeze(owner, frozen, whole, signal.SIGSTOP)
        stage.go()
        try:
            until("another has done it", lambda: tasks.job(job_id).state is JobState.SUCCEEDED)
        finally:
            freeze(owner, frozen, whole, signal.SIGCONT)
        until("the fence", lambda: f"job fenced id={job_id}" in owner.log())
        stage.ask(6)
        assert stage.settle() == []
    assert stage.entered()[1] == 2


def freeze(owner, worker, whole, sign):
    if whole:
        os.killpg(owner.process.pid, sign)
    else:
        os.kill(worker, sign)


@pytest.mark.parametrize(("sign", "times"), [(signal.SIGTERM, 1), (signal.SIGTERM, 2), (signal.SIGINT, 1)])
def test_a_stop_leaves_no_job_half_done(stage, sign, times):
    with stage.consumer() as stopped:
        running = stage.ask(2, takes_s=4.0)
        until("both in hand", lambda: all(tasks.job(job_id).state is JobState.RUNNING for job_id in running))
        stage.ask(4)
        stage.ask(2, "fail_first")
        for _ in range(times - 1):
            os.kill(stopped.process.pid, sign)
        assert stopped.stop(sign) in (0, 1)
    left = {tasks.job(job_id).state for job_id in stage.accepted}
    assert JobState.RUNNING not in left, "nothing waits for a lease"
    with stage.consumer():
        assert stage.settle() == []
