"""What else the pages do, over HTTP: consumers, failures, alerts and where they are told, options, views, rejected records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import tasks
from console.api import cursors
from db import schema
from db.engine import begin
from tasks import tokens
from tests.api.test_calls import fields, told
from tests.api.test_idempotency import KEY
from tests.api.test_lists import all_of
from tests.api.test_store_calls import deeds, rows
from tests.ledger.test_mark_lost import claim, consumer

MARK = "a" * 32
LATER = "2099-01-01T00:00:00+00:00"


@pytest.fixture
def group(row) -> str:
    """A group of failures, with a job that failed so; its fingerprint."""
    row(
        "failure_groups",
        fingerprint=MARK,
        name="sync_orders",
        error_class="Unavailable",
        example="no answer",
        kind="passing",
        last_seen_at=datetime.now(UTC),
    )
    return MARK


@pytest.fixture
def alert(row) -> int:
    return row(
        "alerts", rule="failing", cause="failing:shop:orders", active_cause="failing:shop:orders", severity="person", sentence="It fails."
    )


def last_deed():
    return deeds()[-1]


def test_a_consumer_is_drained_and_takes_jobs_again(api, clean):
    one = consumer(70)
    path = f"/api/consumers/{one.id}"
    assert told(api.post(f"{path}/drain"), 200) == {"consumer": one.id, "is_draining": True, "changed": True}
    assert told(api.post(f"{path}/drain"), 200)["changed"] is False
    (seen,) = told(api.get("/api/worker/status"), 200)["consumers"]
    assert (seen["id"], seen["drain_by"]) == (one.id, "api")
    assert told(api.post(f"{path}/undrain"), 200) == {"consumer": one.id, "is_draining": False, "changed": True}
    assert deeds() == [("drain", f"consumer:{one.id}", "done"), ("undrain", f"consumer:{one.id}", "done")]
    for path in ("drain", "undrain", "mark-lost"):
        assert fields(api.post(f"/api/consumers/nobody:1:2/{path}"), 404) == {"consumer"}


def test_the_jobs_of_a_lost_consumer_are_freed_once(api, work):
    lost = consumer(70)
    held = claim(lost)
    first = told(api.post(f"/api/consumers/{lost.id}/mark-lost", headers=KEY), 200)
    assert first == {"consumer": lost.id, "jobs": 1}
    assert tasks.job(held.id).state == "queued"
    assert told(api.post(f"/api/consumers/{lost.id}/mark-lost", headers=KEY), 200) == first, "the earlier answer"
    assert told(api.post(f"/api/consumers/{lost.id}/mark-lost"), 200)["jobs"] == 0


def test_a_group_of_failures_is_looked_at_and_spoken_of(api, group, row):
    failed = row("jobs", state="failed", fingerprint=group)

    def state():
        return told(api.get(f"/api/failures/{group}"), 200)["state"]

    assert [one["id"] for one in all_of(api, f"/api/failures/{group}/jobs")] == [failed]
    assert state() == "new"
    for verb, body, now in (
        ("acknowledge", None, "known"), ("mute", {"until": LATER}, "muted"), ("unmute", None, "known"), ("resolve", None, "resolved"),
    ):  # fmt: skip
        answer = api.post(f"/api/failures/{group}/{verb}", json=body) if body else api.post(f"/api/failures/{group}/{verb}")
        assert told(answer, 200) == {"fingerprint": group}
        assert (state(), last_deed()) == (now, (f"{verb}_failures", f"failures:{group}", "done"))
    told(api.post(f"/api/failures/{group}/assign", json={"to": "bo"}), 200)
    told(api.post(f"/api/failures/{group}/note", json={"note": "the shop moves"}), 200)
    seen = told(api.get(f"/api/failures/{group}"), 200)
    assert (seen["assigned_to"], seen["note"]) == ("bo", "the shop moves")
    told(api.post(f"/api/failures/{group}/assign", json={"to": None}), 200)
    assert told(api.get(f"/api/failures/{group}"), 200)["assigned_to"] is None


def test_failures_are_narrowed_by_their_kind(api, group, row):
    row("failure_groups", fingerprint="b" * 32, name="n", error_class="e", example="x", kind="bug", last_seen_at=datetime.now(UTC))
    assert [one["fingerprint"] for one in all_of(api, "/api/failures", kind="passing")] == [group]
    assert len(all_of(api, "/api/failures", kind=["passing", "bug"], limit=1)) == 2
    assert fields(api.get("/api/failures?kind=sad"), 400) == {"kind.0"}
    assert fields(api.get("/api/failures", params={"cursor": cursors.written("0001-01-01T00:00:00+12:00 x")}), 422) == {"cursor"}


def test_an_alert_is_silenced_and_told_again(api, alert):
    told(api.post(f"/api/alerts/{alert}/silence", json={"until": LATER}), 200)
    (seen,) = told(api.get("/api/alerts"), 200)["items"]
    assert (seen["silenced_until"], seen["silenced_by"]) == ("2099-01-01T00:00:00Z", "api")
    told(api.post(f"/api/alerts/{alert}/unsilence"), 200)
    assert told(api.get("/api/alerts"), 200)["items"][0]["silenced_by"] is None
    assert [deed[:2] for deed in deeds()] == [("silence_alert", f"alert:{alert}")] * 2


def test_where_alerts_are_told_is_changed_and_the_secrets_are_never_told(api):
    body = {"name": "on call", "kind": "webhook", "fields": {"url": "http://127.0.0.1:9/hush-hush", "secret": "quiet"}}
    number = told(api.post("/api/channels", json=body), 201)["id"]
    listed = api.get("/api/channels")
    assert [(one["id"], one["name"], one["is_enabled"]) for one in told(listed, 200)["items"]] == [(number, "on call", True)]
    told(api.post(f"/api/channels/{number}/disable"), 200)
    assert tasks.channels()[0]["is_enabled"] is False
    told(api.post(f"/api/channels/{number}/enable"), 200)
    asked = told(api.post(f"/api/channels/{number}/test"), 202)
    assert rows(schema.jobs)[0].args == {"channel_id": number}
    assert told(api.post(f"/api/channels/{number}/test"), 200)["id"] == asked["id"]
    told(api.post(f"/api/channels/{number}/drop"), 200)
    assert tasks.channels() == []
    everything = listed.text + api.get("/api/audit").text
    assert not [secret for secret in ("hush-hush", "quiet") if secret in everything]


def test_an_option_is_changed_and_given_back(api):
    def value():
        return {one["name"]: one["value"] for one in told(api.get("/api/options"), 200)["items"]}["keep_audit_days"]

    before = value()
    assert told(api.post("/api/options/keep_audit_days/change", json={"value": before + 5}), 200) == {
        "name": "keep_audit_days",
        "value": before + 5,
    }
    assert value() == before + 5
    assert told(api.post("/api/options/keep_audit_days/reset"), 200)["value"] == value() == before
    assert [deed[:2] for deed in deeds()] == [("change_option", "option:keep_audit_days"), ("reset_option", "option:keep_audit_days")]


def test_the_housekeeping_of_the_day_is_asked_for_now(api, work):
    for path, name in (("purge", "purge"), ("recount", "recount")):
        asked = told(api.post(f"/api/housekeeping/{path}"), 202)
        assert told(api.post(f"/api/housekeeping/{path}"), 200)["id"] == asked["id"]
        assert (tasks.job(asked["id"]).name, last_deed()[0]) == (name, name)


def test_views_are_kept_shared_and_deleted_by_their_owner(api):
    view = {"page": "jobs", "name": " Failed ", "query": "jobs_state=failed&jobs_longer=5min"}
    assert told(api.post("/api/views", json=view), 201) == {"page": "jobs", "name": "Failed"}
    tasks.save_view("jobs", "Hers", "jobs_state=failed", by="ana")
    tasks.save_view("products", "For all", "products_store=shop", is_shared=True, by="ana")
    mine, shared = told(api.get("/api/views"), 200)["items"]
    assert (mine["name"], mine["query"], mine["owner"], shared["name"]) == ("Failed", view["query"], "api", "For all")
    assert told(api.get("/api/views?page=products"), 200)["items"] == [shared]
    told(api.post(f"/api/views/{mine['id']}/drop"), 200)
    told(api.post(f"/api/views/{shared['id']}/drop"), 200)
    assert told(api.get("/api/views"), 200)["items"] == [shared], "that of another stays"


def test_everything_is_synced_as_one_job(api, store):
    shop = store()
    store("shop2")
    asked = told(api.post("/api/stores/sync-all", json={"store": "store1", "inFull": False, "metadata": {"reason": "x"}}), 202)
    whole, *parts = rows(schema.jobs)
    assert (whole.id, whole.name, whole.args, whole.metadata) == (asked["id"], "sync_all", {"in_full": False}, {"reason": "x"})
    assert {part.store_id for part in parts} == {shop}
    assert len(parts) == 4
    assert told(api.post("/api/stores/sync-all", json={}), 202)["id"] != asked["id"]
    assert last_deed()[0] == "sync_all"


def test_a_store_s_own_schedule_is_dropped_and_that_of_the_settings_is_not(api, store):
    store()
    number = told(api.post("/api/schedules", json={"stream": "orders", "cron": "0 * * * *", "store": "store1"}), 201)["id"]
    told(api.post("/api/schedules", json={"stream": "products", "cron": "0 * * * *"}), 201)
    assert [one["stream"] for one in all_of(api, "/api/schedules", store="store1", limit=1)] == ["orders", "products"]
    assert [one["stream"] for one in all_of(api, "/api/schedules", store="another")] == ["products"]
    told(api.post(f"/api/schedules/{number}/drop"), 200)
    assert last_deed()[0] == "drop_schedule"
    assert len(all_of(api, "/api/schedules")) == 1


def test_rejected_records_are_listed_and_tried_again_as_they_were_counted(api, store, row):
    shop = store()
    kept = [row("rejected_records", store_id=shop, stream=stream, external_id=str(i), reason_code="contract", reason="no price", job_id=1)
            for i, stream in enumerate(("products", "orders", "products"))]  # fmt: skip
    assert [one["id"] for one in all_of(api, "/api/rejected", store="store1", stream="products", limit=1)] == [kept[2], kept[0]]
    assert all_of(api, "/api/rejected", reasonCode="other") == []
    seen = told(api.post("/api/bulk/preview", json={"action": "retry_rejected", "store": "store1", "stream": "products"}), 200)
    assert (seen["ids"], seen["counts"]) == ([kept[2], kept[0]], {"ready": 2})
    begun = told(api.post("/api/bulk", json={"action": "retry_rejected", "ids": seen["ids"]}), 202)
    assert [one["target_id"] for one in all_of(api, f"/api/bulk/{begun['id']}/targets", outcome="waiting", limit=1)] == seen["ids"]
    assert all_of(api, f"/api/bulk/{begun['id']}/targets", outcome="refused") == []
    told(api.get("/api/bulk/4711/targets"), 404)
    for body, named in (
        ({"action": "retry_rejected", "queue": "users"}, {"queue"}),
        ({"action": "retry", "reasonCode": "contract"}, {"reasonCode"}),
    ):
        assert fields(api.post("/api/bulk/preview", json=body), 422) == named


def test_what_the_broker_holds_and_what_can_be_connected(api):
    told(api.post("/api/worker/test"), 202)
    seen = told(api.get("/queue/deliveries"), 200)
    assert (seen["messages"], seen["looked_at"], seen["unreadable"], seen["idle"]) == (1, 1, 0, 0)
    platforms = {one["name"]: one for one in told(api.get("/api/platforms"), 200)["items"]}
    assert platforms.keys() == tasks.platforms().keys()
    assert platforms["shopify"]["secrets"] == {name: list(of) for name, of in tasks.secret_names("shopify").items()}


def test_the_audit_log_is_narrowed_as_on_its_page(api, row, monkeypatch):
    from db import audit

    monkeypatch.setattr(audit, "_WINDOW", 3)
    at = datetime.now(UTC)
    lines = [row("audit_log", person=person, action="sync", target=target, detail={}, source="console", outcome=outcome, at=at)
             for person, target, outcome in (("ana", "store:a", "denied"), ("bo", "store:b", "done"), *[("bo", "job:1", "done")] * 6)]  # fmt: skip
    assert [one["id"] for one in all_of(api, "/api/audit", target="store:a")] == lines[:1]
    assert [one["id"] for one in all_of(api, "/api/audit", outcome="denied")] == lines[:1], "beyond the window, too"
    assert told(api.get("/api/audit?outcome=denied"), 200)["searched_to"] == lines[-2]
    assert [one["id"] for one in all_of(api, "/api/audit", target="store", person="bo")] == lines[1:2]


SOON = (datetime.now(UTC) - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("/api/failures/{group}/mute", {"until": SOON}, 422, {"until"}),
        ("/api/failures/{group}/mute", {"until": "9999-12-31T23:59:59-12:00"}, 422, {"until"}),
        ("/api/failures/{group}/mute", {}, 400, {"until"}),
        ("/api/failures/" + "c" * 32 + "/resolve", {}, 404, {"fingerprint"}),
        ("/api/failures/{group}/note", {"note": "x" * 1025}, 400, {"note"}),
        ("/api/alerts/{alert}/silence", {"until": SOON}, 422, {"until"}),
        ("/api/alerts/4711/silence", {"until": LATER}, 404, {"id"}),
        ("/api/channels", {"name": "x", "kind": "slack", "fields": {}}, 422, {"fields.url"}),
        ("/api/channels", {"name": "x", "kind": "slack", "fields": {"url": "ftp://x"}}, 422, {"fields.url"}),
        ("/api/channels", {"name": "x", "kind": "pigeon", "fields": {}}, 400, {"kind"}),
        ("/api/channels/4711/test", {}, 404, {"id"}),
        ("/api/options/keep_audit_days/change", {"value": 1}, 422, {"value"}),
        ("/api/options/keep_audit_days/change", {"value": 90.5}, 400, {"value"}),
        ("/api/options/colour/change", {"value": 1}, 404, {"name"}),
        ("/api/views", {"page": "jobs", "name": "x", "query": "page=1"}, 422, {"query"}),
        ("/api/views", {"page": "jobs", "name": "x", "query": "nothing"}, 422, {"query"}),
        ("/api/views", {"page": "queues", "name": "x", "query": "queues_a=1"}, 400, {"page"}),
        ("/api/stores/sync-all", {"store": "nowhere"}, 404, {"store"}),
        ("/api/schedules/4711/drop", {}, 404, {"schedule"}),
        ("/api/pauses", {"everything": True, "reason": "x", "until": "9999-12-31T23:59:59-12:00"}, 422, {"until"}),
        ("/queue/sync/orders", {"storeId": "s", "options": {"dateFrom": "0001-01-01T00:00:00+12:00"}}, 422, {"options.dateFrom"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field_and_changes_nothing(api, group, alert, path, body, status, named):
    assert fields(api.post(path.format(group=group, alert=alert), json=body), status) == named
    assert (deeds(), rows(schema.jobs)) == ([], [])


@pytest.mark.parametrize(
    ("role", "method", "path", "body", "action"),
    [
        ("viewer", "POST", "/api/consumers/x/drain", {}, "drain"),
        ("viewer", "POST", "/api/consumers/x/mark-lost", {}, "mark_lost"),
        ("viewer", "POST", f"/api/failures/{MARK}/resolve", {}, "resolve_failures"),
        ("viewer", "POST", "/api/alerts/1/silence", {"until": LATER}, "silence_alert"),
        ("viewer", "POST", "/api/alerts/1/unsilence", {}, "unsilence_alert"),
        ("viewer", "POST", "/api/views", {"page": "jobs", "name": "x", "query": "jobs_state=failed", "isShared": True}, "save_view"),
        ("viewer", "POST", "/api/stores/sync-all", {}, "sync_all"),
        ("viewer", "POST", "/api/housekeeping/recount", {}, "recount"),
        ("operator", "POST", "/api/housekeeping/purge", {}, "purge"),
        ("operator", "POST", "/api/options/keep_audit_days/change", {"value": 90}, "change_option"),
        ("operator", "POST", "/api/channels", {"name": "x", "kind": "slack", "fields": {}}, "add_channel"),
        ("operator", "POST", "/api/alert-rules/failing/change", {"on": False}, "change_alert_rule"),
        ("operator", "POST", "/api/quiet-hours", {"hours": ""}, "set_quiet_hours"),
        ("operator", "POST", "/api/channels/1/drop", {}, "drop_channel"),
        ("operator", "GET", "/api/channels", None, "list_channels"),
        ("operator", "GET", "/api/options", None, "list_options"),
    ],
)
def test_whose_role_is_not_enough_is_refused_and_written_down(api, role, method, path, body, action):
    _, secret = tokens.add_token("robot", role, None, by="test")
    told(api.request(method, path, json=body, headers={"Authorization": f"Bearer {secret}"}), 403)
    assert (last_deed()[0], last_deed()[2]) == (action, "denied")


def test_a_viewer_keeps_views_of_its_own(api):
    _, secret = tokens.add_token("robot", "viewer", None, by="test")
    view = {"page": "jobs", "name": "x", "query": "jobs_state=failed"}
    told(api.post("/api/views", json=view, headers={"Authorization": f"Bearer {secret}"}), 201)
    with begin() as conn:
        assert conn.scalar(select(schema.saved_views.c.owner)) == "token:robot"
