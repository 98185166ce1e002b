"""Many jobs under faults of mixed kind, on the product and on bare Huey: what is lost, what is done twice, what never ends.

`scripts/chaos --jobs 2000 --faults 20 --seed 1 --database sqlite` prints a Markdown table, or one for each database without --database.
Servers, files and consumers are its own; it takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.injuries import LEASE_S, Ground
from tests.servers import MariaDb, RedisServer, mariadb_is_here

EVERYWHERE = (
    "kill -9 consumer",
    "kill -9 worker",
    "freeze worker",
    "freeze consumer",
    "SIGTERM consumer",
    "flush Redis",
    "kill -9 Redis",
    "freeze Redis",
)
ONLY_MARIADB = ("kill -9 database", "freeze database")
SURROUNDINGS = {
    "LEASE_S": str(LEASE_S), "HEARTBEAT_S": "0.5", "REPUSH_S": "2", "GRACE_S": "10", "WORKERS": "2", "SERVER_ID": "chaos",
}  # fmt: skip
_QUIET_S = 15.0  # after so long without any progress, what is missing is missing


def plan(faults: int, seed: int, database: str) -> list[str]:
    """Which faults, in which order: each kind as often as any other, give or take one."""
    kinds = EVERYWHERE + (ONLY_MARIADB if database == "mariadb" else ())
    chance = random.Random(seed)
    rounds = [chance.sample(kinds, len(kinds)) for _ in range(faults // len(kinds) + 1)]
    return [kind for each in rounds for kind in each][:faults]


class Asker(threading.Thread):
    """Asks for the jobs as the faults go on, a share before each; what is refused is asked again until it is accepted."""

    def __init__(self, ask, jobs: int) -> None:
        super().__init__(daemon=True)
        self.ask, self.jobs, self.allowed, self.accepted = ask, jobs, 0, 0

    def run(self) -> None:
        while self.accepted < self.jobs:
            if self.accepted >= self.allowed:
                time.sleep(0.01)
                continue
            try:
                self.ask(self.accepted + 1)
                self.accepted += 1
            except Exception:
                time.sleep(0.2)


def run_one(system: str, database: str, jobs: int, faults: int, seed: int, takes_s: float, folder: Path) -> dict:
    """One system on one database: {lost, doubled, entered_twice, not_final, seconds, faults}."""
    maria = MariaDb(folder / "mariadb") if database == "mariadb" else None
    redis = RedisServer(folder / "redis")
    os.environ.update(SURROUNDINGS, QUAYSIDE_VAR=str(folder / "var"), REDIS_HOST="127.0.0.1", REDIS_PORT=str(redis.port))
    if maria is not None:
        os.environ.update(DB_MASTER_HOST=f"127.0.0.1:{maria.port}", DB_USER=maria.user, DB_PASSWORD=maria.password, DB_NAME=maria.database)
    from db import migrate
    from tests.faults import invariants, marks

    migrate.upgrade()
    marks.begin_again()
    ground = Ground(system, folder, redis, maria, seed)
    asker = Asker(_question(system, takes_s), jobs)
    asker.start()
    began, chance, injured = time.monotonic(), random.Random(seed), Counter()
    try:
        for number, kind in enumerate(plan(faults, seed, database), start=1):
            share = jobs // (faults + 1)
            _wait_for_entries(sum(invariants.entered().values()) + int(share * chance.uniform(0.1, 0.7)), asker, share * number)
            ground.injure(kind)
            injured[kind] += 1
        asker.allowed = jobs
        asker.join()
        seconds = _wait_for_the_end(system, jobs) - began
        left, entered = invariants.effects(), invariants.entered()
        return {
            "accepted": asker.accepted, "lost": jobs - len(left), "doubled": sum(times - 1 for times in left.values()),
            "entered_again": sum(times - 1 for times in entered.values()), "seconds": round(seconds), "faults": injured,
            "not_final": _not_final() if system == "quayside" else None,
        }  # fmt: skip
    finally:
        ground.end()
        redis.stop()
        if maria is not None:
            maria.stop()


def _wait_for_entries(count: int, asker: Asker, allowed: int, timeout_s: float = 5.0) -> None:
    """Ask for the next share, and wait until so many jobs were entered: a fault shall strike while jobs are in hand. What is lost is not waited for."""
    from tests.faults.invariants import entered

    asker.allowed, end = allowed, time.monotonic() + timeout_s
    while sum(entered().values()) < count and time.monotonic() < end:
        time.sleep(0.01)


def _question(system: str, takes_s: float):
    """How somebody asks for job `number`."""
    if system == "bare":
        from tests.faults import bare

        return lambda number: bare.mark(number, takes_s)
    from tasks.ledger import submit

    return lambda number: submit(
        "mark", {"number": number, "takes_s": takes_s}, requested_by="chaos", idempotency_key=f"chaos-{number}"
    )  # fmt: skip


def _wait_for_the_end(system: str, jobs: int) -> float:
    """When the last job had left its mark and was final, or when nothing had happened for _QUIET_S."""
    from tests.faults import invariants

    seen, at = (-1, -1), time.monotonic()
    while time.monotonic() - at < _QUIET_S:
        now = (len(invariants.effects()), sum(invariants.entered().values()))
        if now != seen:
            seen, at = now, time.monotonic()
        if now[0] == jobs and (system == "bare" or not _not_final()):
            return time.monotonic()
        time.sleep(0.1)
    return at


def _not_final() -> int:
    from sqlalchemy import func, select

    from db.engine import begin
    from db.job_state import FINAL
    from db.schema import jobs

    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(jobs).where(jobs.c.state.not_in(FINAL)))


def table(told: list[tuple[str, str, dict]], arguments: argparse.Namespace) -> str:
    """The result, as it stands in the README."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, seed {arguments.seed}",
        "",
        "| on | database | faults | jobs | lost | done twice | not final | entered again | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for system, database, found in told:
        name = {"quayside": "Quayside", "bare": "bare Huey"}[system]
        not_final = "–" if found["not_final"] is None else found["not_final"]
        numbers = (
            sum(found["faults"].values()),
            arguments.jobs,
            found["lost"],
            found["doubled"],
            not_final,
            found["entered_again"],
            found["seconds"],
        )
        lines.append(f"| {name} | {database} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def main(given: list[str] | None = None) -> int:
    """0 when the product lost, doubled and left nothing; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--takes-s", type=float, default=0.04, help="how long each job works")
    parser.add_argument("--database", choices=("sqlite", "mariadb"), help="one of the two; without it both, where MariaDB is installed")
    parser.add_argument("--system", choices=("quayside", "bare"), help="one of the two; without it both")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    if arguments.json:
        folder = Path(tempfile.mkdtemp(prefix="quayside-chaos-"))
        try:
            found = run_one(
                arguments.system, arguments.database, arguments.jobs, arguments.faults, arguments.seed, arguments.takes_s, folder
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(json.dumps(found))
        return 0
    told = []
    for database in [arguments.database] if arguments.database else ["sqlite", *(["mariadb"] if mariadb_is_here() else [])]:
        for system in [arguments.system] if arguments.system else ["quayside", "bare"]:
            sys.stderr.write(f"{system} on {database} ...\n")
            told.append((system, database, _apart(arguments, system, database)))
    print(table(told, arguments))
    return int(any(found["lost"] or found["doubled"] or found["not_final"] for system, _, found in told if system == "quayside"))


def _apart(arguments: argparse.Namespace, system: str, database: str) -> dict:
    """In a process of its own, since settings are read once."""
    options = {
        "jobs": arguments.jobs,
        "faults": arguments.faults,
        "seed": arguments.seed,
        "takes-s": arguments.takes_s,
        "system": system,
        "database": database,
    }
    command = [sys.executable, "-m", "tests.faults.chaos", "--json", *(f"--{name}={value}" for name, value in options.items())]
    ours = ("REDIS_", "DB_", "QUAYSIDE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(ran.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
