"""The main action of each page that looks after the work, in a real browser: what was clicked is in the database, and on the page."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Error as BrowserError
from sqlalchemy import select

import tasks
from console.parts.table import HEAD_PX, ROW_PX, TALL_ROW_PX
from db.engine import begin
from db.schema import audit_log, bulk_operations, consumers, jobs, rejected_records, store_credentials, stores
from tests.console.test_browser import click_menu, count_jobs, open_page, rows, settled
from tests.console.test_deeds import failure
from tests.servers import until

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
pytestmark = pytest.mark.browser


def arrive(page, path, sign):
    """Open a page until it shows `sign`: for five seconds the console remembers the stores of the test before."""

    def is_there():
        page.goto(path)
        try:
            sign.wait_for(state="attached", timeout=6_000)
        except playwright.TimeoutError:
            return False
        return True

    until(f"{path} shows what it is opened for", is_there, timeout_s=40)
    settled(page)


def say_yes(page, verb, **fields):
    """Fill the dialog that asks first, and confirm it with a double click."""
    dialog = page.get_by_role("dialog")
    for label, text in fields.items():
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name=verb, exact=True).dblclick(delay=40)
    expect(dialog).to_be_hidden(timeout=10_000)


def click_row(page, key, row, row_px=ROW_PX):
    """The button at the end of a row that has but one."""
    box = page.locator(f".st-key-{key} canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 60, box["y"] + HEAD_PX + (row + 0.5) * row_px)


def one(query):
    with begin() as conn:
        return conn.execute(query).mappings().first()


def deeds(action):
    """Who did it to what, as the audit log tells it."""
    with begin() as conn:
        return [(row.person, row.target) for row in conn.execute(select(audit_log).where(audit_log.c.action == action))]


def test_a_problem_on_the_overview_leads_to_where_it_is_mended(page, busy):
    arrive(page, "/", page.get_by_role("link", name="Harbor & Pine needs you"))
    page.get_by_role("link", name="Harbor & Pine needs you").click()
    expect(page).to_have_url(re.compile("/store\\?store=harbor"), timeout=10_000)
    expect(page.get_by_text("Shopify refused the access token (401)").first).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Edit, credentials…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Access token").fill("shpat_a_new_one")
    dialog.get_by_role("button", name="Save").click()
    until("the change is written down", lambda: ("console", "store:harbor") in deeds("change_store"))
    expect(page.get_by_text("Saved, with 1 new secret.")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("Access token")).to_have_count(0, timeout=10_000)
    settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    kept = one(select(store_credentials).join(stores, stores.c.id == store_credentials.c.store_id).where(stores.c.name == "harbor"))
    assert "shpat_a_new_one" not in kept["ciphertext"]
    assert "shpat_a_new_one" not in page.content()


def test_a_schedule_is_changed_and_run_now(page, store):
    store()
    number = tasks.put_schedule("orders", "0 2 * * *", store="zurich", by="ana")
    open_page(page, "/schedules", "Schedules")
    expect(rows(page, "schedules")).to_have_count(1, timeout=10_000)
    expect(rows(page, "schedules").first).to_contain_text("Every day at 02:00")
    click_menu(page, "schedules", 0, "Edit…", TALL_ROW_PX)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Cron").fill("*/15 * * * *")
    expect(dialog.get_by_text("Every 15 minutes")).to_be_visible(timeout=10_000)
    say_yes(page, "Save")
    expect(rows(page, "schedules").first).to_contain_text("Every 15 minutes", timeout=10_000)
    assert [(view.id, view.cron, view.changed_by) for view in tasks.list_schedules()] == [(number, "*/15 * * * *", "console")]
    click_menu(page, "schedules", 0, "Run now…", TALL_ROW_PX)
    say_yes(page, "Run now")
    expect(page.get_by_text("1 job requested.")).to_be_visible(timeout=10_000)
    assert [(job["name"], job["state"]) for job in [one(select(jobs))]] == [("sync_orders", "queued")]
    assert count_jobs() == 1
    expect(rows(page, "schedules").first).to_contain_text("queued", timeout=10_000)


def test_a_schedule_is_paused_until_a_time_and_turned_on_again(page, store):
    store()
    tasks.put_schedule("orders", "0 2 * * *", store="zurich", by="ana")
    open_page(page, "/schedules", "Schedules")
    expect(rows(page, "schedules")).to_have_count(1, timeout=10_000)
    click_menu(page, "schedules", 0, "Pause…", TALL_ROW_PX)
    say_yes(page, "Pause")
    expect(rows(page, "schedules").first).to_contain_text("paused until", timeout=10_000)
    until_then = tasks.list_schedules()[0].paused_until
    assert timedelta(hours=3) < until_then - datetime.now(UTC) <= timedelta(hours=4)
    click_menu(page, "schedules", 0, "Turn on…", TALL_ROW_PX)
    say_yes(page, "Turn on")
    expect(rows(page, "schedules").first).to_contain_text("active", timeout=10_000)
    assert tasks.list_schedules()[0].paused_until is None


def test_each_tab_of_a_store_shows_its_part_and_can_be_linked_to(page, busy):
    arrive(page, "/store?store=zurich", page.get_by_role("heading", level=1, name="Café Zürich"))
    for tab, key, sign in (
        ("Timeline", "timeline", page.get_by_text("Who changed what")),
        ("Here and there", "reconcile", page.get_by_text("the platform does not say how many it has").first),
        ("Schedule", "schedule", page.get_by_role("region", name="Schedules")),
        ("Rejected records", "records", page.get_by_text("records are kept aside.")),
        ("Status", None, page.get_by_text("Everything since the last run is here.").first),
    ):
        page.get_by_role("radio", name=tab, exact=True).click()
        expect(sign).to_be_visible(timeout=10_000)
        expect(page).to_have_url(re.compile(f"store_tab={key}" if key else "/store\\?store=zurich$"), timeout=10_000)


def test_a_rejected_record_is_tried_again(page, busy):
    arrive(page, "/store?store=zurich&store_tab=records", page.get_by_text("records are kept aside."))
    expect(rows(page, "rejected")).to_have_count(4, timeout=10_000)
    record = rows(page, "rejected").first.locator("td").nth(1).text_content()
    click_row(page, "rejected", 0)
    asked = until("a job is asked for", lambda: one(select(jobs).where(jobs.c.name == "retry_rejected")))
    assert asked["args"] == {"external_ids": [record]}
    assert asked["requested_by"] == "console"
    expect(page.get_by_text(f"Job {asked['id']} tries it again.")).to_be_visible(timeout=10_000)
    assert one(select(rejected_records).where(rejected_records.c.external_id == record)), "it is kept aside until it could be read"


def test_a_backfill_says_what_it_will_read_and_is_made_once(page, store):
    store()
    sync_form = page.locator(".st-key-sync_form")
    arrive(page, "/sync?sync_store=zurich", sync_form.get_by_text("Orders", exact=True))
    sync_form.get_by_text("Orders", exact=True).click()
    sync_form.get_by_text("Backfill, in slices").click()
    sync_form.get_by_role("button", name="30 days").click()
    effect = page.locator(".st-key-sync_effect")
    today = datetime.now(ZoneInfo("Europe/Zurich")).date()  # the browser's zone
    expect(effect).to_contain_text(f"changed from {today - timedelta(days=30)} to {today}, a week at a time", timeout=10_000)
    assert count_jobs() == 0
    settled(page)
    page.get_by_role("button", name="Start the sync").dblclick(delay=40)
    expect(page.locator("[class*=st-key-watched]")).to_contain_text("backfill", timeout=10_000)
    with begin() as conn:
        whole = conn.execute(select(jobs).where(jobs.c.name == "backfill")).mappings().all()
        parts = conn.execute(select(jobs).where(jobs.c.parent_id == whole[0]["id"])).mappings().all()
    assert len(whole) == 1
    assert datetime.fromisoformat(whole[0]["args"]["date_from"]).date() == today - timedelta(days=30)
    assert len(parts) == whole[0]["args"]["slices"] == 5
    edges = sorted((part["args"]["date_from"], part["args"]["date_to"]) for part in parts)
    assert all(end == start for (_, end), (start, _) in pairwise(edges))


def test_a_consumer_is_drained_and_takes_jobs_again(page, busy):
    open_page(page, "/workers", "Workers")
    card = page.locator("[class*=st-key-consumer_]").filter(has_text="pid 6587")
    asked = select(consumers.c.id, consumers.c.drain_by).where(consumers.c.drain_by.is_not(None))
    card.get_by_role("button", name="Drain…").click(timeout=15_000)
    assert one(asked) is None, "it asks first"
    say_yes(page, "Drain")
    expect(card.get_by_text("Draining")).to_be_visible(timeout=10_000)
    assert one(asked) == {"id": "ops-1:6587:1", "drain_by": "console"}
    card.get_by_role("button", name="Take jobs again").click()
    say_yes(page, "Take jobs again")
    expect(card.get_by_role("button", name="Drain…")).to_be_visible(timeout=10_000)
    assert one(asked) is None
    assert deeds("drain") == deeds("undrain") == [("console", "consumer:ops-1:6587:1")]


def _asked(page, button):
    """Click where nothing is asked yet, and whether the dialog that asks first is there, and stays."""
    reason = page.get_by_role("dialog").get_by_label("Reason")
    with contextlib.suppress(BrowserError):
        if not reason.is_visible():
            page.wait_for_timeout(2_500)  # the buttons that the last deed has moved stand still by then
            button.click(timeout=5_000)
        page.wait_for_timeout(1_500)
        return reason.is_visible()


def test_a_bulk_operation_is_stopped_and_its_rest_done_later(page, job, work):
    failed = [failure(job) for _number in range(3)]
    started = tasks.start_bulk(tasks.preview_bulk("retry", fingerprint="mark"), by="ana", reason="Token renewed")
    open_page(page, "/bulk", "Bulk")
    expect(rows(page, "bulk").first).to_contain_text("Token renewed", timeout=10_000)
    click_row(page, "bulk", 0)
    expect(page.get_by_role("heading", level=1, name=f"Bulk {started.id}")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Stop…").click(timeout=10_000)
    say_yes(page, "Stop")
    expect(page.get_by_role("button", name="Try the rest again…")).to_be_visible(timeout=10_000)
    work()
    assert {tasks.job(number).state for number in failed} == {"failed"}, "a stopped one acts on nothing more"
    again = page.get_by_role("button", name="Try the rest again…")
    until("the question is asked", lambda: _asked(page, again))  # where the buttons move just then, a click meets none
    say_yes(page, "Try again", Reason="Now it may")
    again = until("the rest is asked for", lambda: one(select(bulk_operations).where(bulk_operations.c.id != started.id)))
    expect(page.get_by_role("heading", level=1, name=f"Bulk {again['id']}")).to_be_visible(timeout=10_000)
    expect(page.get_by_text("0 of 3")).to_be_visible(timeout=10_000)
    work(1)
    expect(page.get_by_text("3 of 3")).to_be_visible(timeout=10_000)
    assert again["reason"] == "Now it may"
    assert {tasks.job(number).state for number in failed} == {"queued"}
