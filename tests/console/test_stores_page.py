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
from db.schema import schedules, store_stream_counts, store_stream_stats, stores
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


def counted(store_id, live, *, hours=None, then=0, stream="orders"):
    """A total and, where `hours` is given, what was noted so long ago."""
    with begin() as conn:
        add(conn, store_stream_stats, store_id=store_id, stream=stream, live=live, last_verdict="success", last_success_at=NOW)
        if hours is not None:
            at = datetime.now(UTC) - timedelta(hours=hours)
            add(conn, store_stream_counts, store_id=store_id, stream=stream, at_hour=at, noted_at=at, live=then)


def test_the_counts_say_how_they_have_changed_within_a_day_and_nothing_where_nobody_knows(visit, store):
    for name, live, hours, then in (
        ("a", 12_345, 24.5, 12_311),
        ("b", 90, 24.5, 1_294),
        ("c", 7, 25, 7),
        ("d", 50, 3, 1),
        ("e", 60, 70, 1),
        ("f", 80, None, 0),
    ):
        counted(store(name, name.upper()), live, hours=hours, then=then)
    counted(store("g", "G", "ebay"), 1_234, hours=24.5, then=1_230, stream="customers")
    table = visit("stores").dataframe[0]
    shown = table.proto.arrow_data.styler.display_values
    for said in (b"12,345 (+34)", b"90 (-1,204)", b"7 (+0)", b"1,234 derived (+4)"):
        assert said in shown
    assert all(other not in shown for other in (b"50 (", b"60 (", b"80 (")), "younger, from before an outage, not noted"
    assert table.value["orders"].tolist()[:6] == [12_345, 90, 7, 50, 60, 80], "numbers, which the column sorts by"


def test_a_store_tells_by_how_much_each_count_has_changed_and_since_when(visit, store):
    number = store()
    counted(number, 12_345, hours=24.5, then=12_311)
    counted(number, 90, hours=3, then=100, stream="products")
    counted(number, 7, stream="inventory")
    since = (datetime.now(UTC) - timedelta(hours=3)).strftime("%-d %b")
    drawer = visit("stores")
    drawer.session_state["asked_dialog"] = ("store", {"name": "zurich"})
    for at in (visit("store", store="zurich"), look(drawer)):
        tiles = {one.label: (one.value, one.delta, one.proto.delta_description) for one in at.metric}
        assert tiles["Orders"] == ("12,345", "+34", "within 24 h")
        assert tiles["Products"][:2] == ("90", "-10")
        assert tiles["Products"][2].startswith(f"since {since}")
        assert tiles["Inventory"] == ("7", "", "")
        assert "Customers" not in tiles
