"""The index of the lines has all that a place in line depends on, so that a backlog is ordered and counted without reading its jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_BEFORE = ("store_id", "state", "run_at")
_SINCE = ("state", "store_id", "queue", "priority", "run_at")


def upgrade() -> None:
    _become(_SINCE)


def downgrade() -> None:
    _become(_BEFORE)


def _become(columns: tuple[str, ...]) -> None:
    """Again from the middle where an attempt was cut off; a server commits after each step."""
    if "jobs_line" in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("jobs")}:
        op.drop_index("jobs_line", "jobs")
    op.create_index("jobs_line", "jobs", list(columns))
