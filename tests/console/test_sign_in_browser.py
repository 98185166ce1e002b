"""One person's way in and out, in a real browser, across a restart of the console."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tasks import members, sign_in
from tests.console.served import console
from tests.servers import free_port

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


@pytest.fixture
def tab(browser_context: Any, clean) -> Iterator[Any]:
    """A browser window of its own cookies."""
    context = browser_context.browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Zurich",
                                                  color_scheme="light", reduced_motion="reduce")  # fmt: skip
    yield context.new_page()
    context.close()


def give(tab: Any, password: str) -> None:
    tab.get_by_label("Name").fill("Ana")
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Sign in").click()


def is_on(tab: Any, title: str) -> None:
    expect(tab.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=60_000)


def test_sign_in_survives_a_restart_and_ends_with_the_sign_out(tab, ground):
    members.add_account("ana", "viewer", by="test", password=PASSWORD, must_change_password=False)
    sockets: list[str] = []
    tab.on("websocket", lambda opened: sockets.append(opened.url))
    port = str(free_port())
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"], CONSOLE_PORT=port) as address:
        tab.goto(f"{address}/audit?audit_person=ana")
        is_on(tab, "Sign in")
        assert not sockets, "nobody has a WebSocket before the sign-in"
        give(tab, "wrong")
        expect(tab.get_by_role("alert")).to_have_text("Name or password is wrong.")
        expect(tab.get_by_label("Name")).to_have_value("ana")
        expect(tab.get_by_label("Password")).to_be_focused()
        give(tab, PASSWORD)
        is_on(tab, "Audit")
        expect(tab).to_have_url(re.compile(r"/audit\?audit_person=ana$"))
        expect(tab.locator(".st-key-audit [role=grid] tbody tr").first).to_contain_text("Sign in")
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"], CONSOLE_PORT=port):
        expect(tab.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=60_000)
        tab.get_by_test_id("stSidebarNav").get_by_text("Workers").click()
        is_on(tab, "Workers")
        expect(tab.get_by_role("button", name="Test worker")).to_be_disabled()
        tab.get_by_role("button", name="ana · Viewer").click()
        tab.get_by_text("Sign out", exact=True).click()
        is_on(tab, "Sign in")
        expect(tab.get_by_role("status")).to_have_text("Your session has ended. Sign in again.")
        tab.go_back()
        is_on(tab, "Sign in")
        for _ in range(6):
            give(tab, "wrong")
        expect(tab.get_by_role("alert")).to_contain_text("Too many wrong passwords. Try again in 15 minutes")


def test_an_open_page_is_sent_to_the_sign_in_when_its_person_is_shut_out(tab, ground):
    members.add_account("ana", "viewer", by="test", password=PASSWORD, must_change_password=False)
    members.add_account("root", "admin", by="test", password=PASSWORD)
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"]) as address:
        tab.goto(f"{address}/workers")
        give(tab, PASSWORD)
        is_on(tab, "Workers")
        members.disable_account("ana", by="root")
        is_on(tab, "Sign in")  # nobody clicked: the page asks for news by itself
    sign_in.begin_again()
