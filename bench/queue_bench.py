"""Jobs: how fast they are asked for, how fast they run (4 threads; 2 processes), how soon they begin; beside bare Huey, Celery and RQ on one Redis."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import redis

from bench import stage
from bench.results import Part, Target
from bench.stage import PEERS, ROOT
from tests.servers import free_port, until

PYTHON = sys.executable
QUEUES = ROOT / "bench/peers/queues.py"


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    """One Redis for all, with the same promise as Quayside's own: appended to a file that is forced to disk each second."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        raise SystemExit("scripts/bench queue needs redis-server on the PATH (Debian: apt-get install redis-server).")
    folder.mkdir(parents=True)
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--save",
        "",
    ]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    try:
        until("Redis", answers)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _workers(command: Sequence[object], environment: dict[str, str], copies: int = 1) -> Iterator[None]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "REDIS_", "QUAYSIDE_"))}
    started = [
        subprocess.Popen(
            [str(part) for part in command], env=clean | environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(copies)
    ]
    try:
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _drained(length: Callable[[], int], count: int) -> float:
    """Jobs per second, from when the first tenth is gone to when nine tenths are: start and end of the workers are not the matter."""
    marks: dict[float, float] = {}
    end = time.monotonic() + 600
    while time.monotonic() < end:
        left = length()
        for share in (0.9, 0.1):
            if share not in marks and left <= count * share:
                marks[share] = time.monotonic()
                marks[share + 10] = float(left)
        if left == 0:
            return (marks[10.9] - marks[10.1]) / max(marks[0.1] - marks[0.9], 1e-6)
        time.sleep(0.005)
    raise RuntimeError("the jobs did not end within ten minutes")


class _Ours:
    """Quayside on one database."""

    def __init__(self, name: str, environment: dict[str, str], port: int, number: int) -> None:
        self.name, self._key = name, "huey.redis.quayside"
        self._environment = environment | {
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(port),
            "REDIS_DB": str(number),
            "LOG_LEVEL": "ERROR",
        }
        self._redis = redis.Redis(port=port, db=number)

    def enqueue(self, count: int, how: str = "enqueue") -> float:
        return stage.rate(stage.child([PYTHON, "-m", "bench.queue_jobs", how, count], self._environment))

    def clear(self) -> None:
        """Forget every job."""
        stage.run([PYTHON, "-m", "bench.queue_jobs", "clear", 0], self._environment)
        self._redis.flushdb()

    def run(self, count: int, kind: str) -> float:
        with self._consumer(kind):
            return _drained(lambda: int(self._redis.zcard(self._key)), count)

    def _consumer(self, kind: str) -> Any:
        workers = {"thread": "4", "process": "2"}[kind]
        return _workers([PYTHON, "-m", "bench.queue_jobs", "consume"], self._environment | {"WORKER_TYPE": kind, "WORKERS": workers})

    def latencies(self, count: int) -> list[float]:
        """Seconds from the request to the start, by the database's clock."""
        code = (
            "from db.engine import reading; from sqlalchemy import select; from db.schema import jobs as j, job_attempts as a\n"
            "with reading(fresh=True) as c:\n"
            " for r in c.execute(select(j.c.created_at, a.c.started_at).join(a, a.c.job_id == j.c.id).where(j.c.name == 'bench_nothing')"
            f".order_by(j.c.id.desc()).limit({count})): print((r[1] - r[0]).total_seconds())"
        )
        with self._consumer("process"):
            stage.run([PYTHON, "-m", "bench.queue_jobs", "trickle", 20], self._environment)  # until all is warm
            stage.run([PYTHON, "-m", "bench.queue_jobs", "trickle", count], self._environment)
            time.sleep(0.5)
            return [float(line) for line in stage.run([PYTHON, "-c", code], self._environment).split()]


class _Peer:
    """Celery, bare Huey or RQ."""

    def __init__(self, name: str, port: int, number: int) -> None:
        self.name, self._kind = name, name.lower().replace("bare ", "")
        self._environment = {"BENCH_REDIS": f"redis://127.0.0.1:{port}/{number}", "PYTHONPATH": str(QUEUES.parent)}
        self._redis = redis.Redis(port=port, db=number)

    def enqueue(self, count: int) -> float:
        return stage.rate(stage.child([PEERS, QUEUES, self._kind, "enqueue", count], self._environment))

    def _left(self) -> int:
        key = {"celery": "celery", "huey": "huey.redis.bench", "rq": "rq:queue:bench"}[self._kind]
        return int(self._redis.zcard(key) if self._kind == "huey" else self._redis.llen(key))

    def _worker(self, kind: str) -> Any:
        bin_, copies = PEERS.parent, 1
        if self._kind == "celery":
            pool = ["-P", "threads", "-c", "4"] if kind == "thread" else ["-P", "prefork", "-c", "2"]
            command = [bin_ / "celery", "-A", "queues.celery", "worker", "-l", "ERROR", "--without-gossip", "--without-mingle", *pool]
        elif self._kind == "huey":
            command = [bin_ / "huey_consumer", "queues.huey", "-w", "4" if kind == "thread" else "2", "-k", kind, "-n", "-q"]
        else:
            command, copies = (
                [bin_ / "rq", "worker", "-u", self._environment["BENCH_REDIS"], "-w", "rq.worker.SimpleWorker", "-q", "bench"],
                2,
            )
        return _workers(command, self._environment, copies)

    def run(self, count: int, kind: str) -> float:
        with self._worker(kind):
            return _drained(self._left, count)

    def latencies(self, count: int) -> list[float]:
        """Seconds from the call to the task's first line."""
        with self._worker("process"):
            stage.run([PEERS, QUEUES, self._kind, "trickle", 20], self._environment)
            time.sleep(0.5)
            self._redis.delete("late")
            stage.run([PEERS, QUEUES, self._kind, "trickle", count], self._environment)
            time.sleep(0.5)
            return [float(value) for value in self._redis.lrange("late", 0, -1)]


def measure(*, quick: bool, million: bool) -> None:
    """All of it, into bench/RESULTS.md."""
    count, rounds, asked = (200, 2, 60) if quick else (3_000, 3, 200)
    part = Part(
        name="queue", title="Jobs", is_quick=quick,
        told=f"{count:,} jobs that do nothing, {rounds} rounds, one Redis (appendfsync everysec) for all; MariaDB forces every commit to disk.",
    )  # fmt: skip
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    late: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="quayside-bench-") as temporary:
        folder = Path(temporary)
        with _redis(folder / "redis") as port, stage.mariadb(folder / "mariadb", is_durable=True) as server:
            ours = [
                _Ours("Quayside, SQLite", stage.database(None, "", folder / "sqlite"), port, 1),
                _Ours("Quayside, MariaDB", stage.database(server, "bench_queue", folder / "maria"), port, 2),
            ]
            everybody: list[Any] = [*ours, _Peer("bare Huey", port, 3), _Peer("Celery", port, 4), _Peer("RQ", port, 5)]
            for number in range(rounds):
                for one in everybody:
                    for kind in ("thread", "process"):
                        if one.name == "RQ" and kind == "thread":
                            continue
                        few = count // 5 if one.name == "RQ" else count  # it is far behind the others
                        seen[one.name, "enqueue"].append(one.enqueue(few))
                        seen[one.name, kind].append(one.run(few, kind))
                    if one in ours:
                        seen[one.name, "bulk"].append(one.enqueue(count * 5, "bulk"))
                        one.clear()
                    print(
                        f"round {number + 1}: {one.name}: "
                        + ", ".join(f"{what} {median(v):,.0f}/s" for (who, what), v in seen.items() if who == one.name),
                        flush=True,
                    )
                _report(part, count, everybody, seen, late)
            for one in everybody[:-1]:
                late[one.name] = one.latencies(asked)
            _report(part, count, everybody, seen, late)


