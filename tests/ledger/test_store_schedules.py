"""Schedules that people change: of one store or of all, paused, disabled, run now; each survives the next start of a consumer."""

from __future__ import annotations

import itertools
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

import tasks
from db import schema
from db.columns import db_now
from db.engine import begin
from settings import settings
from tasks import cron, schedules


@pytest.fixture
def shops(clean):
    """Two shops and the schedules of the settings; nobody answers at their addresses, and nobody is asked."""
    with begin() as conn:
        for name in ("one", "two"):
            conn.execute(insert(schema.stores).values(name=name, title=name.title(), platform="shopify", address="https://x"))
    schedules.install()


def of(stream, store=None):
    return next(one for one in tasks.list_schedules() if (one.stream, one.store) == (stream, store))


def make_due(schedule_id, seconds_ago=1.0):
    with begin() as conn:
        conn.execute(update(schema.schedules).where(schema.schedules.c.id == schedule_id).values(next_at=db_now(-seconds_ago)))


def asked():
    with begin() as conn:
        named = (
            select(schema.jobs.c.stream, schema.stores.c.name, schema.jobs.c.requested_by).join(schema.stores).order_by(schema.jobs.c.id)
        )
        return [tuple(row) for row in conn.execute(named)]


def audited():
    with begin() as conn:
        rows = conn.execute(select(schema.audit_log).where(schema.audit_log.c.action.like("%schedule%")).order_by(schema.audit_log.c.id))
        return [(row.person, row.action, row.target) for row in rows]


def test_a_stores_own_schedule_takes_the_place_of_the_one_for_all(shops):
    own = tasks.put_schedule("orders", "*/5 * * * *", store="one", time_zone="Asia/Kolkata", by="ana")
    make_due(of("orders").id)
    schedules.look()
    assert asked() == [("orders", "two", "schedule")]
    make_due(own)
    schedules.look()
    assert asked()[1:] == [("orders", "one", "schedule")]
    assert (of("orders").replaced_for, of("orders", "one").replaced_for, of("products").replaced_for) == (1, 0, 0)
    tasks.drop_schedule(own, by="ben")
    with begin() as conn:
        conn.execute(update(schema.jobs).values(active_key=None, state="succeeded"))
    make_due(of("orders").id, 60)
    schedules.look()
    assert sorted(asked()[2:]) == [("orders", "one", "schedule"), ("orders", "two", "schedule")]
    assert audited() == [("ana", "put_schedule", "store:one"), ("ben", "drop_schedule", "store:one")]


def test_an_own_schedule_keeps_the_one_for_all_away_also_while_it_is_disabled(shops):
    own = tasks.put_schedule("orders", "0 4 * * *", store="one", by="ana")
    tasks.disable_schedule(own, by="ana")
    make_due(own)
    make_due(of("orders").id)
    schedules.look()
    assert asked() == [("orders", "two", "schedule")]
    assert of("orders", "one").next_times == ()


def test_what_a_person_changed_survives_the_next_start_and_a_reset_ends_that(shops, monkeypatch):
    tasks.put_schedule("orders", "15 * * * *", by="ana")
    tasks.disable_schedule(of("products").id, by="ana")
    schedules.install()
    assert (of("orders").cron, of("orders").changed_by, of("orders").settings_say) == ("15 * * * *", "ana", "*/30 * * * *")
    assert (of("products").is_enabled, of("inventory").changed_by) == (False, None)
    monkeypatch.setattr(schedules, "defaults", lambda: {"orders": "off", "products": "off"})
    schedules.install()
    assert of("orders").cron == "15 * * * *"
    monkeypatch.undo()
    for stream in ("orders", "products"):
        tasks.reset_schedule(of(stream).id, by="ben")
    assert (of("orders").cron, of("orders").changed_by, of("products").is_enabled) == ("*/30 * * * *", None, True)


def test_a_schedule_that_the_settings_know_is_disabled_not_dropped(shops):
    with pytest.raises(tasks.BadRequest, match="comes from SCHEDULE_ORDERS; disable it here, or set SCHEDULE_ORDERS=off"):
        tasks.drop_schedule(of("orders").id, by="ana")
    with pytest.raises(tasks.BadRequest, match="There is no schedule 999"):
        tasks.disable_schedule(999, by="ana")


