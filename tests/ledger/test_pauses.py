"""Pause and resume: jobs are kept, no message gets past, and a pause ends once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import consumers, stores
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import audit_log, job_attempts, jobs, queue_pauses
from db.schema import stores as store_rows
from tasks import breaker, huey_app, pausing
from tasks.ledger import job, submit
from tasks.tick import Tick

ran: list[int] = []
between_pages: list = []


@job(queue="system", attempts=2, retry_delay_s=0.0)
def walk(run, pages=1, **_):
    """Some pages, and whatever happens between them."""
    for page in range(pages):
        with run.page():
            ran.append(run.id)
        if page + 1 < pages:
            for happening in between_pages:
                happening(page)
            run.pause_point()


@pytest.fixture(autouse=True)
def fresh(work):
    ran.clear()
    between_pages.clear()
    with begin() as conn:
        for name in ("store1", "store2"):
            stores.add(conn, name=name, title=name, platform="shopify", address="https://s.example")


@pytest.fixture
def tick():
    return Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))


def store_id(name="store1"):
    with begin() as conn:
        return stores.by_name(conn, name).id


def break_down():
    store = store_id()
    with begin() as conn:
        for _ in range(breaker.PAUSE_AFTER):
            breaker.failed(conn, store, "it is down")


def ask(store="store1", **more):
    return submit("walk", more.pop("args", {}), requested_by="ana", store_id=store_id(store) if store else None, **more)


def deeds():
    with begin() as conn:
        return [(row.person, row.action, row.target) for row in conn.execute(select(audit_log).order_by(audit_log.c.id))]


def forge(job_id):
    huey_app.push([(int(job_id), "walk", 100)])


def make_over():
    with begin() as conn:
        conn.execute(update(queue_pauses).values(resume_at=db_now(-1)))
        conn.execute(update(store_rows).where(store_rows.c.paused_by.is_not(None)).values(resume_at=db_now(-1)))


WAYS = pytest.mark.parametrize("what", [{"queue": "system"}, {"store": "store1"}, {"everything": True}], ids=lambda what: next(iter(what)))


@WAYS
def test_a_pause_keeps_the_jobs_and_a_resume_runs_them_at_once(what, work, tick):
    waiting = ask()
    tasks.pause(**what, reason="the shop moves", by="ana")
    later = ask()
    for job_id in (waiting, later):
        forge(job_id)
    work()
    tick()
    work()
    assert ran == []
    assert [tasks.job(each).state for each in (waiting, later)] == [JobState.QUEUED] * 2
    assert "is paused: the shop moves (until somebody resumes it)" in str(later.waits_for)
    assert tasks.job(waiting).waits_for == later.waits_for
    assert tasks.resume(**what, by="bo")
    work()
    assert sorted(ran) == sorted([waiting, later])
    assert [(person, action.partition("_")[0]) for person, action, _ in deeds()] == [("ana", "pause"), ("bo", "resume")]
    assert tasks.pauses() == []
    assert not tasks.resume(**what, by="bo"), "it goes on already"


@WAYS
def test_a_claim_of_a_paused_job_is_refused_whoever_sent_the_message(what):
    job_id = ask()
    tasks.pause(**what, reason="r", by="ana")
    with begin() as conn:
        assert ledger.claim(conn, job_id, name="walk", worker="here:1", lease_s=60, time_limit_s=60) is None
        assert conn.scalar(select(jobs.c.fence)) == 0


@WAYS
def test_a_pause_with_a_time_ends_once_by_itself_with_many_consumers(what, work):
    tasks.pause(**what, reason="stocktaking", by="ana", until=datetime.now(UTC) + timedelta(hours=1))
    job_id = ask()
    assert pausing.end_those_over() == []
    make_over()
    gate, ended = threading.Barrier(4), []

    def consumer():
        gate.wait()
        ended.extend(pausing.end_those_over())

    threads = [threading.Thread(target=consumer) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(ended) == 1
    assert [person for person, action, _ in deeds() if action.startswith("resume")] == ["quayside"]
    Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))()
    work()
    assert ran == [job_id]


def test_a_pause_made_longer_does_not_end_at_its_first_time():
    tasks.pause(queue="system", reason="r", by="ana", until=datetime.now(UTC) + timedelta(hours=1))
    make_over()
    with begin() as conn:
        from db import pauses

        (seen,) = pauses.over(conn)
    tasks.pause(queue="system", reason="still", by="bo", until=datetime.now(UTC) + timedelta(hours=2))
    with begin() as conn:
        assert not pauses.end(conn, seen)
    (now,) = tasks.pauses()
    assert (now.reason, now.by, now.name) == ("still", "bo", "system")


@WAYS
def test_a_running_job_gives_back_at_its_next_page_and_loses_no_attempt(what, work):
    job_id = ask(args={"pages": 3})
    between_pages.append(lambda page: tasks.pause(**what, reason="r", by="ana"))
    work()
    seen = tasks.job(job_id)
    assert (ran, seen.state, seen.attempt) == ([job_id], JobState.QUEUED, 1)
    with begin() as conn:
        assert conn.scalars(select(job_attempts.c.outcome)).all() == [Outcome.PAUSED]
    between_pages.clear()
    tasks.resume(**what, by="ana")
    work()
    assert tasks.job(job_id).state is JobState.SUCCEEDED


def test_other_queues_and_stores_go_on(work):
    tasks.pause(queue="users", reason="r", by="ana")
    tasks.pause(store="store1", reason="r", by="ana")
    held, free, of_nobody = ask("store1"), ask("store2"), ask(None)
    work()
    assert sorted(ran) == sorted([free, of_nobody])
    assert tasks.job(held).state is JobState.QUEUED
    assert free.waits_for is None
    assert [str(pause).split(":")[0] for pause in tasks.pauses()] == ["queue users is paused", "store store1 is paused"]


def test_many_paused_jobs_are_not_pushed_again_and_hide_nobody(work, tick):
    with begin() as conn:
        for _ in range(620):
            ledger.add(conn, ledger.NewJob(name="walk", queue="users", args={}, requested_by="ana", max_attempts=1), repush_s=30)
    tasks.pause(queue="users", reason="r", by="ana")
    free = ask(None)
    huey_app.huey.storage.flush_queue()
    with begin() as conn:
        conn.execute(update(jobs).values(push_at=db_now(-2)))
        conn.execute(update(jobs).where(jobs.c.id == free).values(push_at=db_now(-1)))
    tick()
    assert huey_app.queue_length() == 1
    work()
    assert ran == [free]


def test_a_store_that_failures_paused_is_resumed_by_a_person(work):
    break_down()
    job_id = ask()
    (pause,) = tasks.pauses()
    assert (pause.by, pause.kind, pause.until) == (None, "store", None)
    assert "tried again at" in str(job_id.waits_for)
    with begin() as conn:  # as a sync does when it is told to wait for the probe
        conn.execute(update(jobs).values(run_at=db_now(600), push_at=db_now(600), error_class=breaker.StorePaused.__name__))
    huey_app.huey.storage.flush_queue()
    assert tasks.resume(store="store1", by="ana")
    work()
    assert ran == [job_id]
    with begin() as conn:
        left = conn.execute(select(store_rows.c.failed_in_a_row, store_rows.c.probe_at).where(store_rows.c.name == "store1")).one()
    assert left == (0, None)


def test_a_persons_pause_is_neither_tried_nor_changed_by_failures():
    break_down()
    tasks.pause(store="store1", reason="new server", by="ana")
    store = store_id()
    with begin() as conn:
        breaker.failed(conn, store, "still down")
        breaker.answered(conn, store)
    (pause,) = tasks.pauses()
    assert (pause.reason, pause.by, pause.tried_at) == ("new server", "ana", None)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"reason": "r"}, "queue"),
        ({"queue": "system", "store": "store1", "reason": "r"}, "queue"),
        ({"queue": "sync-everything", "reason": "r"}, "queue"),
        ({"store": "store9", "reason": "r"}, "store"),
        ({"queue": "system", "reason": " "}, "reason"),
        ({"queue": "system", "reason": "r", "until": datetime(2099, 1, 1)}, "until"),
        ({"queue": "system", "reason": "r", "until": datetime(2020, 1, 1, tzinfo=UTC)}, "until"),
    ],
)
def test_a_wrong_request_says_what_would_be_right(request_, field):
    with pytest.raises(tasks.BadRequest) as refused:
        tasks.pause(**request_, by="ana")
    assert refused.value.field == field
    assert tasks.pauses() == []
