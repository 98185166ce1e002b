"""What people do on the pages: asked first, told why, done once, refused where the role is not enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import tasks
from console import door, shop_loaders
from console.parts import job_actions
from db import saved_views
from db.columns import db_now
from db.engine import begin
from db.history import Answer
from db.schema import alerts, audit_log, bulk_operations, failure_groups, jobs, rejected_records, schedules, sync_runs
from tasks.roles import Actor, Role
from tests.console.conftest import look, press, words
from tests.console.demo import add


def asked(at, kind, /, **about):
    """Open a dialog, as a click on a row's menu does."""
    at.session_state["asked_dialog"] = (kind, about)
    at.run()
    assert not at.exception, at.exception
    return at


def deed(at, kind, /, **about):
    return asked(at, "confirm", deed_kind=kind, about=about)


def count(table, *where):
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(table).where(*where))


def failure(job, mark="mark", **values):
    """A group of failures with one failed job."""
    number = job(state="failed", failures=3, error="It broke.", error_class="Boom", fingerprint=mark, **values)
    with begin() as conn:
        if not conn.scalar(select(func.count()).select_from(failure_groups).where(failure_groups.c.fingerprint == mark)):
            add(
                conn,
                failure_groups,
                fingerprint=mark,
                name="sync_orders",
                error_class="Boom",
                example="It broke.",
                kind="bug",
                seen=1,
                last_job_id=number,
            )
    return number


def test_a_pause_needs_a_reason_keeps_the_jobs_and_is_told_on_every_page(visit, job):
    waiting = job()
    at = deed(visit("queues"), "pause", kind="everything", name="")
    press(at, "confirm_yes")
    assert not tasks.pauses(), "nothing is paused without a reason"
    at = deed(visit("queues"), "pause", kind="everything", name="")
    at.text_input(key="confirm_reason").set_value("Stock-taking")
    press(at, "confirm_yes")
    assert [(one.kind, one.reason, one.by) for one in tasks.pauses()] == [("everything", "Stock-taking", "console")]
    assert tasks.job(waiting).state == "queued"
    for page in ("users", "orders"):
        assert "Everything is paused by console" in words(visit(page))
    assert "It waits: everything is paused" in words(visit("job", id=str(waiting)))
    press(deed(visit("overview"), "resume", kind="everything", name=""), "confirm_yes")
    assert not tasks.pauses()


def test_a_paused_queue_can_be_resumed_from_its_own_line(visit, job):
    job(queue="sync-orders", state="succeeded")
    job(queue="sync-orders")
    assert visit("queues").dataframe[0].value["left"].tolist()[1].startswith("≈")
    tasks.pause(queue="sync-orders", reason="Slow shop", by="ana", until=datetime.now(UTC) + timedelta(hours=1))
    at = visit("queues")
    assert "Slow shop" in words(at)
    assert at.dataframe[0].value["state"].tolist()[1] == ["paused"]
    assert at.dataframe[0].value["left"].tolist()[1] == "–", "nobody knows when what is paused will be done"
    press(at, "resume_queue_sync-orders")
    press(deed(at, "resume", kind="queue", name="sync-orders"), "confirm_yes")
    assert not tasks.pauses()


def test_a_viewer_sees_the_buttons_disabled_and_a_deed_is_refused_and_written_down(visit, job, monkeypatch):
    failed = job(state="failed", error="boom", error_class="X")
    at = deed(visit("queues"), "pause", kind="queue", name="users")
    monkeypatch.setattr(door, "actor", lambda: Actor("vera", role=Role.VIEWER, source="console"))
    at.text_input(key="confirm_reason").set_value("Because")
    press(at, "confirm_yes")
    assert not tasks.pauses(), "the deed asks again, whatever the page had drawn"
    assert visit("queues").button(key="pause_all").disabled
    job_actions.retry(failed)  # as a modified page would send it
    assert tasks.job(failed).state == "failed"
    assert count(audit_log, audit_log.c.person == "vera", audit_log.c.outcome == "denied") == 2


def test_a_schedule_runs_now_pauses_until_a_time_and_goes_on(visit, store):
    store()
    number = tasks.put_schedule("orders", "0 2 * * *", store="zurich", by="ana")
    at = visit("schedules")
    assert at.dataframe[0].value["when"].tolist()[0].startswith("Every day at 02:00")
    press(deed(at, "run_schedule", schedule_id=number), "confirm_yes")
    assert count(jobs, jobs.c.name == "sync_orders") == 1
    press(deed(visit("schedules"), "run_schedule", schedule_id=number), "confirm_yes")
    assert count(jobs, jobs.c.name == "sync_orders") == 1, "a job that waits already is not asked for twice"
    press(deed(visit("schedules"), "pause_schedule", schedule_id=number), "confirm_yes")
    assert visit("schedules").dataframe[0].value["state"].tolist() == [["paused"]]
    press(deed(visit("schedules"), "resume_schedule", schedule_id=number), "confirm_yes")
    assert visit("schedules").dataframe[0].value["state"].tolist() == [["active"]]


