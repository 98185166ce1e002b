"""The list of jobs and one job: what a person sees, and what a click does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import tasks
from console import shop_loaders
from console.parts import dialogs, job_actions, job_export, job_table
from db import exports
from db.engine import begin
from db.history import Wanted
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


def test_a_stores_jobs_without_a_stream_are_among_its_jobs_and_on_its_timeline(visit, job, store):
    here, there = store("zurich"), store("lodz", "Łódź Outlet")
    orders = job(store_id=here, stream="orders", state="succeeded")
    tried = job(store_id=here, name="try_connection", queue="system", state="succeeded")
    job(store_id=there, name="try_connection", queue="system", state="failed")
    failed = job(store_id=here, name="sync_all", queue="system", state="failed", error="x", error_class="X")
    assert listed(visit("jobs", jobs_store="zurich")) == [failed, tried, orders]
    assert listed(visit("jobs", jobs_store="zurich", jobs_state="succeeded")) == [tried, orders]
    assert listed(visit("jobs", jobs_store="zurich", jobs_state="failed")) == [failed]
    runs = visit("store", store="zurich", store_tab="timeline").dataframe[0].value
    assert runs["id"].tolist() == [f"/job?id={number}" for number in (failed, tried, orders)]
    assert runs["stream"].tolist() == ["sync_all", "try_connection", "Orders"]


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


def test_every_filter_lives_in_the_address(visit, job, store):
    here = store("kiosk", "Kiosk", platform="ebay")
    slow = job(store_id=here, requested_by="ana", state="succeeded", failures=1, started_at=datetime.now(UTC) - timedelta(minutes=9))
    job(state="succeeded", requested_by="ben", created_at=datetime.now(UTC) - timedelta(days=3))
    for address in (
        {"jobs_platform": "ebay"}, {"jobs_by": "ana"}, {"jobs_retried": "1"}, {"jobs_longer": "5min"}, {"jobs_time": "24h"},
        {"jobs_time": "days", "jobs_from": (datetime.now(UTC) - timedelta(days=1)).date().isoformat()},
    ):  # fmt: skip
        at = visit("jobs", **address)
        assert listed(at) == [slow], address
        assert address.items() <= {name: "".join(value) for name, value in at.query_params.items()}.items()
    press(at, "jobs_clear")
    assert len(listed(at)) == 2
    assert not {"jobs_time", "jobs_from"} & set(at.query_params)


def test_the_columns_of_the_list_are_chosen_and_shared_by_the_address(visit, job):
    job(requested_by="ana")
    assert "by" not in visit("jobs").dataframe[0].proto.column_order
    assert list(visit("jobs", jobs_columns="id,by").dataframe[0].proto.column_order) == ["by", "id", "menu"]


def test_all_that_match_says_up_to_which_job_it_goes(visit, job):
    every = [job(state="failed", error_class="X", error="boom", failures=1) for _ in range(30)]
    at = visit("jobs", jobs_state="failed")
    press(at, "jobs_older")
    newest_here = every[::-1][18]
    assert f"Up to job {newest_here}, the newest on this page; later ones are left alone." in words(at)
    press(at, "jobs_all_retry")
    assert "**12** jobs can be retried" in words(at)
    assert f"The newest of them is No. {newest_here}; none after it is touched." in words(at)


def test_ticked_rows_are_acted_on_by_their_ids(visit, job, monkeypatch):
    failed, queued, done = job(state="failed", failures=1, error="x", error_class="X"), job(), job(state="succeeded")
    monkeypatch.setattr(job_table.table, "show", lambda frame, *_args, **_more: [0, 2])
    at = visit("jobs")
    assert at.button(key="jobs_chosen_retry").label == "Retry 1…"
    assert at.button(key="jobs_chosen_cancel").disabled, "of the two that are ticked one has failed and one is done"
    new = job()
    press(at, "jobs_chosen_retry")
    assert "**1** job can be retried" in words(at)
    at.button(key="bulk_yes").click()
    look(at)
    with begin() as conn:
        targets = conn.exec_driver_sql("SELECT target_id FROM bulk_targets").scalars().all()
    assert targets == [failed]
    assert {queued, done, new}.isdisjoint(targets)


def test_other_rows_have_another_choice(monkeypatch):
    keys = []
    monkeypatch.setattr(job_table.table, "show", lambda frame, *_args, select_key, **_more: keys.append(select_key) or [])
    row = {"name": "x", "state": "queued", "shown": "queued", "verdict": None, "store_title": "", "queue": "q", "requested_by": "a", "failures": 0,
           "created_at": datetime.now(UTC), "started_at": None, "finished_at": None, "max_attempts": 3, "worker": None, "error": None, "store": None,
           "stream": None}  # fmt: skip
    for ids in ((1, 2), (1, 2), (1, 3)):
        job_table.show([{**row, "id": number} for number in ids], datetime.now(UTC), key="jobs", on_menu=lambda: None)
    assert keys[0] == keys[1] != keys[2]


def test_the_file_holds_what_the_filter_means_in_the_columns_of_the_export(visit, job, store, monkeypatch):
    here = store()
    kept = [job(store_id=here, state="failed", error="=cmd()", error_class="X", requested_by="ana") for _ in range(25)]
    job(requested_by="ben")
    monkeypatch.setattr(shop_loaders, "CSV_PAGE", 10)
    assert visit("jobs", jobs_by="ana").get("download_button")
    whole = shop_loaders.as_csv(partial(job_export.part, Wanted(requested_by="ana")), exports.COLUMNS["jobs"])
    lines = whole.decode("utf-8-sig").splitlines()
    assert lines[0] == ",".join(exports.COLUMNS["jobs"])
    assert [int(line.partition(",")[0]) for line in lines[1:]] == kept[::-1]
    assert "'=cmd()" in lines[1]
