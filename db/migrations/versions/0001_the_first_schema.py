"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from db.columns import ExactText, Money, UtcTime, big_id, db_now

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("audit_target", "audit_log", ["target", "id"], unique=False)

    op.create_table(
        "consumers",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("worker_type", sa.String(length=16), nullable=False),
        sa.Column("broker", sa.String(length=255), nullable=False),
        sa.Column("memory_bytes", big_id, nullable=True),
        sa.Column("started_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("beat_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "replica_heartbeat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("beat_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "requests",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("server_id", sa.String(length=64), nullable=False),
        sa.Column("timestamp", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("job_id", big_id, nullable=True),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("message", sa.String(length=1024), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("requests_server", "requests", ["server_id", "timestamp"], unique=False)

    op.create_table(
        "stores",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", ExactText(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("options", sa.JSON(), nullable=True),
        sa.Column("paused_at", UtcTime(), nullable=True),
        sa.Column("pause_reason", sa.String(length=512), nullable=True),
        sa.Column("probe_at", UtcTime(), nullable=True),
        sa.Column("failed_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "users",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "customers",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("first_name", sa.String(length=255), nullable=True),
        sa.Column("last_name", sa.String(length=255), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=True),
        sa.Column("orders_count", sa.Integer(), nullable=True),
        sa.Column("total_spent", Money(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("is_masked", sa.Boolean(), nullable=False),
        sa.Column("is_derived", sa.Boolean(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("customers_email", "customers", ["email"], unique=False)

    op.create_table(
        "inventory_levels",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("inventory_item_id", ExactText(length=128), nullable=False),
        sa.Column("product_external_id", ExactText(length=128), nullable=True),
        sa.Column("variant_external_id", ExactText(length=128), nullable=True),
        sa.Column("sku", ExactText(length=255), nullable=True),
        sa.Column("location_id", ExactText(length=128), nullable=False),
        sa.Column("location_name", sa.String(length=255), nullable=True),
        sa.Column("is_tracked", sa.Boolean(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("on_hand", sa.Integer(), nullable=True),
        sa.Column("committed", sa.Integer(), nullable=True),
        sa.Column("incoming", sa.Integer(), nullable=True),
        sa.Column("reserved", sa.Integer(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "jobs",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("stream", sa.String(length=16), nullable=True),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_at", UtcTime(), nullable=False),
        sa.Column("push_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("deadline_at", UtcTime(), nullable=True),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("dedupe_key", ExactText(length=191), nullable=True),
        sa.Column("active_key", ExactText(length=191), nullable=True),
        sa.Column("idempotency_key", ExactText(length=191), nullable=True),
        sa.Column("cancel_requested_by", sa.String(length=255), nullable=True),
        sa.Column("progress", big_id, nullable=True),
        sa.Column("progress_total", big_id, nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("error_class", sa.String(length=128), nullable=True),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column("hint", sa.String(length=512), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("active_key"),
        sa.UniqueConstraint("idempotency_key"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_due", "jobs", ["state", "push_at"], unique=False)
    op.create_index("jobs_finished", "jobs", ["finished_at", "state"], unique=False)
    op.create_index("jobs_leases", "jobs", ["state", "lease_until"], unique=False)
    op.create_index("jobs_queue", "jobs", ["queue", "state", "id"], unique=False)
    op.create_index("jobs_state", "jobs", ["state", "id"], unique=False)
    op.create_index("jobs_store", "jobs", ["store_id", "stream", "id"], unique=False)

    op.create_table(
        "order_lines",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("order_external_id", ExactText(length=128), nullable=False),
        sa.Column("product_external_id", ExactText(length=128), nullable=True),
        sa.Column("variant_external_id", ExactText(length=128), nullable=True),
        sa.Column("sku", ExactText(length=255), nullable=True),
        sa.Column("title", sa.String(length=512), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("current_quantity", sa.Integer(), nullable=True),
        sa.Column("unit_price", Money(), nullable=True),
        sa.Column("total", Money(), nullable=True),
        sa.Column("tax", Money(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("order_lines_order", "order_lines", ["store_id", "order_external_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("payment_status", sa.String(length=24), nullable=False),
        sa.Column("fulfillment_status", sa.String(length=24), nullable=False),
        sa.Column("raw_status", sa.String(length=64), nullable=True),
        sa.Column("raw_payment_status", sa.String(length=64), nullable=True),
        sa.Column("raw_fulfillment_status", sa.String(length=64), nullable=True),
        sa.Column("subtotal", Money(), nullable=True),
        sa.Column("discount", Money(), nullable=True),
        sa.Column("shipping", Money(), nullable=True),
        sa.Column("tax", Money(), nullable=True),
        sa.Column("total", Money(), nullable=True),
        sa.Column("refunded", Money(), nullable=True),
        sa.Column("customer_external_id", ExactText(length=128), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("placed_at", UtcTime(), nullable=True),
        sa.Column("cancelled_at", UtcTime(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("orders_number", "orders", ["number"], unique=False)
    op.create_index("orders_placed", "orders", ["store_id", "placed_at"], unique=False)

    op.create_table(
        "products",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column(
            "description", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=True
        ),
        sa.Column("price", Money(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=255), nullable=True),
        sa.Column("vendor", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("raw_status", sa.String(length=64), nullable=True),
        sa.Column("user_id", big_id, nullable=True),
        sa.Column("created_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("products_user", "products", ["user_id"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("order_external_id", ExactText(length=128), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("reason", sa.String(length=512), nullable=True),
        sa.Column("refunded_at", UtcTime(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("refunds_order", "refunds", ["store_id", "order_external_id"], unique=False)

    op.create_table(
        "rejected_records",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("external_id", ExactText(length=128), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=1024), nullable=False),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("job_id", big_id, nullable=False),
        sa.Column("first_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "stream", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "schedules",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("cron", sa.String(length=128), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "store_credentials",
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("updated_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("store_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "store_stream_stats",
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("live", big_id, server_default="0", nullable=False),
        sa.Column("children", big_id, server_default="0", nullable=False),
        sa.Column("deleted", big_id, server_default="0", nullable=False),
        sa.Column("rejected", big_id, server_default="0", nullable=False),
        sa.Column("platform_total", big_id, nullable=True),
        sa.Column("watermark", UtcTime(), nullable=True),
        sa.Column("last_success_at", UtcTime(), nullable=True),
        sa.Column("last_finished_at", UtcTime(), nullable=True),
        sa.Column("last_verdict", sa.String(length=16), nullable=True),
        sa.Column("last_reason", sa.String(length=512), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.Column("failed_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("store_id", "stream"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "unknown_values",
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("value", ExactText(length=64), nullable=False),
        sa.Column("seen", big_id, nullable=False),
        sa.Column("first_seen_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("store_id", "field", "value"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "variants",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("product_external_id", ExactText(length=128), nullable=False),
        sa.Column("title", sa.String(length=512), nullable=True),
        sa.Column("sku", ExactText(length=255), nullable=True),
        sa.Column("barcode", sa.String(length=255), nullable=True),
        sa.Column("price", Money(), nullable=True),
        sa.Column("compare_at_price", Money(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("inventory_item_id", ExactText(length=128), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("external_id", ExactText(length=128), nullable=True),
        sa.Column("source_created_at", UtcTime(), nullable=True),
        sa.Column("source_updated_at", UtcTime(), nullable=True),
        sa.Column("observed_at", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=True),
        sa.Column(
            "raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mariadb").with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True
        ),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("delete_evidence", sa.String(length=255), nullable=True),
        sa.Column("last_job_id", big_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("store_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("variants_product", "variants", ["store_id", "product_external_id"], unique=False)
    op.create_index("variants_sku", "variants", ["sku"], unique=False)

    op.create_table(
        "job_attempts",
        sa.Column("job_id", big_id, autoincrement=False, nullable=False),
        sa.Column("fence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("started_at", UtcTime(), server_default=db_now(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("error_class", sa.String(length=128), nullable=True),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column(
            "traceback", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=True
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "fence"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "sync_runs",
        sa.Column("job_id", big_id, autoincrement=False, nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("window_start", UtcTime(), nullable=True),
        sa.Column("window_end", UtcTime(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("pages", big_id, server_default="0", nullable=False),
        sa.Column("read", big_id, server_default="0", nullable=False),
        sa.Column("created", big_id, server_default="0", nullable=False),
        sa.Column("updated", big_id, server_default="0", nullable=False),
        sa.Column("unchanged", big_id, server_default="0", nullable=False),
        sa.Column("duplicate", big_id, server_default="0", nullable=False),
        sa.Column("rejected", big_id, server_default="0", nullable=False),
        sa.Column("removed", big_id, server_default="0", nullable=False),
        sa.Column("total", big_id, nullable=True),
        sa.Column("truncated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("sentence", sa.String(length=1024), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.id"],
        ),
        sa.PrimaryKeyConstraint("job_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("sync_runs_store", "sync_runs", ["store_id", "stream", "job_id"], unique=False)


def downgrade() -> None:

    op.drop_table("sync_runs")
    op.drop_table("job_attempts")

    op.drop_table("variants")
    op.drop_table("unknown_values")
    op.drop_table("store_stream_stats")
    op.drop_table("store_credentials")
    op.drop_table("schedules")
    op.drop_table("rejected_records")

    op.drop_table("refunds")

    op.drop_table("products")

    op.drop_table("orders")

    op.drop_table("order_lines")

    op.drop_table("jobs")
    op.drop_table("inventory_levels")

    op.drop_table("customers")
    op.drop_table("users")
    op.drop_table("stores")

    op.drop_table("requests")
    op.drop_table("replica_heartbeat")
    op.drop_table("consumers")

    op.drop_table("audit_log")
