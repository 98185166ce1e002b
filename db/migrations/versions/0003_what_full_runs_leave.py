"""When totals were counted again, which streams are due to be read in full, and which records a full run has met."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from db.columns import ExactText, UtcTime, big_id

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("store_stream_stats", sa.Column("counted_at", UtcTime(), nullable=True))
    op.add_column("store_stream_stats", sa.Column("full_due", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.add_column("sync_runs", sa.Column("met", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb"), nullable=True))
    op.create_table(
        "missing_records",
        sa.Column("job_id", big_id, autoincrement=False, nullable=False),
        sa.Column("external_id", ExactText(length=128), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "external_id"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )


def downgrade() -> None:
    op.drop_table("missing_records")
    op.drop_column("sync_runs", "met")
    op.drop_column("store_stream_stats", "full_due")
    op.drop_column("store_stream_stats", "counted_at")
