"""Servers for tests: each on a free port or a socket in a temporary folder, each stopping just what it started."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pymysql
import pytest
import redis

T = TypeVar("T")


def until(what: str, done: Callable[[], object], *, timeout_s: float = 60.0) -> object:
    """Wait for a condition; its value. Fails with `what` when it does not come."""
    end = time.monotonic() + timeout_s
    while True:
        if value := done():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: did not happen within {timeout_s:g} s")
        time.sleep(0.02)


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it comes to, run in a thread of its own: a browser that another test opened keeps this thread's event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    """A port that was free a moment ago; for servers that cannot be told to take any."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mariadb_is_here() -> bool:
    """Whether MariaDB's server programs are on the PATH."""
    return bool(_program("mariadbd") and _program("mariadb-install-db"))


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


class MariaDb:
    """A private MariaDB, 10.6 or newer; `database` exists and `user` may do anything in it. `options` are those of mariadbd.

    With the data of another one that is stopped, `seed`, it has what that had.
    """

    user, password, database = "quayside", "quayside-test", "quayside"

    def __init__(self, folder: Path, *options: str, seed: Path | None = None) -> None:
        self.folder, self.port, self._options = folder, free_port(), options
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        account = os.environ.get("USER") or "root" if os.getuid() == 0 else None
        self._account = ["--user=root"] if account else []
        if seed is not None:
            shutil.copytree(seed / "data", self._data)
            self.start()
            return
        self._install()
        self.start()
        with self.connect(database=None, user="root", password="") as root, root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER '{self.user}'@'%' IDENTIFIED BY '{self.password}'")
            cursor.execute(f"GRANT ALL ON *.* TO '{self.user}'@'%'")

    def _install(self) -> None:
        """Make the system tables. One at a time on a machine, and again when it fails: several at once fail now and then."""
        command = [
            _program("mariadb-install-db"), "--no-defaults", *self._account, f"--datadir={self._data}", "--auth-root-authentication-method=normal",
            "--skip-test-db", "--innodb-log-file-size=8M", "--innodb-use-native-aio=OFF",
        ]  # fmt: skip
        with (Path(tempfile.gettempdir()) / "quayside-test-install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for _ in range(3):
                installed = subprocess.run(command, capture_output=True, text=True)
                if installed.returncode == 0:
                    return
                shutil.rmtree(self._data, ignore_errors=True)
        raise AssertionError(f"mariadb-install-db failed ({installed.returncode}): {installed.stdout[-2000:]}{installed.stderr[-2000:]}")

    def start(self) -> None:
        """Start it, on the port that it had."""
        self._process = subprocess.Popen(
            [
                _program("mariadbd"), "--no-defaults", *self._account, f"--datadir={self._data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--socket={self._socket()}", f"--pid-file={self.folder}/pid", f"--log-error={self.folder}/error.log", "--skip-name-resolve",
                "--character-set-server=utf8mb4", "--default-time-zone=+00:00", "--performance-schema=OFF", "--innodb-log-file-size=8M",
                "--innodb-buffer-pool-size=64M", "--innodb-use-native-aio=OFF", "--innodb-flush-log-at-trx-commit=2",
                *self._options,
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(f"MariaDB ({self.folder}/error.log)", self._answers, timeout_s=60)

    def _socket(self) -> str:
        return f"/tmp/quayside-test-{os.getpid()}-{self.port}.sock"  # a Unix socket's address has to be short

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            log = self.folder / "error.log"
            raise AssertionError(f"MariaDB ended: {log.read_text()[-2000:] if log.exists() else 'no log'}")
        try:
            self.connect(database=None, user="root", password="").close()
        except pymysql.Error:
            return False
        return True

    def connect(self, *, database: str | None = database, user: str = user, password: str = password) -> pymysql.Connection:
        """A connection of its own."""
        return pymysql.connect(host="127.0.0.1", port=self.port, user=user, password=password, database=database, autocommit=True)

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until `thaw`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """For good."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=30)
        Path(self._socket()).unlink(missing_ok=True)


class RedisServer:
    """A Redis of its own on a free port; with `keeps` it has what was in it after a crash, else it comes back empty."""

    def __init__(self, folder: Path, *, keeps: bool = True, **options: str) -> None:
        self.folder, self.port = folder, free_port()
        self.options = {"appendonly": "yes" if keeps else "no", "save": "", "maxmemory-policy": "noeviction", **options}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        self.start()

    def start(self) -> None:
        """Start it, on the port that it had."""
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "logfile": str(self.folder / "redis.log"),
            **self.options,
        }
        self.process = subprocess.Popen(
            [_program("redis-server"), *(part for name, value in options.items() for part in (f"--{name}", value))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            restore_signals=False,  # SIGXFSZ stays ignored, so that a full disk is an error and not a death
        )  # fmt: skip
        until(f"Redis ({self.folder}/redis.log)", self._answers)

    def client(self) -> redis.Redis:
        """A client of its own."""
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=5)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """As a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until `thaw`."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """For good."""
        self.thaw()
        self.kill()


def move_now(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module's NOW be this moment: all tests are imported first, and the last of them runs a quarter of an hour later."""
    seen, now = getattr(module, "NOW", None), datetime.now(UTC)
    if isinstance(seen, datetime) and abs(now - seen) < timedelta(hours=2):  # a few have a moment of long ago
        monkeypatch.setattr(module, "NOW", now)
