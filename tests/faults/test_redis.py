"""Redis may die, forget, freeze, fill up, lose answers or be unreachable: it only rings the bell."""

from __future__ import annotations

import os
import resource
import struct
import sys
import time

import pytest

import tasks
from db.job_state import JobState
from tests.faults.proxy import Proxy
from tests.servers import RedisServer, until

pytestmark = [pytest.mark.faults, pytest.mark.processes]


def some_progress(stage):
    until("some progress", lambda: len(stage.entered()) >= 4)


def test_killed_and_started_again(stage):
    with stage.consumer():
        stage.ask(20, takes_s=0.1)
        some_progress(stage)
        stage.server.kill()
        stage.ask(5)  # a job is accepted without any Redis
        stage.server.start()
        assert stage.settle() == []


def test_killed_and_started_again_empty(stage, tmp_path):
    forgetful = RedisServer(tmp_path / "forgetful", keeps=False)
    stage.through(forgetful.port)
    try:
        with stage.consumer():
            stage.ask(20, takes_s=0.1)
            some_progress(stage)
            forgetful.kill()
            forgetful.start()
            assert forgetful.client().dbsize() == 0
            assert stage.settle() == []
    finally:
        forgetful.stop()


def test_flushed_again_and_again(stage):
    with stage.consumer():
        for _ in range(4):
            stage.ask(6, takes_s=0.1)
            stage.server.client().flushall()
        assert stage.settle() == []


def test_frozen_for_longer_than_a_lease(stage):
    with stage.consumer():
        stage.ask(12, takes_s=0.1)
        some_progress(stage)
        stage.server.freeze()
        try:
            began = time.monotonic()
            stage.ask(1)
            assert time.monotonic() - began < 10, "who asks is held up for the socket's five seconds once, not twice"
        finally:
            stage.server.thaw()
        stage.ask(2)
        assert stage.settle() == []


def test_unreachable_through_a_cut_wire(stage):
    wire = Proxy(("127.0.0.1", stage.server.port))
    stage.through(wire.port)
    with stage.consumer() as started:
        stage.ask(12, takes_s=0.1)
        some_progress(stage)
        wire.cut()
        stage.ask(3)
        lines = len(started.log().splitlines())
        until("some time without Redis", a_while(1.5))
        assert len(started.log().splitlines()) - lines < 12, "it neither spins nor complains without end"
        wire.heal()
        assert stage.settle() == []
    wire.close()


def a_while(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def test_the_answer_with_a_message_is_lost_on_the_wire(stage):
    """The server has popped it, nobody has it: this is where bare Huey loses a task without a word."""
    wire = Proxy(("127.0.0.1", stage.server.port))
    stage.through(wire.port)
    with stage.consumer():
        wire.swallow = lambda asked, answer: wire.cuts < 4 and b"quayside.mark" in answer
        stage.ask(12)
        assert stage.settle() == []
        assert wire.cuts == 4
    wire.close()


def test_answers_that_stall_and_come_late(stage):
    wire = Proxy(("127.0.0.1", stage.server.port))
    stage.through(wire.port)
    with stage.consumer():
        wire.delay_s = 0.2
        stage.ask(4)
        wire.is_stalled = True
        until("a pop that times out", a_while(3.0))
        wire.is_stalled = False
        assert stage.settle() == []
    wire.close()


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
def test_out_of_memory(stage, policy):
    redis = stage.server.client()
    with stage.consumer():
        redis.config_set("maxmemory-policy", policy)
        redis.config_set("maxmemory", "1")
        stage.ask(8)
        until("no message is left or was taken", lambda: redis.dbsize() == 0)
        redis.config_set("maxmemory", "0")
        assert stage.settle() == []


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_its_disk_is_full(stage):
    """With its append-only file refused, Redis refuses writes and pops (MISCONF)."""
    redis = stage.server.client()
    with stage.consumer():
        redis.config_set("appendfsync", "everysec")
        resource.prlimit(stage.server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        stage.ask(8, takes_s=0.05)
        until("a write that failed", lambda: redis.info("persistence")["aof_last_write_status"] == "err")
        stage.ask(2)
        resource.prlimit(stage.server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert stage.settle() == []


def message(job_id, name="mark", task_id=None):
    import json

    told = {"args": [job_id], "id": task_id or f"j{job_id}", "name": f"quayside.{name}"}
    return struct.pack(">Q", job_id) + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def test_messages_forged_doubled_undecodable_and_of_a_renamed_task(stage):
    from tasks import huey_app

    redis, key = stage.server.client(), huey_app.huey.storage.queue_key
    with stage.consumer() as started:
        done = stage.ask(2)
        stage.wait()
        waiting = stage.ask(8, takes_s=0.1)
        later = stage.ask(1, "fail_first")
        for job_id in (*done, *waiting, *later):
            for copy in range(5):
                redis.zadd(key, {message(job_id, task_id=f"copy{copy}"): 0})  # doubled; for `later` also of another kind
        for number, junk in enumerate([b"\x80\x04cposix\nsystem\n.", b"{", b"[]", b'{"id":1,"name":2,"args":3}', os.urandom(200)]):
            redis.zadd(key, {struct.pack(">Q", number) + junk: -1000})
        for forged in (
            message(10**15),
            message(0),
            message(2**63),
            message(waiting[0], name="mark_as_it_was_called"),
            message(done[0], name="kill_worker"),
        ):
            redis.zadd(key, {forged: -1000})
        assert stage.settle() == []
        until("an empty queue", lambda: redis.zcard(key) == 0)
        log = started.log()
    assert max(stage.entered().values()) == 2, "fail_first alone was entered twice"
    dropped = [line for line in log.splitlines() if "message dropped" in line]
    assert len(dropped) == 7, "the five that cannot be read, the id that cannot be, and the task that is not there"
    assert "Traceback" not in log


def test_a_job_is_asked_for_while_there_is_no_consumer_and_no_redis(stage):
    stage.server.kill()
    (job_id,) = stage.ask(1)
    assert tasks.job(job_id).state is JobState.QUEUED
    stage.server.start()
    with stage.consumer():
        assert stage.settle() == []