def test_a_schedule_that_cannot_be_understood_is_told_while_it_is_typed(visit, store):
    store()
    at = asked(visit("schedules"), "edit_schedule", store="zurich")
    at.text_input(key="schedule_cron").set_value("61 * * * *")
    at.session_state["asked_dialog"] = ("edit_schedule", {"store": "zurich"})
    at.run()
    assert "is not understood" in words(at).replace("\\", "")
    assert at.button(key="schedule_save").disabled
    at = asked(visit("schedules"), "edit_schedule", store="zurich")
    press(at, "schedule_save")
    assert count(schedules) == 1


def test_failures_stand_together_and_are_muted_resolved_and_noted(visit, job):
    for _number in range(3):
        failure(job)
    at = visit("failures")
    assert at.dataframe[0].value["hour"].tolist() == ["3"]
    press(deed(at, "mute_failures", fingerprint="mark"), "confirm_yes")
    assert visit("failures").dataframe[0].value["state"].tolist() == [["muted"]]
    press(deed(visit("failures"), "resolve_failures", fingerprint="mark"), "confirm_yes")
    assert "No failures match" in words(visit("failures", failures_state="new"))
    at = asked(visit("failures"), "note_failures", fingerprint="mark")
    at.text_area(key="note_text").set_value("Shop renews its token")
    press(at, "note_save")
    assert "Shop renews its token" in "\n".join(
        one.value.to_string() for one in asked(visit("failures"), "failure", fingerprint="mark").table
    )


def test_a_bulk_deed_acts_on_those_that_were_counted_and_on_no_other(visit, job):
    seen = [failure(job) for _number in range(2)]
    chosen = {"wanted": None, "fingerprint": "mark", "max_id": None, "ids": None}
    at = asked(visit("failures"), "bulk", action="retry", chosen=chosen, key="k")
    assert "**2** jobs can be retried" in words(at)
    newcomer = failure(job)
    at.text_input(key="bulk_reason").set_value("Token renewed")
    press(at, "bulk_yes")
    with begin() as conn:
        made = conn.execute(select(bulk_operations)).one()
    assert (made.total, made.reason, made.requested_by) == (2, "Token renewed", "console")
    from db.schema import bulk_targets

    with begin() as conn:
        assert set(conn.scalars(select(bulk_targets.c.target_id))) == set(seen)
    assert newcomer not in seen
    at = asked(visit("failures"), "bulk", action="retry", chosen=chosen, key="k")
    press(at, "bulk_yes")
    assert count(bulk_operations) == 1, "the same dialog is the same operation"
    assert "0 of 2" in "\n".join(one.proto.text for one in visit("bulk", id=str(made.id)).get("progress"))


def test_all_that_match_is_offered_only_for_a_filter(visit, job):
    job(state="failed", error="boom", error_class="X")
    assert "jobs_all_retry" not in [one.key for one in visit("jobs").button]
    at = visit("jobs", jobs_state="failed")
    press(at, "jobs_all_retry")
    assert "**1** job can be retried" in words(at)


def test_a_rejected_record_is_tried_again_from_the_stores_page(visit, store):
    number = store()
    with begin() as conn:
        add(
            conn,
            rejected_records,
            store_id=number,
            stream="orders",
            external_id="o-1",
            reason_code="unmappable",
            reason="No currency",
            raw=b"",
            job_id=1,
        )
    from console.parts import store_rejected

    at = visit("store", store="zurich", store_tab="records")
    assert at.dataframe[0].value["reason"].tolist() == ["No currency"]
    at.session_state["rejected_rows"] = [("zurich", "orders", "o-1")]
    store_rejected.retry("zurich", "orders", ["o-1"])
    assert count(jobs, jobs.c.name == "retry_rejected") == 1


def test_each_section_of_a_stores_page_is_drawn_and_shared_by_its_address(visit, busy):
    for tab, says in (
        ("status", "Shopify refused"),
        ("timeline", "Who changed what"),
        ("records", ""),
        ("reconcile", "here"),
        ("schedule", "own"),
    ):
        at = visit("store", store="harbor", store_tab=tab)
        assert at.title[0].value.replace("\\", "") == "Harbor & Pine"
        assert says in words(at).replace("\\", "")
    assert "There is no store nowhere" in words(visit("store", store="nowhere")).replace("\\", "")


def test_filters_are_kept_as_a_view_for_oneself_and_for_all(visit, job):
    job(state="failed", error="boom", error_class="X")
    at = visit("jobs", jobs_state="failed")
    at.text_input(key="jobs_view_name").set_value("Broken")
    at.checkbox(key="jobs_view_shared").set_value(True)
    at.button(key="jobs_view_keep").click()
    look(at)
    kept = saved_views.of_page("somebody else", "jobs")
    assert [(one["name"], one["query"], one["is_shared"]) for one in kept] == [("Broken", "jobs_state=failed", True)]
    at = visit("jobs")
    press(at, f"jobs_view_{kept[0]['id']}")
    press(visit("jobs"), f"jobs_drop_{kept[0]['id']}")
    assert not saved_views.of_page("console", "jobs")


