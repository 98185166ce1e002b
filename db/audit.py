"""Who did what to what, written in the transaction of the deed. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from db.schema import audit_log


class Person(str):
    """Whose request it is, and where it came from: `source` is console, api, script or quayside (nobody asked), `address` the caller's."""

    __slots__ = ("address", "source")
    source: str
    address: str | None

    def __new__(cls, name: str, *, source: str = "script", address: str | None = None) -> Person:
        """See the class."""
        made = super().__new__(cls, name)
        made.source, made.address = source, address
        return made


def write(
    conn: Connection, *, person: str, action: str, target: str, detail: Mapping[str, Any] | None = None, outcome: str = "done"
) -> None:
    """One line. `outcome` is done, denied (the role does not allow it) or refused (the request was wrong)."""
    source = getattr(person, "source", "quayside" if person == "quayside" else "script")
    conn.execute(
        insert(audit_log).values(
            person=str(person)[:255], action=action, target=target[:255], detail=dict(detail or {}), outcome=outcome, source=source,
            address=getattr(person, "address", None),
        )
    )  # fmt: skip
