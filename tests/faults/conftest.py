"""A stage for faults: a Redis of its own, real consumers on it, jobs that leave marks, and the invariants at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
import redis

from tests.conftest import SERVER
from tests.processes.consumers import ROOT, consumer
from tests.servers import RedisServer, until

ONLY_WITH = {
    "test_mariadb.py": "mariadb",
    "test_cluster.py": "mariadb",
    "test_purge.py": "mariadb",
    "test_sqlite.py": "sqlite",
    "test_many_finished.py": "sqlite",
}  # not skipped elsewhere, but not there


def pytest_ignore_collect(collection_path, config):
    wanted = ONLY_WITH.get(collection_path.name)
    return True if wanted is not None and wanted != config.getoption("--database") else None


class Stage:
    """`ask` for jobs, `consumer` runs them, `settle` waits until all are final and lists what does not hold."""

    def __init__(self, server, monkeypatch) -> None:
        self.server, self.monkeypatch = server, monkeypatch
        self.accepted: list[int] = []
        self.numbers: list[int] = []
        self.logs: list[str] = []
        self.environment: dict[str, str] = {}
        self.through(server.port)

    def through(self, port: int) -> None:
        """Reach Redis at this port from now on, e.g. a proxy's; so do consumers that are started later."""
        from tasks import huey_app

        self.environment |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port)}
        pool = redis.ConnectionPool(host="127.0.0.1", port=port, socket_timeout=5)  # no retries, as in tasks/broker.py
        self.monkeypatch.setattr(huey_app.huey.storage, "conn", redis.Redis(connection_pool=pool))

    @contextmanager
    def consumer(self, **environment):
        with consumer("tests/faults/stage.py", **self.environment | {"WORKERS": "2"} | environment) as started:
            assert started.process.poll() is None, started.log()
            try:
                yield started
            finally:
                self.logs.append(started.log())

    def ask(self, count: int, kind: str = "mark", *, is_heard: bool = True, **args) -> list[int]:
        """Ask for so many jobs, each with a number of its own; their ids. Unless `is_heard`, their messages are lost on the way."""
        from tasks import huey_app
        from tasks.ledger import submit

        made = []
        with pytest.MonkeyPatch.context() as patch:
            if not is_heard:
                patch.setattr(huey_app, "push", lambda due: True)
            for _ in range(count):
                self.numbers.append(len(self.numbers) + 1)
                made.append(int(submit(kind, {"number": self.numbers[-1], **args}, requested_by="ana")))
        self.accepted += made
        return made

    def go(self) -> None:
        """Jobs of the kind `hold` go on."""
        from tests.faults.marks import go_file

        go_file().touch()

    def worker_of(self, job_id: int) -> int:
        """The number of the process that runs it."""
        import tasks

        return int(tasks.job(job_id).worker.rpartition(":")[2])

    def has_crashed(self) -> bool:
        """Whether a consumer came to the point that it was to die at."""
        from settings import settings

        return (settings().quayside_var / "crashed").exists()

    def ask_as_another_program(self, kind: str = "mark", **environment) -> subprocess.CompletedProcess:
        """Somebody else asks, and may be killed at it."""
        self.numbers.append(len(self.numbers) + 1)
        command = [sys.executable, "tests/faults/stage.py", "ask", kind, str(self.numbers[-1])]
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **self.environment, **environment}
        return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60)

    def wait(self, *, timeout_s: float = 30.0, job_ids=None) -> None:
        """Until these jobs, or all accepted ones, are final."""
        from tests.faults.invariants import unfinished

        wanted = self.accepted if job_ids is None else job_ids
        until(f"an end for {len(wanted)} jobs", lambda: not unfinished(wanted), timeout_s=timeout_s)

    def settle(self, *, timeout_s: float = 30.0, without_mark=()) -> list[str]:
        """Wait, and list what does not hold; `without_mark` are the numbers that were not to leave one."""
        from tests.faults.invariants import violations

        self.wait(timeout_s=timeout_s)
        return violations(self.accepted, marked=set(self.numbers) - set(without_mark), logs=self.logs)

    def entered(self):
        from tests.faults.invariants import entered

        return entered()


@pytest.fixture
def own_redis(tmp_path):
    server = RedisServer(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture
def stage(clean, own_redis, monkeypatch):
    from tests.faults import marks

    marks.begin_again()
    yield Stage(own_redis, monkeypatch)
    marks.forget()


@pytest.fixture
def database_server(request):
    """The MariaDB of this run, which is this test's alone while it runs; well again afterwards."""
    server = request.config.stash[SERVER]
    yield server
    server.thaw()
    if not server.is_running():
        server.start()
