"""Tokens for the HTTP API: made once, shown once, known afterwards by their fingerprint alone."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from db import audit, tokens
from db.engine import DatabaseAway, begin
from tasks.bad_request import BadRequest
from tasks.roles import Actor, Role

PREFIX = "qs_"  # so that a leaked one is recognised by scanners
_KNOWN_S = 2.0  # a token that was revoked is refused within this long
_MARK_EVERY_S = 60.0
_MOST_KNOWN = 1_000


def add_token(name: str, role: str, expires_at: datetime | None, by: str) -> tuple[int, str]:
    """Make a token; (its number, the secret, which nobody can be shown again). `expires_at` None: until it is revoked.

    Raises: BadRequest, DatabaseAway.
    """
    name = name.strip()
    if not 1 <= len(name) <= 191:
        raise BadRequest("name", "A token's name has 1 to 191 characters; name the program that uses it.")
    if role not in list(Role):
        raise BadRequest("role", f"There is no role {role!r}; choose one of {', '.join(Role)}.")
    if expires_at is not None and expires_at.tzinfo is None:
        raise BadRequest("expires_at", "The time at which the token ends has to say its time zone, e.g. 2027-01-31T00:00:00Z.")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise BadRequest("expires_at", f"{expires_at:%Y-%m-%d %H:%M} is past; choose a time to come.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with begin() as conn:
        token_id = tokens.add(conn, name=name, token_hash=_fingerprint(secret), ends_with=secret[-4:], role=role, created_by=by,
                              expires_at=expires_at)  # fmt: skip
        ends = expires_at.isoformat() if expires_at else None
        audit.write(
            conn, person=by, action="add_token", target=f"token:{token_id}", detail={"name": name, "role": role, "expires_at": ends}
        )
    return token_id, secret


def revoke_token(token_id: int, by: str) -> str:
    """End a token at once; its name. Consoles that used it a moment ago refuse it within two seconds.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        name = tokens.revoke(conn, token_id)
        if name is None:
            raise BadRequest("token_id", f"There is no token {token_id} that could still be revoked.")
        audit.write(conn, person=by, action="revoke_token", target=f"token:{token_id}", detail={"name": name})
    forget()
    return name


def forget() -> None:
    """Ask the database for every token anew."""
    _known.forget()


def actor_of_token(secret: str, address: str | None) -> Actor | None:
    """Who calls with this bearer token, from `address`; None for one that is unknown, revoked or expired.

    Raises: DatabaseAway.
    """
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    found = _known.look_up(_fingerprint(secret))
    return None if found is None else Actor(f"token:{found[0]}", role=found[1], source="api", address=address)


def _fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # 256 random bits need no slow hash


class _Known:
    """Tokens seen a moment ago, so that a busy caller costs no question each time. Unknown ones are asked for again: they fill nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, str, Role]] = {}
        self._marked: dict[int, float] = {}

    def look_up(self, fingerprint: str) -> tuple[str, Role] | None:
        now = time.monotonic()
        with self._lock:
            kept = self._found.get(fingerprint)
        if kept is not None and now - kept[0] < _KNOWN_S:
            return kept[1], kept[2]
        row = tokens.valid(fingerprint)
        if row is None:
            return None
        with self._lock:
            if len(self._found) >= _MOST_KNOWN:
                self._found.clear()
            self._found[fingerprint] = (now, str(row["name"]), Role(row["role"]))
            is_due = now - self._marked.get(row["id"], -_MARK_EVERY_S) >= _MARK_EVERY_S
            if is_due:
                self._marked[row["id"]] = now
        if is_due:
            _mark(row["id"])
        return str(row["name"]), Role(row["role"])

    def forget(self) -> None:
        with self._lock:
            self._found.clear()
            self._marked.clear()


def _mark(token_id: int) -> None:
    try:
        with begin() as conn:
            tokens.mark_used(conn, token_id)
    except (DatabaseAway, SQLAlchemyError):  # a call is not refused because its time could not be noted
        return


_known = _Known()
