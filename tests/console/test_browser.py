"""The console in a real browser: it loads from this machine alone, a click is one job, and what others do appears by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from console.parts.table import HEAD_PX, ROW_PX
from db.engine import begin
from db.schema import jobs
from tests.console.conftest import PAGES
from tests.console.demo import seed
from tests.servers import until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser


def open_page(page, path, title):
    page.goto(path)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=30_000)
    settled(page)


def settled(page):
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)


def rows(page, key):
    return page.locator(f".st-key-{key} [role=grid] tbody tr")


def click_menu(page, key, row, label, row_px=ROW_PX):
    box = page.locator(f".st-key-{key} canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 25, box["y"] + HEAD_PX + (row + 0.5) * row_px)
    page.get_by_text(label, exact=True).last.click()


def set_jobs(**values):
    with begin() as conn:
        conn.execute(jobs.update().values(**values))


def count_jobs():
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(jobs))


def choose_orders(page):
    open_page(page, "/sync?sync_store=zurich", "Sync")
    page.locator(".st-key-sync_form").get_by_text("Orders", exact=True).click()
    expect(page.get_by_role("button", name="Start the sync")).to_be_visible(timeout=10_000)
    settled(page)


def test_every_page_loads_without_an_error_and_asks_nobody_else(page, clean):
    with begin() as conn:
        seed(conn, finished=200)
    for name, title in PAGES.items():
        open_page(page, "/" if name == "overview" else f"/{name}", title)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_double_click_is_one_job_which_appears_and_finishes_live(page, store):
    store()
    choose_orders(page)
    page.get_by_role("button", name="Start the sync").dblclick(delay=40)
    expect(page.get_by_role("button", name="Another sync")).to_be_visible(timeout=10_000)
    expect(page.locator("[class*=st-key-watched]")).to_contain_text("Queued")
    page.wait_for_timeout(1_500)
    assert count_jobs() == 1
    open_page(page, "/jobs", "Jobs")
    expect(rows(page, "jobs").first).to_contain_text("Café Zürich")
    expect(rows(page, "jobs").first).to_contain_text("queued")
    set_jobs(state="running", progress=120, progress_total=600)
    expect(rows(page, "jobs").first).to_contain_text("120 of 600 (20%)", timeout=8_000)
    set_jobs(state="succeeded", active_key=None)
    expect(rows(page, "jobs").first).to_contain_text("succeeded", timeout=8_000)


def test_the_drawer_belongs_to_the_row_that_was_clicked_and_outlives_ticks(page, job):
    numbers = [job(name=f"kind_{number}") for number in range(3)]
    open_page(page, "/jobs", "Jobs")
    expect(rows(page, "jobs")).to_have_count(3, timeout=10_000)
    job(name="kind_of_newcomer")  # above the row, just before the click
    click_menu(page, "jobs", 0, "Details")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("kind_2", exact=True)).to_be_visible(timeout=10_000)
    page.wait_for_timeout(4_500)  # two ticks of the list behind it
    with begin() as conn:
        conn.execute(jobs.update().where(jobs.c.id == numbers[2]).values(state="failed", error="It broke.", error_class="X"))
    expect(drawer.get_by_text("It broke.")).to_be_visible(timeout=8_000)
    drawer.get_by_role("button", name="Retry").click()
    until("the job is queued again", lambda: _state(numbers[2]) == "queued")


def test_a_cancellation_from_the_row_menu_asks_first(page, job):
    number = job(name="sync_orders")
    open_page(page, "/jobs", "Jobs")
    expect(rows(page, "jobs")).to_have_count(1, timeout=10_000)
    click_menu(page, "jobs", 0, "Cancel")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("It leaves the queue at once")).to_be_visible(timeout=10_000)
    assert _state(number) == "queued"
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(dialog).to_be_hidden(timeout=10_000)
    until("the job is cancelled", lambda: _state(number) == "cancelled")
    expect(rows(page, "jobs").first).to_contain_text("cancelled", timeout=8_000)


def test_two_clicks_on_add_user_are_one_person(page, clean):
    from db.schema import users

    open_page(page, "/users", "Users")
    page.get_by_role("button", name="Add user").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Zażółć <b>gęślą</b>")
    dialog.get_by_label("E-mail").fill("z@example.com")
    dialog.get_by_role("button", name="Add user").dblclick(delay=40)
    expect(dialog).to_be_hidden(timeout=10_000)
    expect(rows(page, "users").first).to_contain_text("Zażółć <b>gęślą</b>", timeout=10_000)
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(users)) == 1


def _state(number):
    with begin() as conn:
        return conn.scalar(select(jobs.c.state).where(jobs.c.id == number))
