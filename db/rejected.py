"""Records kept aside: read from a platform, but not to be stored as they are. Each with its reason and its payload, none forgotten."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from db import store_stats
from db.columns import db_now
from db.history import Answer
from db.reads import Fresh, asking
from db.schema import rejected_records, stores


@dataclass(frozen=True, slots=True)
class Aside:
    """One record that was refused; `raw` is the platform's JSON."""

    external_id: str
    reason_code: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that was kept aside: `raw` as it came (None where it was not kept), `seen_at` when it was asked for."""

    id: int
    store_id: int
    stream: str
    external_id: str
    reason_code: str
    reason: str
    raw: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRejected:
    """Which records kept aside are meant; empty means all."""

    store: str | None = None
    stream: str | None = None
    reason_code: str | None = None


def put_aside(
    conn: Connection, store_id: int, stream: str, job_id: int, found: Sequence[Aside], *, observed_at: datetime | None = None
) -> int:
    """Keep these records, asked for at `observed_at` (None: now); how many were not there before. A newer observation stays. Index: the unique key."""
    if not found:
        return 0
    by_id = {one.external_id[:128]: one for one in found}
    of_stream = (rejected_records.c.store_id == store_id, rejected_records.c.stream == stream)
    known = set(conn.scalars(select(rejected_records.c.external_id).where(*of_stream, rejected_records.c.external_id.in_(by_id))))
    seen_at: Any = observed_at or db_now()
    for external_id, one in by_id.items():
        told = {
            "reason_code": one.reason_code, "reason": one.reason[:1024], "raw": zlib.compress(one.raw.encode("utf-8", "surrogatepass")),
            "job_id": job_id, "last_seen_at": seen_at,
        }  # fmt: skip
        if external_id in known:
            this = (rejected_records.c.external_id == external_id, rejected_records.c.last_seen_at <= seen_at)
            conn.execute(update(rejected_records).where(*of_stream, *this).values(**told))
        else:
            conn.execute(insert(rejected_records).values(store_id=store_id, stream=stream, external_id=external_id, **told))
    return len(by_id) - len(known)


def resolve(conn: Connection, store_id: int, stream: str, external_ids: Sequence[str]) -> int:
    """These records can be read now; how many of them had been kept aside. Index: the unique key."""
    of_stream = (rejected_records.c.store_id == store_id, rejected_records.c.stream == stream)
    if not external_ids or conn.scalar(select(rejected_records.c.id).where(*of_stream).limit(1)) is None:
        return 0
    return conn.execute(delete(rejected_records).where(*of_stream, rejected_records.c.external_id.in_(external_ids))).rowcount


def settle(conn: Connection, kept: Kept) -> None:
    """This one need not be kept any more; the board's count moves with it. Nothing where it went before. Index: primary key."""
    gone = conn.execute(delete(rejected_records).where(rejected_records.c.id == kept.id)).rowcount
    store_stats.adjust(conn, kept.store_id, kept.stream, rejected=-gone)


def is_still_kept(conn: Connection, kept: Kept) -> bool:
    """Whether it is kept as it was, locked until the transaction ends; not when a sync has met it since. Index: primary key."""
    seen_at = select(rejected_records.c.last_seen_at).where(rejected_records.c.id == kept.id).with_for_update()
    return bool(conn.scalar(seen_at) == kept.seen_at)


_KEPT = (
    rejected_records.c.id, rejected_records.c.store_id, rejected_records.c.stream, rejected_records.c.external_id, rejected_records.c.reason_code,
    rejected_records.c.reason, rejected_records.c.raw, rejected_records.c.last_seen_at.label("seen_at"),
)  # fmt: skip


def _kept(rows: Any) -> list[Kept]:
    found = []
    for row in rows:
        raw = zlib.decompress(row.raw).decode("utf-8", "surrogatepass") if row.raw is not None else None
        found.append(Kept(**{**row._mapping, "raw": raw}))
    return found


