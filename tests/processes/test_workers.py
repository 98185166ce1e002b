"""What Huey alone does not promise: limits that hold in every worker, connections that are nobody else's, starts that fail in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import tasks
from db.job_state import JobState
from tasks.ledger import submit
from tests.processes.consumers import ROOT, consumer
from tests.servers import until

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")]


def test_a_job_over_its_time_limit_is_stopped_and_fails(clean):
    from tests.processes import odd_jobs

    assert odd_jobs.hang
    job_id = submit("hang", {}, requested_by="ana")
    with consumer("tests/processes/odd_jobs.py"):
        seen = tasks.wait(job_id, timeout_s=30)
        assert (seen.state, seen.reason_code, seen.attempt) == (JobState.FAILED, "time_limit", 2)
        assert "longer than its limit of 1 s" in seen.error
        assert tasks.wait(tasks.test_worker(requested_by="ana"), timeout_s=20).state is JobState.SUCCEEDED, "the worker is well"


def test_workers_do_not_share_the_connections_of_their_parent(clean):
    from tests.processes import odd_jobs

    assert odd_jobs.read_back
    wanted = {int(submit("read_back", {"number": number}, requested_by="ana")): number for number in range(120)}
    with consumer("tests/processes/odd_jobs.py", WORKERS="4"):
        assert {job_id: tasks.wait(job_id, timeout_s=60).result["number"] for job_id in wanted} == wanted


def start(script="run_consumer.py", **environment):
    answered = subprocess.run(
        [sys.executable, script], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    return answered.returncode, answered.stderr.strip().splitlines()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"WORKERS": "many"}, "WORKERS is 'many'; it has to be a whole number"),
        ({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1"}, "Redis at 127.0.0.1:1/0 does not answer"),
        ({"DB_MASTER_HOST": "127.0.0.1:1", "DB_SLAVE1_HOST": ""}, "The database at 127.0.0.1:1/"),
        ({"DB_MASTER_HOST": "", "QUAYSIDE_VAR": "/tmp/quayside-test-nothing-here"}, "Run: python -m db.migrate"),
    ],
)
def test_a_consumer_that_cannot_start_says_why_in_one_sentence(ground, environment, told):
    code, lines = start(**environment)
    assert code == 1
    assert told in lines[-1]
    assert not any("Traceback" in line for line in lines)


def test_a_consumer_is_seen_with_its_workers_and_its_memory(clean):
    with consumer(WORKERS="3"):
        until("the consumer's first beat", lambda: tasks.status().consumers)
        (seen,) = tasks.status().consumers
        assert (seen["workers"], seen["worker_type"]) == (3, "process")
        assert seen["memory_bytes"] > 10_000_000
    (seen,) = tasks.status().consumers
    assert seen["stopped_at"] is not None


def test_the_memory_of_a_long_sync_is_bounded_and_flat(clean):
    """R14, with 40,000 records here; a million were read by hand with the same script."""
    ran = subprocess.run(
        [sys.executable, "tests/processes/long_sync.py", "40000"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "LEASE_S": "3600"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["created"] == 40_000
    assert told["peak"] < 256 * 2**20
    assert told["peak"] - told["after_10_000"] < 24 * 2**20
