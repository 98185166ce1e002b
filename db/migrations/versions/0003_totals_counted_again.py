"""When the totals of a store's stream were last counted again."""

import sqlalchemy as sa
from alembic import op

from db.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("store_stream_stats", sa.Column("counted_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("store_stream_stats", "counted_at")
