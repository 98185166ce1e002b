"""/metrics tells what is, in a form that Prometheus reads, and never a zero for what is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine

from db import measures, rollups
from db.engine import begin, place, primary
from settings import Settings
from tasks import broker, budgets, pause
from tests.api.conftest import application
from tests.api.test_calls import told
from tests.api.test_guard import bearer  # noqa: F401  # a token to call with


def read(api, **more) -> dict[tuple[str, ...], float]:
    """(name, values of the labels in the order of their names) → value."""
    answer = api.get("/metrics", **more)
    assert answer.status_code == 200, answer.text
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            found[(sample.name.removeprefix("quayside_"), *(value for _, value in sorted(sample.labels.items())))] = sample.value
    return found


def test_queues_jobs_streams_workers_and_alerts(api, row, store):
    now = datetime.now(UTC)
    number = store()
    row("jobs", state="queued", queue="users", run_at=now - timedelta(seconds=90))
    row("jobs", state="queued", queue="users", run_at=now + timedelta(hours=1))
    row("jobs", state="running", queue="sync-orders")
    row("jobs", state="succeeded", queue="sync-orders", verdict="partial", started_at=now - timedelta(seconds=30), finished_at=now)
    row("jobs", state="failed", queue="sync-orders", verdict="failed", finished_at=now - timedelta(hours=2))
    row(
        "store_stream_stats",
        store_id=number,
        stream="orders",
        live=7,
        rejected=1,
        failed_in_a_row=3,
        last_success_at=now - timedelta(minutes=5),
    )
    row("consumers", id="a:1:1", host="a", pid=1, version="0", workers=4, worker_type="process", broker="r", memory_bytes=100)
    row("consumers", id="b:1:1", host="b", pid=1, version="0", workers=4, worker_type="process", broker="r", stopped_at=now)
    row(
        "alerts",
        rule="freshness",
        cause="freshness:store1:orders",
        active_cause="freshness:store1:orders",
        severity="passing",
        sentence="late",
    )
    row("alerts", rule="freshness", cause="freshness:store1:products", severity="passing", sentence="was late", ended_at=now)
    seen = read(api)
    assert [seen[(f"queue_{state}", "users")] for state in ("waiting", "delayed", "running")] == [1, 1, 0]
    assert 89 < seen[("queue_oldest_wait_seconds", "users")] < 120
    assert seen[("jobs_finished_last_hour", "sync-orders", "succeeded", "partial")] == 1
    assert 29 < seen[("jobs_ran_seconds_last_hour", "sync-orders", "succeeded", "partial")] < 31
    assert ("jobs_finished_last_hour", "sync-orders", "failed", "failed") not in seen
    assert 299 < seen[("stream_age_seconds", "woocommerce", "store1", "orders")] < 330
    assert seen[("stream_failed_in_a_row", "woocommerce", "store1", "orders")] == 3
    assert seen[("stream_records", "live", "woocommerce", "store1", "orders")] == 7
    assert (seen[("consumers", "alive")], seen[("workers",)], seen[("consumers_memory_bytes",)]) == (1, 4, 100)
    assert seen[("alerts_open", "freshness", "passing")] == 1
    assert (seen[("up", "database")], seen[("up", "broker")], seen[("build_info", "0.1.0")]) == (1, 1, 1)


def test_the_last_hour_is_whole_while_its_begin_is_counted_already(api, row):
    """Of an hour, all but the newest minutes come from the rollups: no job is missing or counted twice where they meet."""
    now = datetime.now(UTC)
    for minutes in range(0, 50, 2):
        ended = now - timedelta(minutes=minutes)
        row("jobs", state="succeeded", queue="users", verdict=None, started_at=ended - timedelta(seconds=10), finished_at=ended)
    with begin() as conn:
        while rollups.advance(conn):
            pass
        assert rollups.counted_to(conn) > now - timedelta(minutes=15)
    seen = read(api)
    assert seen[("jobs_finished_last_hour", "users", "succeeded", "")] == 25
    assert 249 < seen[("jobs_ran_seconds_last_hour", "users", "succeeded", "")] < 251


def test_a_replica_that_is_behind_and_one_that_is_away(api, row, monkeypatch):
    behind, away = primary(), create_engine("mysql+pymysql://x@127.0.0.1:9/x", connect_args={"connect_timeout": 1})
    row("replica_heartbeat", id=1, beat_at=datetime.now(UTC) - timedelta(seconds=40))
    monkeypatch.setattr(measures, "settings", lambda: Settings(db_master_host="primary"))
    monkeypatch.setattr(measures, "readers", lambda: [behind, away])
    seen = read(api)
    assert (seen[("replica_up", place(behind))], seen[("replica_up", "127.0.0.1:9/x")]) == (1, 0)
    assert 39 < seen[("replica_lag_seconds", place(behind))] < 60
    assert ("replica_lag_seconds", "127.0.0.1:9/x") not in seen


def test_pauses_are_told(api, store):
    store()
    pause(queue="users", reason="stocktaking", by="ana")
    pause(store="store1", reason="stocktaking", by="ana")
    seen = read(api)
    assert (seen[("queue_paused", "users")], seen[("queue_paused", "system")], seen[("store_paused", "woocommerce", "store1")]) == (1, 0, 1)


@pytest.mark.skipif(broker.chosen().kind == "sqlite", reason="budgets are shared through Redis")
def test_rate_budgets_come_back_as_they_do_on_the_platform(api):
    budgets.shared().learn("shopify:store1", 400.0, 2000.0, 100.0)
    budgets.shared().hold("amazon:store2:getOrders", 30.0)
    budgets.shared().take("amazon:store2:getOrders", 1.0, 20.0, 0.5)
    seen = read(api)
    assert 400 <= seen[("budget_available", "", "shopify", "store1")] < 600
    assert seen[("budget_capacity", "", "shopify", "store1")] == 2000
    assert 25 < seen[("budget_held_seconds", "getOrders", "amazon", "store2")] <= 30


def test_while_the_database_is_away_that_is_told_and_no_number(api, away):
    assert api.get("/queue/status").status_code == 200  # who runs knows already whether people sign in
    with away():
        seen = read(api)
    assert seen[("up", "database")] == 0
    assert not [name for name in seen if name[0].startswith(("queue_", "stream_", "workers", "alerts"))]


def test_two_consoles_tell_the_same(api, row):
    from starlette.testclient import TestClient

    row("jobs", state="failed", queue="users", finished_at=datetime.now(UTC))
    with TestClient(application()) as other:
        mine, theirs = read(api), read(other)
    assert mine.keys() == theirs.keys()
    assert mine[("jobs_finished_last_hour", "users", "failed", "")] == theirs[("jobs_finished_last_hour", "users", "failed", "")] == 1


def test_where_people_sign_in_a_token_is_needed_unless_the_setting_opens_it(api, bearer, monkeypatch):  # noqa: F811  # the fixture
    headers = bearer("viewer")
    told(api.get("/metrics"), 401)
    assert ("workers",) in read(api, headers=headers)
    monkeypatch.setattr("console.metrics.settings", lambda: Settings(metrics_open=True))
    assert ("workers",) in read(api)
