"""Who did what to what, written in the transaction of the deed. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from db.columns import db_now
from db.history import Answer
from db.reads import Fresh, asking
from db.schema import audit_log

OUTCOMES = ("done", "denied", "refused")
_WINDOW = 100_000  # outcomes and parts of a target have no index of their own: so many lines are looked through at once
_MOST_ACTIONS = 200


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; empty: all. `target` is a whole one such as store:zurich, or a part of one."""

    person: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""


def page(wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 18, fresh: Fresh = False) -> Answer:
    """Lines older than the id `before`, newer than the id `after`, or the newest.

    Index: audit_person, audit_action or audit_target where one of them is given whole, else the primary key within a window of ids.
    Raises: DatabaseAway.
    """
    where: list[ColumnElement[bool]] = [
        audit_log.c[name] == value for name in ("person", "action", "outcome") if (value := getattr(wanted, name))
    ]
    is_whole = ":" in wanted.target and not wanted.target.endswith(":")
    if wanted.target:
        where.append(audit_log.c.target == wanted.target if is_whole else audit_log.c.target.contains(wanted.target, autoescape=True))
    has_index = bool(wanted.person or wanted.action or is_whole)
    searched_to: int | None = None
    with asking(fresh=fresh) as conn:
        if where and not has_index:
            newest = before if before is not None else (conn.scalar(select(func.max(audit_log.c.id))) or 0) + 1
            lowest = max(newest, after or 0) - _WINDOW
            where.append(audit_log.c.id > lowest)
            searched_to = lowest + 1 if lowest > 0 else None
        where += [audit_log.c.id < before] if before is not None else [audit_log.c.id > after] if after is not None else []
        order = audit_log.c.id.asc() if after is not None else audit_log.c.id.desc()
        rows = [dict(row._mapping) for row in conn.execute(select(audit_log).where(*where).order_by(order).limit(limit + 1))]
        now = conn.execute(select(db_now())).scalar_one()
    has_more = len(rows) > limit
    return Answer(sorted(rows[:limit], key=lambda row: -int(row["id"])), has_more, now, None if has_more else searched_to)


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """The same lines, in the order of `ids`; they never change. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row.id: dict(row._mapping) for row in conn.execute(select(audit_log).where(audit_log.c.id.in_(ids)))}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def actions() -> list[str]:
    """Every action that was ever written down, by name: one look into audit_action each.

    Raises: DatabaseAway.
    """
    found: list[str] = []
    with asking() as conn:
        while len(found) < _MOST_ACTIONS:
            beyond = [audit_log.c.action > found[-1]] if found else []
            name = conn.scalar(select(func.min(audit_log.c.action)).where(*beyond))
            if name is None:
                break
            found.append(str(name))
    return found
