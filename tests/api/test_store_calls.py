"""Stores, schedules and bulk operations over HTTP: the same verbs, roles and refusals as on the pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import tasks
from db import schema, secrets
from db.engine import begin
from tasks import tokens
from tests.api.test_calls import fields, told


def rows(table, *where):
    with begin() as conn:
        return conn.execute(select(table).where(*where)).all()


def deeds():
    return [(line.action, line.target, line.outcome) for line in rows(schema.audit_log)]


NEW = {
    "name": "shop2",
    "platform": "woocommerce",
    "address": "https://shop.example/",
    "secrets": {"consumer_key": "ck_1", "consumer_secret": "cs_1"},
}


def test_a_shop_is_connected_and_changed_and_its_secrets_are_never_told(api):
    store_id = told(api.post("/api/stores", json=NEW), 201)["id"]
    told(api.post("/api/stores/shop2/change", json={"title": "Second", "secrets": {"consumer_secret": "cs_2"}}), 200)
    (store,) = rows(schema.stores)
    assert (store.id, store.title, store.address) == (store_id, "Second", "https://shop.example")
    with begin() as conn:
        assert secrets.get(conn, store_id) == {"consumer_key": "ck_1", "consumer_secret": "cs_2"}
    assert [deed[:2] for deed in deeds()] == [("add_store", "store:shop2"), ("change_store", "store:shop2")]
    everything = api.get("/api/stores").text + api.get("/api/audit").text
    assert not [secret for secret in ("ck_1", "cs_1", "cs_2") if secret in everything]


def test_a_shop_s_tags_are_given_changed_and_asked_for(api):
    told(api.post("/api/stores", json={**NEW, "tags": [" EU ", "eu", "b2b"]}), 201)
    told(api.post("/api/stores", json={**NEW, "name": "shop3", "tags": ["eu", "Tết sale"]}), 201)
    told(api.post("/api/stores", json={**NEW, "name": "shop4"}), 201)

    def named(*tags):
        return {one["name"]: one["tags"] for one in told(api.get("/api/stores", params={"tags": list(tags)}), 200)["items"]}

    assert named() == {"shop2": ["b2b", "eu"], "shop3": ["eu", "tết sale"], "shop4": []}
    assert set(named("EU")) == {"shop2", "shop3"}
    assert set(named("eu", "b2b")) == {"shop2"}
    assert named("moon") == {}
    told(api.post("/api/stores/shop2/change", json={"title": "Second"}), 200)
    assert set(named("b2b")) == {"shop2"}, "what is not given stays"
    told(api.post("/api/stores/shop2/change", json={"tags": ["us"]}), 200)
    told(api.post("/api/stores/shop2/change", json={"tags": ["US"]}), 200)
    assert named("us") == {"shop2": ["us"]}
    changed = [line.detail.get("tags") for line in rows(schema.audit_log, schema.audit_log.c.action == "change_store")]
    assert changed == [None, {"from": ["b2b", "eu"], "to": ["us"]}, None]
    told(api.post("/api/stores/shop2/change", json={"tags": []}), 200)
    assert named("us") == {}


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("/api/stores", {**NEW, "name": "two words"}, 400, {"name"}),
        ("/api/stores", {**NEW, "platform": "etsy"}, 400, {"platform"}),
        ("/api/stores", {**NEW, "address": "ftp://shop.example"}, 400, {"address"}),
        ("/api/stores", {**NEW, "name": "store1"}, 422, {"name"}),
        ("/api/stores", {**NEW, "tags": "eu"}, 400, {"tags"}),
        ("/api/stores", {**NEW, "tags": [f"t{n}" for n in range(11)]}, 400, {"tags"}),
        ("/api/stores", {**NEW, "tags": ["eu", "x" * 31]}, 400, {"tags.1"}),
        ("/api/stores", {**NEW, "tags": ["a,b"]}, 422, {"tags"}),
        ("/api/stores/store1/change", {"title": "T", "tags": ["<b>"]}, 422, {"tags"}),
        ("/api/stores/nowhere/change", {"title": "T"}, 404, {"name"}),
        ("/api/stores/nowhere/test-connection", None, 404, {"store"}),
        ("/api/stores/store1/backfill", {"stream": "orders", "dateFrom": "2024-02-01T00:00:00Z", "dateTo": "2024-01-01T00:00:00Z"}, 422, {"dateTo"}),
        ("/api/stores/store1/backfill", {"stream": "orders", "dateFrom": "last year"}, 400, {"dateFrom"}),
        ("/api/stores/store1/reconcile", {"stream": "parcels"}, 400, {"stream"}),
        ("/api/schedules", {"stream": "orders", "cron": "61 * * * *"}, 422, {"cron"}),
        ("/api/schedules", {"stream": "orders", "cron": "0 * * * *", "timeZone": "Mars/Base"}, 422, {"timeZone"}),
        ("/api/schedules", {"stream": "orders", "cron": "0 * * * *", "store": "nowhere"}, 404, {"store"}),
        ("/api/schedules/4711/run", None, 404, {"schedule"}),
        ("/api/bulk/preview", {"action": "delete"}, 400, {"action"}),
        ("/api/bulk", {"action": "retry", "ids": []}, 400, {"ids"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field_and_changes_nothing(api, store, path, body, status, named):
    store()
    before = len(deeds())
    assert fields(api.post(path, json=body) if body is not None else api.post(path), status) == named
    assert (len(rows(schema.jobs)), len(rows(schema.stores)), len(deeds())) == (0, 1, before)


@pytest.mark.parametrize(
    ("path", "body", "name", "args"),
    [
        ("test-connection", None, "try_connection", {}),
        ("reconcile", {"stream": "products"}, "reconcile", {"is_confirmed": False}),
        ("retry-rejected", {"stream": "products", "externalIds": ["b", "a"]}, "retry_rejected", {"external_ids": ["a", "b"]}),
    ],
)
def test_a_store_s_deeds_are_jobs(api, store, path, body, name, args):
    number = store()
    asked = told(api.post(f"/api/stores/store1/{path}", json=body) if body else api.post(f"/api/stores/store1/{path}"), 202)
    (job,) = rows(schema.jobs)
    assert (job.id, job.name, job.store_id, job.args, job.requested_by) == (asked["id"], name, number, args, "api")
    assert name in [deed[0] for deed in deeds()]


def test_a_backfill_is_one_job_with_a_part_for_each_slice(api, store):
    store()
    body = {"stream": "orders", "dateFrom": "2024-01-01T00:00:00Z", "dateTo": "2024-01-15T00:00:00Z", "sliceDays": 7}
    asked = told(api.post("/api/stores/store1/backfill", json=body), 202)
    assert [job.parent_id for job in rows(schema.jobs)] == [None, asked["id"], asked["id"]]


def test_a_schedule_is_made_run_paused_and_given_back(api, store):
    store()
    body = {"stream": "orders", "cron": "*/15 * * * *", "store": "store1", "timeZone": "Europe/Berlin"}
    number = told(api.post("/api/schedules", json=body), 201)["id"]
    assert told(api.post("/api/schedules", json={**body, "cron": "0 * * * *"}), 201)["id"] == number
    (asked,) = told(api.post(f"/api/schedules/{number}/run"), 202)["jobs"]
    assert told(api.post(f"/api/schedules/{number}/run"), 200)["jobs"][0]["id"] == asked["id"]
    told(api.post(f"/api/schedules/{number}/pause", json={"until": "2030-01-01T00:00:00Z"}), 200)
    (seen,) = tasks.list_schedules("store1")
    assert (seen.cron, seen.paused_until.year) == ("0 * * * *", 2030)
    told(api.post(f"/api/schedules/{number}/resume"), 200)
    told(api.post(f"/api/schedules/{number}/disable"), 200)
    assert (tasks.list_schedules("store1")[0].paused_until, tasks.list_schedules("store1")[0].is_enabled) == (None, False)
    told(api.post(f"/api/schedules/{number}/enable"), 200)
    told(api.post(f"/api/schedules/{number}/reset"), 200)
    assert tasks.list_schedules("store1") == []


def test_a_bulk_operation_acts_on_just_the_jobs_that_were_counted(api, row, work):
    failed = [row("jobs", state="failed", name="test_worker_connection", queue="system") for _ in range(3)]
    running = row("jobs", state="running", name="test_worker_connection", queue="system")
    seen = told(api.post("/api/bulk/preview", json={"action": "retry", "state": ["failed"], "queue": "system"}), 200)
    assert (sorted(seen["ids"]), seen["counts"], seen["sentence"]) == (failed, {"ready": 3}, "3 can be retried")
    late = row("jobs", state="failed", name="test_worker_connection", queue="system")
    begun = told(api.post("/api/bulk", json={"action": "retry", "ids": [*seen["ids"], running], "reason": "it is back"}), 202)
    work()
    done = told(api.get(f"/api/bulk/{begun['id']}"), 200)
    assert (done["state"], done["total"], done["done"], done["refused"], done["reason"]) == ("done", 4, 3, 1, "it is back")
    assert told(api.get("/api/bulk"), 200)["items"] == [done]
    assert tasks.job(late).state == "failed"
    told(api.post(f"/api/bulk/{begun['id']}/stop"), 409)
    again = told(api.post(f"/api/bulk/{begun['id']}/repeat", json={}), 202)
    assert told(api.get(f"/api/bulk/{again['id']}"), 200)["total"] == 1
    told(api.post("/api/bulk/4711/stop"), 404)


@pytest.mark.parametrize(
    ("role", "path", "body", "action"),
    [
        ("operator", "/api/stores", NEW, "add_store"),
        ("operator", "/api/stores/store1/change", {"title": "T"}, "change_store"),
        ("operator", "/api/stores/store1/reconcile", {"stream": "products", "confirmed": True}, "reconcile"),
        ("viewer", "/api/stores/store1/test-connection", {}, "test_connection"),
        ("viewer", "/api/schedules", {"stream": "orders", "cron": "0 * * * *"}, "put_schedule"),
        ("viewer", "/api/bulk", {"action": "retry", "ids": [1]}, "start_bulk"),
        ("viewer", "/api/bulk/1/restore", {}, "restore_bulk"),
        ("operator", "/api/queues/sync-orders/empty", {"reason": "closed"}, "empty_queue"),
        ("operator", "/api/stores/store1/streams/orders/watermark", {"reason": "lost"}, "reset_watermark"),
    ],
)
def test_whose_role_is_not_enough_is_refused_and_written_down(api, store, role, path, body, action):
    store()
    _, secret = tokens.add_token("robot", role, None, by="test")
    told(api.post(path, json=body, headers={"Authorization": f"Bearer {secret}"}), 403)
    assert (action, "denied") in [(deed[0], deed[2]) for deed in deeds()]
    assert rows(schema.jobs) == []