def test_a_sync_is_repeated_as_it_was_asked_for(visit, store):
    store()
    first = tasks.sync("zurich", "orders", requested_by="ana", limit=250, metadata={"reason": "audit"})
    with begin() as conn:
        conn.execute(jobs.update().values(state="succeeded", active_key=None, finished_at=datetime.now(UTC)))
    at = visit("sync", repeat=str(int(first)))
    assert f"Filled in as job {int(first)} was asked for" in words(at)
    press(at, "sync_start")
    with begin() as conn:
        again = conn.execute(select(jobs).order_by(jobs.c.id.desc())).first()
    assert (again.id != int(first), again.stream, again.args["limit"], again.metadata) == (True, "orders", 250, {"reason": "audit"})


def test_a_product_and_an_order_tell_all_that_belongs_to_them(visit, busy):
    at = visit("orders", orders_search="1045")
    assert at.dataframe[0].value["number"].tolist() == ["#1045"]
    said = visit("order", id="4")
    assert said.dataframe[0].value["sku"].tolist() == ["SKU-003-0"]
    assert "#1045" in words(said).replace("\\", "")
    product = visit("product", id=str(visit("products").session_state["products_rows"][0]))
    assert "Variants" in words(product)
    assert "No products match" in words(visit("products", products_search="zzzz", products_store="zurich"))


def test_csv_runs_no_formula_and_ends_at_its_bound(monkeypatch):
    monkeypatch.setattr(shop_loaders, "CSV_ROWS", 3)
    pages = iter([[{"id": 9, "name": "=HYPERLINK(1)"}, {"id": 8, "name": "ok"}], [{"id": 7, "name": "-2"}, {"id": 6, "name": None}]])
    told = shop_loaders.as_csv(lambda before: Answer(next(pages), True, datetime.now(UTC)), ("id", "name")).decode("utf-8-sig")
    assert told.splitlines() == ["id,name", "9,'=HYPERLINK(1)", "8,ok", "7,'-2", "6,"]


@pytest.mark.parametrize("page", ["product", "order"])
def test_a_record_that_is_not_there_has_a_face(visit, page):
    assert "There is no" in words(visit(page, id="4711"))
    assert "Which" in words(visit(page))


def test_the_schedules_of_a_store_include_those_for_all_stores_that_it_has_not_replaced(visit, store):
    store()
    for stream in ("products", "orders"):
        tasks.put_schedule(stream, "0 2 * * *", by="ana")
    tasks.put_schedule("orders", "30 3 * * *", store="zurich", by="ana")
    at = visit("schedules", schedules_search="zur")
    assert at.dataframe[0].value["store"].tolist() == ["All stores", "Café Zürich"]
    assert at.dataframe[0].value["what"].tolist() == ["Products", "Orders"]


def test_the_line_of_a_queue_in_which_something_waits_is_shown_first(visit, job):
    job(queue="users", name="create_product_for_user")
    assert visit("queues").dataframe[1].value["job"].tolist() == ["create_product_for_user"]


def test_a_job_that_was_stopped_says_what_stays_and_how_often_it_was_tried(visit, job, store):
    shop = store()
    number = job(
        store_id=shop,
        stream="orders",
        state="cancelled",
        started_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
        error="Cancelled by ana.",
    )
    with begin() as conn:
        add(conn, sync_runs, job_id=number, store_id=shop, stream="orders", mode="full", window_end=datetime.now(UTC))
    at = visit("job", id=str(number))
    assert "What was written stays" in words(at)
    assert "1 of 3" in str([one.value for one in at.table]) + words(at)


def test_an_alert_that_lasts_stands_first_and_is_silenced_until_a_time(visit):
    late = {
        "rule": "freshness",
        "cause": "here",
        "active_cause": "here",
        "severity": "person",
        "sentence": "Late.",
        "last_seen_at": db_now(),
    }
    over = {"rule": "waiting", "cause": "there", "severity": "passing", "sentence": "It waited.", "ended_at": db_now()}
    with begin() as conn:
        lasting, _ended = (add(conn, alerts, **values) for values in (late, over))

    def listed(at, column="state"):
        """Of these two: a console that another test started may have found something wrong too."""
        rows = at.dataframe[0].value
        return [(row["sentence"], row[column]) for _, row in rows.iterrows() if row["sentence"] in ("Late.", "It waited.")]

    at = visit("settings", settings_part="alerts")
    assert listed(at) == [("Late.", ["person"]), ("It waited.", ["over"])]
    press(deed(at, "silence_alert", alert_id=lasting, sentence="Late."), "confirm_yes")
    assert listed(look(at)) == [("Late.", ["silenced"]), ("It waited.", ["over"])]
    assert "console" in listed(at, "silenced")[0][1]
    assert count(audit_log, audit_log.c.action == "silence_alert") == 1
    at = visit("settings", settings_part="alerts")
    press(deed(at, "unsilence_alert", alert_id=lasting, sentence="Late."), "confirm_yes")
    assert listed(look(at)) == [("Late.", ["person"]), ("It waited.", ["over"])]
