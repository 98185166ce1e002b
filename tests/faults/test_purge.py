"""What is thrown away blocks nobody who writes: beside a purge of thousands of rows no row's lock is waited for (SQLite has but one lock, and takes turns)."""

from __future__ import annotations

import threading

import pytest

import tasks
from db import engine, servers
from db.job_state import JobState
from tests.ledger.history import finished
from tests.processes.consumers import consumer

pytestmark = [pytest.mark.faults, pytest.mark.processes]


@pytest.fixture
def impatient(clean, monkeypatch):
    """Whoever writes from here fails at the first lock that it would have to wait for."""
    monkeypatch.setattr(servers, "LOCK_WAIT_S", 0)
    engine.dispose()
    yield
    engine.dispose()


def test_no_writer_waits_for_a_lock_of_the_purge(impatient):
    finished(3_000, queue="sync-orders", days_ago=400)
    written, refused, stop = [], [], threading.Event()

    def write():
        while not stop.wait(0.01):  # often, but not so that nobody else gets a core
            try:
                written.extend(finished(5, queue="sync-orders", days_ago=1))
            except Exception as error:
                refused.append(error)

    with consumer():
        writer = threading.Thread(target=write)
        writer.start()
        try:
            seen = tasks.wait(tasks.purge(by="ana"), timeout_s=180)
        finally:
            stop.set()
            writer.join()
    assert (seen.state, seen.result["deleted"]["jobs"] > 2_500) == (JobState.SUCCEEDED, True)
    assert refused == []
    assert len(written) > 50
