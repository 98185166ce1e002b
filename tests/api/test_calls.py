"""Each call of the API: what it does, what it refuses, and what it says then."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import tasks
from db import schema
from db.engine import begin


def told(answer, status):
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    return answer.json()


def fields(answer, status):
    """The fields that a refusal names."""
    return {each["field"] for each in told(answer, status)["errors"]}


@pytest.mark.parametrize("name", ["products", "orders", "inventory", "customers", "users"])
def test_a_sync_is_asked_for(api, store, name):
    number = store()
    asked = told(api.post(f"/queue/sync/{name}", json={"platform": "woocommerce", "type": name, "storeId": "store1", "priority": 30}), 202)
    with begin() as conn:
        row = conn.execute(select(schema.jobs)).one()
    stream = {"users": "customers"}.get(name, name)
    assert (row.id, row.queue, row.store_id, row.stream, row.priority) == (asked["id"], f"sync-{stream}", number, stream, 30)
    assert (row.requested_by, asked["task_id"], asked["status"], asked["is_new"]) == ("api", str(row.id), "queued", True)
    assert told(api.get(asked["job"]), 200) == told(api.get(asked["task"]), 200)


def test_the_options_reach_the_job(api, store):
    store()
    body = {"storeId": "store1", "options": {"limit": 7, "syncAll": True}, "metadata": {"userId": "user123", "reason": "manual_sync"}}
    job = told(api.get(told(api.post("/queue/sync/products", json=body), 202)["task"]), 200)
    assert (job["args"], job["metadata"]) == ({"limit": 7, "sync_all": True}, {"userId": "user123", "reason": "manual_sync"})
    dates = {"dateFrom": "2024-01-01T00:00:00Z", "dateTo": "2024-01-31T23:59:59+02:00"}
    job = told(api.get(told(api.post("/queue/sync/orders", json={"storeId": "store1", "options": dates}), 202)["task"]), 200)
    assert job["args"] == {"date_from": "2024-01-01T00:00:00+00:00", "date_to": "2024-01-31T21:59:59+00:00"}


def test_a_dry_run_is_a_job_of_its_own(api, store):
    store()
    body = {"storeId": "store1", "options": {"dryRun": True, "syncAll": True}}
    asked = told(api.post("/queue/sync/orders", json=body), 202)
    job = told(api.get(asked["job"]), 200)
    assert (job["name"], job["queue"], job["args"]) == ("dry_run_orders", "system", {"sync_all": True})
    assert told(api.post("/queue/sync/orders", json={"storeId": "store1", "options": {"dryRun": False}}), 202)["is_new"]
    every = told(api.post("/queue/sync/all", json={"storeId": "store1", "options": {"dryRun": True}}), 202)["jobs"]
    assert {told(api.get(each["job"]), 200)["name"] for each in every} == {f"dry_run_{each['stream']}" for each in every}


def test_what_is_asked_for_twice_is_the_same_job(api, store):
    store()
    first = told(api.post("/queue/sync/orders", json={"storeId": "store1"}), 202)
    again = told(api.post("/queue/sync/orders", json={"storeId": "store1"}), 200)
    assert (again["id"], again["is_new"]) == (first["id"], False)


def test_all_streams_at_once_and_those_that_cannot_be(api, store):
    store("store1")
    store("amazon1", "amazon")
    assert {job["stream"] for job in told(api.post("/queue/sync/all", json={"storeId": "store1", "type": "all"}), 202)["jobs"]} == {
        "products", "orders", "inventory", "customers",
    }  # fmt: skip
    both = told(api.post("/queue/sync/all", json={"storeId": "amazon1"}), 202)
    assert "customers" not in {job["stream"] for job in both["jobs"]}
    assert [each["stream"] for each in both["skipped"]] == ["customers"]
    assert "amazon does not offer customers" in both["skipped"][0]["reason"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 400, {"storeId"}),
        ([], 400, {""}),
        ({"storeId": 7}, 400, {"storeId"}),
        ({"storeId": "store1", "type": "orders"}, 400, {"type"}),
        ({"storeId": "store1", "optoins": {}}, 400, {"optoins"}),
        ({"storeId": "store1", "options": {"limit": 0}}, 400, {"options.limit"}),
        ({"storeId": "store1", "options": {"limit": "7", "syncAll": "no"}}, 400, {"options.limit", "options.syncAll"}),
        ({"storeId": "store1", "options": {"dryRun": "yes"}}, 400, {"options.dryRun"}),
        ({"storeId": "store1", "options": {"dateFrom": "2024-01-01T00:00:00"}}, 400, {"options.dateFrom"}),
        ({"storeId": "store1", "options": {"dateFrom": "last week"}}, 400, {"options.dateFrom"}),
        ({"storeId": "store1", "priority": 101}, 400, {"priority"}),
        ({"storeId": "store1", "metadata": {"a": {"b": 1}}}, 400, {"metadata.a"}),
        ({"storeId": "your-store-id"}, 404, {"storeId"}),
        ({"storeId": "store1", "platform": "shopify"}, 409, {"platform"}),
        ({"storeId": "store1", "options": {"syncAll": True, "dateFrom": "2024-01-01T00:00:00Z"}}, 422, {"options.syncAll"}),
        ({"storeId": "store1", "options": {"dateFrom": "2024-01-02T00:00:00Z", "dateTo": "2024-01-01T00:00:00Z"}}, 422, {"options.dateTo"}),
    ],
)
def test_a_request_that_is_wrong_says_where_and_writes_nothing(api, store, body, status, named):
    store()
    assert fields(api.post("/queue/sync/products", json=body), status) == named
    with begin() as conn:
        assert conn.execute(select(schema.jobs)).first() is None


def test_a_stream_that_the_platform_does_not_offer(api, store):
    store("amazon1", "amazon")
    assert fields(api.post("/queue/sync/customers", json={"storeId": "amazon1"}), 409) == {"type"}


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff", b'{"storeId": NaN}', b'{"storeId": "\\ud800"}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"null", b""],
    ids=range(9),
)
def test_what_is_no_json_object_is_refused(api, raw):
    told(api.post("/queue/sync/products", content=raw, headers={"Content-Type": "application/json"}), 400)


def test_the_status_tells_each_queue(api, row):
    row("jobs", state="queued", queue="users")
    row("jobs", state="running", queue="sync-orders")
    status = told(api.get("/queue/status"), 200)
    by_queue = {queue["queue"]: queue for queue in status["queues"]}
    assert (by_queue["users"]["waiting"], by_queue["sync-orders"]["running"], status["waiting"], status["running"]) == (1, 1, 1, 1)


def test_a_job_is_found_in_its_own_queue_alone(api, row):
    number = row("jobs", state="failed", queue="users", error="no user")
    job = told(api.get(f"/queue/job/users/{number}"), 200)
    assert (job["status"], job["error"], job["is_finished"]) == ("failed", "no user", True)
    for path in (f"/queue/job/system/{number}", "/queue/job/users/99", "/queue/job/sync-products/job-id", "/queue/job/none/1",
                 "/api/tasks/99", "/api/tasks/0", "/api/tasks/-1", "/api/tasks/99999999999999999999", "/api/tasks/{task_id}"):  # fmt: skip
        told(api.get(path), 404)


def test_the_worker_is_tested_and_its_state_told(api, work):
    asked = told(api.post("/api/worker/test"), 202)
    work()
    done = told(api.get(f"/api/tasks/{asked['task_id']}"), 200)
    assert (done["status"], done["result"]["message"]) == ("succeeded", "The worker is connected.")
    status = told(api.get("/api/worker/status"), 200)
    assert (status["status"], status["workers"], status["broker"]["is_up"]) == ("no worker", 0, True)


def test_a_product_is_created_for_a_user(api, user, work):
    asked = told(api.post(f"/api/users/{user}/create-product", json={"metadata": {"reason": "test"}}), 202)
    work()
    done = told(api.get(asked["task"]), 200)
    assert (done["status"], done["result"]["name"], done["metadata"]) == ("succeeded", "Product for Ana", {"reason": "test"})
    assert told(api.get("/api/products"), 200)["items"][0]["user_id"] == user
    told(api.post("/api/users/999/create-product"), 404)
    told(api.post("/api/users/ana/create-product"), 404)


def test_users_are_added_and_listed(api):
    number = told(api.post("/api/users", json={"name": "Bo", "email": "bo@example.com"}), 201)["id"]
    assert [(one["id"], one["name"]) for one in told(api.get("/api/users", params={"search": "bo@"}), 200)["items"]] == [(number, "Bo")]
    assert fields(api.post("/api/users", json={"name": " "}), 400) == {"name"}
    assert fields(api.post("/api/users", json={"name": "Bo", "email": "nowhere"}), 400) == {"email"}


def test_a_job_is_cancelled_and_retried_and_the_audit_log_knows_who(api, store):
    store()
    number = told(api.post("/queue/sync/orders", json={"storeId": "store1"}), 202)["id"]
    assert told(api.post(f"/api/jobs/{number}/cancel"), 200) == {"id": number, "status": "cancelled"}
    assert "only queued or running jobs can be cancelled" in told(api.post(f"/api/jobs/{number}/cancel"), 409)["detail"]
    assert told(api.post(f"/api/jobs/{number}/retry"), 200) == {"id": number, "status": "queued"}
    told(api.post(f"/api/jobs/{number}/retry"), 409)
    told(api.post("/api/jobs/99/retry"), 404)
    lines = told(api.get("/api/audit"), 200)["items"]
    assert [(line["action"], line["person"], line["source"], line["address"]) for line in lines[:2]] == [
        ("retry", "api", "api", "127.0.0.1"), ("cancel", "api", "api", "127.0.0.1"),
    ]  # fmt: skip


def test_what_is_not_there_and_what_is_not_allowed_is_a_problem_and_never_a_page(api):
    for path in ("/queue/nothing", "/api/nothing", "/queue/sync/parcels"):
        told(api.post(path, json={}), 404)
    for method, path in (("GET", "/queue/sync/products"), ("DELETE", "/api/jobs"), ("POST", "/queue/status"), ("PUT", "/api/users")):
        answer = api.request(method, path)
        told(answer, 405)
        assert answer.headers["allow"]


def test_an_unknown_or_repeated_parameter_is_told(api):
    assert fields(api.get("/api/jobs?stat=failed"), 400) == {"stat"}
    assert fields(api.get("/api/jobs?state=broken"), 400) == {"state.0"}
    assert fields(api.get("/api/jobs?limit=1&limit=2"), 400) == {"limit"}
    assert fields(api.get("/api/jobs?limit=many"), 400) == {"limit"}
    assert fields(api.get("/api/jobs?limit=501"), 400) == {"limit"}


def test_the_database_away_is_503_and_when_to_come_again(api, away):
    with away():
        for answer in (api.get("/queue/status"), api.get("/api/tasks/1"), api.post("/api/worker/test"), api.get("/api/export/jobs")):
            assert "does not answer" in told(answer, 503)["detail"]
            assert answer.headers["retry-after"]


def test_a_bug_is_told_by_a_reference_alone(api, monkeypatch):
    def broken(*_args):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(tasks, "job", broken)
    answer = api.get("/api/tasks/1")
    assert "reference" in told(answer, 500)["detail"]
    assert "secret" not in answer.text


def test_a_queue_a_store_and_everything_are_paused_and_resumed(api, store):
    store()
    told(api.post("/api/pauses", json={"queue": "users", "reason": "stocktaking", "until": "2099-01-01T00:00:00Z"}), 201)
    told(api.post("/api/pauses", json={"store": "store1", "reason": "moving"}), 201)
    told(api.post("/api/pauses", json={"everything": True, "reason": "upgrade"}), 201)
    listed = told(api.get("/api/pauses"), 200)["items"]
    assert [(each["kind"], each["name"], each["by"]) for each in listed] == [
        ("everything", "", "api"),
        ("queue", "users", "api"),
        ("store", "store1", "api"),
    ]
    assert told(api.post("/api/pauses/resume", json={"everything": True}), 200) == {"resumed": True}
    assert told(api.post("/api/pauses/resume", json={"everything": True}), 200) == {"resumed": False}
    assert fields(api.post("/api/pauses", json={"store": "nowhere", "reason": "x"}), 404) == {"store"}
    assert fields(api.post("/api/pauses", json={"queue": "users", "reason": "x", "until": "2020-01-01T00:00:00Z"}), 422) == {"until"}
    assert fields(api.post("/api/pauses", json={"queue": "users", "store": "store1", "reason": "x"}), 400) == {""}
    assert fields(api.post("/api/pauses", json={"queue": "users", "reason": " "}), 400) == {"reason"}


def test_no_answer_is_kept_or_guessed_at_by_a_browser(api):
    for path in ("/queue/status", "/api/jobs", "/api/tasks/99", "/api/export/jobs"):
        headers = api.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path