def test_what_falls_into_a_pause_is_skipped_and_what_falls_on_its_end_is_not(shops):
    orders = of("orders").id
    with begin() as conn:
        now = conn.scalar(select(db_now()))
    end = (now + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    tasks.pause_schedule(orders, end, by="ana")
    assert (of("orders").paused_until, of("orders").next_times[0]) == (end, end)
    make_due(orders)
    assert schedules.look() == 0, "paused, whatever its next time"
    tasks.pause_schedule(orders, None, by="ben")
    assert (of("orders").paused_until, of("orders").next_times[0] - now < timedelta(minutes=31)) == (None, True)
    make_due(orders)
    assert schedules.look() == 2
    assert [action for _, action, _ in audited()] == ["pause_schedule", "resume_schedule"]
    with pytest.raises(tasks.BadRequest, match="is over already; choose a time to come"):
        tasks.pause_schedule(orders, now - timedelta(hours=1), by="ana")
    with pytest.raises(tasks.BadRequest, match="has no time zone; add one"):
        tasks.pause_schedule(orders, end.replace(tzinfo=None), by="ana")


def test_what_a_disabled_schedule_missed_is_not_caught_up(shops):
    orders = of("orders").id
    tasks.disable_schedule(orders, by="ana")
    make_due(orders, 7_200)
    assert schedules.look() == 0
    tasks.enable_schedule(orders, by="ana")
    assert schedules.look() == 0
    assert of("orders").next_times[0] > datetime.now(UTC) - timedelta(seconds=5)


def test_run_now_asks_at_once_before_scheduled_work_and_leaves_the_next_time(shops):
    before = of("orders").next_times
    jobs = tasks.run_schedule_now(of("orders").id, by="ana")
    assert [job.is_new for job in jobs] == [True, True]
    assert [tasks.job(job).requested_by for job in jobs] == ["ana", "ana"]
    shown = of("orders")
    assert (shown.next_times, shown.last_results, shown.last_job_id) == (before, {"queued": 2}, int(jobs[-1]))
    again = tasks.run_schedule_now(shown.id, by="ben")
    assert [(int(job), job.is_new) for job in again] == [(int(job), False) for job in jobs]
    assert of("orders").last_results == {"queued": 2}
    assert audited()[-1] == ("ben", "run_schedule", "schedules")


def test_the_results_of_the_last_run_are_told_by_their_verdicts(shops):
    make_due(of("orders").id)
    schedules.look()
    with begin() as conn:
        first = select(schema.jobs.c.id).order_by(schema.jobs.c.id).limit(1)
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == conn.scalar(first)).values(state="succeeded", verdict="partial"))
    assert of("orders").last_results == {"partial": 1, "queued": 1}
    assert of("orders").last_at is not None


def test_several_consumers_that_start_and_look_at_once_are_as_good_as_one(shops):
    """Their starts write each default once, and one of their looks asks."""
    with begin() as conn:
        conn.execute(schema.schedules.delete())
    own = tasks.put_schedule("orders", "*/5 * * * *", store="one", by="ana")
    gate = threading.Barrier(4)
    trouble = []

    def consumer():
        try:
            gate.wait(10)
            schedules.install()
            gate.wait(10)
            make_due(own, 1)
            gate.wait(10)
            schedules.look()
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=consumer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert trouble == []
    assert sorted(one.stream for one in tasks.list_schedules()) == ["all", "customers", "inventory", "orders", "orders", "products"]
    assert asked() == [("orders", "one", "schedule")]


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize("change", ["2026-03-08T04:00+00:00", "2026-11-01T03:00+00:00", "2026-04-04T12:00+00:00", "2026-10-03T12:00+00:00"])
def test_a_stores_daily_schedule_runs_once_a_day_through_both_clock_changes(zone, change):
    at, days = datetime.fromisoformat(change) - timedelta(days=2), []
    for _ in range(5):
        at = cron.next_time("30 2 * * *", zone, at)
        days.append(at.astimezone(cron.zone(zone)).date())
    assert [(later - earlier).days for earlier, later in itertools.pairwise(days)] == [1] * 4


def test_a_zone_of_half_an_hour_loses_no_minute_of_its_first_hour():
    at = datetime(2026, 6, 7, 18, 10, tzinfo=UTC)  # Sunday 23:40 in Kolkata; Monday begins at 18:30
    found = cron.next_times("*/10 * * * 1", "Asia/Kolkata", at, 3)
    assert [f"{one:%H:%M}" for one in found] == ["18:30", "18:40", "18:50"]


