"""The database dies under open pages, and comes back: nobody reloads anything."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.console.served import ROOT, console
from tests.servers import MariaDb, mariadb_is_here

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not mariadb_is_here(), reason="MariaDB's server is not installed")]


@pytest.fixture
def mariadb(tmp_path):
    server = MariaDb(tmp_path / "mariadb")
    yield server
    server.stop()


def test_open_pages_say_that_the_database_is_away_and_heal_without_a_reload(mariadb, browser_context, tmp_path):
    env = {"DB_MASTER_HOST": f"127.0.0.1:{mariadb.port}", "DB_USER": mariadb.user, "DB_PASSWORD": mariadb.password, "DB_NAME": mariadb.database,
           "QUAYSIDE_VAR": str(tmp_path / "var")}  # fmt: skip
    subprocess.run([sys.executable, "-m", "db.migrate"], check=True, cwd=ROOT, env={**os.environ, **env})
    with console(**env) as address:
        overview, sync = browser_context.new_page(), browser_context.new_page()
        overview.goto(f"{address}/")
        expect(overview.get_by_text("Jobs finished")).to_be_visible(timeout=30_000)
        mariadb.kill()
        expect(overview.get_by_text("Data is unavailable")).to_be_visible(timeout=20_000)
        expect(overview.get_by_text("Jobs finished")).to_be_hidden()
        sync.goto(f"{address}/sync")
        expect(sync.get_by_text("Data is unavailable")).to_be_visible(timeout=30_000)
        for page in (overview, sync):
            expect(page.get_by_text("Traceback")).to_have_count(0)
            expect(page.get_by_text(mariadb.password)).to_have_count(0)
        mariadb.start()
        expect(overview.get_by_text("Jobs finished")).to_be_visible(timeout=30_000)
        expect(sync.get_by_text("No store is connected yet")).to_be_visible(timeout=30_000)
        for page in (overview, sync):
            expect(page.get_by_text("Data is unavailable")).to_have_count(0, timeout=10_000)
            page.close()
