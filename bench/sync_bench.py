"""Syncs: a first one, one that finds nothing changed, one that finds 1 % changed, with latency, and by size; beside raw limits, dlt and an ORM."""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench import stage
from bench.results import Part, Target
from bench.stage import PEERS, ROOT, Told, rate
from tests.servers import MariaDb

PYTHON = sys.executable
SAME, FEW = "Quayside, nothing changed", "Quayside, 1 % changed"
RAW = "raw upsert of ready tuples"


def _ours(address: str, environment: dict[str, str]) -> Told:
    return stage.child([PYTHON, "-m", "bench.sync_quayside", address, "bench"], environment)


def _raw(what: str, address: str, environment: dict[str, str]) -> Told:
    return stage.child([PYTHON, "-m", "bench.sync_raw", what, address], environment)


def _dlt(address: str, server: MariaDb | None, folder: Path) -> Told:
    folder.mkdir(parents=True)
    if server is None:
        url = f"sqlite:///{folder}/dlt.db"
    else:
        with server.connect(database=None) as conn, conn.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS dlt_bench")
        url = f"mysql+pymysql://{server.user}:{server.password}@127.0.0.1:{server.port}/{server.database}"
    return stage.child([PEERS, "-W", "ignore", ROOT / "bench/peers/dlt_sync.py", address, url, folder / "state"])


class _Rounds:
    """What each contestant told in each round."""

    def __init__(self) -> None:
        self.told: dict[str, list[Told]] = defaultdict(list)

    def add(self, name: str, told: Told) -> None:
        self.told[name].append(told)
        print(f"  {name}: {rate(told):,.0f}/s, {told['cpu_s'] / told['records'] * 1e6:,.0f} µs CPU, {told['peak_mb']:.0f} MB", flush=True)

    def middle(self, name: str) -> Told:
        return stage.medians(self.told[name])

    def rate(self, name: str) -> float:
        return rate(self.middle(name))

    def ratio(self, one: str, other: str) -> float:
        """Of the rates: the median over the rounds, since what ran side by side had the same neighbours."""
        both = zip(self.told[one], self.told[other], strict=True)
        return float(stage.medians([{"ratio": rate(mine) / rate(theirs)} for mine, theirs in both])["ratio"])

    def by_cpu(self, one: str, other: str) -> str:
        """The same ratio by CPU seconds, which neighbours disturb less."""
        each = [self.middle(name)["cpu_s"] / self.middle(name)["records"] for name in (one, other)]
        return f"{each[1] / each[0]:.2f} × by CPU seconds"

    def rows(self) -> list[list[Any]]:
        found = []
        for name in self.told:
            middle = self.middle(name)
            found.append([name, rate(middle), middle["cpu_s"] / middle["records"] * 1e6, middle["peak_mb"]])
        return found


def _one_database(part: Part, title: str, server: MariaDb | None, folder: Path, count: int, rounds: int) -> None:
    many = _Rounds()
    with stage.shop(count) as address, stage.shop(count // 10) as small:
        for number in range(rounds):
            print(f"{title}, round {number + 1} of {rounds}", flush=True)
            here = folder / f"round{number}"
            environment = stage.database(server, "bench_ours", here / "ours")
            many.add("Quayside, first sync", _ours(address, environment))
            many.add(RAW, _raw("upsert", address, stage.database(server, "bench_raw", here / "raw")))
            many.add(SAME, _ours(address, environment))
            many.add("dlt", _dlt(address, server, here / "dlt"))
            stage.tell(address, "change?every=100")
            many.add(FEW, _ours(address, environment))
            many.add("download only", _raw("download", address, environment))
            many.add("download and json.loads", _raw("parse", address, environment))
            if number == 0:
                many.add(
                    f"ORM, session.merge a row ({count // 10:,} records)",
                    _raw("orm", small, stage.database(server, "bench_orm", here / "orm")),
                )
            stage.tell(address, "latency?ms=50")
            many.add("Quayside, 50 ms a page", _ours(address, stage.database(server, "bench_slow", here / "slow")))
            many.add("download only, 50 ms a page", _raw("download", address, environment))
            stage.tell(address, "latency?ms=0")
    part.tables.append(
        (f"{title}: {count:,} products with {2 * count:,} variants", ["", "products/s", "CPU µs each", "peak MB"], many.rows())
    )
    first = "Quayside, first sync"
    is_sqlite = server is None
    part.targets += [
        Target(f"{title}: first sync ÷ dlt", many.ratio(first, "dlt"), 15 if is_sqlite else 8, note=many.by_cpu(first, "dlt")),
        Target(f"{title}: first sync ÷ raw upsert", many.ratio(first, RAW), 0.4 if is_sqlite else 0.75, note=many.by_cpu(first, RAW)),
        Target(f"{title}: nothing changed ÷ first", many.ratio(SAME, first), 3, note=many.by_cpu(SAME, first)),
        Target(f"{title}: 1 % changed ÷ first", many.ratio(FEW, first), 2.5, note=many.by_cpu(FEW, first)),
        Target(f"{title}: 50 ms a page ÷ download only", many.ratio("Quayside, 50 ms a page", "download only, 50 ms a page"), 0.9),
    ]
    written = sum(told["updated"] for told in many.told[SAME])
    part.targets.append(Target(f"{title}: rows written though unchanged", float(written), 0, at_least=False, unit="rows"))


def _sizes(part: Part, servers: dict[str, MariaDb | None], folder: Path, sizes: list[int]) -> None:
    rows: list[list[Any]] = []
    for title, server in servers.items():
        base: dict[int, Told] = {}
        for size in sizes:
            with stage.shop(size) as address:
                told = base[size] = _ours(address, stage.database(server, "bench_size", folder / f"{title}{size}"))
            grown = told["peak_mb"] - told["after_10_000_mb"] if size >= 10_000 else "–"
            print(f"  {title} {size:,}: {rate(told):,.0f}/s, peak {told['peak_mb']:.0f} MB", flush=True)
            rows.append([title, f"{size:,}", rate(told), told["cpu_s"] / size * 1e6, told["peak_mb"], grown])
        largest = max(sizes)
        if largest > 10_000 and 10_000 in sizes:
            part.targets += [
                Target(f"{title}: peak memory at {largest:,}", base[largest]["peak_mb"], 256, at_least=False, unit="MB"),
                Target(f"{title}: rate at {largest:,} ÷ rate at 10,000", rate(base[largest]) / rate(base[10_000]), 0.8),
            ]
    heads = ["database", "products", "products/s", "CPU µs each", "peak MB", "grown after the first 10,000, MB"]
    part.tables.append(("A first sync, by size", heads, rows))


def measure(*, quick: bool, million: bool) -> None:
    """All of it, into bench/RESULTS.md."""
    count, rounds = (2_000, 3) if quick else (10_000, 3)
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000]
    part = Part(
        name="sync", title="Syncs", is_quick=quick,
        told=f"One shop (Shopify's GraphQL, 250 products a page, two variants each, served from bytes) for all; {rounds} rounds, fresh databases each.",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="quayside-bench-") as temporary:
        folder = Path(temporary)
        with stage.mariadb(folder / "mariadb") as server:
            servers: dict[str, MariaDb | None] = {"SQLite": None, "MariaDB": server}
            for title, one in servers.items():
                _one_database(part, title, one, folder / title, count, rounds)
                part.keep()
            _sizes(part, servers, folder / "sizes", [*sizes, 1_000_000] if million else sizes)
    part.keep()
