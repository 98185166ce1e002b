"""The list of jobs and one job: what a person sees, and what a click does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import tasks
from console.parts import dialogs, job_actions, job_table
from db.engine import begin
from db.schema import job_attempts, jobs, sync_runs
from tests.console.conftest import look, press, words
from tests.console.demo import add


def listed(at):
    return at.dataframe[0].value["id"].tolist()


def set_state(job_id, **values):
    with begin() as conn:
        conn.execute(jobs.update().where(jobs.c.id == job_id).values(**values))


def test_rows_stay_under_the_hand_while_their_fields_live(visit, job):
    old = [job(), job(), job()]
    at = visit("jobs")
    new = [job(), job()]
    set_state(old[1], state="running", started_at=datetime.now(UTC))
    look(at)
    assert listed(at) == old[::-1]
    assert at.dataframe[0].value["state"].tolist() == [["queued"], ["running"], ["queued"]]
    assert at.session_state["jobs_rows"] == old[::-1], "a click on a row means the job that is drawn there"
    assert at.button(key="jobs_newest").label == "Show 2 new"
    press(at, "jobs_newest")
    assert listed(at) == [*new[::-1], *old[::-1]]


def test_the_first_job_appears_by_itself(visit, job):
    at = visit("jobs")
    first = job()
    assert listed(look(at)) == [first]


def test_older_and_newer_walk_the_whole_list(visit, job):
    every = [job() for _ in range(40)][::-1]
    at = visit("jobs")
    assert listed(at) == every[:18]
    assert listed(press(at, "jobs_older")) == every[18:36]
    assert listed(press(at, "jobs_older")) == every[36:]
    assert at.button(key="jobs_older").disabled
    assert listed(press(at, "jobs_newer")) == every[18:36]
    assert listed(press(at, "jobs_newest")) == every[:18]


def test_filters_come_from_the_address_bar(visit, job, store):
    here, there = store("zurich"), store("lodz", "Łódź Outlet")
    failed = job(store_id=here, stream="orders", state="failed", error="no currency", error_class="X")
    job(store_id=here, stream="orders")
    elsewhere = job(store_id=there, stream="products", state="failed", queue="sync-products", error="404", error_class="X")
    assert listed(visit("jobs", jobs_state="failed")) == [elsewhere, failed]
    assert listed(visit("jobs", jobs_state="failed", jobs_store="zurich")) == [failed]
    assert listed(visit("jobs", jobs_queue="sync-products")) == [elsewhere]
    assert listed(visit("jobs", jobs_search="currency")) == [failed]
    assert listed(visit("jobs", jobs_search=str(elsewhere))) == [elsewhere]


def test_a_job_tells_why_it_failed_what_to_do_and_what_it_did(visit, job, store):
    start = datetime.now(UTC) - timedelta(seconds=90)
    failed = job(store_id=store(), stream="orders", state="failed", failures=2, error_class="AuthRefused", error="The token was refused.",
                 hint="Paste a new one.", created_at=start, started_at=start)  # fmt: skip
    with begin() as conn:
        for fence in (1, 2):
            add(conn, job_attempts, job_id=failed, fence=fence, worker="w:1", started_at=start + timedelta(seconds=20 * fence), outcome="failed",
                finished_at=start + timedelta(seconds=20 * fence + 5), error="The token was refused.", traceback="Traceback: here")  # fmt: skip
    at = visit("job", id=str(failed))
    assert at.error[0].value == "AuthRefused\\: The token was refused\\.  \nPaste a new one\\."
    assert at.dataframe[0].value["outcome"].tolist() == [["failed"], ["failed"]]
    assert [one.label for one in at.expander] == ["Where attempt 1 failed", "Where attempt 2 failed"]
    assert "Waited 35 s · ran 10 s" in words(at)


def test_a_runs_counts_and_sentence_are_shown(visit, job, store):
    here = store()
    done = job(store_id=here, stream="orders", state="succeeded", verdict="partial")
    with begin() as conn:
        add(conn, sync_runs, job_id=done, store_id=here, stream="orders", mode="range", window_end=datetime.now(UTC), read=1_212, created=700,
            updated=512, verdict="partial", sentence="The scope ends 60 days ago.")  # fmt: skip
    said = words(visit("job", id=str(done)))
    for expected in ("The scope ends 60 days ago.", "**1,212**", "**700**", "Partial"):
        assert expected in said
    assert "Succeeded" not in said, "a run that misses something does not look like a success"


def test_an_unknown_job_has_a_face(visit):
    assert "There is no job 4711" in words(visit("job", id="4711"))
    assert "Which job?" in words(visit("job", id="abc"))


def test_a_failed_job_is_retried_with_one_click(visit, job):
    failed = job(state="failed", failures=3, error="boom", error_class="X")
    at = visit("job", id=str(failed))
    press(at, "page_retry")
    assert tasks.job(failed).state == "queued"
    assert at.toast[0].value == f"Job {failed} is queued again."
    offered = [job_table.verb(label) for label in job_table.menu({"name": "x", "state": "queued"})]
    assert job_table.RETRY not in offered
    assert job_table.CANCEL in offered


def test_a_cancellation_asks_first_and_says_what_stays(visit, job, store):
    running = job(state="running", progress=1_240, progress_total=3_000, store_id=store(), stream="orders", started_at=datetime.now(UTC))
    at = visit("job", id=str(running))
    press(at, "page_cancel")
    assert tasks.job(running).state == "running"
    assert "1,240 records already written stay" in words(at)
    at.session_state["asked_dialog"] = ("cancel", {"job_id": running})
    at.run()
    press(at, "cancel_yes")
    with begin() as conn:
        asked = conn.execute(jobs.select().where(jobs.c.id == running)).one()
    assert asked.cancel_requested_by == "console"


def test_what_came_too_late_is_refused_in_words(visit, job):
    done = job(state="succeeded")
    at = visit("jobs")
    at.session_state["asked_dialog"] = ("cancel", {"job_id": done})
    look(at)
    assert "there is nothing to cancel" in words(at)
    at.session_state["asked_dialog"] = ("cancel", {"job_id": done})
    at.run()
    press(at, "cancel_yes")
    assert "only queued or running jobs can be cancelled" in at.toast[0].value


def test_the_row_menu_asks_for_dialogs_and_pages(monkeypatch):
    asked = []
    monkeypatch.setattr(dialogs, "ask", lambda kind, **about: asked.append((kind, about)))
    monkeypatch.setattr(dialogs, "go", lambda page, **params: asked.append((page, params)))
    monkeypatch.setattr(job_actions, "retry", lambda job_id: asked.append(("retry", {"job_id": job_id})))
    for verb in (job_table.DETAILS, job_table.RETRY, job_table.CANCEL, job_table.PAGE):
        job_actions.chosen(7, job_table.labels()[verb])
    assert asked == [("job", {"job_id": 7}), ("retry", {"job_id": 7}), ("cancel", {"job_id": 7}), ("app_pages/job.py", {"id": "7"})]
