"""The log of one job: what was logged in its course, without secrets, and in the database whatever became of the job."""

from __future__ import annotations

import json
import logging

import pytest

import tasks
from db import job_log
from tasks import log_context, logs
from tasks.ledger import job, submit
from tests.shops import open_store

log = logging.getLogger("quayside.odd")


@job(queue="system", attempts=1, retry_delay_s=0.1)
def talk(run, lines, fails=False):
    for line in lines:
        log.info(line)
    if fails:
        raise ValueError("no")


@job(queue="system", attempts=1, retry_delay_s=0.1)
def ask_on(run):
    tasks.test_worker(requested_by="ask_on")
    log.info("at work")
    raise ValueError("no")


@pytest.fixture
def talkative():
    """Asks for a job that says what it is told to, and then fails if it is told to."""
    logs.keep_lines_of_jobs()
    return lambda lines, **more: submit("talk", {"lines": lines, **more}, requested_by="ana")


def lines_of(job_id):
    return [one["line"] for one in job_log.of_job(job_id)]


def test_a_sync_tells_how_far_it_is_and_each_call_that_it_made_again(clean, work):
    logs.keep_lines_of_jobs()
    with open_store("woocommerce", size=30, orders=1) as store:
        store.sandbox.visits("woocommerce", store.name).fault("server_error", stream="products", times=1)
        job_id = tasks.sync(store.name, "products", requested_by="ana")
        work()
    again, *_, last = lines_of(job_id)
    assert again.startswith("tried again in ")
    assert again.endswith("(503).")
    assert last == "read 30 of 30: 29 new, 0 changed, 0 unchanged, 1 rejected"


def test_a_failed_job_keeps_its_lines_and_no_secret_is_among_them(clean, work, talkative):
    job_id = talkative(["Bearer abcdefghijk", "second"], fails=True)
    work()
    assert tasks.job(job_id).state == "failed"
    assert lines_of(job_id) == ["Bearer ***", "second"]


def test_lines_of_one_job_are_not_anothers_and_too_many_are_cut(clean, work, talkative):
    first, second = talkative(["mine"]), talkative([f"line {n}" for n in range(600)])
    work()
    assert lines_of(first) == ["mine"]
    newest = lines_of(second)
    assert newest[-1] == "More lines of this attempt are in the consumer's log."
    older = job_log.of_job(second, before=job_log.of_job(second)[0]["id"])
    assert len(newest) == len(older) == 200
    assert older[-1]["line"] == "line 299"


def test_a_line_names_its_job_and_its_request(clean, monkeypatch, capsys):
    monkeypatch.setattr(logs, "settings", lambda: type("S", (), {"log_format": "json", "log_level": "INFO"})())
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.set_up()
        token = log_context.request_id.set("r-1")
        with log_context.keeping(log_context.JobLines(7)):
            log.info("here")
        log_context.request_id.reset(token)
        log.info("there")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["message"], one.get("job"), one.get("request")) for one in told] == [("here", "7", "r-1"), ("there", None, None)]


def test_a_job_and_what_it_asks_for_are_of_the_request_that_asked_also_when_it_is_tried_again(clean, work, caplog):
    caplog.set_level("INFO")
    caplog.handler.addFilter(log_context.AboutFilter())
    with log_context.about("r-1"):
        first = submit("ask_on", {}, requested_by="ana")
    work()
    tasks.retry(first, by="bo")
    work()
    told = [(record.getMessage().partition(" id=")[0], record.about_fields.get("request")) for record in caplog.records]
    assert [request for what, request in told if what == "at work"] == ["r-1", "r-1"]
    assert [request for what, request in told if what == "job started"] == ["r-1"] * 4, "each try, and what it asked for"
    caplog.clear()
    tasks.test_worker(requested_by="schedule")
    work()
    assert {record.about_fields.get("request") for record in caplog.records} == {None}
