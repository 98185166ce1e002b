"""What the console asks reads a bounded number of rows, whatever the tables hold; the plans are those of a filled MariaDB.

PLAN_ROWS=1000000 pytest --database=mariadb tests/database/test_plans.py -s   tells rows and milliseconds of each question
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from db import (
    activity,
    alerts,
    audit,
    board,
    exports,
    failure_lists,
    history,
    line,
    marks,
    measures,
    orders,
    part_lists,
    people,
    products,
    queue_lists,
    record_lists,
    rejected,
    retention,
    rollups,
    schedule_runs,
    search,
    store_runs,
    sync_runs,
    timeline,
)
from db.engine import begin, last_resort, primary, reading
from tasks import alert_settings
from tests.database import million
from tests.database.cluster import address, database_at

pytestmark = pytest.mark.faults

BIG = {
    "jobs",
    "products",
    "variants",
    "orders",
    "order_lines",
    "inventory_levels",
    "job_refs",
    "job_attempts",
    "sync_runs",
    "users",
    "audit_log",
    "rollups",
}
R = million.ROWS
OLD = R // 3  # the number of something old
FEW, SOME, WINDOW = 2_500, 12_000, 2.5 * history.SEARCH_WINDOW


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    node = million.server(tmp_path_factory.mktemp("filled") / "node")
    try:
        with database_at(address(node), user=node.user, password=node.password):
            from db.migrate import upgrade

            upgrade()
            if million.SEED is None:
                million.fill(node)
            yield node
    finally:
        node.stop()


@dataclass
class Seen:
    """A statement: the rows that the storage engine read for it, how long it took, what the optimizer did."""

    statement: str
    rows: int
    took_ms: float
    plan: list[tuple]


class Watch:
    """Counts what every statement of the console's engines reads."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._began = 0.0

    def __enter__(self):
        for engine in (last_resort(), primary()):
            event.listen(engine, "before_cursor_execute", self._before)
            event.listen(engine, "after_cursor_execute", self._after)
        return self

    def __exit__(self, *_error):
        for engine in (last_resort(), primary()):
            event.remove(engine, "before_cursor_execute", self._before)
            event.remove(engine, "after_cursor_execute", self._after)

    def _before(self, conn, _cursor, _statement, _parameters, _context, _many):
        with conn.connection.cursor() as cursor:
            cursor.execute("FLUSH STATUS")
        self._began = time.perf_counter()

    def _after(self, conn, _cursor, statement, parameters, _context, _many):
        took = (time.perf_counter() - self._began) * 1000
        with conn.connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            rows = sum(int(value) for _, value in cursor.fetchall())
            plan = []
            if statement.lstrip().upper().startswith(("SELECT", "(SELECT")):
                cursor.execute(f"EXPLAIN {statement}", parameters)
                plan = list(cursor.fetchall())
        self.seen.append(Seen(statement, rows, took, plan))


def scanned(plan):
    """Big tables that the optimizer reads from one end to the other."""
    return [row[2] for row in plan if str(row[2]) in BIG and row[3] == "ALL"]


def wanted(**more):
    return history.Wanted(**more)


def of(ask, *about, **more):
    """What is asked within a transaction of the caller's."""
    with reading(fresh=True) as conn:
        return ask(conn, *about, **more)


def long_ago():
    """A day in the middle of the history."""
    end = datetime.now(UTC) - timedelta(seconds=30 * R / 2)
    return {"since": end - timedelta(days=1), "until": end}


