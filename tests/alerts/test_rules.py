"""Rules of alerts are changed while all runs: switched off or with another threshold they end their alerts unsaid, since nothing has recovered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, event, insert, select, update

import settings
import tasks
from db import options, schema
from db.columns import db_now
from db.engine import begin, primary
from tasks import alert_rules, alerts
from tests.alerts.looks import active, later, orders_of


def rule(name):
    return next(one for one in tasks.list_alert_rules() if one.name == name)


def with_settings(monkeypatch, **values):
    changed = replace(settings.settings(), **values)
    monkeypatch.setattr(alert_rules, "settings", lambda: changed)


def test_the_settings_name_every_rule():
    assert tuple(alert_rules.RULES) == settings.ALERT_RULES


def test_a_threshold_that_a_person_sets_outweighs_the_settings_until_it_is_taken_back(store):
    orders_of(store, failed_in_a_row=2)
    later()
    assert active() == {}
    tasks.change_alert_rule("failing", threshold=2, by="ana")
    later()
    assert set(active()) == {"failing:shop:orders"}
    shown = rule("failing")
    assert (shown.now.threshold, shown.default.threshold, shown.changed_by, shown.lasting) == (2, 3, "ana", 1)
    tasks.reset_alert_rule("failing", by="ben")
    assert (rule("failing").now, rule("failing").changed_by) == (rule("failing").default, None)
    with begin() as conn:
        told = [
            (row.person, row.action, row.target, row.detail)
            for row in conn.execute(select(schema.audit_log).order_by(schema.audit_log.c.id))
        ]
    usual, other = {"is_on": True, "threshold": 3}, {"is_on": True, "threshold": 2}
    assert told[-2:] == [
        ("ana", "change_alert_rule", "alert_rule:failing", {"from": usual, "to": other}),
        ("ben", "reset_alert_rule", "alert_rule:failing", {"from": other, "to": usual}),
    ]


def test_a_rule_that_is_switched_off_ends_its_alerts_and_tells_of_no_recovery(store, ops):
    orders_of(store, failed_in_a_row=5)
    assert ops() == [("began", "Shop")]
    tasks.change_alert_rule("failing", is_on=False, by="ana")
    assert ops() == [("began", "Shop")]
    assert active() == {}
    ended = tasks.recent_alerts()[0]
    assert ended["ended_at"] is not None
    assert ended["told_ended_at"] is None
    tasks.change_alert_rule("failing", is_on=True, by="ana")
    assert ops() == [("began", "Shop")] * 2, "it still fails, and that is told again"
    orders_of(store, failed_in_a_row=0)
    assert ops()[2:] == [("ended", "Over again")], "this is a recovery"


def test_of_a_rule_that_is_off_no_end_is_told_either(store, ops):
    orders_of(store, failed_in_a_row=5)
    ops()
    orders_of(store, failed_in_a_row=0)
    tasks.change_alert_rule("failing", is_on=False, by="ana")
    assert [kind for kind, _ in ops()] == ["began"]
    assert active() == {}


def test_what_a_raised_threshold_no_more_tells_ends_unsaid_and_what_is_mended_meanwhile_is_told_as_over(store, ops):
    with begin() as conn:
        conn.execute(
            insert(schema.store_stream_stats).values(store_id=store, stream="products", failed_in_a_row=5, last_success_at=db_now())
        )
    orders_of(store, failed_in_a_row=5)
    assert [kind for kind, _ in ops()] == ["began"]
    tasks.change_alert_rule("failing", threshold=9, by="ana")
    with begin() as conn:
        mended = schema.store_stream_stats.c.stream == "products"
        conn.execute(update(schema.store_stream_stats).where(mended).values(failed_in_a_row=0))
    assert [kind for kind, _ in ops()] == ["began", "ended"]
    over = {one["cause"]: one["told_ended_at"] is not None for one in tasks.recent_alerts()}
    assert over == {"failing:shop:products": True, "failing:shop:orders": False}
    orders_of(store, failed_in_a_row=9)
    assert [kind for kind, _ in ops()] == ["began", "ended", "began"]


def test_a_threshold_that_the_environment_raised_tells_of_no_recovery_either(store, ops, monkeypatch):
    orders_of(store, failed_in_a_row=5)
    assert len(ops()) == 1
    with_settings(monkeypatch, alert_failed_in_a_row=9)
    assert len(ops()) == 1
    assert active() == {}
    with_settings(monkeypatch, alert_failed_in_a_row=3, alert_rules_off="failing, waiting")
    assert len(ops()) == 1
    tasks.change_alert_rule("failing", is_on=True, by="ana")
    assert len(ops()) == 2, "what a person says outweighs it"


def test_the_same_credentials_are_not_told_again_because_the_days_were_changed(store, ops):
    with begin() as conn:
        conn.execute(insert(schema.store_credentials).values(store_id=store, ciphertext="x", expires_at=db_now(20 * 86_400)))
    assert len(ops()) == 1
    for days in (60, 25):
        tasks.change_alert_rule("credentials", threshold=days, by="ana")
        assert len(ops()) == 1
        assert set(active()) == {"credentials:shop:30"}
    tasks.change_alert_rule("credentials", threshold=10, by="ana")
    assert len(ops()) == 1
    assert active() == {}
    tasks.change_alert_rule("credentials", threshold=365, by="ana")
    with begin() as conn:
        conn.execute(update(schema.store_credentials).values(expires_at=db_now(200 * 86_400)))
    assert [kind for kind, _ in ops()] == ["began", "began"]
    assert set(active()) == {"credentials:shop:365"}


@pytest.mark.parametrize(
    ("name", "low", "high", "cause", "set_up"),
    [
        ("workers", 600, 3_600, "workers", lambda store: silent(1_200)),
        ("freshness", 30, 120, "freshness:shop:orders", lambda store: orders_of(store, last_success_at=db_now(-100 * 60))),
        ("waiting", 1_800, 9_000, "waiting:system", lambda store: waits(7_200)),
    ],
)
def test_each_threshold_counts(store, name, low, high, cause, set_up):
    tasks.change_alert_rule(name, threshold=high, by="ana")
    set_up(store)
    look()
    assert cause not in active()
    tasks.change_alert_rule(name, threshold=low, by="ana")
    look()
    assert cause in active()
    tasks.change_alert_rule(name, is_on=False, by="ana")
    look()
    assert cause not in active()


def look():
    """As `later` does, without a word of the consumer."""
    with begin() as conn:
        conn.execute(update(schema.options).values(changed_at=db_now(-60)))
    return alerts.look()


def silent(seconds):
    with begin() as conn:
        conn.execute(update(schema.consumers).values(beat_at=db_now(-seconds)))


def waits(seconds):
    tasks.test_worker(requested_by="ana")
    with begin() as conn:
        conn.execute(update(schema.jobs).values(run_at=db_now(-seconds)))


def test_a_trial_says_what_would_be_told_what_lasts_and_what_would_end_and_changes_nothing(store):
    orders_of(store, failed_in_a_row=5)
    with begin() as conn:
        conn.execute(
            insert(schema.store_stream_stats).values(store_id=store, stream="products", failed_in_a_row=2, last_success_at=db_now())
        )

    def tried(**change):
        trial = tasks.try_alert_rule("failing", **change)
        return [[cause.key for cause in part] for part in (trial.told, trial.kept_back, trial.lasting)], len(trial.ended)

    orders, products = "failing:shop:orders", "failing:shop:products"
    assert tried() == ([[orders], [], []], 0)
    assert tried(threshold=2) == ([[orders, products], [], []], 0)
    assert active() == {}
    later()
    assert tried(threshold=2) == ([[products], [], [orders]], 0)
    assert tried(threshold=6) == ([[], [], []], 1)
    assert tried(is_on=False) == ([[], [], []], 1)
    assert rule("failing").now == rule("failing").default
    tasks.change_alert_rule("failing", threshold=2, by="ana")
    later()
    tasks.silence_alert(active()[products]["id"], until=datetime.now(UTC) + timedelta(hours=1), by="ana")
    tasks.change_alert_rule("failing", is_on=False, by="ana")
    later()
    assert tried(is_on=True) == ([[orders], [products], []], 0)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("pigeons", {"is_on": False}, "There is no alert rule 'pigeons'; choose one of workers, store_paused,"),
        ("failing", {}, "Nothing was said to change of the alert rule failing"),
        ("failing", {"threshold": 0}, "The threshold of failing is 0; it has to be a whole number from 1 to 1,000"),
        ("failing", {"threshold": True}, "The threshold of failing is True"),
        ("failing", {"threshold": 2.5}, "The threshold of failing is 2.5"),
        ("workers", {"threshold": 10}, "from 90 to 86,400"),
        ("store_paused", {"threshold": 5}, "The alert rule store_paused has no threshold; it can only be switched on or off."),
        ("failing", {"is_on": "no"}, "is_on is 'no'; it has to be true or false."),
    ],
)
def test_a_wrong_change_is_refused_in_a_sentence(clean, name, change, told):
    with pytest.raises(tasks.BadRequest, match=told):
        tasks.change_alert_rule(name, **change, by="ana")
    with begin() as conn:
        assert options.changed(conn) == {}


def test_a_look_reads_the_options_once_however_many_rules_are_changed(store):
    for name in alert_rules.RULES:
        tasks.change_alert_rule(name, is_on=True, by="ana")
    tasks.set_quiet_hours("03:00-03:01", by="ana")
    later()
    said = []

    def note(_conn, _cursor, statement, *_):
        said.append(statement)

    event.listen(primary(), "before_cursor_execute", note)
    try:
        with begin() as conn:
            conn.execute(update(schema.options).values(changed_at=db_now(-60)))
        said.clear()
        alerts.look()
    finally:
        event.remove(primary(), "before_cursor_execute", note)
    reads = [one for one in said if "FROM options" in one.replace("`", "") and one.startswith("SELECT")]
    assert len(reads) == 1
    assert len(said) < 20


def test_a_first_look_of_this_version_takes_what_lasts_as_it_is(store, ops):
    orders_of(store, failed_in_a_row=5)
    ops()
    with begin() as conn:
        conn.execute(update(schema.options).where(schema.options.c.name == "alerts_looked_at").values(value=None))
    orders_of(store, failed_in_a_row=0)
    assert [kind for kind, _ in ops()] == ["began", "ended"]
    with begin() as conn:
        conn.execute(delete(schema.options))
    assert len(ops()) == 2
