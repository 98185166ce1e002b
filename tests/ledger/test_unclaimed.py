"""A job that no consumer knows fails with what to do; one that merely waits does not, and a rolling upgrade is given its time."""

from __future__ import annotations

import pytest
from sqlalchemy import update

import tasks
from db import consumers, failure_lists, stores
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState
from db.schema import consumers as consumer_rows
from db.schema import jobs
from db.schema import stores as store_rows
from tasks import huey_app, unclaimed
from tasks.ledger import KINDS, job, submit
from tasks.sync import MANUAL
from tasks.tick import Tick

LONG = unclaimed.AFTER_S + 60
SHORT = unclaimed.AFTER_S - 60


@job(queue="system", attempts=2, retry_delay_s=0.0)
def count_ships(run, **_):
    """What was known once, and will be again."""


KNOWN = KINDS["count_ships"]


@pytest.fixture
def program(work):
    """This program without that kind of job, until `undo`."""
    with pytest.MonkeyPatch.context() as changed:
        changed.delitem(KINDS, "count_ships")
        yield changed


class Consumer:
    """One that ticks, and its own time."""

    def __init__(self, monkeypatch, version="1.0"):
        self.now = 0.0
        self.tick = Tick(consumers.Consumer(id="t", host="h", pid=1, version=version, workers=1, worker_type="thread", broker="b"))
        monkeypatch.setattr(self.tick, "_unclaimed", unclaimed.Unclaimed(version, clock=lambda: self.now))

    def push(self, *job_ids, due_since_s=LONG):
        """Push what has been due for so long."""
        with begin() as conn:
            conn.execute(update(jobs).where(jobs.c.id.in_(job_ids)).values(run_at=db_now(-due_since_s), push_at=db_now(-1)))
        self.tick()

    def push_for_long(self, *job_ids, due_since_s=LONG):
        """And again when the time is over."""
        self.push(*job_ids, due_since_s=due_since_s)
        self.now += LONG
        self.push(*job_ids, due_since_s=due_since_s)


@pytest.fixture
def consumer(program, monkeypatch):
    return Consumer(monkeypatch)


def ask(**more):
    """Somebody asks for it whose program knows it."""
    with pytest.MonkeyPatch.context() as theirs:
        theirs.setitem(KINDS, "count_ships", KNOWN)
        return int(submit("count_ships", {}, requested_by="ana", **more))


def hear_of(version, *, seconds_ago=0.0):
    """Another consumer's last word."""
    other = consumers.Consumer(id="other", host="h", pid=2, version=version, workers=1, worker_type="thread", broker="b")
    with begin() as conn:
        consumers.beat(conn, other)
        conn.execute(update(consumer_rows).where(consumer_rows.c.id == "other").values(version=version, beat_at=db_now(-seconds_ago)))


def state(job_id):
    return tasks.job(job_id).state


def test_a_job_that_no_consumer_knows_fails_with_what_to_do_and_can_be_retried(consumer, program, work):
    job_id = ask(dedupe_key="ships")
    hear_of("1.0")
    consumer.push_for_long(job_id)
    seen = tasks.job(job_id)
    assert (seen.state, seen.reason_code, seen.verdict) == (JobState.FAILED, "unknown_job", "failed")
    assert "count_ships" in seen.error
    assert "version 1.0" in seen.error
    assert "retry" in seen.hint
    (group,) = failure_lists.groups(fresh=True).rows
    assert (group["error_class"], group["kind"]) == ("UnknownJob", "person")
    assert ask(dedupe_key="ships") != job_id, "nothing holds its key"
    program.undo()  # the version that knows it has come
    work()
    tasks.retry(job_id, by="ana")
    work()
    assert state(job_id) is JobState.SUCCEEDED


def test_a_consumer_that_has_just_come_gives_it_time(consumer):
    job_id = ask()
    consumer.push(job_id)
    assert state(job_id) is JobState.QUEUED, "the one that knows it may come next"
    consumer.now += SHORT
    consumer.push(job_id)
    assert state(job_id) is JobState.QUEUED
    consumer.now += LONG
    consumer.push(job_id)
    assert state(job_id) is JobState.FAILED


def test_one_that_somebody_had_in_the_meantime_is_given_its_time_anew(consumer):
    job_id = ask()
    consumer.push_for_long(job_id, due_since_s=SHORT)
    assert state(job_id) is JobState.QUEUED
    consumer.push(job_id)
    assert state(job_id) is JobState.FAILED


def test_while_consumers_of_two_versions_run_it_waits_for_the_one_that_knows_it(consumer):
    job_id = ask()
    hear_of("2.0")
    consumer.push_for_long(job_id)
    assert state(job_id) is JobState.QUEUED
    hear_of("2.0", seconds_ago=3_600)
    consumer.push(job_id)
    assert state(job_id) is JobState.FAILED, "that consumer is gone"


def test_while_somebody_runs_one_of_its_kind_it_waits(consumer):
    busy, job_id = ask(), ask()
    with begin() as conn:
        held = ledger.claim(conn, busy, name="count_ships", worker="elsewhere:1", lease_s=3, time_limit_s=60)
    consumer.push_for_long(job_id)
    assert state(job_id) is JobState.QUEUED, "a consumer of the same version that was given jobs of its own"
    with begin() as conn:
        ledger.succeed(conn, held, result={})
    consumer.push(job_id)
    assert state(job_id) is JobState.FAILED


@pytest.fixture
def store_id(work):
    """A store that runs one job at once."""
    with begin() as conn:
        stores.add(conn, name="big", title="big", platform="shopify", address="https://s.example")
        conn.execute(update(store_rows).values(max_running=1))
        return stores.by_name(conn, "big").id


@pytest.mark.parametrize("held", [{"queue": "users"}, {"store": "big"}], ids=["its queue", "its store"])
def test_one_that_is_paused_waits_while_others_of_its_kind_fail(consumer, store_id, held):
    free, paused = ask(), ask(store_id=store_id)
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == paused).values(queue="users"))
    tasks.pause(**held, reason="We look at it.", by="ana")
    consumer.push_for_long(free, paused)
    assert (state(free), state(paused)) == (JobState.FAILED, JobState.QUEUED)
    tasks.resume(**held, by="ana")
    consumer.push(paused)
    assert state(paused) is JobState.FAILED


def test_what_is_known_and_what_is_not_due_is_left_alone(consumer):
    known, later = tasks.test_worker(requested_by="ana"), ask()
    consumer.push_for_long(known)
    consumer.push_for_long(later, due_since_s=-3_600)
    assert (state(known), state(later)) == (JobState.QUEUED, JobState.QUEUED)


def test_it_no_longer_holds_up_its_stores_line(consumer, store_id, work):
    job_id = ask(store_id=store_id, priority=MANUAL)
    behind = int(submit("test_worker_connection", {}, requested_by="ana", store_id=store_id))
    huey_app.huey.storage.flush_queue()
    consumer.push(job_id)
    assert huey_app.queue_length() == 1, "it stands first"
    huey_app.huey.storage.flush_queue()
    consumer.now += LONG
    consumer.push(job_id)
    assert state(job_id) is JobState.FAILED
    work()
    assert state(behind) is JobState.SUCCEEDED
