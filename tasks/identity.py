"""Who we are, so that a dead worker can be told from a living one."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


@cache
def host() -> str:
    """This machine, as far as process numbers mean something: containers that share a host name have another suffix."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        namespace = "0"
    return f"{socket.gethostname()[:64]}~{namespace}"


_consumer_pid = 0  # of the consumer that this process belongs to


def serve(consumer_pid: int) -> None:
    """Say, before the workers are forked, which consumer they belong to."""
    global _consumer_pid
    _consumer_pid = consumer_pid


def worker() -> str:
    """The process that runs a job: host:pid, in a consumer host/pid of the consumer:pid."""
    return f"{host()}/{_consumer_pid}:{os.getpid()}" if _consumer_pid else f"{host()}:{os.getpid()}"


def is_dead(worker_name: str) -> bool:
    """Whether the worker was a process of this machine that is gone. False where we cannot know."""
    where, _, pid = worker_name.rpartition(":")
    if where.partition("/")[0] != host() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(int(pid))


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  # read each second for each running job
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def memory_bytes(pid: int) -> int | None:
    """Resident memory of a process and its children; pages that they share are counted for each. None where /proc is not to be had."""
    try:
        pids = [pid]
        for task in Path(f"/proc/{pid}/task").iterdir():
            pids += map(int, (task / "children").read_text().split())
        return sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in pids) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
