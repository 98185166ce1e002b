"""Only the first of a store's line are in Redis; when one of them leaves it, the next is asked for at once and not when its push is overdue."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

import tasks
from db import consumers, stores
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.history import Wanted
from db.job_state import JobState
from db.schema import jobs
from db.schema import stores as store_rows
from tasks import fan_out, huey_app
from tasks.ledger import submit
from tasks.sync import BACKFILL, MANUAL
from tasks.tick import Tick


@pytest.fixture
def big(work):
    """A store that runs one job at once."""
    with begin() as conn:
        stores.add(conn, name="big", title="big", platform="shopify", address="https://s.example")
        conn.execute(update(store_rows).values(max_running=1))
        return stores.by_name(conn, "big").id


def ask(store_id, **more):
    return int(submit("test_worker_connection", {}, requested_by="ana", store_id=store_id, **more))


def asked_for():
    """The jobs that stand in Redis, which is empty after it."""
    storage = huey_app.huey.storage
    return [json.loads(bytes(storage.dequeue()))["args"][0] for _ in range(storage.queue_size())]


def test_when_the_first_is_cancelled(big):
    first, second, third = (ask(big) for _ in range(3))
    assert set(asked_for()) == {first}
    assert tasks.cancel(first, by="ana") is JobState.CANCELLED
    assert asked_for() == [second]
    assert tasks.cancel(third, by="ana") is JobState.CANCELLED
    assert asked_for() == [second], "who stands first keeps being asked for"


def test_when_the_first_are_cancelled_together(big, work):
    asked = [ask(big, priority=BACKFILL) for _ in range(4)]
    preview = tasks.preview_bulk("cancel", Wanted(), max_id=asked[2])
    tasks.start_bulk(preview, by="ana")
    asked_for_before = asked_for()
    assert asked[3] not in asked_for_before
    with begin() as conn:
        bulk_job = conn.scalar(jobs.select().with_only_columns(jobs.c.id).where(jobs.c.name == "carry_out_bulk"))
    huey_app.push([(bulk_job, "carry_out_bulk", MANUAL)])
    work(1)
    assert asked_for() == [asked[3]]


def test_when_a_whole_is_cancelled_with_its_parts(big):
    with begin() as conn:
        whole, _ = ledger.add(
            conn, ledger.NewJob(name="backfill", queue="system", args={}, requested_by="ana", max_attempts=1), repush_s=30
        )
    part, other = ask(big, parent_id=whole), ask(big)
    with begin() as conn:
        fan_out.parts.begin_split(conn, whole, 1)
    assert set(asked_for()) == {part}
    tasks.cancel(whole, by="ana")
    assert asked_for() == [other]


def test_when_the_one_that_runs_is_taken_from_a_dead_worker_and_has_to_wait(big):
    first, second = ask(big), ask(big)
    with begin() as conn:
        ledger.claim(conn, first, name="test_worker_connection", worker="elsewhere:1", lease_s=3, time_limit_s=60)
        conn.execute(update(jobs).where(jobs.c.id == first).values(lease_until=db_now(-1), crashes=3))  # so it waits before it runs again
    asked_for()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.tick.random.uniform", lambda low, high: 60.0)
        Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))()
    assert asked_for() == [second]


def test_when_the_queue_of_the_first_is_paused(big):
    first, second = ask(big), ask(big)
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == second).values(queue="users"))
    assert set(asked_for()) == {first}
    tasks.pause(queue="system", reason="We look at it.", by="ana")
    assert asked_for() == [second]


def test_a_cancel_needs_no_redis(big, monkeypatch):
    def refuse(due):
        raise ConnectionError

    first, _ = ask(big), ask(big)
    with monkeypatch.context() as patch:
        patch.setattr(huey_app.huey.storage, "push", refuse)
        assert tasks.cancel(first, by="ana") is JobState.CANCELLED
