"""The whole deployment, started once for all tests, and a person in a browser."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from tests.deployment.topology import CONSOLES, ROOT, Topology
from tests.servers import until

PASSWORD = "a long enough one 7"


@pytest.fixture(scope="session")
def topology(tmp_path_factory):
    made = Topology(tmp_path_factory.mktemp("quay"))
    try:
        made.start()
        made.token = told(made, """
            import tasks
            print(tasks.add_token("test", "operator", None, by="test")[1])""").strip()  # fmt: skip
        yield made
    finally:
        made.stop()


def told(topology, code):
    """What a script says that runs where a console runs."""
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(line.strip() for line in code.splitlines())], cwd=ROOT, env=topology.environment("console1"),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="session")
def page(topology, chromium):
    subprocess.run(
        [sys.executable, "-m", "tasks.accounts", "add", "ana", "--role", "admin"], input=f"{PASSWORD}\n", text=True, cwd=ROOT,
        env=topology.environment("console1"), timeout=60,
    )  # fmt: skip
    page = chromium.new_page()
    page.goto(topology.address)
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=60_000)
    yield page
    page.close()


def go_to(page, title):
    """Click in the menu, again if need be: a click made while the page finds its way to another console is not carried along."""

    def arrives():
        with contextlib.suppress(AssertionError, BrowserError):
            page.get_by_role("link", name=title, exact=True).click(timeout=5_000)
            expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=5_000)
            return True

    until(f"the page {title}", arrives, timeout_s=60)


def has_session(page, port):
    """Whether the console at this port, or the one that nginx asks for this person, serves the page: it tells how many sessions it has to who is signed in."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/_stcore/metrics", headers={"Cookie": cookies})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        text = answer.read().decode()
    return any(line.startswith("active_sessions") and float(line.split()[-1]) > 0 for line in text.splitlines())


def serving(topology, page):
    """The consoles that serve the page."""
    return [name for name in CONSOLES if name in topology.processes and has_session(page, topology.ports[name])]
