"""With tens of thousands of jobs that wait, a tick, a page and a status cost little: they read an index and not the jobs, and write a few."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, event, func, insert, select, text, update

from db import job_rescue, line, queues
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState
from db.schema import jobs, metadata, stores

WAITING, STORES = 20_000, 20
REPUSH_S = 30.0


@pytest.fixture(scope="module")
def filled(ground):
    """Every store has its share of what waits, of two queues and priorities, and runs as many as it may."""
    with begin() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(delete(table))
        conn.execute(insert(stores), [{"id": n, "name": f"s{n}", "title": f"S{n}", "platform": "shopify", "address": "https://s"}
                                      for n in range(1, STORES + 1)])  # fmt: skip
        now = ledger.clock(conn)
        conn.execute(insert(jobs), [waiting(n, now) for n in range(WAITING)])
        conn.execute(insert(jobs), [waiting(n, now) | {"state": "running", "worker": "w"} for n in range(2 * STORES)])
    with begin() as conn:
        conn.execute(text("ANALYZE" if conn.dialect.name == "sqlite" else "ANALYZE TABLE jobs, stores")).close()


@pytest.fixture
def backlog(filled):
    """A transaction on it that leaves it as it was."""
    with begin() as conn:
        yield conn
        conn.rollback()


def waiting(n, now):
    return {
        "name": "sync_orders", "queue": ("sync-orders", "sync-products")[n % 2], "store_id": 1 + n % STORES, "stream": "orders", "args": {}, "metadata": {},
        "priority": (0, 10)[n // STORES % 2], "state": "queued", "max_attempts": 3, "run_at": now - timedelta(seconds=60 + n % 7),
        "push_at": now - timedelta(seconds=1), "requested_by": "test",
    }  # fmt: skip


def make_room(conn, store_id):
    conn.execute(update(jobs).where(jobs.c.store_id == store_id, jobs.c.state == "running").values(state="succeeded"))


class Asked:
    """The statements of a block, each with how the database goes about it: (table, index, whether that alone is read)."""

    def __init__(self, conn):
        self._conn, self._seen = conn, []

    def __enter__(self):
        event.listen(self._conn, "before_cursor_execute", self._see)
        return self

    def __exit__(self, *_error):
        event.remove(self._conn, "before_cursor_execute", self._see)

    def _see(self, _conn, _cursor, statement, parameters, _context, _many):
        self._seen.append((statement, parameters))

    def __len__(self):
        return len(self._seen)

    def ways(self):
        for statement, parameters in self._seen:
            if statement.startswith("SELECT"):
                yield from self._ways(statement, parameters)

    def _ways(self, statement, parameters):
        if self._conn.dialect.name == "sqlite":
            for *_, detail in self._conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                verb, table, *how = detail.split()
                if verb in ("SCAN", "SEARCH"):
                    yield table, how[how.index("INDEX") + 1] if "INDEX" in how else "", "COVERING" in how
        else:
            for row in self._conn.exec_driver_sql(f"EXPLAIN {statement}", parameters):
                yield row.table, row.key, "Using index" in str(row.Extra).split("; ")


def of_jobs(asked):
    return {(index, is_alone) for table, index, is_alone in asked.ways() if table == "jobs"}


def test_whether_a_better_one_waits_is_asked_of_an_index(backlog):
    with Asked(backlog) as asked:
        assert not line.is_better_waiting(backlog, store_id=1, priority=5), "no other store has room"
    assert ("jobs_line", True) in of_jobs(asked)
    assert of_jobs(asked) <= {("jobs_line", True), ("jobs_line", False)}, "the few that run are read"
    make_room(backlog, 2)
    assert line.is_better_waiting(backlog, store_id=1, priority=5)
    assert not line.is_better_waiting(backlog, store_id=1, priority=90)


def test_the_depth_of_the_queues_is_asked_of_an_index(backlog):
    with Asked(backlog) as asked:
        told = {row["queue"]: row for row in queues.depth(backlog)}
    assert of_jobs(asked) == {("jobs_line", True)}
    assert sum(row["waiting"] for row in told.values()) == WAITING
    assert told["sync-orders"]["running"] == STORES
    assert told["sync-orders"]["oldest_wait_s"] >= 66


def test_the_first_of_a_line_are_found_in_an_index(backlog):
    make_room(backlog, 3)
    with Asked(backlog) as asked:
        assert len(line.heads(backlog, [3])) == 2
    assert ("jobs_line", True) in of_jobs(asked)
    assert not {index for index, _ in of_jobs(asked)} & {"jobs_store", "jobs_state", "jobs_due"}


def overdue(conn, in_s=0.0):
    return conn.scalar(select(func.count()).where(jobs.c.state == JobState.QUEUED, jobs.c.push_at <= db_now(in_s)))


def test_a_tick_asks_for_the_lines_once_and_writes_few(backlog):
    """What waits for room in its store is looked at by one of its line: twenty lines, not twenty thousand jobs, each REPUSH_S."""
    ticks = 0
    while before := overdue(backlog):
        ticks += 1
        with Asked(backlog) as asked:
            assert job_rescue.take_due(backlog, repush_s=REPUSH_S) == []
        assert len(asked) <= 5
        assert before - overdue(backlog) <= 900
    assert overdue(backlog, in_s=REPUSH_S) <= STORES * ticks
    soon = select(jobs.c.store_id).where(jobs.c.state == JobState.QUEUED, jobs.c.push_at <= db_now(REPUSH_S))
    assert len(set(backlog.scalars(soon))) == STORES, "each of them is looked at again by then"


def test_who_looks_at_a_line_is_its_last_so_that_it_is_looked_at_as_long_as_anybody_stands_there(clean):
    with begin() as conn:
        conn.execute(insert(stores).values(id=1, name="s1", title="S1", platform="shopify", address="https://s", max_running=1))
        now = ledger.clock(conn)
        conn.execute(insert(jobs), [waiting(n * STORES, now) for n in range(6)])
        while in_line := conn.scalars(select(jobs.c.id).where(jobs.c.state == JobState.QUEUED)).all():
            conn.execute(update(jobs).where(jobs.c.push_at <= db_now(REPUSH_S)).values(push_at=db_now(-1)))  # its time has come
            ((first, *_),) = job_rescue.take_due(conn, repush_s=REPUSH_S)
            assert first in in_line
            conn.execute(
                update(jobs).where(jobs.c.id == first).values(state="succeeded")
            )  # and the worker died before it asked for the next
