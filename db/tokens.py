"""The API's tokens: only their fingerprints are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from db.columns import db_now
from db.reads import Fresh, asking
from db.schema import api_tokens

_USE_IS_WRITTEN_AFTER_S = 60


def add(conn: Connection, *, name: str, token_hash: str, ends_with: str, role: str, created_by: str, expires_at: datetime | None) -> int:
    """Keep a token's fingerprint (SHA-256, hex); its number."""
    values = {"name": name, "token_hash": token_hash, "ends_with": ends_with, "role": role, "expires_at": expires_at}
    key = conn.execute(insert(api_tokens).values(created_by=str(created_by)[:255], **values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def revoke(conn: Connection, token_id: int) -> str | None:
    """End a token; its name, or None when there is no such token or it was ended before."""
    name = conn.scalar(select(api_tokens.c.name).where(api_tokens.c.id == token_id))
    ended = conn.execute(
        update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None)).values(revoked_at=db_now())
    )
    return str(name) if ended.rowcount else None


def valid(token_hash: str) -> dict[str, Any] | None:
    """The token (id, name, role) of this fingerprint, when it is neither revoked nor expired. Index: the unique one of token_hash.

    From the primary: a revoked token must not live on for as long as a replica is behind. Raises: DatabaseAway.
    """
    columns = (api_tokens.c.id, api_tokens.c.name, api_tokens.c.role)
    is_alive = (api_tokens.c.revoked_at.is_(None), or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > db_now()))
    with asking(fresh=True) as conn:
        row = conn.execute(select(*columns).where(api_tokens.c.token_hash == token_hash, *is_alive)).one_or_none()
    return dict(row._mapping) if row else None


def mark_used(conn: Connection, token_id: int) -> None:
    """Write down that the token was used; at most once a minute, whoever asks."""
    long_ago = or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at < db_now(-_USE_IS_WRITTEN_AFTER_S))
    conn.execute(update(api_tokens).where(api_tokens.c.id == token_id, long_ago).values(last_used_at=db_now()))


def every(*, fresh: Fresh = False, limit: int = 200) -> tuple[list[dict[str, Any]], datetime]:
    """The tokens that are not revoked, then the others, newest first, without their fingerprints; and the time. Index: primary key.

    Raises: DatabaseAway.
    """
    columns = [column for column in api_tokens.c if column.name != "token_hash"]
    order = (api_tokens.c.revoked_at.isnot(None), api_tokens.c.id.desc())
    with asking(fresh=fresh) as conn:
        rows = [dict(row._mapping) for row in conn.execute(select(*columns).order_by(*order).limit(limit))]
        return rows, conn.execute(select(db_now())).scalar_one()
