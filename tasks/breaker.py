"""A store that fails again and again is paused, tried again from time to time, and resumed by itself; other stores never notice."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from db import audit, pauses, stores
from db.engine import begin
from db.stores import Store
from integrations.errors import RateLimited

log = logging.getLogger("quayside.breaker")

PAUSE_AFTER = 5  # attempts that failed in a row


class StorePaused(RateLimited):
    """The job waits until its store is tried again, or resumed by a person."""


def admit(store: Store, *, may_try: bool = True) -> None:
    """Let a job of this store through, or send it back until the store is tried again; by another job where this one may not.

    Raises: StorePaused, which postpones the job without costing an attempt.
    """
    with begin() as conn:
        wait = stores.wait_s(conn, store.id, may_try=may_try)
    if wait > 0:
        raise StorePaused(
            f"{store.title} is paused after {PAUSE_AFTER} failures in a row; it is tried again in {wait:.0f} s.", retry_after_s=wait
        )


def failed(conn: Connection, store_id: int, reason: str) -> None:
    """An attempt of a job of this store has failed."""
    if stores.failed(conn, store_id, reason, pause_after=PAUSE_AFTER):
        audit.write(
            conn, person="quayside", action="pause_store", target=f"store:{stores.by_id(conn, store_id).name}", detail={"reason": reason}
        )
        log.warning("store paused id=%d reason=%s", store_id, reason)


def answered(conn: Connection, store_id: int) -> None:
    """The store has answered."""
    if stores.succeeded(conn, store_id):
        pauses.wake_store(conn, store_id)
        audit.write(
            conn,
            person="quayside",
            action="resume_store",
            target=f"store:{stores.by_id(conn, store_id).name}",
            detail={"reason": "it answers again"},
        )
        log.info("store resumed id=%d", store_id)
