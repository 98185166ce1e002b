"""The ledger: jobs, their attempts and runs, who works on them, and who asked for what."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, text
from sqlalchemy.dialects import mysql

from db.columns import ExactText, UtcTime, big_id, long_text
from db.table_parts import NOW, OPTIONS, metadata, row_id

jobs = Table(
    "jobs", metadata, row_id(),
    Column("name", String(64), nullable=False),  # the function under @job
    Column("queue", String(32), nullable=False),
    Column("store_id", Integer, ForeignKey("stores.id")),
    Column("stream", String(16)),
    Column("args", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),  # what the caller wants to find again: reason, user, …
    Column("priority", SmallInteger, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),  # how often it was claimed; only the newest claim may write
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("max_attempts", Integer, nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("push_at", UtcTime, nullable=False),  # when it is pushed to Redis again unless somebody has claimed it
    Column("lease_until", UtcTime),
    Column("deadline_at", UtcTime),  # no heartbeat extends a lease past this
    Column("worker", String(128)),
    Column("dedupe_key", ExactText(191)),  # what it works on, e.g. sync:store1:orders
    Column("active_key", ExactText(191), unique=True),  # the dedupe_key while unfinished, NULL after: one active job a key
    Column("idempotency_key", ExactText(191), unique=True),
    Column("cancel_requested_by", String(255)),
    Column("progress", big_id),
    Column("progress_total", big_id),
    Column("verdict", String(16)),
    Column("reason_code", String(64)),
    Column("error_class", String(128)),
    Column("error", String(2000)),  # one sentence, without secrets
    Column("hint", String(512)),  # the next step
    Column("result", JSON),
    Column("fingerprint", String(32)),  # of its failure, see failure_groups
    Column("parent_id", big_id),  # the job that asked for this one
    Column("requested_by", String(255), nullable=False),
    Column("request_id", String(64)),  # of the HTTP call that asked, which the job's log lines name
    Column("created_at", UtcTime, nullable=False, **NOW),
    Column("started_at", UtcTime),  # of the first attempt
    Column("finished_at", UtcTime),
    Index("jobs_due", "state", "push_at"),
    Index("jobs_leases", "state", "lease_until"),
    Index("jobs_state", "state", "id"),
    Index("jobs_queue", "queue", "state", "id"),
    Index("jobs_store", "store_id", "stream", "id"),
    Index("jobs_line", "state", "store_id", "queue", "priority", "run_at"),  # whose turn it is, without reading a row of the table
    Index("jobs_finished", "finished_at", "state"),
    Index("jobs_fingerprint", "fingerprint", "id"),
    Index("jobs_parent", "parent_id", "id"),
    sqlite_autoincrement=True,  # an id is never given twice, or an old message could run a new job
    **OPTIONS,
)  # fmt: skip

job_attempts = Table(
    "job_attempts", metadata,
    Column("job_id", big_id, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("fence", Integer, primary_key=True, autoincrement=False),
    Column("worker", String(128), nullable=False),
    Column("started_at", UtcTime, nullable=False, **NOW),
    Column("finished_at", UtcTime),
    Column("outcome", String(16)),
    Column("error_class", String(128)),
    Column("error", String(2000)),
    Column("traceback", long_text()),
    **OPTIONS,
)  # fmt: skip

sync_runs = Table(
    "sync_runs", metadata,
    Column("job_id", big_id, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("store_id", Integer, ForeignKey("stores.id"), nullable=False),
    Column("stream", String(16), nullable=False),
    Column("mode", String(16), nullable=False),  # incremental, full, range; dropped: see db.sync_runs
    Column("window_start", UtcTime),
    Column("window_end", UtcTime, nullable=False),
    Column("cursor", JSON),  # the checkpoint: where to go on; in the same row as the counts that it belongs to
    *[Column(name, big_id, nullable=False, server_default="0")
      for name in ("pages", "read", "created", "updated", "unchanged", "duplicate", "rejected", "removed")],
    Column("total", big_id),  # of the window, where the platform tells
    Column("truncated", Integer, nullable=False, server_default="0"),
    Column("gaps", JSON),  # what the platform did not show: reason code and name of each, as far as there is room
    Column("is_complete", Boolean, nullable=False, server_default=text("0")),
    Column("verdict", String(16)),
    Column("reason_code", String(64)),
    Column("sentence", String(1024)),
    Column("met", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")),  # of a full run: db.met, as its last attempt left it; of a dry run: db.dry_pages
    Index("sync_runs_store", "store_id", "stream", "job_id"),
    **OPTIONS,
)  # fmt: skip

missing_records = Table(  # that a job of the kind reconcile was told do not exist, until it has asked for all and asked again for these
    "missing_records", metadata,
    Column("job_id", big_id, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("external_id", ExactText(128), primary_key=True),
    **OPTIONS,
)  # fmt: skip

requests = Table(
    "requests", metadata, row_id(),
    Column("server_id", String(64), nullable=False),
    Column("timestamp", UtcTime, nullable=False, **NOW),
    Column("job_id", big_id),
    Column("name", String(64)),
    Column("status", String(16)),
    Column("message", String(1024)),
    Column("duration_ms", Integer),
    Index("requests_server", "server_id", "timestamp"),
    **OPTIONS,
)  # fmt: skip

consumers = Table(
    "consumers", metadata,
    Column("id", String(128), primary_key=True),  # host:pid:start
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(32), nullable=False),
    Column("workers", Integer, nullable=False),
    Column("worker_type", String(16), nullable=False),
    Column("broker", String(255), nullable=False),
    Column("memory_bytes", big_id),
    Column("started_at", UtcTime, nullable=False, **NOW),
    Column("beat_at", UtcTime, nullable=False, **NOW),
    Column("stopped_at", UtcTime),
    Column("drain_by", String(255)),  # who asked it to take no more jobs
    **OPTIONS,
)  # fmt: skip

schedules = Table(
    "schedules", metadata, row_id(),
    Column("store_id", Integer, ForeignKey("stores.id")),  # NULL: all stores
    Column("stream", String(16), nullable=False),  # or `all`
    Column("cron", String(128), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("is_enabled", Boolean, nullable=False, server_default=text("1")),
    Column("paused_until", UtcTime),
    Column("missed", Integer, nullable=False, server_default="0"),
    Column("last_at", UtcTime),
    Column("last_job_id", big_id),
    Column("changed_by", String(255)),  # NULL: as the settings say
    Column("slot", ExactText(64)),  # store and stream in one, since a unique key over a NULL store would let a default in twice
    Index("schedules_slot", "slot", unique=True),
    **OPTIONS,
)  # fmt: skip

audit_log = Table(
    "audit_log", metadata, row_id(),
    Column("at", UtcTime, nullable=False, **NOW),
    Column("person", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", String(255), nullable=False),
    Column("detail", JSON),
    Column("source", String(16), nullable=False, server_default="script"),  # console, api, script or quayside itself
    Column("outcome", String(16), nullable=False, server_default="done"),  # done, denied or refused
    Column("address", String(64)),  # where the request came from
    Index("audit_target", "target", "id"),
    Index("audit_person", "person", "id"),
    Index("audit_action", "action", "id"),
    Index("audit_at", "at"),
    **OPTIONS,
)  # fmt: skip

replica_heartbeat = Table(
    "replica_heartbeat", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("beat_at", UtcTime, nullable=False),
    **OPTIONS,
)  # fmt: skip
