"""What the tick brings back: lost messages, dead workers, poison jobs."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

import tasks
from db import consumers, job_rescue
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState
from db.schema import job_attempts, jobs, store_stream_counts, store_stream_stats
from tasks import broker, huey_app, identity
from tasks.ledger import submit
from tasks.tick import Tick


@pytest.fixture
def tick(work):
    return Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))


def ask():
    return tasks.test_worker(requested_by="ana")


def claim(job_id, worker="elsewhere:1"):
    with begin() as conn:
        return ledger.claim(conn, job_id, name="test_worker_connection", worker=worker, lease_s=3, time_limit_s=60)


def change(job_id, **values):
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(**values))


def test_a_job_whose_message_was_lost_is_asked_for_again(tick, work):
    job_id = ask()
    broker.client().flushall()
    tick()
    assert huey_app.queue_length() == 0, "not before its time: the message may still be on its way"
    change(job_id, push_at=db_now(-1))
    tick()
    work()
    assert tasks.job(job_id).state is JobState.SUCCEEDED


def test_a_delayed_job_is_pushed_when_it_is_due(tick, work):
    job_id = submit("test_worker_connection", {}, requested_by="ana", delay_s=3600)
    tick()
    assert huey_app.queue_length() == 0
    change(job_id, run_at=db_now(-1), push_at=db_now(-1))
    tick()
    work()
    assert tasks.job(job_id).state is JobState.SUCCEEDED


def test_the_job_of_a_silent_worker_runs_again(tick, work):
    job_id = ask()
    huey_app.huey.storage.flush_queue()
    claim(job_id)
    tick()
    assert tasks.job(job_id).state is JobState.RUNNING
    change(job_id, lease_until=db_now(-1))
    tick()
    work()
    assert tasks.job(job_id).state is JobState.SUCCEEDED
    with begin() as conn:
        outcomes = conn.scalars(select(job_attempts.c.outcome).where(job_attempts.c.job_id == job_id).order_by(job_attempts.c.fence)).all()
    assert outcomes == ["crashed", "succeeded"]


def test_a_lease_from_before_the_clock_was_set_back_does_not_last_for_ever(tick):
    job_id = ask()
    claim(job_id)
    change(job_id, lease_until=db_now(3600))
    tick()
    assert tasks.job(job_id).state is JobState.QUEUED


def test_the_job_of_a_dead_process_of_this_machine_is_taken_at_once(tick):
    job_id = ask()
    claim(job_id, worker=f"{identity.host()}:{2**22 + 1}")
    tick()
    assert tasks.job(job_id).state is JobState.QUEUED


def test_a_job_that_kills_its_worker_each_time_ends(tick):
    job_id = ask()
    for crash in range(job_rescue.MAX_CRASHES):
        change(job_id, run_at=db_now(-1))
        assert claim(job_id) is not None, f"crash {crash}"
        change(job_id, lease_until=db_now(-1))
        tick()
    seen = tasks.job(job_id)
    assert (seen.state, seen.reason_code) == (JobState.FAILED, "worker_died")
    assert "died or went silent" in seen.error


def test_a_page_that_was_written_clears_the_crashes(tick):
    job_id = ask()
    for _ in range(job_rescue.MAX_CRASHES + 2):
        change(job_id, run_at=db_now(-1))
        held = claim(job_id)
        with begin() as conn:
            ledger.fence(conn, held, lease_s=3)
        change(job_id, lease_until=db_now(-1))
        tick()
    assert tasks.job(job_id).state is JobState.QUEUED


def test_a_heartbeat_extends_a_lease_but_not_past_the_deadline(tick):
    job_id = ask()
    held = claim(job_id)
    change(job_id, lease_until=db_now(-1))
    with begin() as conn:
        ledger.beat(conn, [held], lease_s=3)
    tick()
    assert tasks.job(job_id).state is JobState.RUNNING
    change(job_id, lease_until=db_now(-1), deadline_at=db_now(-1))
    with begin() as conn:
        ledger.beat(conn, [held], lease_s=3)
    tick()
    assert tasks.job(job_id).state is JobState.QUEUED


def test_a_cancel_of_a_job_whose_worker_died_is_kept(tick):
    job_id = ask()
    claim(job_id)
    assert tasks.cancel(job_id, by="ana") is JobState.RUNNING
    change(job_id, lease_until=db_now(-1))
    tick()
    seen = tasks.job(job_id)
    assert (seen.state, seen.error) == (JobState.CANCELLED, "Cancelled by ana.")


def test_ten_ticks_are_as_good_as_one(tick, work):
    job_id = ask()
    claim(job_id)
    change(job_id, lease_until=db_now(-1))
    for _ in range(10):
        tick()
    work()
    with begin() as conn:
        crashes = conn.scalar(select(jobs.c.crashes).where(jobs.c.id == job_id))
        tries = conn.scalars(select(job_attempts.c.fence).where(job_attempts.c.job_id == job_id)).all()
    assert (crashes, len(tries)) == (0, 2)


def test_the_consumer_is_seen(tick):
    tick()
    assert [one["id"] for one in tasks.status().consumers] == ["t"]


def test_the_counts_of_stores_are_noted_once_whoever_ticks(tick, work):
    number = tasks.add_store("s", platform="shopify", address="https://s.example", by="ana")
    with begin() as conn:
        conn.execute(insert(store_stream_stats).values(store_id=number, stream="orders", live=7))
    tick()
    Tick(consumers.Consumer(id="u", host="h", pid=2, version="0", workers=1, worker_type="thread", broker="b"))()
    with begin() as conn:
        noted = conn.execute(select(store_stream_counts)).all()
    assert {(row.store_id, row.stream, row.live) for row in noted} == {(number, "orders", 7)}
    assert len({row.at_hour for row in noted}) == len(noted)
