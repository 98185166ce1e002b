"""The list of jobs in a real browser: what is ticked is what is acted on."""

from __future__ import annotations

import re

import pytest

from console.parts.table import HEAD_PX, ROW_PX
from db.engine import begin
from tests.console.test_browser import open_page, rows, settled
from tests.servers import until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser


def tick(page, key, row):
    """The box at the beginning of a row."""
    box = page.locator(f".st-key-{key} canvas").first.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + HEAD_PX + (row + 0.5) * ROW_PX)


def targets():
    with begin() as conn:
        return sorted(conn.exec_driver_sql("SELECT target_id FROM bulk_targets").scalars())


def test_ticked_jobs_are_retried_and_no_others_though_newer_ones_came(page, job):
    failed = [job(state="failed", failures=1, error=f"boom {number}", error_class="X") for number in range(4)]
    open_page(page, "/jobs?jobs_state=failed", "Jobs")
    expect(rows(page, "jobs")).to_have_count(4, timeout=10_000)
    tick(page, "jobs", 1)
    tick(page, "jobs", 3)
    expect(page.get_by_text("2 jobs chosen")).to_be_visible(timeout=10_000)
    job(state="failed", failures=1, error="later", error_class="X")
    expect(page.get_by_role("button", name="Show 1 new")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Retry 2…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 jobs can be retried")).to_be_visible(timeout=10_000)
    dialog.get_by_role("button", name="Retry them").click()
    until("the operation knows its jobs", targets)
    assert targets() == [failed[0], failed[2]]
    expect(page).to_have_url(re.compile("/bulk"), timeout=10_000)


def test_a_choice_does_not_stay_with_the_places_of_other_jobs(page, job):
    for number in range(22):
        job(state="failed", failures=1, error=f"boom {number}", error_class="X")
    open_page(page, "/jobs?jobs_state=failed", "Jobs")
    tick(page, "jobs", 0)
    expect(page.get_by_text("1 job chosen")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Older").click()
    expect(rows(page, "jobs")).to_have_count(4, timeout=10_000)
    settled(page)
    expect(page.get_by_text("1 job chosen")).to_have_count(0)
