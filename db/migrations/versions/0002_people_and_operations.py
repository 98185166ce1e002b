"""People and operations."""

import sqlalchemy as sa
from alembic import op

from db.columns import ExactText, UtcTime, big_id, db_now

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", ExactText(length=191), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("sessions_valid_after", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("last_seen_at", UtcTime(), nullable=True),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("source", ExactText(length=255), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("source"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("sign_in_failures_since", "sign_in_failures", ["since"], unique=False)

    op.create_table(
        "alert_channels",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("last_sent_at", UtcTime(), nullable=True),
        sa.Column("last_error", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "alerts",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("cause", ExactText(length=191), nullable=False),
        sa.Column("active_cause", ExactText(length=191), nullable=True),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=1024), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="1", nullable=False),
        sa.Column("began_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("silenced_until", UtcTime(), nullable=True),
        sa.Column("silenced_by", sa.String(length=255), nullable=True),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("told_ended_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("active_cause"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("alerts_began", "alerts", ["began_at"], unique=False)
    op.create_index("alerts_cause", "alerts", ["cause", "id"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("token_hash", ExactText(length=64), nullable=False),
        sa.Column("ends_with", sa.String(length=4), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "api_answers",
        sa.Column("asked", ExactText(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.PrimaryKeyConstraint("asked"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("api_answers_created", "api_answers", ["created_at"], unique=False)

    op.create_table(
        "bulk_operations",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=512), server_default="", nullable=False),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("job_id", big_id, nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("bulk_operations_job", "bulk_operations", ["job_id"], unique=False)

    op.create_table(
        "failure_groups",
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("error_class", sa.String(length=128), nullable=False),
        sa.Column("example", sa.String(length=2000), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="new", nullable=False),
        sa.Column("seen", big_id, server_default="0", nullable=False),
        sa.Column("first_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.Column("muted_until", UtcTime(), nullable=True),
        sa.Column("resolved_at", UtcTime(), nullable=True),
        sa.Column("assigned_to", sa.String(length=255), nullable=True),
        sa.Column("note", sa.String(length=1024), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("failure_groups_seen", "failure_groups", ["last_seen_at"], unique=False)

    op.create_table(
        "options",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("changed_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "queue_pauses",
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("paused_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("paused_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=512), nullable=False),
        sa.Column("resume_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("queue"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "rollups",
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), server_default="", nullable=False),
        sa.Column("jobs", big_id, server_default="0", nullable=False),
        sa.Column("records", big_id, server_default="0", nullable=False),
        sa.Column("ran_ms", big_id, server_default="0", nullable=False),
        sa.Column("waited_ms", big_id, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("at", "queue", "store_id", "state", "verdict"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "saved_views",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "page", "name"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "bulk_targets",
        sa.Column("operation_id", big_id, autoincrement=False, nullable=False),
        sa.Column("target_id", big_id, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("said", sa.String(length=512), nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["bulk_operations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("operation_id", "target_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "job_log",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("job_id", big_id, nullable=False),
        sa.Column("at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("line", sa.String(length=1024), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("job_log_job", "job_log", ["job_id", "id"], unique=False)

    op.create_table(
        "job_refs",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", ExactText(length=128), nullable=False),
        sa.Column("job_id", big_id, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kind", "value", "job_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("job_refs_job", "job_refs", ["job_id"], unique=False)

    op.add_column("audit_log", sa.Column("source", sa.String(length=16), server_default="script", nullable=False))
    op.add_column("audit_log", sa.Column("outcome", sa.String(length=16), server_default="done", nullable=False))
    op.add_column("audit_log", sa.Column("address", sa.String(length=64), nullable=True))
    op.create_index("audit_action", "audit_log", ["action", "id"], unique=False)
    op.create_index("audit_at", "audit_log", ["at"], unique=False)
    op.create_index("audit_person", "audit_log", ["person", "id"], unique=False)

    op.add_column("consumers", sa.Column("drain_by", sa.String(length=255), nullable=True))

    op.add_column("jobs", sa.Column("fingerprint", sa.String(length=32), nullable=True))
    op.add_column("jobs", sa.Column("parent_id", big_id, nullable=True))
    op.create_index("jobs_fingerprint", "jobs", ["fingerprint", "id"], unique=False)
    op.create_index("jobs_parent", "jobs", ["parent_id", "id"], unique=False)
    op.create_index("jobs_line", "jobs", ["store_id", "state", "run_at"], unique=False)

    op.add_column("schedules", sa.Column("paused_until", UtcTime(), nullable=True))
    op.add_column("schedules", sa.Column("last_job_id", big_id, nullable=True))
    op.add_column("schedules", sa.Column("changed_by", sa.String(length=255), nullable=True))
    op.execute("DELETE FROM schedules")  # until now all came from the settings; a consumer writes them again when it starts
    op.add_column("schedules", sa.Column("slot", ExactText(length=64), nullable=True))
    op.create_index("schedules_slot", "schedules", ["slot"], unique=True)

    op.add_column("stores", sa.Column("paused_by", sa.String(length=255), nullable=True))
    op.add_column("stores", sa.Column("resume_at", UtcTime(), nullable=True))
    op.add_column("stores", sa.Column("max_running", sa.Integer(), nullable=True))

    op.create_index("products_store", "products", ["store_id", "deleted_at"], unique=False)
    op.create_index("inventory_item", "inventory_levels", ["store_id", "inventory_item_id"], unique=False)
    op.create_index("orders_email", "orders", ["email"], unique=False)


def downgrade() -> None:
    op.drop_index("orders_email", "orders")
    op.drop_index("inventory_item", "inventory_levels")
    op.drop_index("products_store", "products")

    op.drop_column("stores", "max_running")
    op.drop_column("stores", "resume_at")
    op.drop_column("stores", "paused_by")

    op.drop_index("schedules_slot", "schedules")
    op.drop_column("schedules", "slot")
    op.drop_column("schedules", "changed_by")
    op.drop_column("schedules", "last_job_id")
    op.drop_column("schedules", "paused_until")

    op.drop_index("jobs_line", "jobs")
    op.drop_index("jobs_parent", "jobs")
    op.drop_index("jobs_fingerprint", "jobs")
    op.drop_column("jobs", "parent_id")
    op.drop_column("jobs", "fingerprint")

    op.drop_column("consumers", "drain_by")

    op.drop_index("audit_person", "audit_log")
    op.drop_index("audit_at", "audit_log")
    op.drop_index("audit_action", "audit_log")
    op.drop_column("audit_log", "address")
    op.drop_column("audit_log", "outcome")
    op.drop_column("audit_log", "source")

    op.drop_table("job_refs")
    op.drop_table("job_log")
    op.drop_table("bulk_targets")
    op.drop_table("saved_views")
    op.drop_table("rollups")
    op.drop_table("queue_pauses")
    op.drop_table("options")
    op.drop_table("failure_groups")
    op.drop_table("bulk_operations")
    op.drop_table("api_answers")
    op.drop_table("api_tokens")
    op.drop_table("alerts")
    op.drop_table("alert_channels")
    op.drop_table("sign_in_failures")
    op.drop_table("accounts")
