"""Silence: nobody is told of a cause, neither that it begins nor that it ends; what lasts longer is told afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import schema
from db.columns import db_now
from db.engine import begin
from tests.alerts.looks import active, later, orders_of


def test_a_silenced_cause_is_kept_and_told_to_nobody_even_when_it_comes_again(store):
    tasks.add_channel("ops", "slack", {"url": "http://127.0.0.1:1/"}, by="ana")
    orders_of(store, failed_in_a_row=5)
    assert len(later()) == 1
    (alert,) = active().values()
    tasks.silence_alert(alert["id"], until=datetime.now(UTC) + timedelta(hours=1), by="ana")
    orders_of(store, failed_in_a_row=0)
    later()
    orders_of(store, failed_in_a_row=5)
    assert later() == []
    assert set(active()) == {"failing:shop:orders"}
    with begin() as conn:
        assert conn.scalar(select(schema.audit_log.c.person).where(schema.audit_log.c.action == "silence_alert")) == "ana"
    with pytest.raises(tasks.BadRequest, match="There is no alert 9999"):
        tasks.silence_alert(9999, until=None, by="ana")


def silenced(alert, *, until):
    tasks.silence_alert(alert["id"], until=until, by="ana")


def silence_passes():
    with begin() as conn:
        conn.execute(update(schema.alerts).where(schema.alerts.c.silenced_until.is_not(None)).values(silenced_until=db_now(-1)))


IN_AN_HOUR = timedelta(hours=1)


def test_an_alert_that_ends_in_silence_is_told_to_nobody(store, ops):
    orders_of(store, failed_in_a_row=5)
    assert ops() == [("began", "Shop")]
    silenced(*active().values(), until=datetime.now(UTC) + IN_AN_HOUR)
    orders_of(store, failed_in_a_row=0)
    assert ops() == [("began", "Shop")]
    assert active() == {}


def test_what_began_in_silence_and_lasts_is_told_when_that_is_over(store, ops):
    orders_of(store, failed_in_a_row=5)
    ops()
    silenced(*active().values(), until=datetime.now(UTC) + IN_AN_HOUR)
    for count in (0, 5):
        orders_of(store, failed_in_a_row=count)
        assert len(ops()) == 1
    silence_passes()
    assert ops() == [("began", "Shop"), ("began", "Shop")]
    assert len(ops()) == 2, "once"


def test_telling_again_tells_what_lasts_and_what_comes(store, ops):
    orders_of(store, failed_in_a_row=5)
    ops()
    silenced(*active().values(), until=datetime.now(UTC) + IN_AN_HOUR)
    assert len(ops()) == 1
    silenced(*active().values(), until=None)
    assert len(ops()) == 2, "the same alert, which lasts"
    silenced(*active().values(), until=datetime.now(UTC) + IN_AN_HOUR)
    for count in (0, 5):
        orders_of(store, failed_in_a_row=count)
        assert len(ops()) == 2, "silent, and so is the next one of this cause"
    silenced(*active().values(), until=None)
    assert len(ops()) == 3
    for count in (0, 5):
        orders_of(store, failed_in_a_row=count)
        ops()
    assert [kind for kind, _ in ops()] == ["began", "began", "began", "ended", "began"]
