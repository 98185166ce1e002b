"""What is late: as long as the schedules of the store and stream say, and nothing where they say nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

import tasks
from db import alert_facts, board, schema
from db.columns import db_now
from db.engine import begin
from tasks import alert_rules, freshness, schedules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("cron", "pause"),
    [
        ("* * * * *", timedelta(minutes=1)), ("*/30 * * * *", HOUR / 2), ("0 * * * *", HOUR), ("0 */6 * * *", 6 * HOUR), ("0 2 * * *", DAY),
        ("10,20 9-17 * * *", 15 * HOUR + timedelta(minutes=50)), ("0 9-17 * * 1-5", 2 * DAY + 16 * HOUR), ("0 4 * * 1", 7 * DAY),
        ("0 0 1 * *", 31 * DAY), ("0 0 29 2 *", 1461 * DAY),
    ],
)  # fmt: skip
def test_the_longest_pause_of_a_schedule(cron, pause):
    assert freshness.longest_pause(cron) == pause


def test_the_busiest_schedule_promises_with_room_for_one_run_and_none_promises_nothing():
    assert freshness.promise(["0 2 * * *", "0 3 * * 0"]) == 30 * HOUR
    assert freshness.promise(["*/5 * * * *"]) == timedelta(minutes=15)
    assert freshness.promise([]) is None


@pytest.fixture
def store(clean):
    """Two streams that were complete two hours ago, and the schedules of the settings: inventory each hour, products each day."""
    schedules.install()
    store_id = tasks.add_store("shop", platform="shopify", address="https://shop.example.com", by="test")
    with begin() as conn:
        for stream in ("products", "inventory"):
            conn.execute(
                insert(schema.store_stream_stats).values(
                    store_id=store_id, stream=stream, last_success_at=db_now(-7200), last_verdict="success"
                )
            )
    return store_id


def late() -> set[str]:
    """What the alerts say; the pages say the same."""
    with begin() as conn:
        told = {
            cause.key.rpartition(":")[2]
            for cause in alert_rules.causes(alert_facts.gather(conn), alert_rules.in_force({}))
            if cause.rule == "freshness"
        }
    (shown,), now = board.stores_and_streams()
    assert {
        stream for stream, stat in shown["streams"].items() if freshness.is_late(stat["last_success_at"], shown["crons"][stream], now)
    } == told
    return told


def of_all(stream: str) -> int:
    return next(one.id for one in tasks.list_schedules() if one.store is None and one.stream == stream)


def test_a_stream_is_late_by_the_schedule_for_all_stores(store):
    assert late() == {"inventory"}
    tasks.put_schedule("inventory", "0 */6 * * *", by="ana")
    assert late() == set()


def test_a_store_of_its_own_pace_is_late_by_that(store):
    tasks.put_schedule("inventory", "0 */6 * * *", store="shop", by="ana")
    tasks.put_schedule("products", "0 * * * *", store="shop", by="ana")
    assert late() == {"products"}


def test_where_a_schedule_is_off_or_paused_nothing_is_promised(store):
    tasks.disable_schedule(of_all("all"), by="ana")
    tasks.pause_schedule(of_all("inventory"), datetime.now(UTC) + HOUR, by="ana")
    assert late() == set()
    tasks.pause_schedule(of_all("inventory"), None, by="ana")
    assert late() == {"inventory"}
    tasks.disable_schedule(tasks.put_schedule("inventory", "0 * * * *", store="shop", by="ana"), by="ana")
    assert late() == set(), "a store's own keeps the one for all stores away, also while it is off"


def test_a_schedule_that_the_settings_turn_off_promises_nothing(store, monkeypatch):
    told = schedules.defaults()
    monkeypatch.setattr(schedules, "defaults", lambda: {**told, "inventory": "off"})
    schedules.install()
    assert late() == set(), "but for the weekly one of everything"
