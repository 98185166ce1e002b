"""The database may die, freeze, be unreachable, swallow the answer to a COMMIT or refuse a lock: each effect happens once. Collected with --database=mariadb."""

from __future__ import annotations

import os
import sys
import time

import pytest

import tasks
from db.engine import begin
from db.job_state import Verdict
from settings import Settings, settings
from tasks.ledger import submit
from tests.faults import marks
from tests.faults.proxy import Proxy
from tests.faults.test_each_page import connected_again, counts, rows_of
from tests.servers import until
from tests.shops import open_store

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]


def some_progress(stage, count=4):
    until("some progress", lambda: len(stage.entered()) >= count)


def lasting(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def test_killed_and_away_for_two_leases(stage, database_server):
    with stage.consumer() as started:
        stage.ask(16, takes_s=0.2)
        some_progress(stage)
        database_server.kill()
        lines = len(started.log().splitlines())
        until("two leases without it", lasting(6))
        assert len(started.log().splitlines()) - lines < 60, "it does not spin"
        assert started.process.poll() is None
        database_server.start()
        assert stage.settle(timeout_s=40) == []


def test_away_for_thirty_seconds_while_jobs_and_a_sync_run(stage, database_server):
    """R20, ten times as fast: the lease, its heartbeat and the next push too. TIMES_AS_FAST=1 pytest --database=mariadb … takes its time."""
    faster, usual = float(os.environ.get("TIMES_AS_FAST", "10")), Settings()
    times = {name.upper(): str(getattr(usual, name) / faster) for name in ("lease_s", "heartbeat_s", "repush_s")}
    with open_store("woocommerce", size=5, orders=420, customers=20) as store, stage.consumer(**times, WORKERS="3") as started:
        calm = tasks.wait(tasks.sync(store.name, "orders", requested_by="ana"), timeout_s=60)
        name, number = connected_again(store)
        store.sandbox.visits("woocommerce", store.name).fault("slow", stream="orders", times=1_000, delay_s=0.2)
        sync = int(tasks.sync(name, "orders", requested_by="ana"))
        until("a page", lambda: tasks.job(sync).progress)
        stage.ask(16, takes_s=0.3)
        some_progress(stage, 2)
        database_server.kill()
        until("thirty seconds without it", lasting(30 / faster), timeout_s=60)
        assert started.process.poll() is None
        database_server.start()
        stage.accepted.append(sync)
        assert stage.settle(timeout_s=20 + 2 * usual.lease_s / faster) == []
        assert "job postponed" in started.log(), "it was in the midst of them"
        assert tasks.job(sync).verdict is Verdict.SUCCESS
        assert rows_of(number) == rows_of(store.id)
        assert counts(tasks.job(sync)) == counts(calm)


def test_frozen_for_longer_than_a_lease(stage, database_server):
    with stage.consumer():
        stage.ask(12, takes_s=0.2)
        some_progress(stage)
        database_server.freeze()
        until("more than a lease", lasting(4))
        database_server.thaw()
        assert stage.settle(timeout_s=40) == []


@pytest.fixture
def wire(stage, database_server):
    made = Proxy(("127.0.0.1", database_server.port))
    stage.environment["DB_MASTER_HOST"] = f"127.0.0.1:{made.port}"
    yield made
    made.close()


def test_unreachable_through_a_cut_wire_in_mid_job(stage, wire):
    with stage.consumer():
        stage.ask(10, takes_s=0.3)
        some_progress(stage, 2)
        wire.cut()
        until("some time without it", lasting(4))
        wire.heal()
        assert stage.settle(timeout_s=40) == []


def test_the_answer_to_a_commit_is_lost(stage, wire):
    """Whether it was committed nobody can know: asking again must not double it."""
    with stage.consumer():
        wire.swallow = lambda asked, answer: wire.cuts < 12 and b"COMMIT" in asked[:16].upper()
        stage.ask(12)
        assert stage.settle(timeout_s=40) == []
        assert wire.cuts == 12


@pytest.fixture
def two_marks(stage):
    with begin() as conn:
        conn.execute(marks.effects.insert(), [{"number": 1}, {"number": 2}])
    stage.numbers += [1, 2]


def ask_to_cross(stage, one, other):
    stage.accepted.append(int(submit("crossing", {"number": one, "other": other}, requested_by="ana")))
    stage.numbers.append(one + 1000)


def test_a_deadlock_costs_no_job_and_no_attempt(stage, two_marks):
    with stage.consumer() as started:
        ask_to_cross(stage, 1, 2)
        ask_to_cross(stage, 2, 1)
        assert stage.settle(timeout_s=40) == []
        assert "error=TransactionUndone" in started.log(), "they did cross"
    assert {tasks.job(job_id).attempt for job_id in stage.accepted} == {1}


def test_a_lock_that_is_waited_for_in_vain_costs_no_job_and_no_attempt(stage, two_marks, database_server):
    with database_server.connect() as holder, holder.cursor() as cursor, stage.consumer(LOCK_WAIT_S="1") as started:
        holder.begin()
        cursor.execute(f"SELECT id FROM {marks.effects.name} WHERE number = 2 FOR UPDATE")
        marks.held_file(2).touch()
        ask_to_cross(stage, 1, 2)
        until("it gives up", lambda: "error=TransactionUndone" in started.log())
        assert "Lock wait timeout exceeded" in tasks.job(stage.accepted[0]).error
        holder.rollback()
        assert stage.settle(timeout_s=40) == []
    assert tasks.job(stage.accepted[0]).attempt == 1


@pytest.mark.parametrize("removed", ["", "fork"])
def test_without_the_fork_hook_workers_share_their_parents_connection(stage, removed):
    """A negative control: on one connection, each would read the other's answers."""
    told = settings().quayside_var / "connections"
    told.parent.mkdir(parents=True, exist_ok=True)
    told.write_text("")
    with stage.consumer(GUARD_REMOVED=removed, TELL_CONNECTIONS="1", WORKERS="3"):
        until("a word of each worker", lambda: len(told.read_text().splitlines()) == 3)
    assert (len(set(told.read_text().splitlines())) < 3) == bool(removed)


def test_a_job_is_not_accepted_while_the_database_is_away(stage, database_server):
    from db.engine import DatabaseAway

    database_server.kill()
    with pytest.raises(DatabaseAway, match="does not answer"):
        stage.ask(1)
    database_server.start()
    stage.numbers.clear()
    stage.ask(2)
    with stage.consumer():
        assert stage.settle() == []
