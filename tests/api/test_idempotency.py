"""A call that is made again does nothing again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

import tasks
from db import schema
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
    def away(*_args):
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
