"""A person at the console: pages without a browser, pages in one, and the database taken away and given back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.console.demo import add, add_job, seed
from tests.console.served import ROOT, console
from tests.servers import move_now

PAGES = {
    "overview": "Overview", "jobs": "Jobs", "failures": "Failures", "sync": "Sync", "schedules": "Schedules", "bulk": "Bulk", "stores": "Stores",
    "products": "Products", "orders": "Orders", "users": "Users", "queues": "Queues", "workers": "Workers",
    "audit": "Audit", "settings": "Settings",
}  # fmt: skip
ONE_OF = {  # pages about one thing → the parameter that names it, and how to find one
    "job": ("id", "SELECT max(job_id) FROM sync_runs"), "store": ("store", "SELECT name FROM stores WHERE name = 'harbor'"),
    "product": ("id", "SELECT min(id) FROM products"), "order": ("id", "SELECT min(id) FROM orders"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now_is_now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    move_now(request.module, monkeypatch)


@pytest.fixture(autouse=True)
def _no_leftovers() -> None:
    import streamlit as st

    st.cache_data.clear()


@pytest.fixture
def visit(clean) -> Callable[..., Any]:
    """Open a page by the name of its file, with query parameters."""
    from streamlit.testing.v1 import AppTest

    def open_page(page: str = "overview", **params: str) -> Any:
        at = AppTest.from_file(str(ROOT / "console" / "main.py"), default_timeout=30)
        at.run()
        for name, value in params.items():
            at.query_params[name] = value
        return look(at.switch_page(f"app_pages/{page}.py"))

    return open_page


def look(at: Any) -> Any:
    """Draw again with nothing cached, as after a tick."""
    import streamlit as st

    st.cache_data.clear()
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: Any, key: str) -> Any:
    """Click a button, and see what comes of it."""
    at.button(key=key).click()
    return look(at)


def words(at: Any) -> str:
    """Everything that is said on the page outside of tables."""
    kinds = ("title", "markdown", "caption", "text", "error", "warning", "info", "success", "metric", "button", "page_link", "badge")
    return "\n".join(str(getattr(one, "label", "")) + " " + str(getattr(one, "value", "")) for kind in kinds for one in at.get(kind))


@pytest.fixture
def busy(clean) -> None:
    """Twelve shops on a busy afternoon, whose consumers are alive for as long as the test lasts."""
    from db.columns import db_now
    from db.engine import begin
    from db.schema import consumers

    with begin() as conn:
        seed(conn, finished=300)
        conn.execute(consumers.update().values(beat_at=db_now(3_600)))


def named(page: str) -> dict[str, str]:
    """The parameters with which a page about one thing shows one that is there; none for the other pages."""
    from db.engine import begin

    if page not in ONE_OF:
        return {}
    name, query = ONE_OF[page]
    with begin() as conn:
        return {name: str(conn.exec_driver_sql(query).scalar_one())}


@pytest.fixture
def store(clean) -> Callable[..., int]:
    """Connect a shop; its id."""
    from db.engine import begin
    from db.schema import stores

    def connect(name: str = "zurich", title: str = "Café Zürich", platform: str = "woocommerce") -> int:
        with begin() as conn:
            return add(conn, stores, name=name, title=title, platform=platform, address=f"https://{name}.example.test")

    return connect


@pytest.fixture
def job(clean) -> Callable[..., int]:
    """Write a job down as it stands, whatever the ledger would say; its number."""
    from db.engine import begin

    def write(**values: Any) -> int:
        if values.get("state") in ("failed", "succeeded", "cancelled"):
            values = {"finished_at": datetime.now(UTC), **values}
        with begin() as conn:
            return add_job(conn, **values)

    return write


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """`with away():` the database does not answer."""
    from db import engine

    @contextlib.contextmanager
    def nowhere(_engine: Any) -> Iterator[None]:
        raise engine.DatabaseAway("The database at db1:3306/quayside does not answer (connection refused).")
        yield

    @contextlib.contextmanager
    def gone() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "reachable", nowhere)
            yield

    return gone


@pytest.fixture(scope="module")
def address(ground) -> Iterator[str]:
    """The console, served by a process of its own for the tests of a file: once it has seen an account, nobody comes in without a sign-in."""
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"]) as found:
        yield found


@pytest.fixture(scope="module")
def _only_context(address: str, chromium: Any) -> Iterator[Any]:
    made = chromium.new_context(base_url=address, viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Zurich",
                                color_scheme="light", reduced_motion="reduce")  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def browser_context(_only_context: Any) -> Iterator[Any]:
    """Where a test opens tabs; none of them outlives it, however it ends."""
    yield _only_context
    for tab in _only_context.pages:
        tab.close()


@pytest.fixture
def page(browser_context: Any, clean, address: str) -> Iterator[Any]:
    """A tab; it fails the test for a console error, or a request that leaves this machine."""
    tab, wrong = browser_context.new_page(), []
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "Failed to load resource" not in said.text else None)
    tab.on(
        "response",
        lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 and not _is_probe(answer.url) else None,
    )
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on(
        "request", lambda asked: None if asked.url.startswith((address, "data:", "blob:", "ws://127.0.0.1")) else wrong.append(asked.url)
    )
    yield tab
    tab.close()
    assert not wrong, wrong


def _is_probe(url: str) -> bool:
    """On a deep link such as /jobs, Streamlit asks below it for its own address before it asks at the root."""
    return url.endswith(("/_stcore/health", "/_stcore/host-config"))
