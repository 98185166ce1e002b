"""What was here of each stream hour by hour, so that a change can be told without a count; the tags of stores."""

import sqlalchemy as sa
from alembic import op

from db.columns import UtcTime, big_id

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores", sa.Column("tags", sa.JSON(), nullable=True))
    op.create_table(
        "store_stream_counts",
        sa.Column("at_hour", UtcTime(), nullable=False),
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("live", big_id, nullable=False),
        sa.Column("noted_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"]),
        sa.PrimaryKeyConstraint("at_hour", "store_id", "stream"),
        sa.Index("store_stream_counts_stream", "store_id", "stream", "at_hour"),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )


def downgrade() -> None:
    op.drop_table("store_stream_counts")
    op.drop_column("stores", "tags")
