"""Lists of failures, bulk operations and rejected records: rows stay under the hand, older ones are a click away, a click means what was shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import streamlit as st
from sqlalchemy import delete, select, update

from console.parts import failure_detail, store_rejected
from db.engine import begin
from db.schema import bulk_operations, failure_groups, jobs, rejected_records, store_stream_stats
from tests.console.conftest import look, press, words
from tests.console.demo import add

NOW = datetime.now(UTC)


def group(mark, minutes=0, **values):
    """A group of failures that was last seen so many minutes ago."""
    told = {"name": "sync_orders", "error_class": "Boom", "example": f"It broke at {mark}.", "kind": "bug", "seen": 1}
    with begin() as conn:
        add(conn, failure_groups, fingerprint=mark, last_seen_at=NOW - timedelta(minutes=minutes), **{**told, **values})


def shown(at, column):
    return at.dataframe[0].value[column].tolist()


def groups(at):
    return [mark.removeprefix("It broke at ").removesuffix(".") for mark in shown(at, "error")]


def test_a_group_that_fails_again_stays_where_it_is_and_new_ones_are_counted(visit):
    for place, mark in enumerate("abc"):
        group(mark, minutes=place + 1)
    at = visit("failures")
    group("new")
    with begin() as conn:
        conn.execute(update(failure_groups).where(failure_groups.c.fingerprint == "c").values(last_seen_at=NOW, seen=9, state="known"))
    look(at)
    assert groups(at) == ["a", "b", "c"]
    assert shown(at, "state") == [["new"], ["new"], ["known"]], "what a row says lives"
    assert at.session_state["failures_rows"] == ["a", "b", "c"], "a click on a row means the group that is drawn there"
    assert at.button(key="failures_newest").label == "Show 1 new", "the one that failed again is on the screen"
    assert groups(press(at, "failures_newest"))[2:] == ["a", "b"]


def test_older_groups_are_walked_to_and_two_kinds_are_chosen_before_the_page_is_cut(visit):
    for place in range(30):
        group(f"{place:02}", minutes=place, kind=("person", "passing", "bug")[place % 3])
    at = visit("failures")
    assert groups(at) == [f"{place:02}" for place in range(25)]
    assert groups(press(at, "failures_older")) == ["25", "26", "27", "28", "29"]
    assert at.button(key="failures_older").disabled
    assert groups(press(at, "failures_newer")) == [f"{place:02}" for place in range(25)]
    assert groups(visit("failures", failures_kind="person,bug")) == [f"{place:02}" for place in range(30) if place % 3 != 1]


def test_the_retry_of_a_group_names_the_group(visit, job):
    group("mark", example="The token of Harbor was *refused*.")
    job(state="failed", failures=3, error="x", error_class="Boom", fingerprint="mark")
    at = visit("failures", group="mark")
    press(at, "failure_retry")
    assert "The token of Harbor was \\*refused\\*\\." in words(at)
    assert "**1** job can be retried" in words(at)


def test_a_link_opens_its_group_each_time_and_closing_it_lasts(visit, monkeypatch):
    opened = []
    monkeypatch.setattr(failure_detail, "open_drawer", opened.append)
    group("mark")
    at = visit("failures", group="mark")
    look(at)
    assert opened == ["mark"], "a closed drawer does not come back by itself"
    at.query_params["group"] = "mark"
    look(at)
    assert opened == ["mark", "mark"]


def operation(number):
    with begin() as conn:
        return add(conn, bulk_operations, action="retry", filter={}, reason=f"reason {number}", requested_by="ana", total=3)


def test_bulk_operations_stay_where_they_are_and_older_ones_are_walked_to(visit):
    every = [operation(number) for number in range(27)][::-1]
    at = visit("bulk")
    newcomer = operation("new")
    with begin() as conn:
        conn.execute(update(bulk_operations).where(bulk_operations.c.id == every[1]).values(done=2))
    look(at)
    assert at.session_state["bulk_rows"] == every[:25]
    assert shown(at, "done")[:3] == [0, 2, 0]
    assert at.button(key="bulk_newest").label == "Show 1 new"
    press(at, "bulk_older")
    assert at.session_state["bulk_rows"] == every[25:]
    press(at, "bulk_newest")
    assert at.session_state["bulk_rows"][:2] == [newcomer, every[0]]


def aside(store_id, *names):
    with begin() as conn:
        for name in names:
            add(
                conn,
                rejected_records,
                store_id=store_id,
                stream="orders",
                external_id=name,
                reason_code="odd",
                reason=f"{name} is odd",
                job_id=1,
            )


@pytest.fixture
def shop(store):
    """A shop whose orders have rejected records; its id."""
    number = store()
    with begin() as conn:
        add(conn, store_stream_stats, store_id=number, stream="orders", last_verdict="success", last_success_at=NOW, rejected=30)
    return number


def records(visit):
    return visit("store", store="zurich", store_tab="records")


def test_rejected_records_stay_where_they_are_when_one_could_be_read_and_when_one_comes(visit, shop):
    aside(shop, "o1", "o2", "o3")
    at = records(visit)
    with begin() as conn:
        conn.execute(delete(rejected_records).where(rejected_records.c.external_id == "o2"))
    aside(shop, "o4")
    look(at)
    assert shown(at, "record") == ["o3", "o2", "o1"]
    assert shown(at, "reason")[1] == "It could be read in the meantime."
    assert at.dataframe[0].value["menu"].isna().tolist() == [False, True, False]
    assert at.button(key="rejected_newest").label == "Show 1 new"
    press(at, "rejected_newest")
    assert shown(at, "record") == ["o4", "o3", "o1"]


def test_a_number_given_again_is_not_the_record_that_had_it(visit, shop):
    aside(shop, "o1", "o2")
    at = records(visit)
    with begin() as conn:
        conn.execute(update(rejected_records).where(rejected_records.c.external_id == "o2").values(external_id="o9", reason="o9 is odd"))
    look(at)
    assert shown(at, "record") == ["o2", "o1"]
    assert shown(at, "reason")[0] == "It could be read in the meantime."


def test_older_rejected_records_are_walked_to(visit, shop):
    every = [f"o{number:02}" for number in range(30)]
    aside(shop, *every)
    at = records(visit)
    assert shown(at, "record") == every[:4:-1]
    assert shown(press(at, "rejected_older"), "record") == every[4::-1]
    assert shown(press(at, "rejected_newer"), "record") == every[:4:-1]


def test_try_again_means_the_record_that_was_shown_in_the_row(visit, shop, monkeypatch):
    aside(shop, "o1", "o2", "o3")
    at = records(visit)
    with begin() as conn:
        conn.execute(delete(rejected_records).where(rejected_records.c.external_id == "o3"))
    drawn = shown(at, "record")
    look(at)
    held = {"rejected_rows": at.session_state["rejected_rows"], "rejected_menu": SimpleNamespace(row=drawn.index("o2"))}
    monkeypatch.setattr(st, "session_state", held)
    store_rejected.clicked()
    with begin() as conn:
        assert conn.execute(select(jobs)).one().args == {"external_ids": ["o2"]}
