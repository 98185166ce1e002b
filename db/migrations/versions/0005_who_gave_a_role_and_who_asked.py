"""Whether a person or a group gave a role; which request asked for a job; when an unknown word was last seen; whose a call under way is."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from db.columns import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("accounts", sa.Column("given_role", sa.String(16), nullable=True)),
    ("jobs", sa.Column("request_id", sa.String(64), nullable=True)),
    ("unknown_values", sa.Column("last_seen_at", UtcTime(), nullable=True)),
    ("api_answers", sa.Column("held_by", sa.String(32), nullable=True)),
)


def upgrade() -> None:
    for table, column in _NEW:
        op.add_column(table, column)
    accounts = sa.table("accounts", sa.column("name"), sa.column("given_role"))
    for name, role in _given(op.get_bind()).items():
        op.execute(accounts.update().where(accounts.c.name == name).values(given_role=role))


def _given(conn: sa.Connection) -> dict[str, str]:
    """Person → the role that a person gave last: the audit log knows, and where it has forgotten, whoever made the account gave its role."""
    made = conn.execute(sa.text("SELECT name, role FROM accounts WHERE created_by IS NULL OR created_by NOT IN ('oidc', 'proxy')"))
    given = {row.name: row.role for row in made}
    told = conn.execute(
        sa.text("SELECT target, detail FROM audit_log WHERE action IN ('add_account', 'set_role') AND outcome = 'done' ORDER BY id")
    )
    for target, detail in told:
        said = json.loads(detail) if isinstance(detail, str) else detail or {}
        if "way" not in said:  # a group's role is written with the way by which the person came
            given[target.removeprefix("account:")] = said.get("to") or said.get("role")
    return given


def downgrade() -> None:
    for table, column in _NEW:
        op.drop_column(table, column.name)
