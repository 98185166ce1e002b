"""A MariaDB with as many jobs, products and orders as make the optimizer choose as it would in earnest; PLAN_ROWS says how many (default 200,000)."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from sqlalchemy import Index, Table

from db.schema import metadata
from tests.servers import MariaDb

ROWS = int(os.environ.get("PLAN_ROWS", "200000"))
SEED = Path(os.environ["PLAN_SEED"]) if "PLAN_SEED" in os.environ else None
STORES = 50
_WAITING = 300
_ROW = b'{"id": "as the platform tells it", "title": "Green tea", "nodes": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}'  # of each record
_OPTIONS = (
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=96M",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
)
_STREAM = "ELT(1 + {0} % 4, 'products', 'orders', 'inventory', 'customers')"
_SPREAD = "UTC_TIMESTAMP(6) - INTERVAL ({rows} - {n}) * 30 SECOND"  # one job each thirty seconds, the newest now


def server(folder: Path) -> MariaDb:
    """Empty; `fill` comes after the migrations. With PLAN_SEED, the folder of one that was filled and stopped, it has that one's rows."""
    return MariaDb(folder, *_OPTIONS, seed=SEED)


def fill(node: MariaDb, rows: int = ROWS) -> None:
    """One INSERT … SELECT a table, from a sequence of numbers."""
    others = rows // 2
    stream, at = _STREAM.format("seq"), _SPREAD.format(rows=rows, n="seq")
    waiting = rows - _WAITING
    statements = [
        "SET SESSION foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00'",
        f"SET @raw = x'{zlib.compress(json.dumps({'tea': 'green' * 60}).encode()).hex()}'",
        f"INSERT INTO stores(id, name, title, platform, address) SELECT seq, CONCAT('s', seq), CONCAT('Shop ', seq), 'shopify', 'https://s' "
        f"FROM seq_1_to_{STORES}",
        f"INSERT INTO store_stream_stats(store_id, stream, live) SELECT 1 + seq DIV 4, {stream}, 1000 FROM seq_0_to_{STORES * 4 - 1}",
        "INSERT INTO store_stream_counts(at_hour, store_id, stream, live, noted_at) SELECT hours.at, store_id, stream, 900, hours.at FROM store_stream_stats, "
        "(SELECT FROM_UNIXTIME(UNIX_TIMESTAMP() DIV 3600 * 3600 - 3600 * seq) AS at FROM seq_0_to_167) AS hours WHERE store_id > 3",
        f"INSERT INTO users(name, email) SELECT CONCAT('Person ', seq), CONCAT('p', seq, '@example.com') FROM seq_1_to_{others // 4}",
        "INSERT INTO jobs(name, queue, store_id, stream, args, metadata, priority, state, failures, max_attempts, run_at, push_at, progress, verdict, "
        "reason_code, error_class, error, requested_by, created_at, started_at, finished_at, fingerprint) "
        f"SELECT CONCAT('sync_', {stream}), CONCAT('sync-', {stream}), 1 + seq % {STORES}, {stream}, '{{}}', '{{}}', 0, "
        f"CASE WHEN seq > {rows - 8} THEN 'running' WHEN seq > {waiting} THEN 'queued' WHEN seq % 33 = 0 THEN 'failed' WHEN seq % 100 = 1 AND seq < {rows // 2} THEN 'cancelled' "
        "ELSE 'succeeded' END, 0, 3, "
        f"{at}, {at}, 100, IF(seq > {waiting}, NULL, IF(seq % 33 = 0, 'failed', 'success')), NULL, IF(seq % 33 = 0, 'Unavailable', NULL), "
        f"IF(seq % 33 = 0, CONCAT('The shop answered ', 500 + seq % 5, ' to call ', seq), NULL), 'schedule', {at}, IF(seq > {waiting} AND seq <= "
        f"{rows - 8}, NULL, {at}), IF(seq > {waiting}, NULL, {at} + INTERVAL 20 SECOND), IF(seq % 33 = 0, MD5(seq % 40), NULL) FROM seq_1_to_{rows}",
        f"INSERT INTO job_attempts(job_id, fence, worker, outcome) SELECT seq, 1, 'w', 'succeeded' FROM seq_1_to_{others // 4}",
        f"INSERT INTO sync_runs(job_id, store_id, stream, mode, window_end, pages) SELECT seq * 2, 1 + (seq * 2) % {STORES}, {_STREAM.format('(seq * 2)')}, "
        f"'full', UTC_TIMESTAMP(6), 3 FROM seq_1_to_{others // 4}",
        "INSERT INTO job_refs(kind, value, job_id) SELECT ELT(1 + seq % 4, 'order', 'sku', 'product', 'user'), seq % 50000, seq "
        f"FROM seq_1_to_{others // 2}",
        "INSERT INTO rollups(at, queue, store_id, state, verdict, jobs) SELECT FROM_UNIXTIME(UNIX_TIMESTAMP() DIV 300 * 300 - 300 * (seq DIV 20)), "
        f"CONCAT('sync-', {stream}), 1 + (seq % 20) DIV 4, IF(seq % 20 DIV 4 = 3, 'failed', 'succeeded'), '', 3 FROM seq_20_to_{20 * 288 * 3}",
        "INSERT INTO options(name, value, changed_by) VALUES ('rolled_up_to', UNIX_TIMESTAMP() DIV 300 * 300, 'quayside')",
        "INSERT INTO audit_log(person, action, target, source, outcome, at) SELECT CONCAT('p', seq % 20), ELT(1 + seq % 3, 'retry', 'cancel', 'pause'), "
        f"CONCAT('job:', seq), 'console', 'done', {at} FROM seq_1_to_{others // 4}",
        f"INSERT INTO rejected_records(store_id, stream, external_id, reason_code, reason, job_id) SELECT 1 + seq % {STORES}, {stream}, CONCAT('x', seq), "
        "'unreadable', 'No currency.', seq FROM seq_1_to_20000",
        "INSERT INTO products(name, price, currency, quantity, status, store_id, external_id, source_updated_at, observed_at, content_hash, raw, "
        "deleted_at, last_job_id) SELECT CONCAT(ELT(1 + seq % 5, 'Green', 'Black', 'Red', 'Blue', 'White'), ' tea ', seq), 4.2, 'EUR', 3, 'active', "
        f"1 + seq DIV {max(1, others // STORES) + 1}, CONCAT('p', seq), {at}, {at}, MD5(seq), @raw, "
        f"IF(seq % 50 = 0, {at}, NULL), seq FROM seq_1_to_{others}",
        "INSERT INTO variants(product_external_id, sku, price, currency, inventory_item_id, store_id, external_id, observed_at, content_hash, last_job_id) "
        f"SELECT CONCAT('p', seq), CONCAT('SKU-', seq), 4.2, 'EUR', CONCAT('i', seq), 1 + seq DIV {max(1, others // STORES) + 1}, CONCAT('v', seq), {at}, "
        f"MD5(seq), seq FROM seq_1_to_{others}",
        "INSERT INTO inventory_levels(inventory_item_id, location_id, is_tracked, available, store_id, external_id, observed_at) SELECT CONCAT('i', seq), "
        f"'here', 1, 3, 1 + seq DIV {max(1, others // STORES) + 1}, CONCAT('i', seq, '@here'), {at} FROM seq_1_to_{others // 2}",
        "INSERT INTO orders(number, currency, status, payment_status, fulfillment_status, total, email, is_test, placed_at, store_id, external_id, "
        "source_updated_at, observed_at, content_hash, raw, last_job_id) SELECT CONCAT('#', seq), 'EUR', 'open', 'paid', 'unfulfilled', 10, "
        f"CONCAT('p', seq % 30000, '@example.com'), 0, {at}, 1 + seq % {STORES}, CONCAT('o', seq), {at}, {at}, MD5(seq), @raw, seq "
        f"FROM seq_1_to_{others}",
        "INSERT INTO order_lines(order_external_id, title, quantity, sku, store_id, external_id, observed_at) SELECT CONCAT('o', seq), 'Tea', 1, "
        f"CONCAT('SKU-', seq), 1 + seq % {STORES}, CONCAT('l', seq), {at} FROM seq_1_to_{others}",
        "ANALYZE TABLE jobs, products, variants, orders, order_lines, inventory_levels, job_refs, rollups, rejected_records, users, audit_log, sync_runs, "
        "store_stream_counts, store_stream_stats",
    ]
    with node.connect() as conn, conn.cursor() as cursor:
        for statement in [statements[0], *_without_indexes(), *statements[1:-1], *_with_indexes(), statements[-1]]:
            cursor.execute(statement)
            cursor.fetchall()


def _indexed() -> list[Table]:
    return [
        metadata.tables[name]
        for name in ("jobs", "products", "variants", "orders", "order_lines", "inventory_levels", "job_refs", "audit_log")
    ]


def _without_indexes() -> list[str]:
    """An index that is made at the end is sorted, not searched for each row."""
    return [
        f"ALTER TABLE {table.name} {', '.join(f'DROP INDEX {index.name}' for index in table.indexes)}"
        for table in _indexed()
        if table.indexes
    ]


def _with_indexes() -> list[str]:
    def columns(index: Index) -> str:
        return ", ".join(f"`{column.name}`" for column in index.columns)

    return [
        f"ALTER TABLE {table.name} {', '.join(f'ADD INDEX {index.name} ({columns(index)})' for index in table.indexes)}"
        for table in _indexed()
        if table.indexes
    ]
