"""The index of the lines has all that a place in line depends on, so that a backlog is ordered and counted without reading its jobs; users are found
by their address."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = ("store_id", "state", "run_at")
_SINCE = ("state", "store_id", "queue", "priority", "run_at")


def upgrade() -> None:
    _make("jobs_line", "jobs", _SINCE)
    _make("users_email", "users", ("email",))


def downgrade() -> None:
    op.drop_index("users_email", "users")
    _make("jobs_line", "jobs", _BEFORE)


def _make(name: str, table: str, columns: tuple[str, ...]) -> None:
    """In the place of one that is there: an earlier version's, or that of an attempt that was cut off, since a server commits after each step."""
    if name in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.drop_index(name, table)
    op.create_index(name, table, list(columns))