def _report(
    part: Part, count: int, everybody: Sequence[Any], seen: dict[tuple[str, str], list[float]], late: dict[str, list[float]]
) -> None:
    """What is known so far, into bench/RESULTS.md."""
    part.tables, part.targets = [], []
    rates = {key: median(values) for key, values in seen.items()}

    def cell(who: str, what: str) -> Any:
        return rates.get((who, what), "–")

    rows = [
        [one.name, *(cell(one.name, what) for what in ("enqueue", "bulk", "thread", "process")),
         *((median(late[one.name]) * 1000, quantiles(late[one.name], n=100)[98] * 1000) if one.name in late else ("–", "–"))]
        for one in everybody
    ]  # fmt: skip
    heads = ["", "enqueue/s, one by one", "in bulk", "run/s, 4 threads", "run/s, 2 processes", "start p50, ms", "p99, ms"]
    part.tables.append((f"{count:,} jobs that do nothing", heads, rows))
    best_celery = max(rates["Celery", "thread"], rates["Celery", "process"])
    for one, wanted in zip(everybody[:2], (3.0, 1.5), strict=True):
        best = max(rates[one.name, "thread"], rates[one.name, "process"])
        part.targets += [
            Target(f"{one.name}: run/s ÷ Celery's", best / best_celery, wanted, note="the better of 4 threads and 2 processes, of both"),
            Target(f"{one.name}: enqueue one by one ÷ Celery's", rates[one.name, "enqueue"] / rates["Celery", "enqueue"], 1),
            Target(f"{one.name}: enqueue in bulk ÷ Celery's one by one", rates[one.name, "bulk"] / rates["Celery", "enqueue"], 10),
        ]
        if one.name in late:
            ninety_ninth = quantiles(late[one.name], n=100)[98] * 1000
            part.targets.append(Target(f"{one.name}: start, p99", ninety_ninth, 50, at_least=False, unit="ms"))
    part.keep()
