"""How long a manual sync waits while a big backfill runs, and what a throttled store costs the others: `python -m bench.fair_queue [waits|throttled]`.

In a folder of its own, on SQLite and a private Redis, with real consumers. The shops are made up and answer at once (the big one), after
20 ms (the others) or with "try again in a second" (the throttled one), so that the queue is what is measured. A line of JSON each;
bench/fairness_bench.py makes a table of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median, stdev
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RANGE_START = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))
ASKED = int(os.environ.get("BENCH_ASKED", "10"))
ROUNDS = 6  # of syncs of both steady stores in one phase: short, so that both halves of a pair meet the same machine
PAIRS = int(os.environ.get("BENCH_PAIRS", "60"))


def consume() -> None:
    """A consumer whose shops are made up, by the store's name."""
    import run_consumer
    from integrations.connector import Page
    from integrations.errors import RateLimited
    from tests.processes.long_sync import Endless

    class Shop(Endless):
        def __init__(self, name: str) -> None:
            super().__init__(250)  # type: ignore[no-untyped-call]  # of the tests, which say no types
            self.name = name

        def fetch_page(self, stream: str, window: Any, cursor: Any) -> Page:
            if self.name.startswith("throttled"):
                raise RateLimited("Too many requests.", retry_after_s=1)
            if self.name.startswith("steady"):
                self.count = 1_000
                time.sleep(0.02)
            else:
                self.count = RECORDS if window.start == RANGE_START else 250
            page: Page = super().fetch_page(stream, window, cursor)  # type: ignore[no-untyped-call]  # the shop of the tests carries no types
            return page

    import_module("tasks.sync").open_connector = lambda store: Shop(store.name)  # type: ignore[attr-defined]  # a shop of our own in its place
    sys.exit(run_consumer.main())


def _all(asked: Sequence[int], what: str) -> bool:
    """Whether each of these jobs has something to say under `what`."""
    import tasks

    return all(getattr(tasks.job(each), what) for each in asked)


def _until(done: Callable[[], object], timeout_s: float = 1800.0) -> None:
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            raise SystemExit("It took too long.")
        time.sleep(0.02)


def _consumer(workers: int) -> subprocess.Popen[bytes]:
    off = {f"SCHEDULE_{stream}": "off" for stream in ("PRODUCTS", "ORDERS", "INVENTORY", "CUSTOMERS", "ALL")}
    log = (Path(os.environ["QUAYSIDE_VAR"]) / "consumer.log").open("ab")
    return subprocess.Popen(
        [sys.executable, "-m", "bench.fair_queue", "consume"], cwd=ROOT, env={**os.environ, **off, "WORKERS": str(workers)}, stdout=log, stderr=log
    )  # fmt: skip


def _store(name: str) -> str:
    from db import stores
    from db.engine import begin

    with begin() as conn:
        stores.add(conn, name=name, title=name, platform="shopify", address="https://made.up.example")
    return name


def waits(workers: int) -> dict[str, Any]:
    """Seconds from the request of a manual sync to its start, beside a backfill: of the same store, and of another."""
    import tasks

    big, small = _store(f"big{workers}"), _store(f"small{workers}")
    consumer = _consumer(workers)
    try:
        whole = tasks.backfill(big, "products", RANGE_START, requested_by="bench", slice_days=10_000)
        part = int(whole) + 1
        _until(lambda: (tasks.job(part).progress or 0) > 0)
        seen: dict[str, list[float]] = {"same store": [], "other store": []}
        for place in range(ASKED):
            which = "same store" if place % 2 == 0 else "other store"
            time.sleep(3.7 * (place % 4))  # at different moments of a slice
            if tasks.job(part).is_finished:
                break
            asked = tasks.wait(tasks.sync(big if place % 2 == 0 else small, "products", requested_by="bench"), timeout_s=600)
            assert asked.started_at is not None
            seen[which].append((asked.started_at - asked.created_at).total_seconds())
        reached = tasks.job(part).progress
        if not tasks.job(whole).is_finished:
            tasks.cancel(whole, by="bench")
    finally:
        consumer.terminate()
        consumer.wait(60)
    told = {
        name: {"median_s": round(median(each), 2), "most_s": round(max(each), 2), "asked": len(each)} for name, each in seen.items() if each
    }
    return {"workers": workers, "backfill_records": RECORDS, "read_meanwhile": reached, **told}


def throttled(workers: int) -> dict[str, Any]:
    """Seconds that a few syncs of two steady stores take, alone and beside a throttled store whose two jobs keep coming back; in pairs, each
    second one the other way round (ABBA), so that a machine that grows slower meanwhile is no argument."""
    import tasks

    steady, slow = [_store("steady1"), _store("steady2")], _store("throttled1")
    took: dict[bool, list[float]] = {False: [], True: []}
    consumer = _consumer(workers)
    try:
        tasks.wait(tasks.sync(steady[0], "products", requested_by="bench"), timeout_s=120)
        for phase in range(2 * PAIRS):
            is_beside = phase % 4 in (1, 2)
            if is_beside:
                asked = [tasks.sync(slow, stream, requested_by="bench") for stream in ("products", "customers")]
                _until(partial(_all, asked, "error"))
            began = time.monotonic()
            for _ in range(ROUNDS):
                jobs = [tasks.sync(store, "products", requested_by="bench", sync_all=True) for store in steady]
                for each in jobs:
                    tasks.wait(each, timeout_s=120)
            took[is_beside].append(time.monotonic() - began)
            if is_beside:
                for each in asked:
                    if tasks.job(each).is_finished:
                        raise SystemExit(f"The throttled job ended: {tasks.job(each).error}")
                    tasks.cancel(each, by="bench")
                _until(partial(_all, asked, "is_finished"))
    finally:
        consumer.terminate()
        consumer.wait(60)
    ratios = [beside / alone for alone, beside in zip(took[False], took[True], strict=True)]
    return {
        "workers": workers,
        "pairs": PAIRS,
        "syncs": ROUNDS * len(steady),
        "alone_s": median(took[False]),
        "beside_s": median(took[True]),
        "ratio": median(ratios),
        "error": 1.25 * stdev(ratios) / len(ratios) ** 0.5,  # of a median
    }


def main() -> None:
    """Both, printed as lines of JSON."""
    with tempfile.TemporaryDirectory(prefix="quayside-fair-") as folder:
        os.environ.update(QUAYSIDE_VAR=folder, ALLOW_PRIVATE_ADDRESSES="1")
        from db import migrate
        from tasks import broker

        migrate.upgrade()
        server = broker.start_private()
        try:
            if "waits" in sys.argv or len(sys.argv) == 1:
                print(json.dumps(waits(1)), flush=True)
            if "throttled" in sys.argv or len(sys.argv) == 1:
                print(json.dumps(throttled(4)), flush=True)
        finally:
            if server is not None:
                broker.stop_private(server)


if __name__ == "__main__":
    consume() if sys.argv[1:2] == ["consume"] else main()
