"""However many jobs are over (R21), a page of the history and a batch of the purge cost the same.

SQLite counts the steps of its machine here; the rows that a filled MariaDB reads are counted in tests/database/test_plans.py.
"""

from __future__ import annotations

from sqlalchemy import event, func, insert, select

from db import history, retention
from db.engine import begin, primary, readers
from db.history import Wanted
from db.schema import jobs
from tests.ledger.history import finished

STEP = 10  # of the machine's instructions
DOUBLED = 6  # times: 64 as many


class Steps:
    """Counts what every statement costs."""

    def __init__(self):
        self.count, self._counted = 0, set()

    def __enter__(self):
        for engine in (primary(), *readers()):
            event.listen(engine, "before_cursor_execute", self._listen)
        return self

    def __exit__(self, *_error):
        for engine in (primary(), *readers()):
            event.remove(engine, "before_cursor_execute", self._listen)
        for connection in self._counted:
            connection.set_progress_handler(None, STEP)

    def _listen(self, conn, *_statement):
        self._counted.add(conn.connection.dbapi_connection)
        conn.connection.dbapi_connection.set_progress_handler(self._step, STEP)

    def _step(self):
        self.count += 1


def double(conn, table):
    columns = [column for column in table.c if column.name not in {"id", "active_key", "idempotency_key"}]
    conn.execute(insert(table).from_select([column.name for column in columns], select(*columns)))


def purge_a_batch():
    with begin() as conn:
        sweep = next(one for one in retention.sweeps(conn) if one.name == "jobs")
        assert sweep.delete(conn, sweep.find(conn, None, 500).keys) > 0
        conn.rollback()


def middle():
    with begin() as conn:
        oldest, newest = (conn.scalar(select(end(jobs.c.id))) for end in (func.min, func.max))  # numbers go on from those of other tests
        return (oldest + newest) // 2


QUESTIONS = {
    "the newest": lambda: history.page(Wanted()),
    "older ones": lambda: history.page(Wanted(), before=middle()),
    "failed ones": lambda: history.page(Wanted(states=("failed",))),
    "of a queue": lambda: history.page(Wanted(queue="sync-orders"), before=middle()),
    "what is new": lambda: history.count_newer(Wanted(), middle()),
    "a batch of the purge": purge_a_batch,
}


def scan():
    with begin() as conn:
        conn.scalar(select(func.count()).where(jobs.c.error.like("%nothing like it%")))


def steps(ask):
    ask()  # connected, compiled
    with Steps() as seen:
        ask()
    return seen.count


def test_what_it_costs_to_look_at_them_and_to_throw_them_away(work):
    for state, count in (("succeeded", 900), ("failed", 90), ("cancelled", 10)):
        finished(count, state=state, queue="sync-orders", days_ago=100)
    few = {name: steps(ask) for name, ask in (QUESTIONS | {"a scan": scan}).items()}
    with begin() as conn:
        for _ in range(DOUBLED):
            double(conn, jobs)
    for name, ask in QUESTIONS.items():
        assert steps(ask) < 2 * few[name], name
    assert steps(scan) > 2**DOUBLED / 2 * few["a scan"], "the measure itself"
