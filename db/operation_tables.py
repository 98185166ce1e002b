"""What running the whole needs: pauses, indexed references, rollups, the log of jobs, groups of failures, bulk operations, alerts, options."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from db.columns import ExactText, UtcTime, big_id
from db.table_parts import NOW, OPTIONS, metadata, row_id

queue_pauses = Table(
    "queue_pauses", metadata,
    Column("queue", String(32), primary_key=True),  # its name, or * for the whole; a paused store is in `stores`
    Column("paused_at", UtcTime, nullable=False, **NOW),
    Column("paused_by", String(255), nullable=False),
    Column("reason", String(512), nullable=False),
    Column("resume_at", UtcTime),  # by itself; NULL: by a person
    **OPTIONS,
)  # fmt: skip

job_refs = Table(
    "job_refs", metadata,
    Column("kind", String(16), primary_key=True),  # order, sku, product, user
    Column("value", ExactText(128), primary_key=True),
    Column("job_id", big_id, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Index("job_refs_job", "job_id"),
    **OPTIONS,
)  # fmt: skip

rollups = Table(
    "rollups", metadata,
    Column("at", UtcTime, primary_key=True),  # the begin of five minutes
    Column("queue", String(32), primary_key=True),
    Column("store_id", Integer, primary_key=True, autoincrement=False),  # 0: no store
    Column("state", String(16), primary_key=True),
    Column("verdict", String(16), primary_key=True, server_default=""),
    Column("jobs", big_id, nullable=False, server_default="0"),
    Column("records", big_id, nullable=False, server_default="0"),
    Column("ran_ms", big_id, nullable=False, server_default="0"),  # in all, from start to end
    Column("waited_ms", big_id, nullable=False, server_default="0"),  # in all, from due to start
    **OPTIONS,
)  # fmt: skip

job_log = Table(
    "job_log", metadata, row_id(),
    Column("job_id", big_id, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcTime, nullable=False, **NOW),
    Column("level", String(8), nullable=False),
    Column("line", String(1024), nullable=False),
    Index("job_log_job", "job_id", "id"),
    **OPTIONS,
)  # fmt: skip

failure_groups = Table(
    "failure_groups", metadata,
    Column("fingerprint", String(32), primary_key=True),  # of job name, error class and the error without its numbers and names
    Column("name", String(64), nullable=False),
    Column("error_class", String(128), nullable=False),
    Column("example", String(2000), nullable=False),
    Column("kind", String(16), nullable=False),  # person (only a person can help), passing (mends itself) or bug
    Column("state", String(16), nullable=False, server_default="new"),  # new, known, muted, resolved or regressed
    Column("seen", big_id, nullable=False, server_default="0"),
    Column("first_seen_at", UtcTime, nullable=False, **NOW),
    Column("last_seen_at", UtcTime, nullable=False, **NOW),
    Column("last_job_id", big_id),
    Column("muted_until", UtcTime),
    Column("resolved_at", UtcTime),
    Column("assigned_to", String(255)),
    Column("note", String(1024)),
    Index("failure_groups_seen", "last_seen_at"),
    **OPTIONS,
)  # fmt: skip

bulk_operations = Table(
    "bulk_operations", metadata, row_id(),
    Column("action", String(32), nullable=False),  # retry, cancel, retry_rejected, empty_queue
    Column("filter", JSON, nullable=False),  # what the person had chosen, to be read again
    Column("reason", String(512), nullable=False, server_default=""),
    Column("requested_by", String(255), nullable=False),
    Column("job_id", big_id),  # the job that carries it out
    Column("total", Integer, nullable=False),
    *[Column(name, Integer, nullable=False, server_default="0") for name in ("done", "refused")],
    Column("created_at", UtcTime, nullable=False, **NOW),
    Column("finished_at", UtcTime),
    Index("bulk_operations_job", "job_id"),
    **OPTIONS,
)  # fmt: skip

bulk_targets = Table(
    "bulk_targets", metadata,
    Column("operation_id", big_id, ForeignKey("bulk_operations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("target_id", big_id, primary_key=True, autoincrement=False),  # of a job, or of a rejected record
    Column("outcome", String(16)),  # NULL until its turn; done or refused
    Column("said", String(512)),
    **OPTIONS,
)  # fmt: skip

alerts = Table(
    "alerts", metadata, row_id(),
    Column("rule", String(32), nullable=False),
    Column("cause", ExactText(191), nullable=False),  # e.g. freshness:store1:orders
    Column("active_cause", ExactText(191), unique=True),  # the cause while it lasts, NULL after: one alert a cause
    Column("severity", String(16), nullable=False),  # person or passing
    Column("sentence", String(1024), nullable=False),
    Column("seen", Integer, nullable=False, server_default="1"),
    Column("began_at", UtcTime, nullable=False, **NOW),
    Column("last_seen_at", UtcTime, nullable=False, **NOW),
    Column("ended_at", UtcTime),
    Column("silenced_until", UtcTime),
    Column("silenced_by", String(255)),
    Column("told_at", UtcTime),  # when the channels were told that it began
    Column("told_ended_at", UtcTime),
    Index("alerts_began", "began_at"),
    Index("alerts_cause", "cause", "id"),
    **OPTIONS,
)  # fmt: skip

alert_channels = Table(
    "alert_channels", metadata, row_id(),
    Column("name", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # webhook, slack or email
    Column("ciphertext", Text, nullable=False),  # its address and secrets
    Column("is_enabled", Boolean, nullable=False, server_default=text("1")),
    Column("created_by", String(255), nullable=False),
    Column("created_at", UtcTime, nullable=False, **NOW),
    Column("last_sent_at", UtcTime),
    Column("last_error", String(512)),
    **OPTIONS,
)  # fmt: skip

options = Table(
    "options", metadata,
    Column("name", String(64), primary_key=True),  # of a setting that a person may change while all runs, e.g. keep_jobs_days
    Column("value", JSON, nullable=False),
    Column("changed_by", String(255), nullable=False),
    Column("changed_at", UtcTime, nullable=False, **NOW),
    **OPTIONS,
)  # fmt: skip
