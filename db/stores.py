"""The connected shops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db.schema import stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One connected shop; `name` is how jobs and the API call it."""

    id: int
    name: str
    title: str
    platform: str
    address: str
    currency: str | None
    options: dict[str, Any] | None


_columns = tuple(stores.c[name] for name in Store.__dataclass_fields__)


def by_name(conn: Connection, name: str) -> Store | None:
    """The store of this name. Index: the unique name."""
    row = conn.execute(select(*_columns).where(stores.c.name == name)).first()
    return Store(**row._mapping) if row else None


def by_id(conn: Connection, store_id: int) -> Store:
    """The store of this number.

    Raises: LookupError.
    """
    row = conn.execute(select(*_columns).where(stores.c.id == store_id)).first()
    if row is None:
        raise LookupError(f"There is no store {store_id}.")
    return Store(**row._mapping)


def every(conn: Connection) -> Sequence[Store]:
    """All stores, by title."""
    return [Store(**row._mapping) for row in conn.execute(select(*_columns).order_by(stores.c.title, stores.c.id))]


def add(conn: Connection, *, name: str, title: str, platform: str, address: str, options: Mapping[str, Any] | None = None) -> int:
    """Write a store down; its id.

    Raises: sqlalchemy.exc.IntegrityError where the name is taken.
    """
    made = conn.execute(insert(stores).values(name=name, title=title, platform=platform, address=address, options=dict(options or {})))
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has a key


def change(conn: Connection, store_id: int, **values: Any) -> None:
    """Set columns of a store."""
    conn.execute(update(stores).where(stores.c.id == store_id).values(**values))


def lock(conn: Connection, store_id: int) -> None:
    """Hold the store's row until the transaction ends. (SQLite has one writer at a time anyway.)"""
    conn.execute(select(stores.c.id).where(stores.c.id == store_id).with_for_update())
