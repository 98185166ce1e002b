"""The doors to the database: `begin()` writes on the primary, `reading()` reads where it is cheap.

There is no session that routes by itself: who writes, or must see what was just written, says so.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import gtid, replicas
from db.gtid import Fresh, noting_writes
from db.once import once
from db.servers import server, sqlite, url
from settings import settings

__all__ = [
    "DatabaseAway", "DatabaseSlow", "Fresh", "TransactionUndone", "again_when_undone", "begin", "in_transaction", "noting_writes", "primary",
    "reachable", "reading", "snapshot", "url",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")
_UNDONE = {
    1205,
    1213,
    1290,
    1305,
    1836,
}  # lock wait, deadlock (1305: and with it the savepoint), a server that is read-only now: not committed
_LOST = {2006, 2013, 2014}  # connection lost: perhaps committed
_TOO_SLOW = {1969, 3024}  # stopped by max_statement_time of MariaDB, max_execution_time of MySQL
REPLICA_WAIT_S = 0.3  # for a connection; of a replica that has just died none comes, and who waits is not told
AGAIN_WITHIN_S = 2.0  # a person's change that was undone begins anew for so long; a lock that was waited for in vain takes longer
READS_ON_PRIMARY = 8  # connections: replicas that are down must not make their readers sink the primary


class DatabaseAway(Exception):
    """The database does not answer; the text is fit for a person."""


class DatabaseSlow(DatabaseAway):
    """The database stopped a read that took too long."""

    def __init__(self) -> None:
        super().__init__(
            f"The database at {place()} stopped this read after {settings().db_read_limit_s:g} s (DB_READ_LIMIT_S). "
            "Narrow it with a filter, or look at the load of the database."
        )


class TransactionUndone(DatabaseAway):
    """A transaction was taken back (deadlock, lock wait, read-only by now) or never got to its COMMIT: nothing was written, and it may well succeed soon."""


@once
def primary() -> Engine:
    """The engine that writes."""
    config = settings()
    return sqlite(config, read_only=False) if config.is_sqlite else server(config, config.db_master_host)


@once
def readers() -> list[Engine]:
    """The engines that may answer reads, best first; the primary is the last resort and not among them."""
    config = settings()
    if config.is_sqlite:
        return [sqlite(config, read_only=True)]
    hosts = [host for host in (config.db_slave1_host, config.db_slave2_host) if host]
    return [server(config, host, read_limit_s=config.db_read_limit_s, wait_s=REPLICA_WAIT_S) for host in hosts]


@once
def last_resort() -> Engine:
    """Reads on the primary: where no replica is fit, or all that is committed must be seen."""
    config = settings()
    return server(config, config.db_master_host, read_limit_s=config.db_read_limit_s, pool_size=READS_ON_PRIMARY)


def dispose(*, close: bool = True) -> None:
    """Forget every connection; with close=False without touching it, for a forked child that must not use its parent's."""
    for engines in (primary, last_resort):
        if engines.is_made:
            engines().dispose(close=close)
    if readers.is_made:
        for engine in readers():
            engine.dispose(close=close)


if hasattr(os, "register_at_fork"):  # without this, workers read each other's answers (RELIABILITY 1.O)
    os.register_at_fork(after_in_child=lambda: dispose(close=False))


@contextmanager
def begin() -> Iterator[Connection]:
    """A transaction on the primary: committed when the block ends, rolled back when it raises.

    Raises: DatabaseAway where no connection can be had, and for every error that is_passing: TransactionUndone where nothing was written;
    SQLAlchemy's other errors from within the block.
    """
    with reachable(primary()) as conn:
        is_asked_to_commit = False
        try:
            with conn.begin():
                yield conn
                is_asked_to_commit = True
        except DBAPIError as error:
            if not is_passing(error):
                raise
            raise _interrupted(error, perhaps_done=is_asked_to_commit and not is_undone(error)) from error
        gtid.note(conn, has_replicas=not settings().is_sqlite and bool(readers()))


