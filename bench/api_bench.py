"""Status reads over HTTP while a sync runs: how many, how fast, and how much they slow the sync. `scripts/bench api`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import stage
from bench.results import Part, Target
from bench.stage import ROOT, Told, rate

PYTHON = sys.executable
WANTED_PER_S = 1_000
_PATH = "/queue/status"


@contextmanager
def _console(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """One console process; its address and process number."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "REDIS_", "QUAYSIDE_"))}
    server = subprocess.Popen(
        [PYTHON, "run_console.py"], env=clean | environment | {"CONSOLE_PORT": "0"}, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1], server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def _while_calling(server: tuple[str, int], per_s: float, what: Callable[[], Told]) -> tuple[Told, Told]:
    """What `what` told, and what the calls did meanwhile, with the server's CPU seconds; `per_s` 0: as many as it answers."""
    address, pid = server
    command = [PYTHON, "-m", "bench.api_load", address, _PATH, str(per_s)]
    load = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    used = _cpu_s(pid)
    told = what()
    said, _ = load.communicate("", timeout=60)
    calls = json.loads(said.strip().splitlines()[-1])
    return told, calls | {"per_s": calls["calls"] / calls["seconds"], "server_us": (_cpu_s(pid) - used) / calls["calls"] * 1e6}


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resting(seconds: float) -> Callable[[], Told]:
    def rest() -> Told:
        time.sleep(seconds)
        return {}

    return rest


def measure(*, quick: bool = False, million: bool = False) -> None:
    """Alternate a sync alone with one beside 1,000 reads a second, and one beside as many as are answered."""
    count, rounds = (5_000, 2) if quick else (20_000, 9)
    found: dict[str, list[Told]] = {"alone": [], "beside 1,000/s": [], "beside all it answers": []}
    calls: dict[str, list[Told]] = {"1,000/s while a sync runs": [], "all it answers while a sync runs": [], "all it answers": []}
    with stage.shop(count) as shop, tempfile.TemporaryDirectory(prefix="quayside-bench-") as folder:
        environment = stage.database(None, "api", Path(folder) / "var")
        numbers = iter(range(10_000))

        def sync() -> Told:
            return stage.child([PYTHON, "-m", "bench.sync_quayside", shop, f"api{next(numbers)}"], environment)

        with _console(environment) as server:
            sync()  # whoever is first pays for the caches
            for number in range(rounds):
                for turn in range(3):  # whoever is later finds a larger database, so each is first in its turn
                    name, per_s = (("alone", None), ("beside 1,000/s", WANTED_PER_S), ("beside all it answers", 0))[(number + turn) % 3]
                    if per_s is None:
                        found[name].append(sync())
                        continue
                    told, called = _while_calling(server, per_s, sync)
                    found[name].append(told)
                    calls[name.replace("beside ", "") + " while a sync runs"].append(called)
                calls["all it answers"].append(_while_calling(server, 0, _resting(2.0 if quick else 4.0))[1])
    _report(count, rounds, found, calls).keep()


def _report(count: int, rounds: int, found: dict[str, list[Told]], calls: dict[str, list[Told]]) -> Part:
    def ratio(name: str) -> float:
        pairs = zip(found["alone"], found[name], strict=True)
        return float(stage.medians([{"ratio": rate(alone) / rate(beside)} for alone, beside in pairs])["ratio"])

    served = {name: stage.medians(told) for name, told in calls.items()}
    most, fixed = served["all it answers while a sync runs"], served["1,000/s while a sync runs"]
    columns = ("per_s", "p50_ms", "p99_ms", "server_us", "bad")
    rows: list[list[Any]] = [[name, *(told[column] for column in columns)] for name, told in served.items()]
    syncs: list[list[Any]] = [
        [name, rate(stage.medians(told)), 1.0 if name == "alone" else ratio(name), stage.medians(told)["cpu_s"]]
        for name, told in found.items()
    ]
    return Part(
        name="api", title="Status reads over HTTP while a sync runs",
        told=f"GET /queue/status from one console process over 8 kept connections; each sync reads {count:,} products for the first time into SQLite. "
        f"{rounds} rounds, interleaved; shop, sync, console and caller share the cores.",
        tables=[
            ("Calls", ["", "a second", "p50 ms", "p99 ms", "CPU µs of the console a call", "not answered 200"], rows),
            ("Syncs", ["", "products a second", "slower by the factor", "CPU s of the sync"], syncs),
        ],
        targets=[
            Target("status reads a second while a sync runs", most["per_s"], WANTED_PER_S, unit="/s"),
            Target("sync beside 1,000 reads a second takes", ratio("beside 1,000/s"), 1.1, at_least=False, note=f"p99 {fixed['p99_ms']:.0f} ms"),
        ],
        is_quick=count < 20_000,
    )  # fmt: skip
