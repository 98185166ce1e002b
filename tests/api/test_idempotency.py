"""A call that is made again does nothing again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text, update

import tasks
from console.api import earlier
from db import schema
from db.columns import db_now
from db.engine import DatabaseAway, begin
from tasks import answers
from tests.api.test_calls import fields, told

KEY = {"Idempotency-Key": "order-4711"}


def jobs() -> int:
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(schema.jobs))


def test_the_same_key_gets_the_earlier_answer_also_when_the_job_has_ended(api, work):
    first = told(api.post("/api/worker/test", headers=KEY), 202)
    work()
    again = api.post("/api/worker/test", headers=KEY)
    assert told(again, 200) == first
    assert again.headers["idempotency-replayed"] == "true"
    assert jobs() == 1
    told(api.post("/api/worker/test", headers={"Idempotency-Key": "another"}), 202)
    assert jobs() == 2


def test_the_same_key_for_another_call_is_refused(api, store, user):
    store()
    told(api.post("/queue/sync/orders", json={"storeId": "store1", "options": {"limit": 1}}, headers=KEY), 202)
    told(api.post("/queue/sync/orders", content=b'{"options":{"limit":1},"storeId":"store1"}',
                  headers={**KEY, "Content-Type": "application/json"}), 200)  # fmt: skip
    for path, body in (
        ("/queue/sync/orders", {"storeId": "store1", "options": {"limit": 2}}),
        ("/queue/sync/products", {"storeId": "store1"}),
    ):
        assert fields(api.post(path, json=body, headers=KEY), 422) == {"Idempotency-Key"}
    assert fields(api.post(f"/api/users/{user}/create-product", headers=KEY), 422) == {"Idempotency-Key"}
    assert jobs() == 1


def test_a_refused_call_leaves_its_key_free(api, store):
    store()
    told(api.post("/queue/sync/orders", json={"storeId": "stroe1"}, headers=KEY), 404)
    told(api.post("/queue/sync/orders", json={"storeId": "store1"}, headers=KEY), 202)


def test_an_answer_that_was_lost_before_it_was_kept_is_the_same_job(api, monkeypatch):
    def away(*_args, **_more):
        raise DatabaseAway("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(answers, "keep", away)
        told(api.post("/api/worker/test", headers=KEY), 503)
    assert jobs() == 1
    told(api.post("/api/worker/test", headers=KEY), 200)
    assert jobs() == 1


def test_all_streams_are_asked_for_once(api, store, work):
    store()
    first = told(api.post("/queue/sync/all", json={"storeId": "store1"}, headers=KEY), 202)
    for job in first["jobs"]:
        tasks.cancel(job["id"], by="test")
    assert told(api.post("/queue/sync/all", json={"storeId": "store1"}, headers=KEY), 200) == first
    assert jobs() == 4


def test_a_retry_that_is_retried_is_one(api, row):
    number = row("jobs", state="failed", name="sync_orders")
    assert told(api.post(f"/api/jobs/{number}/retry", headers=KEY), 200)["status"] == "queued"
    assert told(api.post(f"/api/jobs/{number}/retry", headers=KEY), 200)["status"] == "queued"


def test_calls_at_the_same_moment_are_one_job(api):
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: api.post("/api/worker/test", headers=KEY), range(16)))
    assert {answer.status_code for answer in said} <= {200, 202}
    assert len({answer.json()["id"] for answer in said}) == 1
    assert jobs() == 1


def users() -> int:
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(schema.users))


def test_calls_at_the_same_moment_do_once_also_what_is_no_job(api, row):
    number = row("jobs", state="failed", name="sync_orders")
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: api.post("/api/users", json={"name": "Ana"}, headers=KEY), range(16)))
        again = list(pool.map(lambda _: api.post(f"/api/jobs/{number}/retry", headers={"Idempotency-Key": "retry"}), range(8)))
    assert sorted({answer.status_code for answer in said}) == [200, 201]
    assert len({answer.json()["id"] for answer in said}) == 1
    assert users() == 1
    assert {answer.status_code for answer in again} == {200}


def test_while_the_first_call_is_at_work_the_second_is_asked_to_come_again(api, monkeypatch):
    monkeypatch.setattr(earlier, "PATIENCE_S", 0.1)
    let_go = threading.Event()
    at_work = threading.Event()
    add_user = tasks.add_user

    def slowly(*args, **more):
        at_work.set()
        assert let_go.wait(10)
        return add_user(*args, **more)

    monkeypatch.setattr(tasks, "add_user", slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.post, "/api/users", json={"name": "Ana"}, headers=KEY)
        assert at_work.wait(10)
        second = api.post("/api/users", json={"name": "Ana"}, headers=KEY)
        told(second, 409)
        assert second.headers["retry-after"] == "2"
        let_go.set()
        assert told(api.post("/api/users", json={"name": "Ana"}, headers=KEY), 200) == told(first.result(), 201)
    assert users() == 1


def test_a_call_that_died_is_taken_over_and_what_it_still_says_counts_no_more(api):
    answers.reserve("k", "f", by="dead")
    assert answers.reserve("k", "f", by="second").status is None
    with begin() as conn:
        conn.execute(update(schema.api_answers).values(created_at=db_now(-answers.AT_WORK_S - 1)))
    assert answers.reserve("k", "another call", by="third").fingerprint == "f"
    assert answers.reserve("k", "f", by="second") is None
    answers.release("k", by="dead")
    answers.keep("k", 200, {"of": "dead"}, by="dead")
    assert answers.reserve("k", "f", by="third").held_by == "second"
    answers.keep("k", 201, {"of": "second"}, by="second")
    answers.release("k", by="second")
    assert answers.reserve("k", "f", by="third").answer == {"of": "second"}


def test_keys_are_forgotten_after_a_week(api):
    told(api.post("/api/worker/test", headers=KEY), 202)
    with begin() as conn:
        conn.execute(text("UPDATE api_answers SET created_at = '2020-01-01 00:00:00.000000'"))
    told(api.post("/api/worker/test", headers={"Idempotency-Key": "another"}), 202)
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.api_answers)) == 1


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "ключ".encode()])
def test_a_key_that_is_none_is_told(api, key):
    assert fields(api.post("/api/worker/test", headers={"Idempotency-Key": key}), 400) == {"Idempotency-Key"}
