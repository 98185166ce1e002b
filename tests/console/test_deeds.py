"""What people do on the pages: asked first, told why, done once, refused where the role is not enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

import tasks
from console import door
from console.parts import job_actions
from db import saved_views
from db.engine import begin
from db.schema import audit_log, bulk_operations, failure_groups, jobs, rejected_records, schedules
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
    at.text_input(key="schedule_cron_None").set_value("61 * * * *")
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
    at.text_area(key="note_text_mark").set_value("Shop renews its token")
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
