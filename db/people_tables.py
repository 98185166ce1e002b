"""The people at the console: who may sign in, with which role, by which tokens, and the views that they keep."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint, text

from db.columns import ExactText, UtcTime
from db.table_parts import NOW, OPTIONS, metadata, row_id

accounts = Table(
    "accounts", metadata, row_id(),
    Column("name", ExactText(191), nullable=False, unique=True),  # what they sign in with, in small letters; of OIDC and a proxy the e-mail address
    Column("role", String(16), nullable=False),  # viewer, operator or admin
    Column("given_role", String(16)),  # the role that a person gave, which holds where no group gives one; NULL: nobody did
    Column("password_hash", String(255)),  # NULL: signs in by OIDC or through a proxy alone
    Column("must_change_password", Boolean, nullable=False, server_default=text("0")),
    Column("sessions_valid_after", UtcTime, nullable=False, **NOW),  # a session that began earlier is over
    Column("created_at", UtcTime, nullable=False, **NOW),
    Column("created_by", String(255)),
    Column("last_seen_at", UtcTime),
    Column("disabled_at", UtcTime),
    **OPTIONS,
)  # fmt: skip

sign_in_failures = Table(
    "sign_in_failures", metadata,
    Column("source", ExactText(255), primary_key=True),  # name:… or address:…; names that nobody has are counted too, so that a lock tells nothing
    Column("failed", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("locked_until", UtcTime),
    Index("sign_in_failures_since", "since"),
    **OPTIONS,
)  # fmt: skip

api_tokens = Table(
    "api_tokens", metadata, row_id(),
    Column("name", String(255), nullable=False),
    Column("token_hash", ExactText(64), nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("ends_with", String(4), nullable=False),  # what a person recognises it by
    Column("role", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False, **NOW),
    Column("created_by", String(255), nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
    **OPTIONS,
)  # fmt: skip

saved_views = Table(
    "saved_views", metadata, row_id(),
    Column("owner", String(255), nullable=False),
    Column("page", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", String(2000), nullable=False),  # the page's part of the address
    Column("is_shared", Boolean, nullable=False, server_default=text("0")),
    Column("created_at", UtcTime, nullable=False, **NOW),
    UniqueConstraint("owner", "page", "name"),
    **OPTIONS,
)  # fmt: skip
