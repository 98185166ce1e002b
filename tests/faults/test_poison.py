"""Jobs that hurt: each ends with its reason, and its neighbours never notice."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import insert

import tasks
from db.columns import db_now
from db.engine import begin
from db.job_rescue import MAX_CRASHES
from db.job_state import JobState
from db.schema import jobs

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]

ENDS = {  # kind of job → the reason that it ends with, and after how many attempts; deaths are counted apart
    "kill_worker": ("worker_died", 0),
    "eat_memory": ("error", 2),
    "dig": ("error", 2),
    "rant": ("error", 2),
    "never_return": ("time_limit", 2),
    "leave": ("error", 2),
}
HURT = {"LEASE_S": "0.8", "HEARTBEAT_S": "0.2", "WORKERS": "3"}  # a job that died is held back for up to 2 × LEASE_S × crashes


def test_every_poisonous_job_ends_with_its_reason_and_its_neighbours_are_done_once(stage):
    with stage.consumer(**HURT) as started:
        poison = {kind: stage.ask(1, kind)[0] for kind in ENDS}
        stage.ask(1, "mark", surprise=True)  # an argument that its function does not take, e.g. of another version
        odd = stage.accepted[-1]
        innocent = [job_id for _ in range(6) for job_id in stage.ask(4, takes_s=0.1)]
        assert stage.settle(timeout_s=60, without_mark=range(1, len(ENDS) + 2)) == []
        assert started.process.poll() is None
    for kind, (reason, attempts) in ENDS.items():
        seen = tasks.job(poison[kind])
        assert (kind, seen.state, seen.reason_code, seen.attempt) == (kind, JobState.FAILED, reason, attempts)
        assert seen.error
        assert len(seen.error) <= 2000
    assert stage.entered()[1] == MAX_CRASHES
    assert (tasks.job(odd).state, "surprise" in tasks.job(odd).error) == (JobState.FAILED, True)
    assert {tasks.job(job_id).state for job_id in innocent} == {JobState.SUCCEEDED}


def test_a_job_that_no_program_knows_any_more_harms_nobody_and_runs_when_one_does(stage):
    with begin() as conn:
        unknown = conn.execute(
            insert(jobs).values(
                name="mark_of_the_next_version", queue="system", args={"number": 1}, metadata={}, state=JobState.QUEUED, max_attempts=3,
                run_at=db_now(), push_at=db_now(-1), requested_by="ana",
            )
        ).inserted_primary_key[0]  # fmt: skip
    stage.numbers.append(1)
    with stage.consumer():
        stage.ask(6)
        stage.wait()
    assert tasks.job(unknown).state is JobState.QUEUED, "kept for the program that knows it"
    with begin() as conn:
        conn.execute(jobs.update().where(jobs.c.id == unknown).values(name="mark"))
    stage.accepted.append(unknown)
    with stage.consumer():
        assert stage.settle() == []
