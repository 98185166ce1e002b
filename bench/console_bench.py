"""Every read of the console's pages over a million jobs, products and orders of 50 stores, on MariaDB."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from bench import stage
from bench.results import Part, Target
from tests.database import million
from tests.servers import MariaDb

WANTED_MS = 50.0


def measure(*, quick: bool, million: bool) -> None:
    """All of it, into bench/RESULTS.md."""
    rows, times = (200_000, 25) if quick else (2_000_000, 60)
    part = Part(
        name="console", title="The console's reads", is_quick=quick,
        told=f"MariaDB with {rows:,} jobs, {rows // 2:,} products, {rows // 2:,} orders and 50 stores; each read {times} times, in turns, from one process, without the console's cache.",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="quayside-bench-") as temporary:
        folder = Path(temporary)
        server = filled(folder / "mariadb", folder / "var", rows)
        try:
            environment = stage.reached(server, folder / "var")
            told = [json.loads(line) for line in stage.run([sys.executable, "-m", "bench.console_reads", times], environment).splitlines()]
        finally:
            server.stop()
    good = [one for one in told if "p95" in one]
    floor = next(one for one in good if one["name"].startswith("raw limit"))
    part.tables.append(("Milliseconds", ["read", "p50", "p95", "slowest", "p50 ÷ raw limit"],
                        [[one["name"], one["p50"], one["p95"], one["max"], one["p50"] / floor["p50"]] for one in good]))  # fmt: skip
    worst = max(good, key=lambda one: one["p95"])
    slow = [one["name"] for one in good if one["p95"] > WANTED_MS]
    part.targets.append(Target("the slowest read's p95", worst["p95"], WANTED_MS, at_least=False, unit="ms", note=worst["name"]))
    part.targets.append(
        Target("reads with a p95 above 50 ms", float(len(slow)), 0, at_least=False, unit=f"of {len(good)}", note=", ".join(slow))
    )
    part.notes += [f"Could not be measured: {one['name']} ({one['broken']})." for one in told if "broken" in one]
    part.keep()


def filled(folder: Path, var: Path, rows: int) -> MariaDb:
    """A server with `rows` jobs, and half as many products and orders; `var` is the folder of whoever reads them."""
    server = million.server(folder)
    try:
        var.mkdir()
        stage.run([sys.executable, "-m", "db.migrate"], stage.reached(server, var))
        began = time.monotonic()
        million.fill(server, rows)
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
    except BaseException:
        server.stop()
        raise
    return server
