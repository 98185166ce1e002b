"""The list of stores: rows that stay, how the runs of each went, when the next is due, and what its menu does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import update

import tasks
from console.parts import store_table
from db import store_runs
from db.engine import begin
from db.schema import schedules, store_stream_stats, stores
from tests.console.conftest import look
from tests.console.demo import add

NOW = datetime.now(UTC)


def listed(at):
    return at.dataframe[0].value["store"].tolist()


def stats(store_id, verdict, stream="orders"):
    with begin() as conn:
        add(conn, store_stream_stats, store_id=store_id, stream=stream, last_verdict=verdict, last_success_at=NOW)


def schedule(store_id, stream, minutes, **values):
    told = {"store_id": store_id, "stream": stream, "cron": "0 0 * * *", "time_zone": "UTC", "slot": f"{store_id}:{stream}"}
    with begin() as conn:
        add(conn, schedules, next_at=datetime.now(UTC) + timedelta(minutes=minutes, seconds=30), **told, **values)


def test_a_row_stays_while_the_filter_would_drop_it_and_a_new_one_comes_last(visit, store):
    for name in ("a", "c"):
        stats(store(name, name.upper()), "failed")
    late = store("b", "B")
    at = visit("stores", stores_show="attention")
    assert listed(at) == ["A", "C"]
    with begin() as conn:
        conn.execute(update(store_stream_stats).values(last_verdict="success"))
    stats(late, "blocked")
    # a tick draws the list alone, and finds the rows that it drew
    held = list(at.session_state["stores_rows"])
    assert held == ["a", "c"], "a click on a row means the store that is drawn there"
    every = [{"name": name} for name in ("a", "b", "c")]
    assert store_table.steady(held, every, lambda one: one["name"] == "b") == [{"name": "a"}, {"name": "c"}, {"name": "b"}]
    assert held == ["a", "c", "b"]
    assert listed(look(at)) == ["B"], "the page drawn anew filters anew"


def test_the_runs_of_each_store_are_shown_newest_last_and_those_of_the_system_are_not(visit, store, job):
    here, there = store("a", "A"), store("b", "B")
    for state, verdict in (("succeeded", "success"), ("failed", "failed"), ("succeeded", "partial"), ("cancelled", None)):
        job(store_id=here, stream="orders", state=state, verdict=verdict)
    job(store_id=here, name="try_connection", queue="system", state="failed")
    shown = visit("stores", stores_view="runs").dataframe[0].value
    assert dict(zip(shown["store"], map(list, shown["runs"]), strict=True)) == {"A": [1.0, -1.0, 0.5], "B": []}
    for place in range(40):
        job(store_id=there, stream=("orders", "products")[place % 2], state="failed" if place < 20 else "succeeded")
    states = [state for state, _verdict in store_runs.last_runs([here, there])[there]]
    assert states == ["failed"] * 10 + ["succeeded"] * 20


def test_many_stores_are_asked_for_in_few_statements(store, job):
    numbers = [store(f"s{number}", f"S {number}") for number in range(120)]
    job(store_id=numbers[-1], stream="orders", state="failed", verdict="blocked")
    found = store_runs.last_runs(numbers)
    assert len(found) == 120
    assert found[numbers[-1]] == [("failed", "blocked")]


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        ([], None),
        ([(None, "orders", 7, {})], 7),
        ([(None, "orders", 7, {}), ("own", "orders", 40, {})], 40),
        ([(None, "orders", 7, {}), ("own", "orders", 40, {"is_enabled": False})], None),
        ([(None, "orders", 7, {}), ("own", "all", 3, {})], 3),
        ([(None, "orders", 7, {"paused_until": NOW + timedelta(days=2, hours=12)})], 2 * 24 * 60),
        ([(None, "customers", 7, {})], None),
    ],
    ids=["none", "for all", "its own", "its own is off", "everything", "paused", "not offered"],
)
def test_the_next_run_is_that_of_the_schedule_in_force(visit, store, rows, minutes):
    number = store("kiosk", "Kiosk", "ebay")
    for whose, stream, after, values in rows:
        schedule(number if whose else None, stream, after, **values)
    shown = visit("stores", stores_view="runs").dataframe[0].value["next"].tolist()[0]
    assert (None if pd.isna(shown) else shown.total_seconds() / 60) == minutes


def test_a_paused_store_has_no_next_run(visit, store):
    number = store()
    schedule(None, "orders", 7)
    tasks.pause(store="zurich", reason="stock-taking", by="ana", until=None)
    assert visit("stores", stores_view="runs").dataframe[0].value["next"].isna().tolist() == [True]
    assert number


def test_a_store_is_paused_and_resumed_from_its_row(visit, store, monkeypatch):
    store()
    asked = []
    monkeypatch.setattr("console.parts.confirm.ask", lambda deed_kind, /, **about: asked.append((deed_kind, about)))
    for verb in ("pause", "resume"):
        offered = visit("stores").dataframe[0].value["menu"].tolist()[0]
        words = store_table.menu_words()
        assert words[verb] in offered
        assert words["resume" if verb == "pause" else "pause"] not in offered
        store_table.chosen("zurich", words[verb])
        with begin() as conn:
            conn.execute(update(stores).values(paused_at=NOW, paused_by="ana", pause_reason="stock-taking"))
    assert asked == [("pause", {"kind": "store", "name": "zurich"}), ("resume", {"kind": "store", "name": "zurich"})]
