"""Every table, by its name. One unique key a synced table, so that an upsert can only meet the row that it means."""

from db.job_tables import audit_log, consumers, job_attempts, jobs, replica_heartbeat, requests, schedules, sync_runs
from db.record_tables import (
    customers,
    inventory_levels,
    order_lines,
    orders,
    products,
    refunds,
    rejected_records,
    store_credentials,
    store_stream_stats,
    stores,
    unknown_values,
    users,
    variants,
)
from db.table_parts import metadata

__all__ = [
    "audit_log", "consumers", "customers", "inventory_levels", "job_attempts", "jobs", "metadata", "order_lines", "orders",
    "products", "refunds", "rejected_records", "replica_heartbeat", "requests", "schedules", "store_credentials",
    "store_stream_stats", "stores", "sync_runs", "unknown_values", "users", "variants",
]  # fmt: skip