def kept_after(
    conn: Connection, store_id: int, stream: str, after: str | None, limit: int, *, only: Sequence[str] | None = None
) -> list[Kept]:
    """The records kept aside of a stream behind the external id `after`, in order; of `only` these. Index: the unique key."""
    which = [rejected_records.c.store_id == store_id, rejected_records.c.stream == stream]
    if after is not None:
        which.append(rejected_records.c.external_id > after)
    if only is not None:
        which.append(rejected_records.c.external_id.in_(only))
    return _kept(conn.execute(select(*_KEPT).where(*which).order_by(rejected_records.c.external_id).limit(limit)))


def kept_by_ids(conn: Connection, ids: Sequence[int]) -> list[Kept]:
    """Those of these numbers that are kept still. Index: primary key."""
    return _kept(conn.execute(select(*_KEPT).where(rejected_records.c.id.in_(ids)).order_by(rejected_records.c.id))) if ids else []


def still_there(conn: Connection, ids: Sequence[int]) -> int:
    """How many of these numbers are kept still. Index: primary key."""
    return sum(
        int(
            conn.scalar(select(func.count()).select_from(rejected_records).where(rejected_records.c.id.in_(ids[start : start + 1_000])))
            or 0
        )
        for start in range(0, len(ids), 1_000)
    )


def matching_ids(conn: Connection, wanted: WantedRejected, *, max_id: int, limit: int) -> list[int]:
    """The newest of them up to `max_id`. Indexes: primary key, the unique key."""
    asked = select(rejected_records.c.id).where(*_which(wanted), rejected_records.c.id <= max_id)
    return [int(i) for i in conn.scalars(asked.order_by(rejected_records.c.id.desc()).limit(limit))]


def _which(wanted: WantedRejected) -> list[Any]:
    which: list[Any] = []
    if wanted.store:
        which.append(rejected_records.c.store_id == select(stores.c.id).where(stores.c.name == wanted.store).scalar_subquery())
    if wanted.stream:
        which.append(rejected_records.c.stream == wanted.stream)
    if wanted.reason_code:
        which.append(rejected_records.c.reason_code == wanted.reason_code)
    return which


_listed = select(
    *(rejected_records.c[name] for name in ("id", "stream", "external_id", "reason_code", "reason", "job_id", "first_seen_at", "last_seen_at")),
    stores.c.name.label("store"), stores.c.title.label("store_title"),
).join(stores, stores.c.id == rejected_records.c.store_id)  # fmt: skip


def page(wanted: WantedRejected, *, before: int | None = None, after: int | None = None, limit: int = 50, fresh: Fresh = False) -> Answer:
    """Records kept aside, older than the id `before`, newer than `after`, or the newest; newest first, with `store` and `store_title`, without their raw
    rows. Indexes: primary key, the unique key.

    Raises: DatabaseAway.
    """  # fmt: skip
    edge = [
        *([rejected_records.c.id < before] if before is not None else []), *([rejected_records.c.id > after] if after is not None else [])
    ]  # fmt: skip
    order = rejected_records.c.id.asc() if after is not None else rejected_records.c.id.desc()
    with asking(fresh=fresh) as conn:
        found = [dict(row._mapping) for row in conn.execute(_listed.where(*_which(wanted), *edge).order_by(order).limit(limit + 1))]
        rows = sorted(found[:limit], key=lambda row: -int(row["id"]))
        return Answer(rows, len(found) > limit, conn.execute(select(db_now())).scalar_one())


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """Those of them that are kept still, in the order of `ids`. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row.id: dict(row._mapping) for row in conn.execute(_listed.where(rejected_records.c.id.in_(ids)))}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def raw_of(rejected_id: int) -> str | None:
    """The platform's JSON of one of them; None where there is none. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        found = kept_by_ids(conn, [rejected_id])
    return found[0].raw if found else None


def reasons(store: str | None = None) -> list[dict[str, Any]]:
    """How many are kept aside of each store, stream and reason code: `store`, `store_title`, `stream`, `reason_code`, `records`. Reads the whole table.

    Raises: DatabaseAway.
    """
    told = (stores.c.name.label("store"), stores.c.title.label("store_title"), rejected_records.c.stream, rejected_records.c.reason_code)
    with asking() as conn:
        asked = select(*told, func.count().label("records")).join(stores, stores.c.id == rejected_records.c.store_id)
        counted = asked.where(*_which(WantedRejected(store=store))).group_by(*told).order_by(func.count().desc())
        return [dict(row._mapping) for row in conn.execute(counted)]
