"""Which jobs an order, a SKU, a product or a user was part of, found through an index at any age.

Two rules keep it small. A job that *names* something (its arguments or its caller's metadata) is noted in `job_refs`. What a sync wrote is not noted
again a million times: each record carries the job that wrote it last, so a search goes from the number to the record and from there to the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from db.schema import job_refs, orders, products, rejected_records, stores, users, variants

MOST = 50  # references that one job is noted with
MATCHES = 500  # jobs that one reference leads to
_LONGEST = 128
_KEYS = {  # a name in arguments or metadata → what it refers to
    "order": "order", "orders": "order", "order_id": "order", "order_ids": "order", "order_number": "order", "order_numbers": "order",
    "sku": "sku", "skus": "sku",
    "product": "product", "products": "product", "product_id": "product", "product_ids": "product",
    "user": "user", "users": "user", "user_id": "user", "user_ids": "user",
}  # fmt: skip


def named_in(*told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, value) of what these arguments and metadata name, at most MOST."""
    found = dict.fromkeys(
        (kind, value)
        for mapping in told
        for name, given in mapping.items()
        if (kind := _KEYS.get(name.lower()))
        for value in _values(given)
    )
    return list(found)[:MOST]


def _values(given: Any) -> Iterator[str]:
    many = given if isinstance(given, list | tuple | set | frozenset) else (given,)
    for one in many:
        if isinstance(one, str | int) and not isinstance(one, bool):
            value = str(one).strip()
            if value and len(value) <= _LONGEST:
                yield value


def note(conn: Connection, job_id: int, references: Iterable[tuple[str, str]]) -> None:
    """Note what a job refers to, in the transaction that writes the job or its effect; what is there stays."""
    wanted = set(references)
    if not wanted:
        return
    known = {tuple(row) for row in conn.execute(select(job_refs.c.kind, job_refs.c.value).where(job_refs.c.job_id == job_id))}
    rows = [{"kind": kind, "value": value, "job_id": job_id} for kind, value in sorted(wanted - known)]
    if rows:
        conn.execute(insert(job_refs), rows)


def of_job(conn: Connection, job_id: int) -> list[tuple[str, str]]:
    """(kind, value) of what a job refers to. Index: job_refs_job."""
    found = conn.execute(
        select(job_refs.c.kind, job_refs.c.value).where(job_refs.c.job_id == job_id).order_by(job_refs.c.kind, job_refs.c.value)
    )
    return [(row.kind, row.value) for row in found]


def jobs_of(conn: Connection, kind: str, value: str) -> set[int]:
    """Ids of jobs that refer to it, and of those that wrote its record last; the newest MATCHES of each.

    Indexes: primary key of job_refs, orders_number, the unique keys, variants_sku, products_user, users_email.
    """
    values = _spellings(conn, kind, value)
    noted = select(job_refs.c.job_id).where(job_refs.c.kind == kind, job_refs.c.value.in_(values)).order_by(job_refs.c.job_id.desc())
    found = set(conn.scalars(noted.limit(MATCHES)))
    for written in _written(conn, kind, values):
        found |= {int(i) for i in conn.scalars(written.limit(MATCHES)) if i is not None}
    return found


def _spellings(conn: Connection, kind: str, value: str) -> list[str]:
    """The ways in which it may have been noted: an order with or without #, a user by number or e-mail."""
    if kind == "order" and (bare := value.lstrip("#")):
        return [bare, f"#{bare}"]
    if kind == "user" and "@" in value:
        return [str(i) for i in conn.scalars(select(users.c.id).where(users.c.email == value).limit(MOST))]
    return [value]


def _written(conn: Connection, kind: str, values: list[str]) -> list[Select[Any]]:
    """The last writers of the records that it is about, and who put such a record aside."""
    numbers = [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) <= 18]
    if kind == "sku":
        return [select(variants.c.last_job_id).where(variants.c.sku.in_(values))]
    if kind == "user":
        return [select(products.c.last_job_id).where(products.c.user_id.in_(numbers))]
    table, ours = (orders, orders.c.number.in_(values)) if kind == "order" else (products, products.c.id.in_(numbers))
    of_stores = list(conn.scalars(select(stores.c.id)))
    there = (table.c.store_id.in_(of_stores), table.c.external_id.in_(values))
    aside = (
        rejected_records.c.store_id.in_(of_stores),
        rejected_records.c.stream == f"{kind}s",
        rejected_records.c.external_id.in_(values),
    )
    return [
        select(table.c.last_job_id).where(ours), select(table.c.last_job_id).where(*there), select(rejected_records.c.job_id).where(*aside),
    ]  # fmt: skip
