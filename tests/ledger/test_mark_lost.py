"""A consumer that somebody marks lost: its jobs go to others at once, and should it live, it can write nothing and take nothing."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select

import tasks
from db import consumers
from db import jobs as ledger
from db.engine import begin
from db.job_state import JobState
from db.schema import audit_log
from tasks import draining, huey_app, identity
from tasks.ledger import submit


def consumer(number):
    one = consumers.Consumer(id=f"ops~1:{number}:5.0", host="ops~1", pid=number, version="0", workers=1, worker_type="process", broker="b")
    with begin() as conn:
        consumers.beat(conn, one)
    return one


def claim(one):
    """A job in the hands of one of its workers."""
    job_id = int(submit("test_worker_connection", {}, requested_by="ana"))
    with begin() as conn:
        worker = f"{one.host}/{one.pid}:99"
        return ledger.claim(conn, job_id, name="test_worker_connection", worker=worker, lease_s=3_600, time_limit_s=60, consumer=one.id)


@pytest.fixture
def both(work):
    return consumer(70), consumer(700)


def test_its_jobs_go_to_others_at_once_and_those_of_others_stay(both, work):
    lost, lives = both
    held, other = claim(lost), claim(lives)
    huey_app.huey.storage.flush_queue()
    assert tasks.mark_lost(lost.id, by="ana") == 1
    assert tasks.job(held.id).state is JobState.QUEUED
    assert tasks.job(other.id).state is JobState.RUNNING, "though its name begins alike"
    work()
    assert tasks.job(held.id).state is JobState.SUCCEEDED, "nothing waited for the lease"
    with begin() as conn:
        line = conn.execute(select(audit_log).where(audit_log.c.action == "mark_lost")).one()
    assert (line.person, line.target, line.detail) == ("ana", f"consumer:{lost.id}", {"jobs": [held.id]})


def test_should_it_live_it_can_write_nothing_and_takes_nothing(both):
    lost, _lives = both
    held = claim(lost)
    tasks.mark_lost(lost.id, by="ana")
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.fence(conn, held, lease_s=3)
    assert claim(lost) is None


def test_only_a_consumer_that_is_there_is_marked(work):
    with pytest.raises(tasks.BadRequest, match="There is no running consumer 'nobody'"):
        tasks.mark_lost("nobody", by="ana")


def test_a_worker_names_its_consumer_and_is_known_to_be_dead(monkeypatch):
    monkeypatch.setattr(identity, "_consumer_pid", 41)
    name = identity.worker()
    assert name == f"{identity.host()}/41:{os.getpid()}"
    assert consumers.belongs(name, identity.host(), 41)
    assert not consumers.belongs(name, identity.host(), 4)
    assert not identity.is_dead(name)
    assert identity.is_dead(f"{identity.host()}/41:{2**22 + 1}")
    assert not identity.is_dead(f"elsewhere/41:{2**22 + 1}"), "what runs on another machine nobody can know"


def test_what_ended_in_the_last_hour_is_counted_by_worker(both):
    lost, _lives = both
    for _ in range(2):
        held = claim(lost)
        with begin() as conn:
            ledger.succeed(conn, held, result={})
    failed = claim(lost)
    with begin() as conn:
        ledger.fail(conn, failed, ledger.Failure(error_class="X", error="x"), retry_in_s=None)
    assert draining.ended_lately() == {"ops~1/70:99": {"succeeded": 2, "failed": 1}}
