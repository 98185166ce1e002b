"""What every test stands on: a private Redis, a database of its own (SQLite, or MariaDB with --database=mariadb), short delays."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.servers import MariaDb, mariadb_is_here

_SHORT = {
    "LEASE_S": "3", "HEARTBEAT_S": "0.5", "REPUSH_S": "1", "SLICE_S": "5", "GRACE_S": "10", "RETRY_DELAY_S": "0.05", "CREATE_PRODUCT_RETRY_DELAY_S": "0.05",
    "ALLOW_PRIVATE_ADDRESSES": "1", "WORKERS": "2", "CONSOLE_PORT": "0",
}  # fmt: skip
_OURS = ("REDIS_", "DB_", "QUAYSIDE_", "SHOPIFY_", "WOOCOMMERCE_", "TIKTOK_", "AMAZON_", "EBAY_")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "mariadb"), default="sqlite", help="which database the tests use")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of ours is imported: settings are read once."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="quayside-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(_SHORT, QUAYSIDE_VAR=str(folder / "var"))
    leads_workers = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")  # pytest-xdist: runs no test itself
    if config.getoption("--database") == "mariadb" and not leads_workers:
        if not mariadb_is_here():
            raise pytest.UsageError("--database=mariadb needs MariaDB's server (Debian: apt-get install mariadb-server).")
        server = MariaDb(folder / "mariadb")
        atexit.register(server.stop)
        os.environ.update(
            DB_MASTER_HOST=f"127.0.0.1:{server.port}", DB_USER=server.user, DB_PASSWORD=server.password, DB_NAME=server.database
        )
        config.stash[SERVER] = server


SERVER = pytest.StashKey[MariaDb]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run in CI that skips something has not shown what it claims.

    There, on machines whose neighbours are noisy, a test in a browser may try again, twice at most. The summary names each that did (R).
    No other may: one about races that goes well now and then has found something.
    """
    if os.environ.get("CI") == "true":
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=2))
        config.pluginmanager.register(_NoSkips(), "no-skips")


class _NoSkips:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]):
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, which counts as a failure in CI: {report.longrepr}"
        return report


@pytest.fixture(scope="session")
def ground() -> None:
    """The schema and the private Redis, once."""
    from db.migrate import upgrade
    from tasks import broker

    upgrade()
    pid = broker.start_private()
    yield
    if pid is not None:
        broker.stop_private(pid)


@pytest.fixture(scope="session")
def chromium():
    """The one browser of this process: Playwright's loop runs in this thread from here on, so that a second one could not be started."""
    from tests.console.served import CHROMIUM, CHROMIUM_ARGS, HEADLESS_SHELL

    program = next((path for path in (HEADLESS_SHELL, CHROMIUM) if Path(path).exists()), None)
    if program is None:
        pytest.skip(f"neither {HEADLESS_SHELL} nor {CHROMIUM} is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def clean(ground):
    """Empty tables and an empty queue; what the tests about memory and jobs begin with. Nobody is left who could sign in: one account closes the console."""
    from sqlalchemy import delete

    from db.engine import DatabaseAway, begin
    from db.schema import accounts, metadata
    from tasks import broker, sign_in, tokens
    from tests import shops

    shops.begin_again()
    sign_in.begin_again()
    tokens.forget()
    with begin() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(delete(table))
    if broker.chosen().kind != "sqlite":
        broker.client().flushdb()
    yield
    with contextlib.suppress(DatabaseAway), begin() as conn:
        conn.execute(delete(accounts))
    sign_in.begin_again()


@pytest.fixture
def work(clean):
    """Does what a worker would, in this process: `work()` runs the jobs that wait in Redis until none waits; `work(1)` runs one."""
    from tasks import catalog, huey_app

    assert catalog.MODULES

    def until_none_waits(most: int = 10_000) -> int:
        done = 0
        while done < most and huey_app.queue_length():
            task = huey_app.huey.dequeue()
            if task is not None:
                huey_app.huey.execute(task)
                done += 1
        return done

    return until_none_waits
