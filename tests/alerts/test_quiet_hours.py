"""Quiet hours: what needs a person is told, what mends itself waits for their end, its own end too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

import settings
import tasks
from db import schema
from db.columns import db_now
from db.engine import begin
from tasks import quieting
from tests.alerts.looks import active, orders_of


def around_now(before_h=2, after_h=2):
    now = datetime.now(UTC)
    return f"{now - timedelta(hours=before_h):%H:%M}-{now + timedelta(hours=after_h):%H:%M}"


def over_now():
    """They have ended by the clock: another time in the option, and what they kept back is due."""
    with begin() as conn:
        conn.execute(update(schema.options).where(schema.options.c.name == "alert_quiet_hours").values(value=around_now(4, -2)))
        conn.execute(update(schema.alerts).where(schema.alerts.c.silenced_until.is_not(None)).values(silenced_until=db_now(-1)))


def kinds(heard):
    return [kind for kind, _ in heard]


def test_what_mends_itself_is_told_when_they_end_if_it_still_lasts(store, ops):
    tasks.set_quiet_hours(around_now(), by="ana")
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert ops() == []
    assert active()["failing:shop:orders"]["silenced_by"] == "quiet hours"
    over_now()
    assert kinds(ops()) == ["began"]
    assert kinds(ops()) == ["began"], "once"
    orders_of(store, failed_in_a_row=0)
    assert kinds(ops()) == ["began", "ended"]


def test_what_came_and_went_in_them_is_told_to_nobody(store, ops):
    tasks.set_quiet_hours(around_now(), by="ana")
    for count in (5, 0, 5, 0):
        orders_of(store, failed_in_a_row=count)
        assert ops() == []
    over_now()
    assert ops() == []


def test_what_needs_a_person_is_told_at_once_also_when_it_only_comes_to_need_one(store, ops):
    tasks.set_quiet_hours(around_now(), by="ana")
    with begin() as conn:
        conn.execute(insert(schema.store_credentials).values(store_id=store, ciphertext="x", expires_at=db_now(5 * 86_400)))
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert len(ops()) == 1
    orders_of(store, last_verdict="blocked")
    assert kinds(ops()) == ["began", "began"]
    assert active()["failing:shop:orders"]["silenced_until"] is None
    orders_of(store, failed_in_a_row=0)
    assert kinds(ops()) == ["began", "began", "ended"]


def test_an_end_in_them_is_told_afterwards(store, ops):
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert kinds(ops()) == ["began"]
    tasks.set_quiet_hours(around_now(), by="ana")
    orders_of(store, failed_in_a_row=0)
    assert kinds(ops()) == ["began"]
    assert active() == {}, "it is over, whoever knows"
    over_now()
    assert kinds(ops()) == ["began", "ended"]
    assert kinds(ops()) == ["began", "ended"]


def test_what_ended_in_them_and_came_again_is_the_same_alert_and_no_news(store, ops):
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert len(ops()) == 1
    (first,) = active().values()
    tasks.set_quiet_hours(around_now(), by="ana")
    for count in (0, 5):
        orders_of(store, failed_in_a_row=count)
        assert len(ops()) == 1
    assert active()["failing:shop:orders"]["id"] == first["id"]
    over_now()
    assert len(ops()) == 1
    orders_of(store, failed_in_a_row=0)
    assert kinds(ops()) == ["began", "ended"]


@pytest.mark.parametrize("between", [(), (0,)], ids=["still lasting", "ended and come again"])
def test_what_was_told_as_passing_is_told_again_when_it_comes_to_need_a_person(store, ops, between):
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert kinds(ops()) == ["began"]
    tasks.set_quiet_hours(around_now(), by="ana")
    for count in between:
        orders_of(store, failed_in_a_row=count)
        assert kinds(ops()) == ["began"]
    orders_of(store, failed_in_a_row=5, last_verdict="blocked")
    assert kinds(ops()) == ["began", "began"]
    assert kinds(ops()) == ["began", "began"], "once"


def test_what_they_kept_back_is_told_where_there_are_none_any_more_by_whatever_way(store, ops):
    tasks.set_quiet_hours(around_now(), by="ana")
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    assert ops() == []
    with begin() as conn:  # as when the settings said them, and say none after a new start
        conn.execute(delete(schema.options).where(schema.options.c.name == "alert_quiet_hours"))
    assert kinds(ops()) == ["began"]
    assert kinds(ops()) == ["began"]


def test_a_silence_that_ends_in_them_ends_with_them_unless_a_person_lifts_it(store, ops):
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    ops()
    (alert,) = active().values()
    tasks.silence_alert(alert["id"], until=datetime.now(UTC) + timedelta(hours=1), by="ana")
    for count in (0, 5):
        orders_of(store, failed_in_a_row=count)
        ops()
    tasks.set_quiet_hours(around_now(), by="ana")
    with begin() as conn:
        conn.execute(update(schema.alerts).where(schema.alerts.c.silenced_until.is_not(None)).values(silenced_until=db_now(-1)))
    assert len(ops()) == 1
    (alert,) = active().values()
    assert alert["silenced_by"] == "quiet hours"
    tasks.silence_alert(alert["id"], until=None, by="ana")
    assert kinds(ops()) == ["began", "began"]


def test_other_quiet_hours_let_go_what_the_old_ones_kept_back(store, ops):
    tasks.set_quiet_hours(around_now(), by="ana")
    orders_of(store, failed_in_a_row=5, last_verdict="failed")
    trial = tasks.try_alert_rule("failing")
    assert ([cause.key for cause in trial.kept_back], trial.told) == (["failing:shop:orders"], [])
    assert ops() == []
    tasks.set_quiet_hours(around_now(1, 3), by="ana")
    assert ops() == [], "the new ones keep it back too"
    tasks.reset_quiet_hours(by="ben")
    assert kinds(ops()) == ["began"]
    with begin() as conn:
        told = [(row.person, row.action) for row in conn.execute(select(schema.audit_log).order_by(schema.audit_log.c.id))]
    assert told[-3:] == [("ana", "set_quiet_hours"), ("ana", "set_quiet_hours"), ("ben", "reset_quiet_hours")]
    shown = tasks.quiet_hours()
    assert (shown.value, shown.default, shown.changed_by) == ("", "", None)


@pytest.mark.parametrize(
    ("hours", "now", "ends"),
    [
        ("22:00-07:00", "2026-03-28T21:59+01:00", None),
        ("22:00-07:00", "2026-03-28T22:00+01:00", "2026-03-29T07:00+02:00"),  # the clock goes forward in this night
        ("22:00-07:00", "2026-03-29T06:59+02:00", "2026-03-29T07:00+02:00"),
        ("22:00-07:00", "2026-03-29T07:00+02:00", None),
        ("12:30-13:15", "2026-07-01T12:30+02:00", "2026-07-01T13:15+02:00"),
        ("12:30-13:15", "2026-07-01T10:45+00:00", "2026-07-01T13:15+02:00"),
        ("00:00-06:00", "2026-07-01T23:59+02:00", None),
        ("", "2026-07-01T03:00+02:00", None),
    ],
)
def test_they_are_read_on_the_clock_of_the_settings(monkeypatch, hours, now, ends):
    changed = replace(settings.settings(), schedule_time_zone="Europe/Zurich", alert_quiet_hours=hours)
    monkeypatch.setattr(quieting, "settings", lambda: changed)
    found = quieting.end_of({}, datetime.fromisoformat(now))
    assert found == (datetime.fromisoformat(ends) if ends else None)


@pytest.mark.parametrize("hours", ["22-7", "22:00", "22:00-24:00", "22:00-22:00", "nachts", None, 5])
def test_wrong_hours_are_refused_in_a_sentence(clean, hours):
    with pytest.raises(tasks.BadRequest, match="uiet hours"):
        tasks.set_quiet_hours(hours, by="ana")
    assert tasks.quiet_hours().value == ""
