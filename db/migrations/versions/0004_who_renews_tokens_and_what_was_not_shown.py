"""Who asks for a store's new tokens, and until when; what a run was not shown."""

import sqlalchemy as sa
from alembic import op

from db.columns import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores", sa.Column("renewing_by", sa.String(32), nullable=True))
    op.add_column("stores", sa.Column("renewing_until", UtcTime(), nullable=True))
    op.add_column("sync_runs", sa.Column("gaps", sa.JSON(), nullable=True))
    # A run under way that has counted some would end as if it had none.
    told = '[["nested_truncated", "of pages read before the upgrade"]]'
    op.execute(sa.text("UPDATE sync_runs SET gaps = :told WHERE truncated > 0 AND verdict IS NULL").bindparams(told=told))


def downgrade() -> None:
    op.drop_column("sync_runs", "gaps")
    op.drop_column("stores", "renewing_until")
    op.drop_column("stores", "renewing_by")
