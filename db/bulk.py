"""Bulk operations: the frozen set of what a person saw counted, and what became of each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, update

from db.columns import db_now
from db.failures import normal
from db.history import Answer
from db.job_state import FINAL, JobState
from db.reads import Fresh, asking
from db.schema import bulk_operations as operations
from db.schema import bulk_targets as targets
from db.schema import jobs

_AT_ONCE = 1_000


def facts(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Job → (its state, what only one unfinished job may do); those that are gone are missing. Index: primary key."""
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        told = select(jobs.c.id, jobs.c.state, jobs.c.dedupe_key).where(jobs.c.id.in_(ids[start : start + _AT_ONCE]))
        found.update({int(row.id): (str(row.state), row.dedupe_key) for row in conn.execute(told)})
    return found


def taken(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys an unfinished job has. Index: the unique active_key."""
    found: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        found.update(conn.scalars(select(jobs.c.active_key).where(jobs.c.active_key.in_(keys[start : start + _AT_ONCE]))))
    return found


def begin_operation(
    conn: Connection, *, action: str, chosen: Mapping[str, Any], reason: str, by: str, job_id: int, target_ids: Sequence[int]
) -> int:
    """Write an operation and its targets down; its id."""
    made = conn.execute(
        insert(operations).values(
            action=action, filter=dict(chosen), reason=reason[:512], requested_by=str(by)[:255], job_id=job_id, total=len(target_ids)
        )
    )  # fmt: skip
    operation_id = int(made.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has a key
    for start in range(0, len(target_ids), _AT_ONCE):
        lot = target_ids[start : start + _AT_ONCE]
        conn.execute(insert(targets), [{"operation_id": operation_id, "target_id": target_id} for target_id in lot])
    return operation_id


def of_job(conn: Connection, job_id: int) -> dict[str, Any] | None:
    """The operation that a job carries out; None when there is none. Index: bulk_operations_job."""
    row = conn.execute(select(operations).where(operations.c.job_id == job_id)).first()
    return dict(row._mapping) if row else None


def get(conn: Connection, operation_id: int) -> dict[str, Any] | None:
    """One operation; None when there is none."""
    row = conn.execute(select(operations).where(operations.c.id == operation_id)).first()
    return dict(row._mapping) if row else None


def waiting(conn: Connection, operation_id: int, limit: int) -> list[int]:
    """The next targets whose turn has not come, newest first. Index: primary key."""
    undone = (targets.c.operation_id == operation_id, targets.c.outcome.is_(None))
    return [int(i) for i in conn.scalars(select(targets.c.target_id).where(*undone).order_by(targets.c.target_id.desc()).limit(limit))]


def note(conn: Connection, operation_id: int, said: Mapping[int, tuple[bool, str]]) -> int:
    """Target → (whether it was done, a sentence) of those whose turn it was; how many of the operation's had their turn so far."""
    for target_id, (is_done, sentence) in said.items():
        mine = (targets.c.operation_id == operation_id, targets.c.target_id == target_id)
        conn.execute(update(targets).where(*mine).values(outcome="done" if is_done else "refused", said=sentence[:512]))
    done = sum(is_done for is_done, _ in said.values())
    more = {"done": operations.c.done + done, "refused": operations.c.refused + len(said) - done}
    conn.execute(update(operations).where(operations.c.id == operation_id).values(more))
    return int(conn.execute(select(operations.c.done + operations.c.refused).where(operations.c.id == operation_id)).scalar_one())


def end_operation(conn: Connection, operation_id: int) -> None:
    """Every target had its turn."""
    conn.execute(update(operations).where(operations.c.id == operation_id).values(finished_at=db_now()))


def left_over(conn: Connection, operation_id: int) -> list[int]:
    """The targets that were refused or had no turn, newest first. Index: primary key."""
    which = (targets.c.operation_id == operation_id, func.coalesce(targets.c.outcome, "") != "done")
    return [int(i) for i in conn.scalars(select(targets.c.target_id).where(*which).order_by(targets.c.target_id.desc()))]


def still_cancelled(conn: Connection, operation_id: int) -> list[int]:
    """The jobs that it cancelled and that nobody has retried or cancelled since, newest first. Indexes: primary keys."""
    asked = (
        select(jobs.c.id)
        .select_from(targets.join(operations, operations.c.id == targets.c.operation_id).join(jobs, jobs.c.id == targets.c.target_id))
        .where(targets.c.operation_id == operation_id, targets.c.outcome == "done", jobs.c.state == JobState.CANCELLED)
        .where(jobs.c.finished_at <= operations.c.finished_at)
        .order_by(jobs.c.id.desc())
    )
    return [int(i) for i in conn.scalars(asked)]


_state = case(
    (operations.c.finished_at.is_not(None), "done"),
    (jobs.c.state == JobState.RUNNING, "running"),
    (jobs.c.state == JobState.QUEUED, "waiting"),
    (jobs.c.state == JobState.CANCELLED, "stopped"),
    else_="failed",
)
_ended_at = func.coalesce(
    operations.c.finished_at, case((jobs.c.state.in_(FINAL), jobs.c.finished_at)), db_now(), type_=operations.c.finished_at.type
)
_told = (
    operations, _state.label("state"), jobs.c.started_at, jobs.c.error, jobs.c.cancel_requested_by, _ended_at.label("ended_at"), db_now().label("now")
)  # fmt: skip


_asked = select(*_told).select_from(operations.outerjoin(jobs, jobs.c.id == operations.c.job_id))


def page(*, before: int | None = None, after: int | None = None, limit: int = 50, fresh: Fresh = False) -> Answer:
    """Operations older than the id `before`, newer than `after`, or the newest; newest first: the columns of bulk_operations,
    `state` (waiting, running, done, stopped or failed), `started_at`, `error` of its job, `cancel_requested_by`, `now`, and `per_s`, how many targets
    had their turn a second (None before the first). Indexes: primary keys.

    Raises: DatabaseAway.
    """  # fmt: skip
    which = [*([operations.c.id < before] if before is not None else []), *([operations.c.id > after] if after is not None else [])]
    order = operations.c.id.asc() if after is not None else operations.c.id.desc()
    with asking(fresh=fresh) as conn:
        rows = [_with_speed(dict(row._mapping)) for row in conn.execute(_asked.where(*which).order_by(order).limit(limit + 1))]
        shown = sorted(rows[:limit], key=lambda row: -int(row["id"]))
        return Answer(shown, len(rows) > limit, conn.execute(select(db_now())).scalar_one())


def recent(*, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The rows of `page`, without the rest.

    Raises: DatabaseAway.
    """
    return page(before=before, limit=limit).rows


def by_ids(ids: Sequence[int], *, fresh: Fresh = False) -> Answer:
    """The same operations as they are now, in the order of `ids`. Indexes: primary keys.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        found = {row.id: _with_speed(dict(row._mapping)) for row in conn.execute(_asked.where(operations.c.id.in_(ids)))}
        return Answer([found[i] for i in ids if i in found], False, conn.execute(select(db_now())).scalar_one())


def operation(operation_id: int, *, fresh: Fresh = False) -> dict[str, Any] | None:
    """One as in `page`; None when there is none. Index: primary key.

    Raises: DatabaseAway.
    """
    with asking(fresh=fresh) as conn:
        row = conn.execute(_asked.where(operations.c.id == operation_id)).first()
        return _with_speed(dict(row._mapping)) if row else None


def _with_speed(row: Mapping[str, Any]) -> dict[str, Any]:
    had_turn, began = row["done"] + row["refused"], row["started_at"]
    took = (row["ended_at"] - began).total_seconds() if began else 0.0
    return {**row, "per_s": had_turn / took if had_turn and took > 0 else None}


def targets_of(
    operation_id: int, *, outcome: str | None = None, before: int | None = None, limit: int = 50, fresh: Fresh = False
) -> list[dict[str, Any]]:
    """Its targets, newest first: `target_id`, `outcome` (done, refused, or None before its turn) and `said`; `outcome` "waiting" is None.

    Index: primary key. Raises: DatabaseAway.
    """
    which = [targets.c.operation_id == operation_id]
    if outcome is not None:
        which.append(targets.c.outcome.is_(None) if outcome == "waiting" else targets.c.outcome == outcome)
    if before is not None:
        which.append(targets.c.target_id < before)
    told = (targets.c.target_id, targets.c.outcome, targets.c.said)
    with asking(fresh=fresh) as conn:
        return [dict(row._mapping) for row in conn.execute(select(*told).where(*which).order_by(targets.c.target_id.desc()).limit(limit))]


def why_refused(operation_id: int) -> Counter[str]:
    """Sentence, without numbers and names → how many targets were refused with it, for `most_common`. Index: primary key.

    Raises: DatabaseAway.
    """
    which = (targets.c.operation_id == operation_id, targets.c.outcome == "refused")
    with asking() as conn:
        return Counter(normal(said or "") for said in conn.scalars(select(targets.c.said).where(*which)))
