"""The Overview marks what changed meanwhile: new versions at work, pauses and their ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

import tasks
from db import marks
from db.engine import begin
from db.schema import audit_log, consumers
from tests.console.conftest import look, words
from tests.console.demo import add

NOW = datetime.now(UTC)


def consumer(number, version, minutes):
    with begin() as conn:
        add(conn, consumers, id=f"a:{number}:1", host="a", pid=number, version=version, workers=1, worker_type="process", broker="redis",
            started_at=NOW - timedelta(minutes=minutes), beat_at=NOW)  # fmt: skip


def across(at):
    """(How far from the left in percent, what is said) of each line across the bars."""
    page = "".join(one.proto.body for one in at.get("html"))
    return [(float(place), said) for said, place in re.findall(r'<div title="([^"]*)" style="[^"]*left:calc\(([\d.]+)%', page)]


def test_a_new_version_is_marked_where_its_first_consumer_began(visit):
    for number, version, minutes in ((1, "0.1.0", 50), (2, "0.1.0", 45), (3, "0.2.0", 30), (4, "0.2.0", 5)):
        consumer(number, version, minutes)
    at = visit("overview")
    ((place, said),) = across(at)
    assert place == pytest.approx(50, abs=3)
    assert said.endswith("version 0.2.0 began to work")
    assert "version **0\\.2\\.0** began to work" in words(at)


def test_pauses_and_their_ends_are_marked_and_denied_ones_are_not(visit, store):
    store()
    consumer(1, "0.1.0", 5)
    tasks.pause(store="zurich", reason="stock-taking", by="ana", until=None)
    tasks.resume(store="zurich", by="ben")
    with begin() as conn:
        add(conn, audit_log, person="vera", action="pause_everything", target="everything:*", outcome="denied")
        add(conn, audit_log, person="old", action="pause_queue", target="queue:users", at=NOW - timedelta(hours=2))
    assert [(mark["action"], mark["person"]) for mark in marks.within(1)] == [("pause_store", "ana"), ("resume_store", "ben")]
    assert [mark["person"] for mark in marks.within(6)] == ["old", "ana", "ben"]


def test_an_hour_in_which_nothing_changed_has_no_marks(visit):
    consumer(1, "0.1.0", 50)
    assert across(look(visit("overview"))) == []
