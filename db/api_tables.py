"""What the HTTP API has answered, so that a call that is made again does nothing again."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from db.columns import ExactText, UtcTime
from db.table_parts import NOW, OPTIONS, metadata

api_answers = Table(
    "api_answers", metadata,
    Column("asked", ExactText(64), primary_key=True),  # SHA-256 of who asked and their Idempotency-Key
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of method, path and body
    Column("status", Integer),  # NULL while the first call is under way
    Column("answer", JSON),
    Column("held_by", String(32)),  # which call is under way; another takes its place when it has died
    Column("created_at", UtcTime, nullable=False, **NOW),
    Index("api_answers_created", "created_at"),
    **OPTIONS,
)  # fmt: skip
