"""Schedules: due once, whatever consumers and clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import schema
from db.columns import db_now
from db.engine import begin
from tasks import cron, schedules
from tests.shops import open_store


def times(expression, zone, start, count):
    at, found = datetime.fromisoformat(start), []
    for _ in range(count):
        at = cron.next_time(expression, zone, at)
        found.append(at.isoformat(timespec="minutes").replace("+00:00", "Z"))
    return found


def test_a_schedule_is_read_on_its_own_wall_clock():
    assert times("0 2 * * *", "UTC", "2026-01-01T00:00+00:00", 2) == ["2026-01-01T02:00Z", "2026-01-02T02:00Z"]
    assert times("0 2 * * *", "Asia/Kolkata", "2026-01-01T00:00+00:00", 1) == ["2026-01-01T20:30Z"]
    assert times("0 3 * * 0", "UTC", "2026-11-22T03:00+00:00", 1) == ["2026-11-29T03:00Z"]


def test_a_day_on_which_the_hour_is_skipped_or_comes_twice_has_one_run():
    assert times("0 2 * * *", "America/New_York", "2026-03-07T08:00+00:00", 2) == ["2026-03-08T07:00Z", "2026-03-09T06:00Z"]
    assert times("30 1 * * *", "America/New_York", "2026-10-31T06:00+00:00", 2) == ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]


def test_what_fell_into_a_skipped_hour_is_due_after_it_also_when_it_is_looked_for_right_then():
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00+00:00", 2) == ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]
    assert times("0,30 2 * * *", "Europe/Berlin", "2026-03-29T00:30+00:00", 3) == [
        "2026-03-29T01:00Z",
        "2026-03-29T01:30Z",
        "2026-03-30T00:00Z",
    ]
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-29T01:30+00:00", 1) == ["2026-03-30T00:30Z"]


def test_every_half_hour_follows_real_time_through_the_changes():
    found = times("*/30 * * * *", "America/New_York", "2026-11-01T04:45+00:00", 6)
    assert found == [
        "2026-11-01T05:00Z",
        "2026-11-01T05:30Z",
        "2026-11-01T06:00Z",
        "2026-11-01T06:30Z",
        "2026-11-01T07:00Z",
        "2026-11-01T07:30Z",
    ]


@pytest.mark.parametrize(
    ("expression", "told"),
    [("0 2 * *", "has 4 fields"), ("61 * * * *", "not understood"), ("x * * * *", "not understood"), ("0 0 31 2 *", "never due")],
)
def test_a_schedule_that_cannot_be_is_refused_in_a_sentence(expression, told):
    with pytest.raises(tasks.BadRequest, match=told):
        cron.next_time(expression, "UTC", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(tasks.BadRequest, match="no time zone 'Mars/Olympus'"):
        cron.zone("Mars/Olympus")


@pytest.fixture
def store(clean):
    with open_store("ebay", size=5, orders=5, customers=2) as opened:
        schedules.install()
        yield opened


def make_due(stream, seconds_ago=1.0):
    with begin() as conn:
        conn.execute(update(schema.schedules).where(schema.schedules.c.stream == stream).values(next_at=db_now(-seconds_ago)))


def asked():
    with begin() as conn:
        return [(row.name, row.args, row.requested_by) for row in conn.execute(select(schema.jobs).order_by(schema.jobs.c.id))]


def test_what_is_due_is_asked_for_once_however_many_look(store):
    make_due("orders")
    assert [schedules.look() for _ in range(4)] == [1, 0, 0, 0]
    assert asked() == [("sync_orders", {}, "schedule")]


def test_everything_means_every_stream_that_the_platform_offers_in_full(store):
    make_due("all")
    schedules.look()
    assert asked() == [(f"sync_{stream}", {"sync_all": True}, "schedule") for stream in ("products", "orders", "inventory")]


def test_on_sunday_morning_everything_is_read_in_full_though_orders_and_stock_are_due_too(store):
    """02:59 on a Saturday night with the default settings: orders, inventory and everything fall on the same minute."""
    for stream in ("orders", "inventory", "all"):
        make_due(stream)
    assert schedules.look() == 3
    assert asked() == [(f"sync_{stream}", {"sync_all": True}, "schedule") for stream in ("products", "orders", "inventory")]


def test_a_stream_that_is_being_read_when_everything_is_due_is_read_in_full_the_next_time(store, work):
    tasks.sync(store.name, "orders", requested_by="ana")
    work()
    running = tasks.sync(store.name, "orders", requested_by="ana")
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == running).values(state="running", lease_until=db_now(600)))
    make_due("all")
    schedules.look()
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == running).values(state="failed", active_key=None))
        conn.execute(update(schema.jobs).where(schema.jobs.c.id != running).values(active_key=None, state="cancelled"))
    modes = []
    for options in ({"limit": 1}, {}, {}):
        job_id = tasks.sync(store.name, "orders", requested_by="ana", **options)
        work()
        with begin() as conn:
            modes.append(conn.scalar(select(schema.sync_runs.c.mode).where(schema.sync_runs.c.job_id == job_id)))
    assert modes == ["incremental", "full", "incremental"]


def test_a_schedule_that_nobody_can_read_does_not_stop_the_others(store, caplog):
    make_due("orders")
    make_due("products")
    with begin() as conn:
        conn.execute(update(schema.schedules).where(schema.schedules.c.stream == "orders").values(time_zone="Mars/Base"))
    assert schedules.look() == 1
    assert [name for name, _, _ in asked()] == ["sync_products"]
    assert "schedule broken" in caplog.text


def test_a_schedule_fires_while_every_worker_is_busy(store, monkeypatch):
    """Nobody takes the periodic task's message: the tick looks itself."""
    from db.consumers import Consumer
    from tasks import identity, tick

    make_due("orders")
    now = tick.Tick(Consumer(id="c", host=identity.host(), pid=1, version="0", workers=1, worker_type="thread", broker="redis"))
    now()
    assert asked() == [], "a minute has not passed"
    monkeypatch.setattr(now, "_next_look", 0.0)
    now()
    now()
    assert [name for name, _, _ in asked() if name.startswith("sync_")] == ["sync_orders"]


