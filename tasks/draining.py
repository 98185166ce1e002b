"""Drain a consumer: it gives back what it runs, takes nothing more, and stays until it is stopped; its jobs go to the others. Or take them from it at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from db import audit, consumers, job_rescue, line
from db.engine import begin
from db.reads import asking
from tasks import huey_app
from tasks.bad_request import BadRequest

log = logging.getLogger("quayside.draining")


def drain(consumer_id: str, *, by: str) -> bool:
    """Ask a consumer to take no more jobs; syncs go back to the queue after their page, other jobs end. False where it drains already.

    Raises: BadRequest, DatabaseAway.
    """
    return _ask(consumer_id, by=by, is_wanted=True)


def undrain(consumer_id: str, *, by: str) -> bool:
    """Let a draining consumer take jobs again. False where it does not drain.

    Raises: BadRequest, DatabaseAway.
    """
    return _ask(consumer_id, by=by, is_wanted=False)


def mark_lost(consumer_id: str, *, by: str) -> int:
    """Take the jobs of a consumer that is gone from it without waiting for their leases; how many. It takes no more jobs, should it live.

    A live one is fenced: what it still holds is not written. Each job counts as one whose worker died. Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        _check(conn, consumer_id)
        consumers.drain(conn, consumer_id, by)
        held = consumers.held_by(conn, consumer_id)
        rescued = [one.id for one in held if job_rescue.rescue(conn, one, delay_s=0.0) is not None]
        audit.write(conn, person=by, action="mark_lost", target=f"consumer:{consumer_id}", detail={"jobs": rescued[:50]})
        due = [*line.to_push(conn, rescued), *line.next_of(conn, rescued)] if rescued else []
    huey_app.push(due)
    log.warning("consumer marked lost id=%s jobs=%d by=%s", consumer_id, len(rescued), by)
    return len(rescued)


def ended_lately() -> Mapping[str, Mapping[str, int]]:
    """Worker → final state → jobs that ended within the last hour.

    Raises: DatabaseAway.
    """
    with asking() as conn:
        return consumers.ended_lately(conn)


def _check(conn: Connection, consumer_id: str) -> None:
    if not consumers.exists(conn, consumer_id):
        raise BadRequest("consumer_id", f"There is no running consumer {consumer_id!r}. Consumers are listed on the page Workers.")


def _ask(consumer_id: str, *, by: str, is_wanted: bool) -> bool:
    with begin() as conn:
        _check(conn, consumer_id)
        asked = consumers.drain(conn, consumer_id, by if is_wanted else None)
        if asked:
            audit.write(conn, person=by, action="drain" if is_wanted else "undrain", target=f"consumer:{consumer_id}")
    return asked
