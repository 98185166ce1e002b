"""The page Queues: what stands next is moved and taken out by its number, and what Redis holds is told."""

from __future__ import annotations

import pytest

import tasks
from console import ops_loaders
from console.parts import dialogs, queue_line
from tasks import huey_app
from tests.console.conftest import look, words

pytestmark = pytest.mark.usefixtures("clean")


class Click:
    def __init__(self, row, label):
        self.row, self.label = row, label


def line(at):
    """The table of what stands next."""
    return next(one.value for one in at.dataframe if "place" in one.value)


def test_a_waiting_job_is_moved_to_the_front_by_its_number(visit, job, monkeypatch):
    first, second = job(), job()
    at = visit("queues", queues_head="sync-orders")
    assert line(at)["id"].tolist() == [first, second]
    monkeypatch.setattr(
        queue_line.st, "session_state", {"line_rows": [first, second], "line_menu": Click(1, queue_line.menu_words()["front"])}
    )
    monkeypatch.setattr(queue_line, "allow", lambda role, **about: "ana")
    queue_line.menu_clicked()
    monkeypatch.undo()
    look(at)
    assert line(at)["id"].tolist() == [second, first]
    assert line(at)["priority"].tolist() == ["front", "0"]
    assert len(line(at)["menu"].tolist()[0]) == 2, "who is at the front cannot be moved there"


def test_the_menu_of_the_line_takes_out_and_shows_by_number(monkeypatch, job):
    asked = []
    monkeypatch.setattr(dialogs, "ask", lambda kind, **about: asked.append((kind, about)))
    for verb in ("cancel", "details"):
        monkeypatch.setattr(queue_line.st, "session_state", {"line_rows": [7, 8], "line_menu": Click(1, queue_line.menu_words()[verb])})
        queue_line.menu_clicked()
    assert asked == [("cancel", {"job_id": 8}), ("job", {"job_id": 8})]


def test_kinds_that_share_a_queue_are_counted(visit, job):
    job(), job(), job(name="backfill")
    assert "sync_orders 2 · backfill 1" in words(visit("queues", queues_head="sync-orders"))


def test_what_nobody_can_read_is_told_and_shown_as_text(visit, job):
    at = visit("queues")
    assert {one.label: one.value for one in at.metric}["Unreadable"] == "0"
    huey_app.huey.storage.enqueue(b"<script>alert(1)</script>")
    look(at)
    assert {one.label: one.value for one in at.metric}["Unreadable"] == "1"
    assert at.code[0].value == "<script>alert(1)</script>"


def test_redis_away_is_told_and_is_not_nothing(visit, monkeypatch):
    monkeypatch.setattr(tasks, "deliveries", lambda: None)
    ops_loaders.deliveries.clear()
    at = visit("queues")
    assert "It does not answer." in words(at)
    assert "Unreadable" not in {one.label for one in at.metric}
