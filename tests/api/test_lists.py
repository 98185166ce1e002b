"""Lists by cursor, and exports of any length."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from console.api import cursors, exports
from console.api.operations import Call
from db import schema
from db.engine import begin
from tasks.roles import Actor, Role
from tests.api.test_calls import fields, told
from tests.servers import awaited


def all_of(api, path, **params):
    """Every row, walking the cursors."""
    rows, cursor = [], None
    while True:
        page = told(api.get(path, params={**params, **({"cursor": cursor} if cursor else {})}), 200)
        assert len(page["items"]) <= params.get("limit", 100)
        rows += page["items"]
        if (cursor := page["next"]) is None:
            return rows


def test_every_job_is_listed_once_newest_first(api, row, store):
    number = store()
    made = [
        row("jobs", state=("failed", "queued")[i % 2], store_id=number if i % 3 else None, stream="orders" if i % 3 else None)
        for i in range(11)
    ]
    assert [job["id"] for job in all_of(api, "/api/jobs", limit=3)] == made[::-1]
    assert [job["id"] for job in all_of(api, "/api/jobs", limit=2, state="failed")] == made[::2][::-1]
    assert [job["id"] for job in all_of(api, "/api/jobs", limit=2, state=["failed", "queued"])] == made[::-1]
    assert len(all_of(api, "/api/jobs", limit=2, store="store1")) == 7
    assert [job["id"] for job in all_of(api, "/api/jobs", search=str(made[4]))] == [made[4]]


@pytest.mark.parametrize("what", ["products", "orders"])
def test_every_record_is_listed_once(api, row, store, what):
    more = {"name": "Tea"} if what == "products" else {"number": "1", "currency": "EUR", "status": "open", "payment_status": "paid",
                                                       "fulfillment_status": "none", "is_test": False, "total": Decimal("0.10")}  # fmt: skip
    one, other = store("store1"), store("store2")
    names = ["b", "a", "A ", "a ", "ä", "10", "9"]
    made = [row(what, store_id=number, external_id=name, **more) for number in (one, other) for name in names]
    assert [each["id"] for each in all_of(api, f"/api/{what}", limit=3)] == made
    of_one = all_of(api, f"/api/{what}", limit=2, store="store1")
    assert [each["external_id"] for each in of_one] == sorted(names, key=str.encode)
    assert {each["store"] for each in of_one} == {"store1"}
    told(api.get(f"/api/{what}", params={"store": "nowhere"}), 404)


def test_stores_schedules_failures_and_the_audit_log(api, row, store):
    store("b")
    store("a", "shopify")
    assert [(one["name"], one["platform"]) for one in all_of(api, "/api/stores", limit=1)] == [("b", "woocommerce"), ("a", "shopify")]
    (number,) = (one["id"] for one in all_of(api, "/api/stores") if one["name"] == "a")
    row("store_stream_stats", store_id=number, stream="orders", live=12)
    at = datetime.now(UTC) - timedelta(hours=25)
    row("store_stream_counts", store_id=number, stream="orders", live=10, at_hour=at, noted_at=at)
    row("store_stream_stats", store_id=number, stream="products", live=3)
    streams = {one["name"]: one["streams"] for one in all_of(api, "/api/stores")}["a"]
    assert (streams["orders"]["live_change"], streams["orders"]["live_change_since"][:16]) == (2, at.isoformat()[:16])
    assert (streams["products"]["live_change"], streams["products"]["live_change_since"]) == (None, None)
    row("schedules", stream="orders", cron="0 2 * * *", time_zone="UTC", next_at=datetime.now(UTC))
    assert [one["cron"] for one in all_of(api, "/api/schedules", limit=1)] == ["0 2 * * *"]
    for minutes, mark in enumerate("abc"):
        seen = datetime.now(UTC) - timedelta(minutes=minutes // 2)
        row(
            "failure_groups",
            fingerprint=mark,
            name="sync_orders",
            error_class="E",
            example=mark,
            kind="bug",
            last_seen_at=seen,
            state="known",
        )
    assert sorted(one["fingerprint"] for one in all_of(api, "/api/failures", limit=1)) == ["a", "b", "c"]
    assert all_of(api, "/api/failures", limit=1, state="new") == []
    assert fields(api.get("/api/failures", params={"cursor": cursors.written("yesterday x")}), 422) == {"cursor"}
    assert fields(api.get("/api/failures", params={"cursor": cursors.written("2026-01-01T00:00:00 x")}), 422) == {"cursor"}
    assert [line["target"] for line in all_of(api, "/api/audit", limit=1, action="add_store", person="test")] == ["store:a", "store:b"]


@pytest.mark.parametrize("cursor", ["x", "WzFd=", "WyJhIl0", "WzEsMl0", "e30", "Wy0xXQ", "\xff", "W1tbW1tb"])
def test_a_cursor_that_is_none_is_told(api, cursor):
    assert fields(api.get("/api/jobs", params={"cursor": cursor}), 422) == {"cursor"}


def test_who_takes_an_export_is_written_down(api, store):
    store()
    api.get("/api/export/orders", params={"format": "jsonl", "store": "store1"})
    api.get("/api/export/orders", params={"store": "nowhere"})
    with begin() as conn:
        deeds = conn.execute(select(schema.audit_log).where(schema.audit_log.c.action == "export")).all()
    assert [(deed.target, deed.detail, deed.source) for deed in deeds] == [("list:orders", {"format": "jsonl", "store": "store1"}, "api")]


def test_an_export_has_every_row_in_both_forms(api, row, store, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    number = store()
    made = [row("jobs", state="failed", store_id=number, stream="orders", error=f"no {i}") for i in range(6)]
    made.append(row("jobs", state="queued"))
    told_csv = api.get("/api/export/jobs")
    assert told_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert told_csv.headers["content-disposition"] == 'attachment; filename="jobs.csv"'
    assert [int(each["id"]) for each in csv.DictReader(io.StringIO(told_csv.text))] == made[::-1], "newest first, as the list"
    lines = [json.loads(line) for line in api.get("/api/export/jobs", params={"format": "jsonl", "store": "store1"}).text.splitlines()]
    assert [(each["id"], each["error"]) for each in lines] == [(i, f"no {n}") for n, i in enumerate(made[:6])][::-1]
    assert api.get("/api/export/jobs?state=queued&format=jsonl").text.count("\n") == 1
    told(api.get("/api/export/jobs?store=nowhere"), 404)
    told(api.get("/api/export/customers"), 404)
    assert fields(api.get("/api/export/jobs?format=xml"), 400) == {"format"}
    assert api.get("/api/export/orders").text.count("\n") == 1


def test_a_spreadsheet_runs_nothing_of_an_export(api, row, store):
    number = store()
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "Tea", 'a "quoted", name\nof two lines']
    for i, name in enumerate(names):
        row("products", store_id=number, external_id=str(i), name=name, price=Decimal("-0.01"))
    rows = list(csv.DictReader(io.StringIO(api.get("/api/export/products").text, newline="")))
    assert [each["name"] for each in rows] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "Tea", 'a "quoted", name\nof two lines']
    assert {each["price"] for each in rows} == {"-0.0100"}
    lines = [json.loads(line)["name"] for line in api.get("/api/export/products?format=jsonl").text.splitlines()]
    assert lines == names


async def _drained(stream) -> int:
    seen = 0
    async for part in stream:
        seen += part.count(b"\n")
    return seen


def test_a_long_export_takes_no_more_memory_than_a_short_one(clean, monkeypatch):
    """Ten times the rows; what is held at once stays the same, but for what other threads allocate meanwhile."""
    monkeypatch.setattr(exports, "AT_ONCE", 100)

    def peak_of(rows: int) -> int:
        with begin() as conn:
            conn.execute(insert(schema.products), [{"name": "Tea " * 20, "category": "x" * 200} for _ in range(rows)])
        tracemalloc.start()
        call = Call(actor=Actor("test", role=Role.VIEWER), path={"kind": "products"}, query={"format": "jsonl"}, body={})
        seen = awaited(_drained(exports.export(call).stream))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seen >= rows
        return peak

    peak_of(10)
    short = peak_of(300)
    assert peak_of(3_000) < short * 3
