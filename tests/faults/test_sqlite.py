"""SQLite's own troubles: another program that holds its one write lock, and a disk that is full. Collected with --database=sqlite."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import sys
import time

import pytest

from tests.servers import until

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")]


def lasting(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def test_another_program_holds_the_write_lock_for_longer_than_a_lease(stage):
    from settings import settings

    with stage.consumer():
        stage.ask(8, takes_s=0.2)
        until("some progress", lambda: len(stage.entered()) >= 3)
        with contextlib.closing(sqlite3.connect(settings().quayside_var / "quayside.db", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            until("more than a lease", lasting(4))
            other.execute("ROLLBACK")
        assert stage.settle(timeout_s=40) == []


def test_the_disk_is_full_for_longer_than_a_lease(stage):
    """No process of the consumer may make a file longer; what was accepted before is done when there is room again."""
    with stage.consumer() as started:
        stage.ask(12, takes_s=0.2)
        until("some progress", lambda: len(stage.entered()) >= 3)
        pids = [started.process.pid, *started.children()]
        room = [(pid, resource.prlimit(pid, resource.RLIMIT_FSIZE)) for pid in pids]
        for pid, (_, hard) in room:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
        until("more than a lease", lasting(4))
        for pid, limits in room:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        assert stage.settle(timeout_s=40) == []
