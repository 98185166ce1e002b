"""Real consumers for tests: started, stopped, killed and looked into."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.servers import until

ROOT = Path(__file__).resolve().parents[2]
NO_SCHEDULES = {f"SCHEDULE_{stream}": "off" for stream in ("PRODUCTS", "ORDERS", "INVENTORY", "CUSTOMERS", "ALL")} | {
    "PURGE_DAILY": "0", "RECOUNT_DAILY": "0",
}  # fmt: skip  # a full hour may come at any time


class RealConsumer:
    """`python run_consumer.py`, or the one of tests/processes/crashing.py, as a process of its own."""

    def __init__(self, script: str = "run_consumer.py", **environment: str) -> None:
        self.log_path = Path(tempfile.mkstemp(prefix="consumer-", suffix=".log")[1])
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / script)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **NO_SCHEDULES, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until("the consumer's start", lambda: "consumer started" in self.log() or self.process.poll() is not None)
        except AssertionError:
            self.process.kill()
            raise AssertionError(f"the consumer did not start: {self.log()}") from None

    def log(self) -> str:
        return self.log_path.read_text()

    def children(self) -> list[int]:
        """The process numbers of its living children."""
        return [pid for pid in _children_of(self.process.pid) if not _is_zombie(pid)]

    def kill(self) -> None:
        """kill -9 of the consumer's main process alone: its workers have to notice."""
        self.process.kill()
        self.process.wait()

    def stop(self, sign: int = signal.SIGTERM, timeout_s: float = 30) -> int:
        """Ask it to end, with Ctrl-C as a terminal does it, to the workers too; its exit code."""
        if self.process.poll() is None:
            (os.killpg if sign == signal.SIGINT else os.kill)(self.process.pid, sign)
        return self.process.wait(timeout=timeout_s)


def _children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def consumer(script: str = "run_consumer.py", **environment: str):
    """A consumer while the block runs."""
    started = RealConsumer(script, **environment)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            try:
                started.stop()
            except subprocess.TimeoutExpired:
                started.kill()
        started.log_path.unlink(missing_ok=True)
