"""The people that products are created for, and what was created for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from db.columns import db_now
from db.history import Answer
from db.reads import Fresh, asking
from db.schema import products, users

SEARCH_WINDOW = 25_000  # text is searched in this many newest users


def page(*, search: str = "", before: int | None = None, after: int | None = None, limit: int = 15, fresh: Fresh = False) -> Answer:
    """Users older than the id `before`, newer than the id `after`, or the newest; `search` is a number or part of a name or address: a whole address is found
    at any age, a part of one among the newest.

    Indexes: primary key, users_email. Raises: DatabaseAway.
    """
    where = [*([users.c.id < before] if before is not None else []), *([users.c.id > after] if after is not None else [])]
    with asking(fresh=fresh) as conn:
        if search.isdigit():
            where.append(users.c.id == int(search[:18]))
        elif search:
            newest = conn.scalar(select(users.c.id).order_by(users.c.id.desc()).limit(1)) or 0
            texts = (column.contains(search, autoescape=True) for column in (users.c.name, users.c.email))
            has_it = conn.scalars(select(users.c.id).where(users.c.email == search).limit(limit + 1)).all() if "@" in search else []
            says_it = and_(users.c.id > newest - SEARCH_WINDOW, or_(*texts))
            where.append(or_(users.c.id.in_(has_it), says_it) if has_it else says_it)
        order = users.c.id.asc() if after is not None else users.c.id.desc()
        rows = [dict(row._mapping) for row in conn.execute(select(users).where(*where).order_by(order).limit(limit + 1))]
        now = conn.execute(select(db_now())).scalar_one()
    return Answer(sorted(rows[:limit], key=lambda row: -int(row["id"])), len(rows) > limit, now)


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """The same users as they are now, in the order of `ids`. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row.id: dict(row._mapping) for row in conn.execute(select(users).where(users.c.id.in_(ids)))}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def products_of(user_id: int, *, limit: int = 20) -> list[dict[str, Any]]:
    """The newest products made for a user. Index: products_user.

    Raises: DatabaseAway.
    """
    columns = [products.c[name] for name in ("id", "name", "price", "currency", "quantity", "category", "created_at")]
    with asking(fresh=True) as conn:
        found = conn.execute(select(*columns).where(products.c.user_id == user_id).order_by(products.c.id.desc()).limit(limit))
        return [dict(row._mapping) for row in found]
