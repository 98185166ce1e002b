"""What the lists of synced records share: newest first by keyset, one ordered index range a store, merged; raw rows; counts that nobody counts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, or_, select, union_all

from db.reads import asking
from db.schema import store_stream_stats, stores

STORE = [stores.c.name.label("store"), stores.c.title.label("store_title"), stores.c.platform.label("platform")]


def totals(stream: str) -> dict[str, dict[str, int]]:
    """Store's name → `live`, `children` (variants or lines) and `deleted` records of a stream, as its pages left them. Reads two small tables.

    Raises: DatabaseAway.
    """
    columns = [store_stream_stats.c[name] for name in ("live", "children", "deleted")]
    with asking() as conn:
        found = conn.execute(
            select(stores.c.name, *columns)
            .select_from(stores.outerjoin(store_stream_stats, and_(store_stream_stats.c.store_id == stores.c.id, store_stream_stats.c.stream == stream)))
            .order_by(stores.c.title)
        )  # fmt: skip
        return {row.name: {name: int(row._mapping[name] or 0) for name in ("live", "children", "deleted")} for row in found}


def store_ids(conn: Connection, name: str | None) -> list[int]:
    """The id of one store, or of all of them."""
    return [int(i) for i in conn.scalars(select(stores.c.id).where(*([stores.c.name == name] if name else [])))]


def beyond(order: Sequence[Column[Any]], place: Sequence[Any] | None, *, newer: bool) -> list[list[ColumnElement[bool]]]:
    """Conditions of the ranges that lie before (or, with `newer`, after) a row in descending `order`: (id) or (a time that may be NULL, id).

    A NULL time sorts last, on all three databases.
    """
    if place is None:
        return [[]]
    row_id = order[-1]
    tie = row_id > place[-1] if newer else row_id < place[-1]
    if len(order) == 1:
        return [[tie]]
    moment, value = order[0], place[0]
    if value is None:
        same = [moment.is_(None), tie]
        return [same, [moment.is_not(None)]] if newer else [same]
    if newer:
        return [[moment >= value, or_(moment > value, tie)]]
    return [[moment <= value, or_(moment < value, tie)], [moment.is_(None)]]


def merged(
    conn: Connection, order: Sequence[Column[Any]], branches: Sequence[Sequence[ColumnElement[bool]]], *, newer: bool, limit: int
) -> list[int]:
    """Ids of the first `limit` rows over all branches, nearest to the cursor first. Each branch is to be one range of an index in `order`."""
    if not branches:
        return []
    turn = [column.asc() if newer else column.desc() for column in order]
    picks: list[Select[Any]] = [
        select(select(*order).where(*branch).order_by(*turn).limit(limit).subquery()) for branch in branches
    ]  # fmt: skip
    found = (union_all(*picks) if len(picks) > 1 else picks[0]).subquery()
    last = [found.c[column.name].asc() if newer else found.c[column.name].desc() for column in order]
    return [int(i) for i in conn.scalars(select(found.c.id).order_by(*last).limit(limit))]


def unpacked(raw: bytes | None) -> Any:
    """The platform's row as it came; None where there is none."""
    return None if raw is None else json.loads(zlib.decompress(raw).decode("utf-8", "surrogatepass"))
