"""What the contestants stand on: a shop, databases of their own, child processes that tell what they used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tests.servers import MariaDb

ROOT = Path(__file__).parents[1]
PEERS = Path(os.environ.get("BENCH_VENV", ROOT / "var/bench-venv")) / "bin/python"

Told = dict[str, Any]


@contextmanager
def shop(count: int) -> Iterator[str]:
    """A shop of `count` products in a process of its own; its address."""
    server = subprocess.Popen([sys.executable, "-m", "bench.source", str(count)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def tell(address: str, what: str) -> None:
    """Ask the shop for a change or for latency, e.g. "latency?ms=50"."""
    urllib.request.urlopen(f"{address}/{what}", timeout=60).read()


@contextmanager
def mariadb(folder: Path, *, is_durable: bool = False) -> Iterator[MariaDb]:
    """A server of our own; `is_durable` forces every commit to disk, as a production server does."""
    server = MariaDb(folder)
    try:
        with server.connect(database=None, user="root", password="") as root, root.cursor() as cursor:
            cursor.execute(f"SET GLOBAL innodb_flush_log_at_trx_commit = {1 if is_durable else 2}")
            cursor.execute("SET GLOBAL innodb_buffer_pool_size = 536870912")
        yield server
    finally:
        server.stop()


def database(server: MariaDb | None, name: str, folder: Path) -> dict[str, str]:
    """An empty database with our schema; the environment that leads to it."""
    folder.mkdir(parents=True, exist_ok=True)
    if server is None:
        told = _alone(folder)
    else:
        with server.connect(database=None) as conn, conn.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        told = reached(server, folder, name)
    run([sys.executable, "-m", "db.migrate"], told)
    return told


def reached(server: MariaDb, folder: Path, name: str = "") -> dict[str, str]:
    """The environment that leads to a database of the server, its own one unless `name` says another."""
    return _alone(folder) | {
        "DB_MASTER_HOST": f"127.0.0.1:{server.port}", "DB_USER": server.user, "DB_PASSWORD": server.password, "DB_NAME": name or server.database,
    }  # fmt: skip


def _alone(folder: Path) -> dict[str, str]:
    return {"QUAYSIDE_VAR": str(folder), "ALLOW_PRIVATE_ADDRESSES": "1", "LOG_LEVEL": "ERROR"}


def run(command: Sequence[object], environment: Mapping[str, str] | None = None, *, timeout_s: float = 3600) -> str:
    """A child process's output. Raises RuntimeError with its end when it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "REDIS_", "QUAYSIDE_"))}
    ended = subprocess.run(
        [str(part) for part in command], env=clean | dict(environment or {}), cwd=ROOT, capture_output=True, text=True, timeout=timeout_s
    )
    if ended.returncode:
        raise RuntimeError(f"{command} ended with {ended.returncode}: {ended.stdout[-1000:]}{_end(ended.stderr)}")
    return ended.stdout


def child(command: Sequence[object], environment: Mapping[str, str] | None = None) -> Told:
    """What a measured child told on its last line of JSON."""
    lines = [line for line in run(command, environment).splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1]))


def medians(runs: Sequence[Told]) -> Told:
    """Of each number the median over the runs."""
    return {name: median(run[name] for run in runs) for name, value in runs[0].items() if isinstance(value, int | float)}


def rate(told: Told) -> float:
    """Records per second."""
    return float(told["records"]) / float(told["seconds"])


def _end(text: str) -> str:
    return "\n".join(line[:500] for line in text.splitlines()[-40:])
