"""Every table, by its name. One unique key a synced table, so that an upsert can only meet the row that it means."""

from db.api_tables import api_answers
from db.job_tables import audit_log, consumers, job_attempts, jobs, missing_records, replica_heartbeat, requests, schedules, sync_runs
from db.operation_tables import (
    alert_channels,
    alerts,
    bulk_operations,
    bulk_targets,
    failure_groups,
    job_log,
    job_refs,
    options,
    queue_pauses,
    rollups,
)
from db.people_tables import accounts, api_tokens, saved_views, sign_in_failures
from db.record_tables import (
    customers,
    inventory_levels,
    order_lines,
    orders,
    products,
    refunds,
    rejected_records,
    store_credentials,
    store_stream_counts,
    store_stream_stats,
    stores,
    unknown_values,
    users,
    variants,
)
from db.table_parts import metadata

__all__ = [
    "accounts", "alert_channels", "alerts", "api_answers", "api_tokens", "audit_log", "bulk_operations", "bulk_targets", "consumers", "customers",
    "failure_groups", "inventory_levels", "job_attempts", "job_log", "job_refs", "jobs", "metadata", "missing_records", "options", "order_lines", "orders",
    "products", "queue_pauses", "refunds", "rejected_records", "replica_heartbeat", "requests", "rollups", "saved_views", "schedules", "sign_in_failures",
    "store_credentials", "store_stream_counts", "store_stream_stats", "stores", "sync_runs", "unknown_values", "users", "variants",
]  # fmt: skip
