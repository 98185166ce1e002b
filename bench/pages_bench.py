"""Every page of the console over a million jobs, products and orders, beside a Streamlit page that does next to nothing, in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import sync_playwright

from bench import stage
from bench.console_bench import filled
from bench.results import Part, Target
from bench.stage import ROOT
from tests.console.served import CHROMIUM, CHROMIUM_ARGS

WANTED = 1.5
_TRIVIAL = "a trivial page"
_PAGES = {
    "Overview": "/", "Jobs": "/jobs", "Jobs, failed": "/jobs?jobs_state=failed", "Job": "/job?id={job}", "Failures": "/failures", "Sync": "/sync",
    "Schedules": "/schedules", "Bulk": "/bulk", "Stores": "/stores", "Store": "/store?store=s7", "Products": "/products", "Product": "/product?id={record}",
    "Orders": "/orders", "Orders, searched": "/orders?orders_search=4711", "Order": "/order?id={record}", "Users": "/users", "Queues": "/queues",
    "Workers": "/workers", "Audit": "/audit", "Settings": "/settings",
}  # fmt: skip
# Milliseconds from the navigation until the page has its heading, its script is at its end, and each table is drawn; 0 until then.
_IS_THERE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const tables = [...document.querySelectorAll('[data-testid=stDataFrame]')];
    const there = app && app.dataset.testScriptState === 'notRunning' && document.querySelector('h1')
        && !document.querySelector('[data-testid=stSkeleton]') && tables.every(one => one.querySelector('canvas'));
    return there ? performance.now() : 0;
}"""


@contextmanager
def _served(module: list[str], environment: dict[str, str]) -> Iterator[str]:
    """A server that says on its first line where it is."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "REDIS_", "QUAYSIDE_"))}
    server = subprocess.Popen([sys.executable, *module], env=clean | environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait(timeout=60)


def _visit(context: Any, address: str) -> tuple[float, float]:
    """Milliseconds in a window of its own, which costs Chromium itself more than a second of work beside the page, and then in the same tab again."""
    tab = context.new_page()
    try:
        first = _opened(tab, address)
        tab.goto("about:blank")
        return first, _opened(tab, address)
    finally:
        tab.close()


def _opened(tab: Any, address: str) -> float:
    tab.goto(address, wait_until="commit")
    return float(tab.wait_for_function(_IS_THERE, polling="raf", timeout=60_000).json_value())


def measure(*, quick: bool, million: bool) -> None:
    """All of it, into bench/RESULTS.md."""
    rows, rounds = (200_000, 4) if quick else (2_000_000, 6)
    with tempfile.TemporaryDirectory(prefix="quayside-bench-") as temporary:
        folder = Path(temporary)
        server = filled(folder / "mariadb", folder / "var", rows)
        try:
            reached = stage.reached(server, folder / "var")
            with (
                _served(["run_console.py"], reached | {"CONSOLE_PORT": "0"}) as console,
                _served(["-m", "bench.trivial_server"], {}) as trivial,
            ):
                took = _in_turns(console, trivial, rounds, job=rows // 33 * 33 - 33 * 20, record=rows // 8 + 1)
        finally:
            server.stop()
    _report(took, rows, rounds, is_quick=quick).keep()


def _in_turns(console: str, trivial: str, rounds: int, **ids: int) -> dict[str, list[tuple[float, float]]]:
    """What each visit took; every page once a round, the trivial one before each of them."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in (_TRIVIAL, *_PAGES)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        ours, plain = browser.new_context(), browser.new_context()
        for number in range(rounds + 1):
            for name, path in _PAGES.items():
                beside, here = _visit(plain, trivial), _visit(ours, console + path.format(**ids))
                if number:  # the first round fills the caches of browser and server
                    took[_TRIVIAL].append(beside)
                    took[name].append(here)
        browser.close()
    return took


def _report(visits: dict[str, list[tuple[float, float]]], rows: int, rounds: int, *, is_quick: bool) -> Part:
    took = {name: [first for first, _again in seen] for name, seen in visits.items()}
    again = {name: median(second for _first, second in seen) for name, seen in visits.items()}
    floor = median(took[_TRIVIAL])
    ratios = {name: median(seen) / floor for name, seen in took.items() if name != _TRIVIAL}
    worst = max(ratios, key=lambda name: ratios[name])
    slow = [name for name, ratio in ratios.items() if ratio > WANTED]
    return Part(
        name="pages", title="The console's pages in a browser", is_quick=is_quick,
        told=f"MariaDB with {rows:,} jobs, {rows // 2:,} products, {rows // 2:,} orders and 50 stores; Chromium, each page opened anew by its address "
        f"{rounds} times, in turns with a Streamlit page of a title and a table of 18 rows. Until heading, script, tables and charts are there.",
        tables=[
            ("Milliseconds from the address to the content", ["page", "p50", "p95", "p50 ÷ the trivial page's", "again in the same tab, p50", "÷ the trivial page's"],
             [[name, median(seen), quantiles(seen, n=20)[18], median(seen) / floor, again[name], again[name] / again[_TRIVIAL]] for name, seen in took.items()]),
        ],
        targets=[
            Target("the slowest page ÷ a trivial page", ratios[worst], WANTED, at_least=False, note=worst),
            Target("pages above 1.5 ×", float(len(slow)), 0, at_least=False, unit=f"of {len(ratios)}", note=", ".join(slow)),
        ],
    )  # fmt: skip