def test_a_clock_that_stood_wrong_for_a_while_neither_doubles_nor_silences(shops, monkeypatch):
    """An hour ahead and back: each time is used once. A year ahead and back: the schedule does not wait for next year."""
    from db import jobs as ledger

    own = tasks.put_schedule("orders", "0 * * * *", store="one", by="ana")
    real = ledger.clock
    make_due(own, 600)
    schedules.look()
    with begin() as conn:
        conn.execute(update(schema.jobs).values(active_key=None, state="succeeded"))
        taken = conn.execute(select(schema.schedules.c.last_at, schema.schedules.c.next_at).where(schema.schedules.c.id == own)).one()
        conn.execute(update(schema.schedules).where(schema.schedules.c.id == own).values(next_at=taken.last_at))  # the clock was set back
    schedules.look()
    assert len(asked()) == 1, "the same time of the same schedule is one job"
    monkeypatch.setattr(ledger, "clock", lambda conn: real(conn) + timedelta(days=365))
    make_due(own, 60)
    schedules.look()
    assert of("orders", "one").next_times[0] > datetime.now(UTC) + timedelta(days=300)
    monkeypatch.undo()
    schedules.look()
    assert of("orders", "one").next_times[0] < datetime.now(UTC) + timedelta(hours=3)


@pytest.mark.parametrize(
    ("expression", "words", "kind"),
    [
        ("*/30 * * * *", "Every 30 minutes", "every_minutes"),
        ("0 * * * *", "Every hour, at minute 0", "hourly"),
        ("0 */6 * * *", "Every 6 hours, at minute 0", "every_hours"),
        ("0 2 * * *", "Every day at 02:00", "daily"),
        ("0 2,14 * * *", "Every day at 02:00, 14:00", "daily"),
        ("0 3 * * 0", "Sunday at 03:00", "weekly"),
        ("30 8 * * 1-5", "Monday, Tuesday, Wednesday, Thursday, Friday at 08:30", "weekly"),
        ("0 0 1 * *", "On day 1 of each month at 00:00", "monthly"),
        ("*/7 * * * *", "At */7 * * * *", "other"),
        ("0 2 1-5 * *", "At 0 2 1-5 * *", "other"),
    ],
)
def test_a_schedule_is_told_in_words(expression, words, kind):
    told = cron.in_words(expression)
    assert (str(told), told.kind) == (words, kind)
    assert set(told.values) == set(re.findall(r"{(\w+)}", cron.SENTENCES[kind]))


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"stream": "orders", "cron_text": "0 2 * *"}, "has 4 fields; cron wants five"),
        ({"stream": "orders", "cron_text": "61 * * * *"}, "is not understood"),
        ({"stream": "orders", "cron_text": "0 0 31 2 *"}, "is never due; correct its day or month"),
        (
            {"stream": "orders", "cron_text": "0 2 * * *", "time_zone": "Mars/Olympus"},
            "no time zone 'Mars/Olympus'; names are like Europe/Berlin",
        ),
        ({"stream": "parcels", "cron_text": "0 2 * * *"}, "no stream 'parcels'; choose one of products, orders"),
        ({"stream": "orders", "cron_text": "0 2 * * *", "store": "three"}, "no store 'three'. Stores are listed on the page Stores"),
        ({"stream": "all", "cron_text": "0 2 * * *", "store": "three"}, "no store 'three'"),
    ],
)
def test_a_wrong_schedule_is_refused_with_its_value_the_rule_and_the_next_step(shops, request_, told):
    with pytest.raises(tasks.BadRequest, match=told):
        tasks.put_schedule(request_.pop("stream"), request_.pop("cron_text"), by="ana", **request_)
    assert len(tasks.list_schedules()) == 5


def test_a_store_is_shown_its_own_schedules_and_those_for_all(shops):
    tasks.put_schedule("orders", "5 * * * *", store="one", by="ana")
    tasks.put_schedule("orders", "6 * * * *", store="two", by="ana")
    assert {one.store for one in tasks.list_schedules("one")} == {None, "one"}
    assert of("orders", "one").time_zone == settings().schedule_time_zone
    assert of("orders", "one").settings_say is None
