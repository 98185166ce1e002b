"""The migrations make what the tables say, on whichever database the tests use, up and down; and other programs' plain inserts keep working."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from db import migrate
from db.engine import begin, primary, reachable
from db.schema import jobs, metadata, products, requests, sync_runs


def test_the_migrations_and_the_tables_agree(ground):
    with reachable(primary()) as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_down_and_up_again(clean):
    try:
        migrate.downgrade("base")
        assert set(inspect(primary()).get_table_names()) <= {"alembic_version"}
        with pytest.raises(migrate.SchemaBehind, match=r"Run: python -m db\.migrate"):
            migrate.check()
    finally:
        migrate.upgrade()
    migrate.check()


def test_many_that_migrate_at_once_do_it_once(clean):
    several = []
    try:
        migrate.downgrade("base")
        several += [
            subprocess.Popen([sys.executable, "-m", "db.migrate"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(4)
        ]
        told = [each.communicate(timeout=120)[0] for each in several]
        assert [each.returncode for each in several] == [0] * 4, told
        migrate.check()
    finally:
        for each in several:
            each.kill()
        migrate.upgrade()


SEED = [
    "INSERT INTO stores(id, name, title, platform, address) VALUES (1, 's', 'S', 'shopify', 'https://s.example')",
    "INSERT INTO users(id, name, email) VALUES (1, 'Ana', 'ana@example.com')",
    "INSERT INTO products(name, description, price, quantity, category) VALUES ('Tea', 'Green', '4.20', 7, 'Food')",
    "INSERT INTO products(name, store_id, external_id, user_id) VALUES ('Cup', 1, 'p1 ', 1)",
    "INSERT INTO orders(number, currency, status, payment_status, fulfillment_status, is_test, store_id, external_id, email) "
    "VALUES ('#1', 'EUR', 'open', 'paid', 'unfulfilled', 0, 1, 'o1', 'Ana@example.com')",
    "INSERT INTO requests(server_id, job_id, status) VALUES ('app-1', 7, 'success')",
    "INSERT INTO jobs(id, name, queue, store_id, stream, args, metadata, state, max_attempts, run_at, push_at, active_key, requested_by) "
    "VALUES (7, 'sync_orders', 'sync-orders', 1, 'orders', '{\"a\": 1}', '{}', 'queued', 3, '2026-01-02 03:04:05.000006', '2026-01-02 03:04:05.000006', "
    "'sync:s:orders', 'ana')",
    "INSERT INTO job_attempts(job_id, fence, worker, outcome) VALUES (7, 1, 'w', 'failed')",
    "INSERT INTO sync_runs(job_id, store_id, stream, mode, window_end, pages, truncated) VALUES (7, 1, 'orders', 'full', '2026-01-02 03:04:05.000006', 3, 2)",
    "INSERT INTO schedules(store_id, stream, cron, time_zone, next_at) VALUES (1, 'orders', '*/30 * * * *', 'UTC', '2026-01-02 03:04:05.000006')",
    "INSERT INTO audit_log(person, action, target) VALUES ('ana', 'retry', 'job:7')",
    "INSERT INTO consumers(id, host, pid, version, workers, worker_type, broker) VALUES ('h:1:2', 'h', 1, '0.1', 4, 'process', 'redis')",
]
SEEDED = (
    "stores",
    "users",
    "products",
    "orders",
    "requests",
    "jobs",
    "job_attempts",
    "sync_runs",
    "audit_log",
    "consumers",
)  # schedules came from settings


def rows_of(table, columns=None):
    with begin() as conn:
        names = columns or [column["name"] for column in inspect(conn).get_columns(table)]
        wanted = ", ".join(f"`{name}`" for name in names)
        return names, sorted(tuple(map(str, row)) for row in conn.execute(text(f"SELECT {wanted} FROM {table}")))


def test_a_filled_database_of_the_first_release_comes_up_and_goes_back_with_every_row_as_it_was(clean):
    try:
        migrate.downgrade("base")
        migrate.upgrade("0001")
        with begin() as conn:
            for statement in SEED:
                conn.execute(text(statement.replace(":", "\\:")))
        before = {table: rows_of(table) for table in SEEDED}
        migrate.upgrade()
        for table, (columns, rows) in before.items():
            assert rows_of(table, columns)[1] == rows, table
        with begin() as conn:
            job = conn.execute(select(jobs)).one()
            assert conn.scalar(select(sync_runs.c.gaps))[0][0] == "nested_truncated", "what a run under way has counted is not forgotten"
            conn.execute(
                text("INSERT INTO products(name, description, price, quantity, category) VALUES ('Mug', 'Blue', '9.00', 1, 'Home')")
            )
            conn.execute(text("INSERT INTO requests(server_id, timestamp) VALUES ('app-2', '2026-01-02 03:04:05')"))
        assert (job.run_at, job.args, job.fingerprint) == (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), {"a": 1}, None)
        migrate.downgrade("0001")
        assert rows_of("jobs") == before["jobs"]
        assert len(rows_of("products")[1]) == 3
    finally:
        migrate.upgrade()
    migrate.check()


def test_plain_inserts_of_other_programs_work(clean):
    with begin() as conn:
        conn.execute(text("INSERT INTO products(name, description, price, quantity, category) VALUES ('Tea', 'Green', '4.20', 7, 'Food')"))
        conn.execute(text("INSERT INTO requests(server_id) VALUES ('app-1')"))
        product = conn.execute(select(products)).one()
        request = conn.execute(select(requests)).one()
    assert (product.name, product.price, product.quantity) == ("Tea", Decimal("4.20"), 7)
    assert product.created_at is not None
    assert request.timestamp is not None
