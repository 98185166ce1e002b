"""The rules of alerts and the quiet hours, over HTTP."""

from __future__ import annotations

import pytest

import tasks
from tests.api.test_calls import fields, told
from tests.api.test_store_calls import deeds


def rule(api, name):
    return next(one for one in told(api.get("/api/alert-rules"), 200)["items"] if one["name"] == name)


def test_a_rule_is_tried_changed_and_given_back(api, clean):
    before = rule(api, "workers")
    assert (before["now"]["is_on"], before["changed_by"]) == (True, None)
    trial = told(api.post("/api/alert-rules/workers/try", json={"on": True}), 200)
    assert [sentence.split(";")[0] for sentence in trial["told"]] == ["No consumer is alive"]
    assert told(api.post("/api/alert-rules/workers/try", json={"on": False}), 200)["told"] == []
    assert deeds() == [], "a trial is no deed"
    assert told(api.post("/api/alert-rules/failing/change", json={"threshold": 7}), 200) == {"name": "failing", "on": True, "threshold": 7}
    assert told(api.post("/api/alert-rules/store_paused/change", json={"on": False}), 200)["threshold"] is None
    assert (rule(api, "failing")["now"]["threshold"], rule(api, "failing")["changed_by"]) == (7, "api")
    assert told(api.post("/api/alert-rules/failing/reset"), 200)["threshold"] == rule(api, "failing")["default"]["threshold"]
    assert [deed[:2] for deed in deeds()] == [
        ("change_alert_rule", "alert_rule:failing"), ("change_alert_rule", "alert_rule:store_paused"), ("reset_alert_rule", "alert_rule:failing"),
    ]  # fmt: skip


def test_quiet_hours_are_set_and_given_back(api, clean):
    assert told(api.get("/api/quiet-hours"), 200)["value"] == ""
    assert told(api.post("/api/quiet-hours", json={"hours": "22:00-07:00"}), 200)["value"] == "22:00-07:00"
    assert tasks.quiet_hours().changed_by == "api"
    assert told(api.post("/api/quiet-hours/reset"), 200)["value"] == ""


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("/api/alert-rules/colour/change", {"on": True}, 404, {"name"}),
        ("/api/alert-rules/failing/change", {}, 422, {"on"}),
        ("/api/alert-rules/failing/change", {"on": "yes"}, 400, {"on"}),
        ("/api/alert-rules/failing/change", {"threshold": 10**9}, 422, {"threshold"}),
        ("/api/alert-rules/store_paused/try", {"threshold": 3}, 422, {"threshold"}),
        ("/api/quiet-hours", {"hours": "at night"}, 422, {"hours"}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(api, clean, path, body, status, named):
    assert fields(api.post(path, json=body), status) == named
    assert deeds() == []
    assert all(one.changed_by is None for one in tasks.list_alert_rules())
