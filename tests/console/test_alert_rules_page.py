"""Settings → Alerts: rules are changed with what would be told shown before, by admins; quiet hours too."""

from __future__ import annotations

from datetime import time

import pandas as pd
import pytest
from sqlalchemy import select

import tasks
from db.columns import db_now
from db.engine import begin
from db.schema import alerts, audit_log, store_stream_stats
from tests.console.conftest import look, press, words
from tests.console.demo import add
from tests.console.test_roles import _quick, come, lines

__all__ = ["_quick", "come"]  # fixtures


@pytest.fixture
def failing(store):
    """A stream that failed twice in a row, and one that failed five times, which is an alert already."""
    here = store()
    with begin() as conn:
        for stream, count in (("orders", 2), ("products", 5)):
            add(conn, store_stream_stats, store_id=here, stream=stream, failed_in_a_row=count, last_reason="The shop is closed.")
        cause = "failing:zurich:products"
        add(
            conn,
            alerts,
            rule="failing",
            cause=cause,
            active_cause=cause,
            severity="passing",
            sentence="Products failed.",
            last_seen_at=db_now(),
        )


def rules(at):
    """The table of the rules, by their names."""
    table = next(one.value for one in at.dataframe if "threshold" in one.value.columns)
    return dict(zip([one.name for one in tasks.list_alert_rules()], table.to_dict("records"), strict=True))


def opened(at, kind, **about):
    """Draw with the dialog open, and with what was put into its fields."""
    at.session_state["asked_dialog"] = (kind, about)
    at.run()
    assert not at.exception, at.exception
    return at


def audit():
    with begin() as conn:
        return [
            (row.action, row.target, row.outcome, row.detail)
            for row in conn.execute(select(audit_log).where(audit_log.c.source == "console").order_by(audit_log.c.id))
        ]


def test_each_rule_stands_there_with_its_threshold_and_its_alerts(visit, failing):
    shown = rules(visit("settings", settings_part="alerts"))
    assert (shown["failing"]["threshold"], shown["failing"]["default"], shown["failing"]["lasting"]) == ("3 times", "On, 3 times", 1)
    assert (shown["workers"]["threshold"], shown["waiting"]["threshold"]) == ("1 min 30 s", "15 min")
    assert (shown["freshness"]["threshold"], shown["credentials"]["threshold"]) == ("at once", "30 days before")
    assert pd.isna(shown["store_paused"]["threshold"])
    assert all(row["state"] == ["on"] and pd.isna(row["changed"]) for row in shown.values())


def test_a_change_shows_what_would_be_told_before_it_is_saved(visit, failing):
    at = opened(visit("settings", settings_part="alerts"), "alert_rule", name="failing")

    def put(threshold, is_on=True):
        at.number_input(key="alert_rule_threshold_failing").set_value(threshold)
        at.toggle(key="alert_rule_on_failing").set_value(is_on)
        return words(opened(at, "alert_rule", name="failing")).replace("\\", "")

    assert "Lasts already: 1" in words(at)
    assert at.button(key="alert_rule_save").disabled
    said = put(2)
    assert "From On, 3 times to On, 2 times" in said
    assert "Told as new: 1" in said
    assert "orders failed 2 times in a row" in said
    said = put(9)
    assert "Ends, and nobody is told, since nothing has recovered: 1" in said
    assert "Products failed" in said
    assert tasks.list_alert_rules()[2].changed_by is None, "nothing is saved yet"
    press(at, "alert_rule_save")
    shown = rules(look(at))["failing"]
    assert (shown["threshold"], shown["state"]) == ("9 times", ["on"])
    assert "console" in shown["changed"]
    changed = {"from": {"is_on": True, "threshold": 3}, "to": {"is_on": True, "threshold": 9}}
    assert audit() == [("change_alert_rule", "alert_rule:failing", "done", changed)]


def test_a_rule_goes_back_to_the_settings_when_asked(visit, clean):
    tasks.change_alert_rule("store_paused", is_on=False, by="ana")
    at = visit("settings", settings_part="alerts")
    assert rules(at)["store_paused"]["state"] == ["off"]
    at.session_state["asked_dialog"] = ("confirm", {"deed_kind": "reset_alert_rule", "about": {"name": "store_paused"}})
    at.run()
    assert "From Off to On" in words(at)
    press(at, "confirm_yes")
    assert rules(look(at))["store_paused"]["state"] == ["on"]


def test_quiet_hours_are_set_and_taken_back(visit, clean):
    at = visit("settings", settings_part="alerts")
    assert "**none**" in words(at)
    opened(at, "quiet_hours")
    assert at.button(key="quiet_hours_save").disabled
    at.toggle(key="quiet_hours_on").set_value(True)
    opened(at, "quiet_hours")
    for end in (time(22, 0), time(6, 30)):
        at.time_input(key="quiet_hours_until").set_value(end)
        opened(at, "quiet_hours")
        press(at, "quiet_hours_save")
        if end.hour == 22:
            opened(at, "quiet_hours")
            assert "would have no length" in "".join(one.value for one in at.error)
            at.toggle(key="quiet_hours_on").set_value(True)
            opened(at, "quiet_hours")
    at = visit("settings", settings_part="alerts")
    assert "22:00–06:30" in words(at).replace("\\", "")
    press(at, "quiet_hours_reset")
    press(at, "confirm_yes")
    assert tasks.quiet_hours().value == ""
    assert [action for action, *_ in audit()] == ["set_quiet_hours", "reset_quiet_hours"]


def test_rules_are_everybodys_to_see_and_an_admins_to_change(come):
    at = come("operator", "settings", settings_part="alerts")
    assert rules(at)["failing"]["threshold"] == "3 times"
    assert at.button(key="quiet_hours_change").disabled
    opened(at, "alert_rule", name="store_paused").toggle(key="alert_rule_on_store_paused").set_value(False)
    press(opened(at, "alert_rule", name="store_paused"), "alert_rule_save")
    assert lines(action="change_alert_rule") == [("the-operator", "change_alert_rule", "denied")]
    assert all(one.now.is_on for one in tasks.list_alert_rules())
