"""Drain a consumer: it gives back what it runs, takes nothing more, and stays until it is stopped; its jobs go to the others."""

from __future__ import annotations

from db import audit, consumers
from db.engine import begin
from tasks.bad_request import BadRequest


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


def _ask(consumer_id: str, *, by: str, is_wanted: bool) -> bool:
    with begin() as conn:
        if not consumers.exists(conn, consumer_id):
            raise BadRequest("consumer_id", f"There is no running consumer {consumer_id!r}. Consumers are listed on the page Workers.")
        asked = consumers.drain(conn, consumer_id, by if is_wanted else None)
        if asked:
            audit.write(conn, person=by, action="drain" if is_wanted else "undrain", target=f"consumer:{consumer_id}")
    return asked
