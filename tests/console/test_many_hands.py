"""Several people, many tabs, restarts, links: what a console has to bear, in a real browser."""

from __future__ import annotations

import asyncio
import os
import re

import pytest

import tasks
from db.engine import begin
from db.schema import jobs
from tests.console.demo import seed
from tests.console.served import console
from tests.console.test_browser import click_menu, count_jobs, open_page, rows, settled
from tests.servers import awaited, free_port, until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

TABS = 50


def test_two_people_acting_on_one_job_are_both_told_and_it_happens_once(page, browser_context, job):
    number = job(state="failed", failures=3, error="It broke.", error_class="X")
    other = browser_context.new_page()
    for tab in (page, other):
        open_page(tab, f"/job?id={number}", f"Job {number}")
        expect(tab.get_by_role("button", name="Retry")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Retry").click()
    until("the job is queued", lambda: tasks.job(number).state == "queued")
    expect(other.get_by_role("button", name="Retry")).to_have_count(0, timeout=15_000)
    other.close()
    assert count_jobs() == 1


def test_a_link_opens_the_same_view_for_a_colleague_and_back_leads_back(page, clean):
    with begin() as conn:
        seed(conn, finished=60)
    open_page(page, "/jobs?jobs_state=failed", "Jobs")
    expect(page.get_by_role("button", name="Failed")).to_have_attribute("aria-pressed", "true", timeout=10_000)
    page.get_by_role("link", name="Orders", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Orders")).to_be_visible(timeout=15_000)
    page.get_by_role("textbox", name="Search").fill("1045")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page).to_have_url(re.compile("orders_search=1045"), timeout=10_000)
    link = page.url
    page.go_back()
    page.goto(link)
    expect(rows(page, "orders")).to_have_count(1, timeout=15_000)
    expect(rows(page, "orders").first).to_contain_text("#1045")


def test_a_pause_asks_why_and_the_banner_is_on_other_peoples_pages(page, browser_context, clean):
    other = browser_context.new_page()
    open_page(other, "/users", "Users")
    open_page(page, "/queues", "Queues")
    page.get_by_role("button", name="Pause everything").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Reason").fill("Moving the <b>database</b>")
    dialog.get_by_role("button", name="Pause", exact=True).dblclick(delay=40)
    expect(dialog).to_be_hidden(timeout=10_000)
    assert [one.kind for one in tasks.pauses()] == ["everything"]
    expect(other.get_by_text("Everything is paused by console")).to_be_visible(timeout=15_000)
    expect(other.get_by_text("Moving the <b>database</b>")).to_be_visible()
    other.close()


def test_retrying_a_group_of_failures_shows_its_count_and_its_progress(page, job):
    from tests.console.test_deeds import failure

    for _number in range(3):
        failure(job)
    open_page(page, "/failures", "Failures")
    expect(rows(page, "failures")).to_have_count(1, timeout=10_000)
    click_menu(page, "failures", 0, "Retry the failed jobs…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("jobs can be retried")).to_contain_text("3", timeout=10_000)
    dialog.get_by_role("button", name="Retry them").dblclick(delay=40)
    expect(page.get_by_role("heading", level=1, name=re.compile(r"^Bulk \d+$"))).to_be_visible(timeout=15_000)
    expect(page.get_by_text("0 of 3")).to_be_visible(timeout=10_000)


def test_the_language_of_the_browser_is_spoken(browser_context, clean, address):
    context = browser_context.browser.new_context(base_url=address, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", reduced_motion="reduce")
    tab = context.new_page()
    open_page(tab, "/jobs", "Tác vụ")
    expect(tab.get_by_text("Chưa có tác vụ nào")).to_be_visible(timeout=10_000)
    context.close()


def test_a_tab_goes_on_after_the_console_was_started_anew(browser_context, clean, job):
    number, port = job(name="kind_0"), str(free_port())
    env = {"QUAYSIDE_VAR": os.environ["QUAYSIDE_VAR"], "CONSOLE_PORT": port}
    tab = browser_context.new_page()
    with console(**env) as address:
        open_page(tab, f"{address}/jobs?jobs_state=queued", "Jobs")
        expect(rows(tab, "jobs")).to_have_count(1, timeout=10_000)
    with console(**env):
        with begin() as conn:
            conn.execute(jobs.update().where(jobs.c.id == number).values(name="kind_1"))
        tab.get_by_role("button", name="Queued").wait_for(timeout=30_000)
        expect(rows(tab, "jobs").first).to_contain_text("kind_1", timeout=40_000)
        assert "jobs_state=queued" in tab.url
    tab.close()


def test_fifty_open_tabs_are_served(clean, address):
    """WebSocket clients of the same protocol in the place of fifty browsers, which this machine has no room for."""
    websockets = pytest.importorskip("websockets.asyncio.client")
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    async def one_tab() -> bool:
        where = address.replace("http://", "ws://") + "/_stcore/stream"
        async with websockets.connect(where, subprotocols=["streamlit"], origin=address, max_size=None) as tab:
            asked = BackMsg()
            asked.rerun_script.page_name = "jobs"
            await tab.send(asked.SerializeToString())
            while True:
                message = ForwardMsg()
                message.ParseFromString(await asyncio.wait_for(tab.recv(), 90))
                if message.WhichOneof("type") == "script_finished":
                    return message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    async def all_tabs() -> list[bool]:
        return await asyncio.gather(*(one_tab() for _tab in range(TABS)))

    assert awaited(all_tabs()) == [True] * TABS


def test_a_closed_dialog_leaves_everything_as_it_was(page, job):
    number = job()
    open_page(page, "/jobs", "Jobs")
    expect(rows(page, "jobs")).to_have_count(1, timeout=10_000)
    click_menu(page, "jobs", 0, "Cancel")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=10_000)
    settled(page)
    assert tasks.job(number).state == "queued"
