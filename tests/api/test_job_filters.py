"""Over HTTP jobs are narrowed by every filter of the page Jobs: in the list, in a file, and for a bulk operation."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from console.api import exports
from db import history, schema
from db.engine import begin
from tests.api.test_calls import fields, told
from tests.api.test_lists import all_of

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(hours):
    return NOW - timedelta(hours=hours)


def text(moment):
    return moment.isoformat()


@pytest.fixture
def jobs(row, store):
    """Name → job: each has something that the others have not."""
    shop, other = store("store1"), store("shop2", "shopify")
    done = {"state": "succeeded", "name": "sync_orders", "stream": "orders", "store_id": shop}
    return {
        "old": row("jobs", **done, created_at=ago(50)),
        "shopify": row("jobs", **{**done, "store_id": other}, created_at=ago(5)),
        "ana": row("jobs", **done, created_at=ago(4), requested_by="ana"),
        "again": row("jobs", **done, created_at=ago(3), failures=2),
        "long": row("jobs", **done, created_at=ago(2), started_at=ago(2), finished_at=ago(1)),
    }


FILTERS = [
    ({"platform": "shopify"}, {"shopify"}),
    ({"requestedBy": "ana"}, {"ana"}),
    ({"retried": True}, {"again"}),
    ({"longerThanS": 3_599}, {"long"}),
    ({"longerThanS": 3_660}, set()),
    ({"withinS": 16_200}, {"ana", "again", "long"}),
    ({"since": text(ago(4)), "until": text(ago(2))}, {"ana", "again"}),
    ({"until": text(ago(5))}, {"old"}),
    ({"since": text(ago(4)), "requestedBy": "schedule", "store": "store1", "state": ["succeeded"]}, {"again", "long"}),
]  # fmt: skip


def as_query(asked):
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in asked.items()}


@pytest.mark.parametrize(("asked", "meant"), FILTERS, ids=[", ".join(asked) for asked, _ in FILTERS])
def test_a_filter_means_the_same_in_the_list_in_a_file_and_for_many(api, jobs, asked, meant):
    ids = sorted((jobs[name] for name in meant), reverse=True)
    assert [job["id"] for job in all_of(api, "/api/jobs", limit=1, **as_query(asked))] == ids
    lines = api.get("/api/export/jobs", params={"format": "jsonl", **as_query(asked)}).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    seen = told(api.post("/api/bulk/preview", json={"action": "retry", **asked}), 200)
    assert (seen["ids"], seen["searched_to"]) == (ids, None)


@pytest.mark.parametrize(
    ("asked", "status", "named"),
    [
        ({"platform": "etsy"}, 400, {"platform"}),
        ({"retried": "maybe"}, 400, {"retried"}),
        ({"longerThanS": 0}, 400, {"longerThanS"}),
        ({"since": "yesterday"}, 400, {"since"}),
        ({"since": "2026-01-01T00:00:00"}, 400, {"since"}),
        ({"since": text(NOW), "until": text(NOW)}, 422, {"until"}),
        ({"withinS": 60, "since": text(NOW)}, 422, {"withinS"}),
        ({"until": "9999-12-31T23:59:59-12:00"}, 422, {"until"}),
        ({"since": "0001-01-01T00:00:00+12:00"}, 422, {"since"}),
    ],
    ids=range(9),
)
def test_a_filter_that_cannot_be_is_told_with_its_field_by_all_three(api, asked, status, named):
    assert fields(api.get("/api/jobs", params=asked), status) == named
    assert fields(api.get("/api/export/jobs", params=asked), status) == named
    assert fields(api.post("/api/bulk/preview", json={"action": "cancel", **asked}), status) == named


def test_where_the_search_has_not_come_to_the_end_the_answer_says_so_and_leads_on(api, row, monkeypatch):
    monkeypatch.setattr(history, "SEARCH_WINDOW", 4)
    first = row("jobs", state="failed", requested_by="ana")
    others = [row("jobs", state="failed") for _ in range(10)]
    page = told(api.get("/api/jobs", params={"requestedBy": "ana"}), 200)
    assert (page["items"], page["searched_to"]) == ([], others[-4])
    seen = told(api.post("/api/bulk/preview", json={"action": "retry", "requestedBy": "ana"}), 200)
    assert (seen["ids"], seen["searched_to"]) == ([], others[-4])
    turns, found = 1, []
    while page["next"] is not None:
        page = told(api.get("/api/jobs", params={"requestedBy": "ana", "cursor": page["next"]}), 200)
        found += [job["id"] for job in page["items"]]
        turns += 1
    assert (found, turns, page["searched_to"]) == ([first], 3, None)
    rows = list(csv.DictReader(io.StringIO(api.get("/api/export/jobs?requestedBy=ana").text)))
    assert [int(each["id"]) for each in rows] == [first], "a file goes on by itself"


def test_a_page_that_is_full_leads_on_from_its_last_row_and_leaves_none_out(api, row, monkeypatch):
    monkeypatch.setattr(history, "SEARCH_WINDOW", 4)
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    made = [row("jobs", state="failed", requested_by="ana") for _ in range(7)]
    page = told(api.get("/api/jobs", params={"requestedBy": "ana", "limit": 2}), 200)
    assert ([job["id"] for job in page["items"]], page["searched_to"]) == (made[:-3:-1], None)
    assert [job["id"] for job in all_of(api, "/api/jobs", limit=2, requestedBy="ana")] == made[::-1]
    lines = api.get("/api/export/jobs?requestedBy=ana&format=jsonl").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == made[::-1]


def test_by_which_filters_a_file_was_taken_is_written_down(api, jobs):
    api.get("/api/export/jobs", params={"requestedBy": "ana", "since": text(ago(9))})
    with begin() as conn:
        line = conn.execute(select(schema.audit_log).where(schema.audit_log.c.action == "export")).one()
    assert (line.target, line.detail, line.source) == ("list:jobs", {"requestedBy": "ana", "since": text(ago(9))}, "api")


def test_records_are_searched_as_on_their_pages_in_the_list_and_in_a_file(api, row, store, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    shop = store()
    tea = [row("products", store_id=shop, external_id=str(i), name=name) for i, name in enumerate(("Green tea", "Mug", "Black tea"))]
    order = row("orders", store_id=shop, external_id="9", number="1042", currency="EUR", status="open", payment_status="paid", fulfillment_status="none",
                is_test=False)  # fmt: skip
    assert [one["id"] for one in all_of(api, "/api/products", search="tea", limit=1)] == [tea[2], tea[0]]
    assert [one["id"] for one in all_of(api, "/api/orders", search="104")] == [order]
    lines = api.get("/api/export/products", params={"search": "tea", "format": "jsonl"}).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [tea[2], tea[0]]
    told(api.get("/api/products", params={"search": "tea", "store": "nowhere"}), 404)
    assert fields(api.get("/api/export/products?state=failed&retried=true"), 422) == {"state", "retried"}


def test_the_attempts_the_lines_and_the_parts_of_a_job(api, row, store):
    whole = row("jobs", state="running", name="sync_all", queue="system")
    parts = [row("jobs", state=state, parent_id=whole) for state in ("succeeded", "failed")]
    row("job_attempts", job_id=parts[1], fence=1, worker="w", outcome="failed", error="no answer")
    for line in ("one", "two", "three"):
        row("job_log", job_id=whole, at=NOW, level="info", line=line)
    assert [(one["fence"], one["outcome"], one["error"]) for one in all_of(api, f"/api/jobs/{parts[1]}/attempts")] == [
        (1, "failed", "no answer")
    ]
    assert [one["line"] for one in all_of(api, f"/api/jobs/{whole}/log", limit=2)] == ["three", "two", "one"]
    seen = told(api.get(f"/api/jobs/{whole}/parts"), 200)
    assert (seen["states"], [one["id"] for one in seen["items"]]) == ({"succeeded": 1, "failed": 1}, parts[::-1])
    assert [one["id"] for one in told(api.get(f"/api/jobs/{whole}/parts?state=succeeded"), 200)["items"]] == parts[:1]
    for what in ("attempts", "log", "parts"):
        told(api.get(f"/api/jobs/4711/{what}"), 404)
