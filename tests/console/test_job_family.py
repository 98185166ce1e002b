"""A job and its relatives: its parts, the job whose part it is, the one that was asked for instead, its place on the platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import tasks
from console.parts import job_change
from db import part_lists
from db.engine import begin
from db.schema import audit_log, jobs
from tasks.shop_pages import shop_page
from tests.console.conftest import look, press, words

START = datetime(2026, 11, 1, tzinfo=UTC)


def changed(at, job_id, **fields):
    """The dialog as it is drawn anew, its fields filled."""
    for key, value in fields.items():
        at.session_state[f"change_{key}"] = value
    at.session_state["asked_dialog"] = ("change_job", {"job_id": job_id, "key": "one"})
    return at.run()


def links(at):
    return {one.proto.label: one.proto for one in at.get("page_link")}


@pytest.fixture
def whole(job, store):
    """A job in parts, one of which failed."""
    here = store()
    number = job(
        name="backfill",
        queue="sync-orders",
        store_id=here,
        stream="orders",
        state="running",
        progress=1,
        progress_total=4,
        started_at=START,
    )
    for place, state in enumerate(("succeeded", "failed", "queued", "running")):
        day = START + timedelta(days=place)
        job(store_id=here, stream="orders", state=state, parent_id=number, args={"date_from": day.isoformat()}, started_at=START,
            **({"error": "The shop was shut.", "error_class": "X"} if state == "failed" else {}))  # fmt: skip
    return number


def test_a_job_in_parts_shows_them_the_failed_ones_first(visit, whole):
    at = visit("job", id=str(whole))
    parts = at.dataframe[0].value
    assert parts["state"].tolist() == [["failed"], ["running"], ["queued"], ["succeeded"]]
    assert parts["note"].tolist()[0] == "The shop was shut."
    assert parts["range"].tolist()[0] == "2026-11-02 – …"
    assert "1 of 4 parts" in "\n".join(one.proto.text for one in at.get("progress"))
    assert list(at.button_group(key=f"page_parts_{whole}").options) == ["Queued · 1", "Running · 1", "Succeeded · 1", "Failed · 1"]


def test_parts_of_one_state_are_chosen_before_they_are_cut(job, whole):
    for _ in range(60):
        job(state="queued", parent_id=whole)
    assert len(part_lists.of_job(whole).rows) == 50
    found = part_lists.of_job(whole, state="succeeded")
    assert [row["state"] for row in found.rows] == ["succeeded"]
    assert found.states == {"queued": 61, "running": 1, "succeeded": 1, "failed": 1}


def test_a_part_leads_to_the_whole_and_a_lone_job_to_nobody(visit, whole, job):
    with begin() as conn:
        part = conn.scalar(select(jobs.c.id).where(jobs.c.parent_id == whole).limit(1))
    assert f"Part of job {whole}" in links(visit("job", id=str(part)))
    alone = visit("job", id=str(job()))
    assert not any(label.startswith("Part of") for label in links(alone))
    assert "**Parts**" not in words(alone)


def test_a_sync_is_asked_for_again_with_other_arguments(visit, job, store):
    failed = job(store_id=store(), stream="orders", state="failed", error="x", error_class="X", args={"sync_all": True, "limit": 50})
    at = press(visit("job", id=str(failed)), "page_change")
    assert "Nothing is changed yet." in words(at)
    assert at.button(key="change_yes").disabled
    for _ in range(2):
        changed(at, failed, limit=5_000)
        assert not at.button(key="change_yes").disabled
        press(at, "change_yes")
        at.switch_page("app_pages/job.py")
        at.query_params["id"] = str(failed)
        look(at)
    with begin() as conn:
        new = conn.execute(select(jobs).where(jobs.c.id > failed)).one()
        audited = conn.execute(select(audit_log).where(audit_log.c.target == f"job:{new.id}")).one()
    assert (new.args, new.metadata["changed_from"], new.requested_by) == ({"sync_all": True, "limit": 5_000}, failed, "console")
    assert (audited.action, audited.source, audited.detail) == ("sync_orders", "console", {"args": new.args})
    assert tasks.job(failed).state == "failed", "the old one stays as it is"


def test_the_difference_names_what_changes_and_nothing_else():
    before = job_change.of({"date_from": START.isoformat(), "limit": 10})
    assert job_change.difference(before, before) == {}
    assert job_change.difference(before, job_change.Options(job_change.FULL, limit=10)) == {
        "Read": "A range of dates → **Everything**", "From": "2026-11-01 00:00:00 UTC → **–**".replace("–", "\N{EN DASH}"), "Until": "now → **–**",
    }  # fmt: skip


def test_the_exact_times_of_a_range_stay_while_its_days_do(visit, job, store):
    exact = {"date_from": "2026-11-01T10:30:00+00:00", "date_to": "2026-11-08T10:30:00+00:00"}
    cut = job(store_id=store(), stream="orders", state="failed", error="x", error_class="X", args=exact)
    at = changed(visit("job", id=str(cut)), cut, limit=5)
    press(at, "change_yes")
    with begin() as conn:
        new = conn.scalar(select(jobs.c.args).where(jobs.c.id > cut))
    assert new == {**exact, "limit": 5}


def test_a_shop_is_opened_where_people_see_the_stream(visit, job, store):
    ours = job(store_id=store(), stream="orders")
    button = visit("job", id=str(ours)).get("link_button")[0].proto
    assert (button.label, button.url) == ("Open in WooCommerce", "https://zurich.example.test/wp-admin/admin.php?page=wc-orders")
    elsewhere = job(store_id=store("kiosk", "Kiosk", platform="ebay"), stream="orders")
    assert not visit("job", id=str(elsewhere)).get("link_button"), "where its page is not known nothing is offered"
    assert shop_page("shopify", "javascript:alert(1)", "orders") == ""
