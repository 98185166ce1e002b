"""What people ask of groups of failures: the inbox with its windows, one group, jobs that failed alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, literal, or_, select, union_all

from db.columns import db_now
from db.history import Answer, by_ids
from db.job_state import JobState
from db.reads import Fresh, asking
from db.schema import failure_groups, jobs, stores

CAP = 500  # a group's newest jobs that are counted at most; a count of CAP is "500 or more"
WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
_group = failure_groups.c
shown_state = case(
    (and_(_group.state == "muted", or_(_group.muted_until.is_(None), _group.muted_until <= db_now())), "known"), else_=_group.state
)
_asked = select(failure_groups, shown_state.label("shown"))
Place = tuple[datetime, str]  # last_seen_at and fingerprint of a group: where it stands in the list


def groups(
    *, states: Sequence[str] = (), kinds: Sequence[str] = (), before: Place | None = None, after: Place | None = None, limit: int = 50,
    fresh: Fresh = False,
) -> Answer:  # fmt: skip
    """Groups, the last seen first: the columns of failure_groups with `state` as it is now, and `hour`, `day`, `week` (jobs, at most CAP) and `stores`
    (how many, of the newest CAP jobs). `before` is the place of the last row, `after` that of the first. Indexes: failure_groups_seen, jobs_fingerprint.

    Raises: DatabaseAway.
    """  # fmt: skip
    columns = (_group.last_seen_at, _group.fingerprint)
    order = [column.asc() if after else column.desc() for column in columns]
    with asking(fresh=fresh) as conn:
        asked = _asked.where(*_which(states, kinds), *([_beyond(before)] if before else []), *([_newer(after)] if after else []))
        found = conn.execute(asked.order_by(*order).limit(limit + 1)).all()
        return _answer(conn, found[:limit][:: -1 if after else 1], has_more=len(found) > limit)


def by_marks(marks: Sequence[str], *, fresh: Fresh = False) -> Answer:
    """The same groups as they are now, in the order of their fingerprints here. Indexes: primary key, jobs_fingerprint.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row.fingerprint: row for row in conn.execute(_asked.where(_group.fingerprint.in_(marks)))}
        return _answer(conn, [found[mark] for mark in marks if mark in found], has_more=False)


def count_newer(than: Place, *, states: Sequence[str] = (), kinds: Sequence[str] = (), besides: Sequence[str] = (), cap: int = 100) -> int:
    """How many such groups have been seen since the place `than`, other than those `besides`, at most `cap`. Index: failure_groups_seen.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        others = select(_group.fingerprint).where(*_which(states, kinds), _newer(than), _group.fingerprint.not_in(besides))
        return len(conn.scalars(others.limit(cap)).all())


def _which(states: Sequence[str], kinds: Sequence[str]) -> list[ColumnElement[bool]]:
    return [*([shown_state.in_(states)] if states else []), *([_group.kind.in_(kinds)] if kinds else [])]


def _beyond(place: Place) -> ColumnElement[bool]:
    return or_(_group.last_seen_at < place[0], and_(_group.last_seen_at == place[0], _group.fingerprint < place[1]))


def _newer(place: Place) -> ColumnElement[bool]:
    return or_(_group.last_seen_at > place[0], and_(_group.last_seen_at == place[0], _group.fingerprint > place[1]))


def _answer(conn: Connection, found: Sequence[Row[Any]], *, has_more: bool) -> Answer:
    now = conn.execute(select(db_now())).scalar_one()
    rows = [{**row._mapping, "state": row.shown} for row in found]
    _count(conn, rows, now)
    return Answer(rows, has_more, now)


def group(fingerprint: str, *, fresh: Fresh = False) -> dict[str, Any] | None:
    """One group as in `groups`, with `store_titles` → jobs among its newest CAP; None when there is none. Indexes: primary key, jobs_fingerprint.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = conn.execute(_asked.where(_group.fingerprint == fingerprint)).first()
        if found is None:
            return None
        row = {**found._mapping, "state": found.shown}
        _count(conn, [row], conn.execute(select(db_now())).scalar_one())
        newest = _newest(fingerprint).subquery()
        titles = (
            select(stores.c.title, func.count())
            .join(newest, newest.c.store_id == stores.c.id)
            .group_by(stores.c.title)
            .order_by(func.count().desc())
        )
        return {**row, "store_titles": {title: int(times) for title, times in conn.execute(titles)}}


def new_groups(cap: int = 100) -> int:
    """How many groups nobody has looked at yet, or that have come back, at most `cap`. Reads a small table.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        wanted = select(_group.fingerprint).where(_group.state.in_(("new", "regressed"))).limit(cap)
        return len(conn.scalars(wanted).all())


def jobs_of(fingerprint: str, *, before: int | None = None, limit: int = 18, fresh: Fresh = False) -> Answer:
    """The jobs that failed so, newest first, in the form of db.history.page. Index: jobs_fingerprint.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        older = [jobs.c.id < before] if before is not None else []
        ids = conn.scalars(
            select(jobs.c.id).where(jobs.c.fingerprint == fingerprint, *older).order_by(jobs.c.id.desc()).limit(limit + 1)
        ).all()  # fmt: skip
    shown = by_ids(ids[:limit], fresh=fresh)
    return Answer(shown.rows, len(ids) > limit, shown.at)


def similar(job_id: int, *, limit: int = 8) -> tuple[str | None, Answer]:
    """(The fingerprint of a job's failure, the newest other jobs that failed alike); (None, no rows) of one that never failed.

    Index: jobs_fingerprint. Raises: DatabaseAway.
    """
    with asking() as conn:
        mark = conn.scalar(select(jobs.c.fingerprint).where(jobs.c.id == job_id))
        if mark is None:
            return None, Answer([], False, conn.execute(select(db_now())).scalar_one())
    found = jobs_of(mark, limit=limit + 1)
    others = [row for row in found.rows if row["id"] != job_id]
    return mark, Answer(others[:limit], found.has_more or len(others) > limit, found.at)


def failed_ids(conn: Connection, fingerprint: str, limit: int) -> Sequence[int]:
    """The newest jobs that are failed for good with this fingerprint. Index: jobs_fingerprint."""
    failed = (jobs.c.fingerprint == fingerprint, jobs.c.state == JobState.FAILED)
    return [int(i) for i in conn.scalars(select(jobs.c.id).where(*failed).order_by(jobs.c.id.desc()).limit(limit))]


def _newest(fingerprint: str) -> Any:
    at = func.coalesce(jobs.c.finished_at, jobs.c.started_at, type_=jobs.c.finished_at.type)
    told = (jobs.c.store_id, at.label("at"))
    return select(*told).where(jobs.c.fingerprint == fingerprint).order_by(jobs.c.id.desc()).limit(CAP)


def _count(conn: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Add the windows and the stores to these groups: a short range of the index each, all in one statement."""
    for row in rows:
        row.update(dict.fromkeys((*WINDOWS, "stores"), 0))
    if not rows:
        return
    asked = []
    for row in rows:
        newest = _newest(row["fingerprint"]).subquery()
        windows = [func.sum(case((newest.c.at >= now - length, 1), else_=0)).label(name) for name, length in WINDOWS.items()]
        asked.append(select(literal(row["fingerprint"]).label("mark"), *windows, func.count(newest.c.store_id.distinct()).label("stores")))
    counted = {found.mark: found for found in conn.execute(union_all(*asked))}
    for row in rows:
        found = counted[row["fingerprint"]]
        row.update({name: int(getattr(found, name) or 0) for name in (*WINDOWS, "stores")})
