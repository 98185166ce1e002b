"""The database or Redis dies under open pages, and comes back: nobody reloads anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import tasks
from tests.console.served import ROOT, console
from tests.processes.consumers import consumer
from tests.servers import MariaDb, RedisServer, mariadb_is_here, until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser


@pytest.fixture
def mariadb(tmp_path):
    if not mariadb_is_here():
        pytest.skip("MariaDB's server is not installed")
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


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path / "redis")
    yield server
    server.stop()


@pytest.mark.processes
def test_open_pages_say_that_redis_is_away_and_what_is_asked_for_meanwhile_runs_when_it_is_back(redis, browser_context, clean):
    env = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port)}
    overview, workers = browser_context.new_page(), browser_context.new_page()
    away = "Redis does not answer: requests are kept in the database and start when it is back."
    with consumer(**env), console(**env) as address:
        overview.goto(f"{address}/")
        workers.goto(f"{address}/workers")
        expect(overview.get_by_text("No store is connected yet.").first).to_be_visible(timeout=30_000)
        expect(workers.get_by_text(re.compile(f":{redis.port}/0 answers"))).to_be_visible(timeout=30_000)
        redis.kill()
        expect(overview.get_by_text(away)).to_be_visible(timeout=20_000)
        expect(workers.get_by_text(re.compile(f":{redis.port}/0 does not answer"))).to_be_visible(timeout=20_000)
        workers.get_by_role("button", name="Test worker").click()
        asked = until("a job is written down", lambda: workers.get_by_text(re.compile("Job [0-9]+ is on its way")).all_text_contents())
        number = int(re.findall("[0-9]+", asked[0])[0])
        assert tasks.job(number).state == "queued"
        redis.start()
        expect(workers.get_by_text("A job got through in", exact=False)).to_be_visible(timeout=30_000)
        assert tasks.job(number).state == "succeeded"
        expect(workers.get_by_text(re.compile(f":{redis.port}/0 answers"))).to_be_visible(timeout=20_000)
        expect(overview.get_by_text(away)).to_be_hidden(timeout=20_000)
        for page in (overview, workers):
            expect(page.get_by_text("Traceback")).to_have_count(0)
            page.close()
