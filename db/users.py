"""The people that products are created for, and those products."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select

from db.schema import products, users


def get(conn: Connection, user_id: int) -> Mapping[str, Any] | None:
    """One person; None when there is none of this number."""
    row = conn.execute(select(users).where(users.c.id == user_id)).first()
    return dict(row._mapping) if row else None


def add(conn: Connection, *, name: str, email: str | None) -> int:
    """Write a person down; the number."""
    return int(conn.execute(insert(users).values(name=name, email=email)).inserted_primary_key[0])  # type: ignore[index]  # one row has a key


def add_product(
    conn: Connection, *, user_id: int, name: str, description: str, price: Decimal, quantity: int, category: str, job_id: int
) -> int:
    """Write a product down that was made for a person; its number."""
    made = conn.execute(
        insert(products).values(
            name=name,
            description=description,
            price=price,
            quantity=quantity,
            category=category,
            user_id=user_id,
            status="active",
            last_job_id=job_id,
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # one row has a key
