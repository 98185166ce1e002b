"""Records kept aside: read from a platform, but not to be stored as they are. Each with its reason and its payload, none forgotten."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from db.columns import db_now
from db.schema import rejected_records


@dataclass(frozen=True, slots=True)
class Aside:
    """One record that was refused; `raw` is the platform's JSON."""

    external_id: str
    reason_code: str
    reason: str
    raw: str


def put_aside(conn: Connection, store_id: int, stream: str, job_id: int, found: Sequence[Aside]) -> int:
    """Keep these records; how many of them were not there before. Index: the unique key."""
    if not found:
        return 0
    by_id = {one.external_id[:128]: one for one in found}
    of_stream = (rejected_records.c.store_id == store_id, rejected_records.c.stream == stream)
    known = set(conn.scalars(select(rejected_records.c.external_id).where(*of_stream, rejected_records.c.external_id.in_(by_id))))
    for external_id, one in by_id.items():
        told = {
            "reason_code": one.reason_code, "reason": one.reason[:1024], "raw": zlib.compress(one.raw.encode("utf-8", "surrogatepass")),
            "job_id": job_id, "last_seen_at": db_now(),
        }  # fmt: skip
        if external_id in known:
            conn.execute(update(rejected_records).where(*of_stream, rejected_records.c.external_id == external_id).values(**told))
        else:
            conn.execute(insert(rejected_records).values(store_id=store_id, stream=stream, external_id=external_id, **told))
    return len(by_id) - len(known)


def resolve(conn: Connection, store_id: int, stream: str, external_ids: Sequence[str]) -> int:
    """These records can be read now; how many of them had been kept aside. Index: the unique key."""
    if not external_ids:
        return 0
    return conn.execute(
        delete(rejected_records).where(
            rejected_records.c.store_id == store_id, rejected_records.c.stream == stream, rejected_records.c.external_id.in_(external_ids)
        )
    ).rowcount  # fmt: skip
