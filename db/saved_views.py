"""Views that people keep: the part of a page's address that holds its filters, under a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.reads import Fresh, asking
from db.schema import saved_views

MOST = 50  # of one person


def of_page(owner: str, page: str, *, fresh: Fresh = False) -> list[dict[str, Any]]:
    """A person's own views of a page, and those that others share: id, owner, name, query, is_shared; by name. Index: the unique key, else a small table.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        mine = or_(saved_views.c.owner == owner, saved_views.c.is_shared)
        asked = select(saved_views).where(saved_views.c.page == page, mine).order_by(saved_views.c.name).limit(2 * MOST)
        return [dict(row._mapping) for row in conn.execute(asked)]


def count(conn: Connection, owner: str) -> int:
    """How many a person keeps. Index: the unique key."""
    return int(conn.scalar(select(func.count()).select_from(saved_views).where(saved_views.c.owner == owner)) or 0)


def put(conn: Connection, *, owner: str, page: str, name: str, query: str, is_shared: bool) -> None:
    """Keep one; one of the same name is changed."""
    told = {"query": query, "is_shared": is_shared}
    same = (saved_views.c.owner == owner, saved_views.c.page == page, saved_views.c.name == name)
    if conn.execute(update(saved_views).where(*same).values(told)).rowcount:
        return
    try:
        with conn.begin_nested():
            conn.execute(insert(saved_views).values(owner=owner, page=page, name=name, **told))
    except IntegrityError:  # the second half of a double click
        conn.execute(update(saved_views).where(*same).values(told))


def drop(conn: Connection, view_id: int, *, owner: str) -> str | None:
    """Its name, when this person had it."""
    mine = (saved_views.c.id == view_id, saved_views.c.owner == owner)
    name = conn.scalar(select(saved_views.c.name).where(*mine))
    conn.execute(delete(saved_views).where(*mine))
    return None if name is None else str(name)
