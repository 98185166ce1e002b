"""Tokens are renewed once, whoever needs them: one worker asks the platform while the others wait for what it stores.

Whoever asks holds a short lease in the store's row, on the database's clock, and extends it until the platform has answered: no
transaction is open meanwhile, however long that takes, and a worker that dies is waited for no longer than its lease. Whether
somebody else was faster is told by the tokens that are in force, and decides what is stored.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from db import secrets, stores
from db.engine import DatabaseAway, begin, in_transaction
from db.stores import Store
from integrations.errors import AuthRefused, RateLimited
from integrations.tokens import FetchTokens, Secrets
from tasks.in_force import in_force, tokens_of, with_fetched

LEASE_S = 10.0
BEAT_S = 3.0
LOOK_EVERY_S = 0.2
PATIENCE_S = 15.0  # who waits for longer gives its worker back
_STORE_TRIES = 8  # some ten seconds: a refresh token that was used up and whose successor is not kept locks the store out


def renew(store: Store, seen: Secrets, fetch: FetchTokens) -> Secrets:
    """The secrets that replace `seen`, whose tokens were refused: those in force where they are others by now, else what `fetch` gets.

    They are stored before anybody uses them. Raises: RateLimited where another worker takes long; what `fetch` raises; SecretsUnreadable;
    DatabaseAway.
    """
    holder = uuid.uuid4().hex
    found = _turn(store, seen, holder)
    if tokens_of(found) != tokens_of(seen):
        return found
    try:
        with _extended(store.id, holder):
            fetched = fetch(found)
    except AuthRefused:
        after = _end(store, holder, found, {})
        if tokens_of(after) == tokens_of(found):
            raise
        return after  # stored by a worker whose lease was over although it lived: it used up our refresh token
    except BaseException:
        with suppress(DatabaseAway, SQLAlchemyError):
            _end(store, holder, found, {})
        raise
    return _end(store, holder, found, fetched)


def _turn(store: Store, seen: Secrets, holder: str) -> Secrets:
    """The secrets in force, once their tokens are others than those `seen` or it is our turn to ask for new ones."""
    patience_ends = time.monotonic() + PATIENCE_S
    while True:
        with begin() as conn:
            is_ours = stores.begin_renewal(conn, store.id, holder, LEASE_S)  # before looking: what another has stored is seen then
            found = in_force(store, secrets.get(conn, store.id))
            if is_ours and tokens_of(found) != tokens_of(seen):
                stores.end_renewal(conn, store.id, holder)
        if is_ours or tokens_of(found) != tokens_of(seen):
            return found
        if time.monotonic() > patience_ends:
            raise RateLimited(f"{store.name}: Another worker is renewing the tokens and waits for the platform.", retry_after_s=LEASE_S)
        time.sleep(LOOK_EVERY_S)


@contextmanager
def _extended(store_id: int, holder: str) -> Iterator[None]:
    """The lease, extended until the block ends."""
    done = threading.Event()

    def extend() -> None:
        while not done.wait(BEAT_S):
            with suppress(DatabaseAway, SQLAlchemyError), begin() as conn:
                stores.extend_renewal(conn, store_id, holder, LEASE_S)

    threading.Thread(target=extend, name="renewal", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _end(store: Store, holder: str, asked_with: Secrets, fetched: Secrets) -> Secrets:
    """Store what was fetched, unless a person or another worker has put other tokens in force meanwhile; the secrets in force then."""

    def end(conn: Connection) -> Secrets:
        stores.lock(conn, store.id)
        kept = secrets.get(conn, store.id)
        if fetched and tokens_of(in_force(store, kept)) == tokens_of(asked_with):
            kept = with_fetched(store, kept, fetched)
            secrets.put(conn, store.id, kept)
        stores.end_renewal(conn, store.id, holder)
        return in_force(store, kept)

    return in_transaction(end, tries=_STORE_TRIES)