def test_times_that_were_missed_are_caught_up_once_and_counted(store):
    make_due("orders", seconds_ago=3 * 3600)
    assert schedules.look() == 1
    with begin() as conn:
        row = conn.execute(select(schema.schedules).where(schema.schedules.c.stream == "orders")).one()
    assert 5 <= row.missed <= 6
    assert row.next_at > datetime.now(UTC) - timedelta(seconds=5)


def test_a_sync_that_a_person_asked_for_is_not_doubled(store):
    tasks.sync(store.name, "orders", requested_by="ana")
    make_due("orders")
    assert schedules.look() == 0


def test_installing_again_keeps_the_next_time_and_off_is_none(store, monkeypatch):
    make_due("orders", seconds_ago=100)
    schedules.install()
    assert schedules.look() == 1
    monkeypatch.setattr(schedules, "defaults", lambda: {"orders": "off", "products": "5 5 * * *"})
    schedules.install()
    with begin() as conn:
        kept = {row.stream: row.cron for row in conn.execute(select(schema.schedules))}
    assert "orders" not in kept
    assert kept["products"] == "5 5 * * *"


def test_the_minute_is_a_periodic_task_of_huey():
    from tasks import huey_app

    (periodic,) = huey_app.huey._registry.periodic_tasks
    assert type(periodic).__name__ == "look_at_schedules"
    assert periodic.validate_datetime(datetime(2026, 1, 1, 0, 7))
    assert huey_app.huey.deserialize_task(huey_app.huey.serialize_task(periodic)).args == []


def test_a_minute_without_the_database_is_one_line_in_the_log(clean, monkeypatch, caplog):
    from db.engine import DatabaseAway

    def away():
        raise DatabaseAway("The database at here does not answer.")

    monkeypatch.setattr(schedules, "look", away)
    schedules.look_at_schedules.call_local()
    assert [record.message for record in caplog.records] == ["schedules not looked at: The database at here does not answer."]
