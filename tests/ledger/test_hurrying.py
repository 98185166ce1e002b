"""A waiting job is moved to the front: of what waits in Redis, of its store's line, and of nothing once it has been claimed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

import tasks
from db import jobs as ledger
from db import queue_lists, stores
from db.columns import db_now
from db.engine import begin
from db.schema import audit_log, jobs
from tasks import huey_app
from tasks.sync import MANUAL
from tests.console.demo import add_job


@pytest.fixture
def shops(work):
    with begin() as conn:
        return [stores.add(conn, name=f"s{number}", title="S", platform="shopify", address="https://s.example") for number in (1, 2, 3)]


def in_order():
    """The jobs whose messages wait, in the order in which workers take them."""
    return [json.loads(data)["args"][0] for data in huey_app.huey.storage.enqueued_items(100)]


def claim(job_id):
    with begin() as conn:
        name = conn.scalar(select(jobs.c.name).where(jobs.c.id == job_id))
        return ledger.claim(conn, job_id, name=name, worker="here:1", lease_s=3, time_limit_s=60)


def test_a_hurried_job_is_the_next_that_a_worker_takes(shops):
    asked = [int(tasks.sync(f"s{number}", "orders", requested_by="ana")) for number in (1, 2, 3)]
    assert in_order() == asked
    tasks.hurry(asked[2], by="ana")
    assert in_order() == [asked[2], asked[0], asked[1]], "once, and at the front"
    assert [row["id"] for row in queue_lists.head("sync-orders")] == [asked[2], asked[0], asked[1]]
    with begin() as conn:
        assert [(row.person, row.target) for row in conn.execute(select(audit_log).where(audit_log.c.action == "hurry"))] == [
            ("ana", f"job:{asked[2]}")
        ]


def test_in_its_stores_line_too_it_is_the_next(shops):
    asked = [int(tasks.sync("s1", stream, requested_by="ana")) for stream in ("products", "orders", "inventory", "customers")]
    assert in_order() == asked[:2], "a store runs two at once"
    tasks.hurry(asked[3], by="ana")
    assert in_order()[0] == asked[3]


def test_who_was_hurried_first_stays_first_and_twice_is_refused(shops):
    asked = [int(tasks.sync(f"s{number}", "orders", requested_by="ana")) for number in (1, 2, 3)]
    tasks.hurry(asked[1], by="ana")
    tasks.hurry(asked[2], by="ana")
    assert in_order() == [asked[1], asked[2], asked[0]]
    with pytest.raises(tasks.WrongState, match="at the front already"):
        tasks.hurry(asked[1], by="ana")


def test_once_it_is_claimed_it_is_as_it_was(shops):
    asked = int(tasks.sync("s1", "orders", requested_by="ana"))
    tasks.hurry(asked, by="ana")
    held = claim(asked)
    assert held.priority == MANUAL, "a long sync that was hurried gives way as any other"
    with begin() as conn:
        assert conn.scalar(select(jobs.c.priority).where(jobs.c.id == asked)) == MANUAL


def test_only_what_waits_for_a_worker_can_be_hurried(work):
    with begin() as conn:
        done, later = add_job(conn, state="succeeded"), add_job(conn)
        conn.execute(update(jobs).where(jobs.c.id == later).values(run_at=db_now(600)))
    with pytest.raises(tasks.WrongState, match=f"Job {done} is succeeded; only jobs that wait for a worker"):
        tasks.hurry(done, by="ana")
    with pytest.raises(tasks.WrongState, match=f"Job {later} is not due yet"):
        tasks.hurry(later, by="ana")
    with pytest.raises(tasks.NoSuchJob):
        tasks.hurry(4_711_000, by="ana")


def test_messages_that_nobody_can_use_are_counted(shops):
    tasks.sync("s1", "orders", requested_by="ana")
    gone = int(tasks.sync("s2", "orders", requested_by="ana"))
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == gone).values(state="cancelled"))
    assert tasks.deliveries().idle == 1
    storage = huey_app.huey.storage
    storage.enqueue(b"\x80\x04 a pickle of somebody else's")
    storage.enqueue(b'{"args":[1,2],"id":"x","name":"quayside.sync_orders"}')
    seen = tasks.deliveries()
    assert (seen.messages, seen.looked_at, seen.unreadable, seen.idle) == (4, 4, 2, 1)
    assert any("a pickle" in example for example in seen.examples)
    assert seen.memory_bytes is None or seen.memory_bytes > 100_000


def test_the_mix_of_a_queue_is_by_kind_most_first(work):
    with begin() as conn:
        for name, state in (("sync_orders", "queued"), ("backfill", "queued"), ("sync_orders", "queued"), ("backfill", "failed")):
            add_job(conn, name=name, state=state)
    assert list(queue_lists.mix("sync-orders").items()) == [("sync_orders", 2), ("backfill", 1)]


def test_without_redis_too_a_message_is_moved_and_not_doubled(tmp_path):
    queue = huey_app.SqliteDoorbell("q", filename=str(tmp_path / "queue.db"))
    queue.push([(1, "sync_orders", 20), (2, "sync_orders", 20)])
    queue.push([(2, "sync_orders", 90)])
    assert [json.loads(data)["args"] for data in queue.enqueued_items(9)] == [[1], [2]], "a repetition changes nothing"
    queue.move([(2, "sync_orders", 10_020)])
    assert [json.loads(data)["args"] for data in queue.enqueued_items(9)] == [[2], [1]]
