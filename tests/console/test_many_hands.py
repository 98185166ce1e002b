"""Several people, many tabs, restarts, links: what a console has to bear, in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from functools import partial

import pytest
from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import tasks
from db.engine import begin
from db.schema import audit_log, jobs
from tests.console.demo import seed
from tests.console.served import console
from tests.console.test_browser import click_menu, count_jobs, open_page, rows, settled
from tests.servers import awaited, free_port

expect = pytest.importorskip("playwright.sync_api").expect
websockets = pytest.importorskip("websockets.asyncio.client")
pytestmark = pytest.mark.browser

TABS = 50
RETRY = re.compile(r"Retry$")  # and not: Retry with changes…


def without_ticks(tab):
    """For a tab that opens no page yet: after a call of what comes back it shows what it showed; its clicks are heard, its ticks are not."""
    stands_still = []

    def relay(browser):
        server = browser.connect_to_server()
        browser.on_message(
            lambda message: None if stands_still and BackMsg.FromString(message).rerun_script.is_auto_rerun else server.send(message)
        )

    tab.route_web_socket("**/_stcore/stream", relay)
    return lambda: stands_still.append(True)


def test_two_people_acting_on_one_job_are_both_told_and_it_happens_once(page, browser_context, job):
    number = job(state="failed", failures=3, error="It broke.", error_class="X")
    other = browser_context.new_page()
    stand_still = without_ticks(other)
    for tab in (page, other):
        open_page(tab, f"/job?id={number}", f"Job {number}")
        expect(tab.get_by_role("button", name=RETRY)).to_be_visible(timeout=10_000)
    stand_still()
    settled(other)
    page.get_by_role("button", name=RETRY).click()
    expect(page.get_by_text(f"Job {number} is queued again.")).to_be_visible(timeout=10_000)
    other.get_by_role("button", name=RETRY).click()
    expect(other.get_by_text(f"Job {number} is queued; only failed or cancelled jobs can be retried.")).to_be_visible(timeout=10_000)
    for tab in (page, other):
        expect(tab.get_by_role("button", name=RETRY)).to_have_count(0, timeout=15_000)
    assert count_jobs() == 1
    with begin() as conn:
        assert conn.scalars(select(audit_log.c.outcome).where(audit_log.c.action == "retry")).all() == ["done"]


def test_a_link_opens_the_same_view_for_a_colleague_and_back_leads_back(page, browser_context, clean):
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
    expect(page.get_by_role("textbox", name="Search")).to_have_value("", timeout=15_000)
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Jobs")).to_be_visible(timeout=15_000)
    expect(page).to_have_url(re.compile(r"/jobs\?jobs_state=failed$"), timeout=10_000)
    expect(page.get_by_role("button", name="Failed")).to_have_attribute("aria-pressed", "true", timeout=10_000)
    colleague = browser_context.new_page()
    open_page(colleague, link, "Orders")
    expect(rows(colleague, "orders")).to_have_count(1, timeout=15_000)
    expect(rows(colleague, "orders").first).to_contain_text("#1045")
    expect(colleague.get_by_role("textbox", name="Search")).to_have_value("1045")


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


@pytest.fixture
def vietnamese_tab(chromium, address):
    context = chromium.new_context(base_url=address, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_the_language_of_the_browser_is_spoken(vietnamese_tab, clean):
    open_page(vietnamese_tab, "/jobs", "Tác vụ")
    expect(vietnamese_tab.get_by_text("Chưa có tác vụ nào")).to_be_visible(timeout=10_000)


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


class Tab:
    """An open page, by its WebSocket: what it is sent, and ticks of its live list."""

    def __init__(self, wire):
        self.wire, self.list, self.every_s = wire, "", {}

    async def ask(self, **about):
        asked = BackMsg()
        asked.rerun_script.MergeFrom(ClientState(page_name="jobs", **about))
        await self.wire.send(asked.SerializeToString())

    async def tick(self):
        await asyncio.sleep(self.every_s[self.list])
        await self.ask(fragment_id=self.list, is_auto_rerun=True)

    async def sees(self, name):
        """Wait until a run that told of a job of this name has ended well."""
        is_told = False
        while True:
            text = await self.wire.recv()
            message = ForwardMsg.FromString(text)
            if message.HasField("delta") and name.encode() in text:
                is_told, self.list = True, message.delta.fragment_id
            if message.HasField("auto_rerun"):
                self.every_s[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            if message.HasField("script_finished"):
                assert message.script_finished in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
                if is_told:
                    return
                await self.tick()


def test_fifty_open_tabs_show_the_jobs_and_what_becomes_of_them(job, address):
    """WebSocket clients of the same protocol in the place of fifty browsers, which this machine has no room for."""
    number = job(name="kind_before")
    where = address.replace("http://", "ws://") + "/_stcore/stream"

    async def all_tabs():
        async with contextlib.AsyncExitStack() as stack:
            open_one = partial(
                websockets.connect, where, subprotocols=["streamlit"], origin=address, max_size=None, max_queue=None, ping_interval=None
            )
            tabs = [Tab(await stack.enter_async_context(open_one())) for _tab in range(TABS)]
            async with asyncio.timeout(240):
                await asyncio.gather(*(tab.ask() for tab in tabs))
                await asyncio.gather(*(tab.sees("kind_before") for tab in tabs))
                with begin() as conn:
                    conn.execute(jobs.update().where(jobs.c.id == number).values(name="kind_after"))
                await asyncio.gather(*(tab.tick() for tab in tabs))
                await asyncio.gather(*(tab.sees("kind_after") for tab in tabs))

    awaited(all_tabs())


def test_a_closed_dialog_leaves_everything_as_it_was(page, job):
    number = job()
    open_page(page, "/jobs", "Jobs")
    expect(rows(page, "jobs")).to_have_count(1, timeout=10_000)
    click_menu(page, "jobs", 0, "Cancel")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=10_000)
    settled(page)
    assert tasks.job(number).state == "queued"