@contextmanager
def reading(*, fresh: Fresh = False) -> Iterator[Connection]:
    """A connection for reads: a fit replica, a few seconds behind at most, else the primary.

    `fresh`: True reads what is committed, on the primary; a Written's number reads it where a replica has it within 0.3 s, else on the primary.
    Raises: DatabaseAway.
    """
    if settings().is_sqlite:
        with reachable(readers()[0]) as conn:  # sees every commit at once, and waits for no writer
            yield conn
        return
    number = fresh if isinstance(fresh, str) else ""
    replica = None if fresh is True else replicas.fit(readers(), settings().db_max_lag_s, fresh=number)
    if replica is None:
        with reachable(last_resort()) as conn:
            yield conn
        return
    with replica:
        try:
            yield replica
        except DBAPIError as error:
            if not is_passing(error):
                raise
            replicas.shun(replica.engine)  # it went away in the middle; the next read asks another
            raise _silent(error, replica.engine) from error


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection whose reads all see the primary as it was at the first of them, whatever is committed meanwhile.

    Raises: DatabaseAway.
    """
    with reading(fresh=True) as conn:
        if not settings().is_sqlite:  # there every transaction is one
            conn.execution_options(isolation_level="REPEATABLE READ")
        yield conn


@contextmanager
def reachable(engine: Engine) -> Iterator[Connection]:
    """A connection to this engine.

    Raises: DatabaseAway, also when it goes away in the middle of the block.
    """
    try:
        conn = engine.connect()
    except (DBAPIError, OSError) as error:
        raise _silent(error, engine) from error
    except PoolTimeout as error:
        raise DatabaseAway(f"All connections to the database at {place(engine)} are in use; try again in a moment.") from error
    with conn:
        try:
            yield conn
        except DBAPIError as error:
            if not is_passing(error):
                raise
            raise _silent(error, engine) from error


def _silent(error: BaseException, engine: Engine) -> DatabaseAway:
    return DatabaseAway(f"The database at {place(engine)} does not answer ({_cause(error)}).")


def _interrupted(error: DBAPIError, *, perhaps_done: bool) -> DatabaseAway:
    if perhaps_done:  # the answer to a COMMIT was lost
        return DatabaseAway(
            f"The database at {place()} broke off in the middle ({_cause(error)}). Look whether it was done before you try again."
        )
    return TransactionUndone(
        f"The database at {place()} could not do this now ({_cause(error)}). Nothing was changed; try again in a moment."
    )


def place(engine: Engine | None = None) -> str:
    """Where the database is, without the password."""
    at = (engine or primary()).url
    return str(at.database) if at.drivername.startswith("sqlite") else f"{at.host}:{at.port}/{at.database}"


def _cause(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin.args[-1] if getattr(origin, "args", None) else origin)[:200]


def _code(error: BaseException) -> object:
    origin = getattr(error, "orig", None)
    return origin.args[0] if origin is not None and origin.args else None


def is_too_slow(error: BaseException) -> bool:
    """Whether the server stopped the statement for taking too long."""
    return _code(error) in _TOO_SLOW


def is_undone(error: BaseException) -> bool:
    """Whether the transaction certainly was not committed and may well succeed when it is run again from its start."""
    if isinstance(error, TransactionUndone):
        return True
    return _code(error) in _UNDONE or (isinstance(error, OperationalError) and "database is locked" in str(error.orig))


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is run again from its start; perhaps it was committed all the same."""
    if isinstance(error, DatabaseAway):
        return not isinstance(error, DatabaseSlow)
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or _code(error) in _LOST or is_undone(error)


def in_transaction(work: Callable[[Connection], T], *, tries: int = 3, is_idempotent: bool = True) -> T:
    """`work` in a transaction, from its start again after a deadlock, a lock wait or a lost connection.

    A lost answer to COMMIT does not say whether it happened (RELIABILITY 1.AA): work that a repetition would double says is_idempotent=False,
    and is run again only where the server says that it was undone.
    """
    for attempt in range(1, tries + 1):
        try:
            with begin() as conn:
                return work(conn)
        except DatabaseAway as error:
            may_repeat = is_passing(error) if is_idempotent else is_undone(error)
            if attempt == tries or not may_repeat:
                raise
            time.sleep(0.05 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  # jitter, not a secret
    raise AssertionError("unreachable")


def again_when_undone(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb of one transaction, from its start again while the database undoes that at once, as in a deadlock.

    After an error that leaves open what became of it, it is not repeated: "cancelled already" would be a wrong answer to who cancelled it.
    """

    @wraps(verb)
    def asked(*args: P.args, **more: P.kwargs) -> T:
        until = time.monotonic() + AGAIN_WITHIN_S
        while True:
            try:
                return verb(*args, **more)
            except TransactionUndone:
                if time.monotonic() > until:
                    raise
            time.sleep(random.uniform(0.05, 0.2))  # noqa: S311  # jitter, not a secret

    return asked
