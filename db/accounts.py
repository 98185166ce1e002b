"""The people who may use the console: their roles, passwords' hashes, and since when a session has to have begun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from db.columns import db_now
from db.reads import Fresh, asking
from db.schema import accounts

_SEEN_IS_WRITTEN_AFTER_S = 60
_SHOWN = [column for column in accounts.c if column.name != "password_hash"]


def add(
    conn: Connection, *, name: str, role: str, password_hash: str | None, must_change_password: bool, created_by: str, is_of_group: bool = False
) -> int:  # fmt: skip
    """A new person; their number. `is_of_group`: no person gave the role, it goes with the group.

    Raises: IntegrityError where the name is taken.
    """
    key = conn.execute(
        insert(accounts).values(
            name=name, role=role, given_role=None if is_of_group else role, password_hash=password_hash, must_change_password=must_change_password,
            created_by=str(created_by)[:255],
        )
    ).inserted_primary_key  # fmt: skip
    assert key is not None
    return int(key[0])


def locked(conn: Connection, name: str) -> dict[str, Any] | None:
    """One person, their row held until the transaction ends. Index: the unique one of name."""
    row = conn.execute(select(accounts).where(accounts.c.name == name).with_for_update()).one_or_none()
    return dict(row._mapping) if row else None


def change(conn: Connection, name: str, **values: Any) -> None:
    """Set columns of one person."""
    conn.execute(update(accounts).where(accounts.c.name == name).values(**values))


def give_role(conn: Connection, name: str, role: str) -> None:
    """A person says what another may do; it holds where no group says otherwise."""
    change(conn, name, role=role, given_role=role)


def end_sessions(conn: Connection, name: str) -> None:
    """Every session of this person that has begun by now is over."""
    change(
        conn, name, sessions_valid_after=db_now(0.001)
    )  # SQLite's clock counts milliseconds: one that began in this very one is over too


def set_password(conn: Connection, name: str, password_hash: str, *, must_change: bool) -> None:
    """A new password; sessions that began with the old one are over, one that begins in this transaction is not."""
    change(conn, name, password_hash=password_hash, must_change_password=must_change, sessions_valid_after=db_now())


def disable(conn: Connection, name: str, *, is_disabled: bool) -> None:
    """Shut a person out, or let them in again."""
    change(conn, name, disabled_at=db_now() if is_disabled else None)


def other_admins(conn: Connection, name: str) -> int:
    """How many enabled admins there are besides this one; their rows are held."""
    found = select(accounts.c.id).where(accounts.c.role == "admin", accounts.c.disabled_at.is_(None), accounts.c.name != name)
    return len(conn.execute(found.with_for_update()).all())


def mark_seen(conn: Connection, name: str) -> None:
    """Write down that they are here; at most once a minute."""
    long_ago = or_(accounts.c.last_seen_at.is_(None), accounts.c.last_seen_at < db_now(-_SEEN_IS_WRITTEN_AFTER_S))
    conn.execute(update(accounts).where(accounts.c.name == name, long_ago).values(last_seen_at=db_now()))


def get(name: str) -> dict[str, Any] | None:
    """One person as they stand now, from the primary: who was shut out must not stay for as long as a replica is behind.

    Index: the unique one of name. Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        row = conn.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        return dict(row._mapping) if row else None


def exist() -> bool:
    """Whether anybody was ever given an account, shut out or not.

    Raises: DatabaseAway.
    """
    with asking(fresh=True) as conn:
        return conn.execute(select(accounts.c.id).limit(1)).first() is not None


def passwords_exist() -> bool:
    """Whether anybody who is not shut out has a password.

    Raises: DatabaseAway.
    """
    wanted = (accounts.c.password_hash.isnot(None), accounts.c.disabled_at.is_(None))
    with asking(fresh=True) as conn:
        return conn.execute(select(accounts.c.id).where(*wanted).limit(1)).first() is not None


def admins_who_can_sign_in() -> int:
    """Enabled admins with a password.

    Raises: DatabaseAway.
    """
    wanted = (accounts.c.role == "admin", accounts.c.disabled_at.is_(None), accounts.c.password_hash.isnot(None))
    with asking(fresh=True) as conn:
        return int(conn.scalar(select(func.count()).where(*wanted)) or 0)


def every(*, fresh: Fresh = False, limit: int = 500) -> tuple[list[dict[str, Any]], datetime]:
    """The people by name, enabled ones first, with `has_password` and never its hash; and the time.

    Raises: DatabaseAway.
    """
    columns = [*_SHOWN, accounts.c.password_hash.isnot(None).label("has_password")]
    order = (accounts.c.disabled_at.isnot(None), accounts.c.name)
    with asking(fresh=fresh) as conn:
        rows = [dict(row._mapping) for row in conn.execute(select(*columns).order_by(*order).limit(limit))]
        return rows, conn.execute(select(db_now())).scalar_one()
