"""A queue emptied and a watermark reset over HTTP: for admins, with a reason, once for each key, and to be taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tasks
from db import orders, schema
from tasks import tokens
from tests.api.test_calls import fields, told
from tests.api.test_store_calls import deeds, rows

KEY = {"Idempotency-Key": "evening"}
EMPTY = "/api/queues/sync-orders/empty"
WATERMARK = "/api/stores/store1/streams/orders/watermark"
OLD = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_a_queue_is_emptied_once_and_filled_again(api, row, work):
    waits = [row("jobs", state="queued") for _ in range(3)]
    running, elsewhere = row("jobs", state="running"), row("jobs", state="queued", queue="users")
    begun = told(api.post(EMPTY, json={"reason": "closed"}, headers=KEY), 202)
    assert (begun["total"], begun["is_cut"], begun["is_new"]) == (3, False, True)
    work(1)
    assert [tasks.job(one).state for one in (*waits, running, elsewhere)] == ["cancelled"] * 3 + ["running", "queued"]
    assert told(api.post(EMPTY, json={"reason": "closed"}, headers=KEY), 200) == begun
    assert [deed for deed in deeds() if deed[0] == "empty_queue"] == [("empty_queue", "queue:sync-orders", "done")]
    assert "there is nothing to take out" in told(api.post(EMPTY, json={"reason": "closed"}), 409)["detail"]
    back = told(
        api.post(f"/api/bulk/{begun['id']}/restore", json={"reason": "open again"}, headers=KEY | {"Idempotency-Key": "morning"}), 202
    )
    work(1)
    assert told(api.get(f"/api/bulk/{back['id']}"), 200)["done"] == 3
    assert [tasks.job(one).state for one in waits] == ["queued"] * 3
    told(api.post(f"/api/bulk/{back['id']}/restore", json={}), 409)
    told(api.post("/api/bulk/4711/restore", json={}), 404)


def test_a_watermark_is_reset_and_set_back(api, store, row):
    row("store_stream_stats", store_id=store(), stream="orders", watermark=OLD)
    done = told(api.post(WATERMARK, json={"reason": "orders were lost"}, headers=KEY), 200)
    assert done == {"store": "store1", "stream": "orders", "old": "2026-11-20T09:30:00+00:00", "new": None, "dropped": 0}
    assert told(api.post(WATERMARK, json={"reason": "orders were lost"}, headers=KEY), 200) == done
    back = told(api.post(WATERMARK, json={"to": "2026-11-20T10:30:00+01:00", "reason": "they were not"}), 200)
    assert (back["old"], datetime.fromisoformat(back["new"])) == (None, OLD)
    assert rows(schema.store_stream_stats)[0].watermark == OLD
    assert [deed for deed in deeds() if deed[0] == "reset_watermark"] == [("reset_watermark", "store:store1", "done")] * 2


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        (EMPTY, {}, 400, {"reason"}),
        (EMPTY, {"reason": " "}, 400, {"reason"}),
        ("/api/queues/parcels/empty", {"reason": "closed"}, 404, {"queue"}),
        (WATERMARK, {}, 400, {"reason"}),
        (WATERMARK, {"reason": "lost", "to": "2026-11-20T09:30:00"}, 400, {"to"}),
        (WATERMARK, {"reason": "lost", "to": "2099-01-01T00:00:00Z"}, 422, {"to"}),
        (WATERMARK, {"reason": "lost", "to": "0001-01-01T00:00:00+14:00"}, 422, {"to"}),
        ("/api/stores/nowhere/streams/orders/watermark", {"reason": "lost"}, 404, {"store"}),
        ("/api/stores/store1/streams/parcels/watermark", {"reason": "lost"}, 404, {"stream"}),
        ("/api/stores/store1/streams/customers/watermark", {"reason": "lost"}, 422, {"stream"}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_changes_nothing(api, store, row, path, body, status, named):
    row("store_stream_stats", store_id=store(), stream="orders", watermark=OLD)
    waits, before = row("jobs", state="queued"), len(deeds())
    assert fields(api.post(path, json=body), status) == named
    assert (rows(schema.store_stream_stats)[0].watermark, tasks.job(waits).state, len(deeds())) == (OLD, "queued", before)


def test_a_sync_at_work_is_a_conflict_that_says_what_to_do(api, store, row):
    number = store()
    row("store_stream_stats", store_id=number, stream="orders", watermark=OLD)
    row("jobs", state="running", store_id=number, stream="orders", name="sync_orders")
    assert "Wait for its end, or cancel it" in told(api.post(WATERMARK, json={"reason": "lost"}), 409)["detail"]
    assert rows(schema.store_stream_stats)[0].watermark == OLD


def test_the_rest_of_an_emptied_queue_is_an_admins(api, row, work):
    waits = [row("jobs", state="queued") for _ in range(3)]
    begun = told(api.post(EMPTY, json={"reason": "closed"}), 202)
    told(api.post(f"/api/bulk/{begun['id']}/stop"), 200)
    work(1)
    _, secret = tokens.add_token("robot", "operator", None, by="test")
    again = f"/api/bulk/{begun['id']}/repeat"
    told(api.post(again, json={"reason": "go on"}, headers={"Authorization": f"Bearer {secret}"}), 403)
    assert deeds()[-1] == ("empty_queue", f"bulk:{begun['id']}", "denied")
    assert [tasks.job(one).state for one in waits] == ["queued"] * 3
    rest = told(api.post(again, json={"reason": "go on"}, headers=KEY), 202)
    assert told(api.post(again, json={"reason": "go on"}, headers=KEY), 200) == rest
    work(1)
    assert [tasks.job(one).state for one in waits] == ["cancelled"] * 3


def test_a_filter_beside_a_fingerprint_is_refused_and_not_forgotten(api, store):
    body = {"action": "retry", "fingerprint": "a" * 32, "store": "store1", "withinS": 3_600}
    assert fields(api.post("/api/bulk/preview", json=body), 422) == {"store", "withinS"}


def test_a_search_that_finds_more_than_it_lists_says_so(api, store, row, monkeypatch):
    number = store()
    for own in range(4):
        row(
            "orders",
            store_id=number,
            external_id=f"o{own}",
            number=f"#10{own}",
            currency="EUR",
            status="open",
            payment_status="paid",
            fulfillment_status="none",
            is_test=False,
        )
    assert len(told(api.get("/api/orders?search=10"), 200)["items"]) == 4
    monkeypatch.setattr(orders, "MATCHES", 3)
    for path in ("/api/orders?search=10", "/api/export/orders?search=10"):
        assert fields(api.get(path), 422) == {"search"}
    assert len(told(api.get("/api/orders?search=%23101"), 200)["items"]) == 1