QUESTIONS = {
    "jobs": (lambda: history.page(wanted()), FEW),
    "jobs, old": (lambda: history.page(wanted(), before=OLD), FEW),
    "jobs, newer": (lambda: history.page(wanted(), after=OLD), FEW),
    "jobs of a state": (lambda: history.page(wanted(states=("failed",))), FEW),
    "jobs of a state, old": (lambda: history.page(wanted(states=("failed",)), before=OLD), FEW),
    "jobs of a rare state, old": (lambda: history.page(wanted(states=("running", "queued", "cancelled")), before=OLD), FEW),
    "jobs of a common state, newer": (lambda: history.page(wanted(states=("succeeded",)), after=OLD), FEW),
    "jobs of a state that was long ago": (lambda: history.page(wanted(states=("cancelled",))), FEW),
    "jobs of a queue": (lambda: history.page(wanted(queue="sync-orders"), before=OLD), FEW),
    "jobs of a queue and a state": (lambda: history.page(wanted(queue="sync-orders", states=("failed",)), before=OLD), FEW),
    "jobs of a store": (lambda: history.page(wanted(store="s7"), before=OLD), FEW),
    "jobs of a store and a queue": (lambda: history.page(wanted(store="s7", queue="sync-orders")), FEW),
    "jobs of a store and a rare state": (lambda: history.page(wanted(store="s7", states=("failed", "running", "retrying")), before=OLD), SOME),
    "jobs of a store and a common state": (lambda: history.page(wanted(store="s7", states=("succeeded", "failed"))), FEW),
    "jobs of a state that has none, nor text": (lambda: history.page(wanted(states=("retrying",), search="task:sync_o error:x")), FEW),
    "jobs by number": (lambda: history.page(wanted(search=str(OLD))), FEW),
    "jobs by text": (lambda: history.page(wanted(search="to call 77 ")), WINDOW),
    "jobs by error, on": (lambda: history.page(wanted(search="error:nothing like it"), before=OLD), WINDOW),
    "jobs by task": (lambda: history.page(wanted(search="task:sync_or*"), before=OLD), WINDOW),
    "jobs by order": (lambda: history.page(wanted(search="order:77")), FEW),
    "jobs by sku": (lambda: history.page(wanted(search="sku:SKU-77")), FEW),
    "jobs by user": (lambda: history.page(wanted(search="user:78")), FEW),
    "jobs by a user's address": (lambda: history.page(wanted(search="user:p77@example.com")), FEW),
    "jobs of a person": (lambda: history.page(wanted(requested_by="nobody")), WINDOW),
    "jobs of a platform, old": (lambda: history.page(wanted(platform="shopify", requested_by="nobody"), before=OLD), WINDOW),
    "jobs that were tried again": (lambda: history.page(wanted(is_retried=True, store="s7")), WINDOW),
    "jobs that took long": (lambda: history.page(wanted(longer_s=300, queue="sync-orders"), before=OLD), WINDOW),
    "jobs of a day": (lambda: history.page(wanted(within_s=86_400)), FEW),
    "jobs of a day long ago": (lambda: history.page(wanted(**long_ago())), FEW),
    "jobs of a day long ago that were tried again": (lambda: history.page(wanted(is_retried=True, **long_ago())), WINDOW),
    "failed jobs of a day long ago": (lambda: history.page(wanted(states=("failed",), **long_ago())), FEW),
    "new jobs of a person": (lambda: history.count_newer(wanted(requested_by="nobody"), OLD), WINDOW),
    "jobs for a file": (lambda: exports.of_ids("jobs", range(OLD, OLD + 500)), FEW),
    "jobs of an export": (lambda: exports.jobs_of(wanted(), before=OLD, limit=250), FEW),
    "jobs of a store's export": (lambda: exports.jobs_of(wanted(store="s7", states=("failed",)), limit=500), SOME),
    "jobs of a person's export": (lambda: exports.jobs_of(wanted(requested_by="nobody"), before=OLD, limit=500), WINDOW),
    "products of a store's export": (lambda: exports.records("products", store="s7", limit=500), FEW),
    "products of an export by SKU": (lambda: exports.found_records("products", "SKU-77", limit=500), FEW),
    "new jobs": (lambda: history.count_newer(wanted(), R - 50), FEW),
    "new jobs of a state": (lambda: history.count_newer(wanted(states=("succeeded",)), OLD), FEW),
    "jobs on screen": (lambda: history.by_ids(range(OLD, OLD + 18)), FEW),
    "a job": (lambda: history.detail(OLD), FEW),
    "parts of a job": (lambda: part_lists.of_job(OLD), FEW),
    "running": (activity.running, FEW),
    "retrying": (activity.waiting_to_retry, FEW),
    "finished, an hour": (lambda: activity.finished(2, 1), FEW),
    "finished, six hours": (lambda: activity.finished(12, 5), SOME),
    "finished, a day": (lambda: activity.finished(48, 20), 3 * SOME),
    "flow": (lambda: activity.came_and_started(60), SOME),
    "causes": (activity.why_jobs_fail, SOME),
    "sums of a day": (lambda: rollups.sums(24, by=("store_id", "state")), SOME),
    "board": (board.stores_and_streams, FEW),
    "checks": (lambda: board.checks(7), 9 * board.RECENT),
    "unknown words": (board.unknown_words, FEW),
    "rejected": (lambda: rejected.page(rejected.WantedRejected(store="s7")), FEW),
    "users": (people.page, FEW),
    "users by name": (lambda: people.page(search="Person 77"), 1.2 * people.SEARCH_WINDOW),
    "products of a user": (lambda: people.products_of(77), FEW),
    "products": (lambda: products.page(products.Wanted()), SOME),
    "products, old": (lambda: products.page(products.Wanted(), before=OLD // 2), SOME),
    "products of a store, newer": (lambda: products.page(products.Wanted(store="s7"), after=5), FEW),
    "deleted products": (lambda: products.page(products.Wanted(is_deleted=True)), 2.5 * products.DELETED * million.STORES),
    "products by name": (lambda: products.page(products.Wanted(search="Green tea 12")), 2.5 * products.SEARCH_WINDOW),
    "products by SKU": (lambda: products.page(products.Wanted(search="SKU-77")), FEW),
    "products by their id there": (lambda: products.page(products.Wanted(search="p77")), FEW),
    "a product": (lambda: products.detail(OLD // 2), FEW),
    "orders": (lambda: orders.page(orders.Wanted()), SOME),
    "orders, old": (lambda: orders.page(orders.Wanted(), before=OLD // 2), SOME),
    "orders of a store, newer": (lambda: orders.page(orders.Wanted(store="s7"), after=OLD // 2), FEW),
    "orders by number": (lambda: orders.page(orders.Wanted(search="77")), SOME),
    "orders by mail": (lambda: orders.page(orders.Wanted(search="p77@example.com")), SOME),
    "an order": (lambda: orders.detail(OLD // 2), FEW),
    "totals": (lambda: record_lists.totals("products"), FEW),
    "everything by one word": (lambda: search.find("order:77"), SOME),
    "failures": (failure_lists.groups, SOME),
    "similar jobs": (lambda: failure_lists.similar(33 * 100), SOME),
    "audit": (lambda: audit.page(audit.Wanted()), FEW),
    "audit of a person": (lambda: audit.page(audit.Wanted(person="p7")), FEW),
    "alerts": (alerts.recent, FEW),
    "rules of alerts": (alert_settings.list_alert_rules, FEW),
    "a rule tried": (lambda: alert_settings.try_alert_rule("failing", threshold=1), SOME),
    "last runs": (lambda: timeline.last_runs(7, "orders", "sync_orders"), SOME),
    "last runs of every store": (lambda: store_runs.last_runs(range(1, million.STORES + 1)), SOME),
    "next runs of every store": (store_runs.next_runs, FEW),
    "what changed within a day": (lambda: marks.within(24), FEW),
    "what was done to a store": (lambda: timeline.changes(["store:s7"]), FEW),
    "done lately": (queue_lists.done_lately, SOME),
    "head of a queue": (lambda: queue_lists.head("sync-orders"), SOME),
    "mix of a queue": (lambda: queue_lists.mix("sync-orders"), SOME),
    "all that waits in a queue": (lambda: of(queue_lists.waiting_ids, "sync-orders", limit=10_001), SOME),
    "who would move a watermark": (lambda: of(line.moving_watermark, 7, "orders"), FEW),
    "jobs of messages": (lambda: queue_lists.waiting_among(range(OLD, OLD + 2_000)), SOME),
    "runs of schedules": (lambda: schedule_runs.newest(range(1, 13)), FEW),
    "measures": (measures.gather, 4 * SOME),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_reads_no_table_from_end_to_end(filled, question):
    ask, most = QUESTIONS[question]
    ask()  # connected, compiled, cached
    with Watch() as watch:
        ask()
    assert watch.seen, "nothing was asked"
    rows = sum(each.rows for each in watch.seen)
    print(f"{question:34} {rows:9,} rows {sum(each.took_ms for each in watch.seen):8.1f} ms")
    worst = max(watch.seen, key=lambda each: each.rows)
    assert rows <= most, f"{worst.rows} rows: {worst.statement}\n" + "\n".join(map(str, worst.plan))
    for each in watch.seen:
        assert not scanned(each.plan), f"{each.statement}\n" + "\n".join(map(str, each.plan))


def test_counting_the_next_five_minutes_reads_those_minutes_alone(filled):
    with begin() as conn:
        conn.execute(text("UPDATE options SET value = value - 3600 WHERE name = 'rolled_up_to'"))
    with Watch() as watch, begin() as conn:
        rollups.advance(conn)
    assert sum(each.rows for each in watch.seen) < FEW
    assert not any(scanned(each.plan) for each in watch.seen)


def test_a_batch_of_the_purge_reads_that_batch_alone(filled):
    """R21."""
    with begin() as conn:
        sweep = next(one for one in retention.sweeps(conn) if one.name == "jobs")
        with Watch() as watch:
            batch = sweep.find(conn, None, 500)
            deleted = sweep.delete(conn, batch.keys)
        conn.rollback()
    assert deleted == len(batch.keys) > 0
    assert sum(each.rows for each in watch.seen) < FEW
    assert not any(scanned(each.plan) for each in watch.seen)


def test_the_checkpoints_of_a_stream_are_dropped_by_those_of_its_unfinished_jobs_alone(filled):
    with begin() as conn:
        with Watch() as watch:
            sync_runs.drop_unfinished(conn, 7, "orders", "Set by hand.")
        conn.rollback()
    assert sum(each.rows for each in watch.seen) < SOME
    assert not any(scanned(each.plan) for each in watch.seen)


def test_the_watch_sees_a_scan(filled):
    """The measure itself: what the console must never ask is told."""
    with Watch() as watch, reading(fresh=True) as conn:
        conn.execute(text("SELECT COUNT(*) FROM jobs WHERE error LIKE '%call 77%'"))
    assert watch.seen[0].rows >= R
    assert scanned(watch.seen[0].plan) == ["jobs"]
