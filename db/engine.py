"""The doors to the database: `begin()` writes on the primary, `reading()` reads where it is cheap.

There is no session that routes by itself: who writes, or must see what was just written, uses `begin()`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from db import replicas
from settings import Settings, settings

T = TypeVar("T")
_PASSING_ERRORS = {1205, 1213, 2006, 2013, 2014}  # lock wait, deadlock, connection lost: the whole transaction may run again


class DatabaseAway(Exception):
    """The database does not answer; the text is fit for a person."""


def url(config: Settings, host: str = "") -> URL:
    """Where the database is; `host` is host or host:port of one server."""
    if config.is_sqlite:
        return URL.create("sqlite", database=str(config.quayside_var / "quayside.db"))
    name, _, port = host.partition(":")
    return URL.create(
        "mysql+pymysql", config.db_user, config.db_password or None, name, int(port or 3306), config.db_name, query={"charset": "utf8mb4"}
    )


def _sqlite(config: Settings, *, read_only: bool) -> Engine:
    config.quayside_var.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url(config), connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True, pool_size=config.workers + 8
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions begin where we say, in the listener below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            *(("query_only=ON",) if read_only else ()),
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        conn.exec_driver_sql(
            "BEGIN" if read_only else "BEGIN IMMEDIATE"
        )  # a writer waits for its turn instead of failing at its first write

    return engine


def _server(config: Settings, host: str, *, read_timeout_s: int) -> Engine:
    engine = create_engine(
        url(config, host),
        pool_pre_ping=True,
        pool_recycle=300,
        pool_size=config.workers + 4,
        max_overflow=8,
        pool_timeout=10,
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # bound values may be customers' data
        connect_args={"connect_timeout": 3, "read_timeout": read_timeout_s, "write_timeout": 60},
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        with raw.cursor() as cursor:
            cursor.execute(
                "SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'"
            )

    return engine


@cache
def primary() -> Engine:
    """The engine that writes."""
    config = settings()
    return _sqlite(config, read_only=False) if config.is_sqlite else _server(config, config.db_master_host, read_timeout_s=60)


@cache
def readers() -> list[Engine]:
    """The engines that may answer reads, best first; the primary is the last resort and not among them."""
    config = settings()
    if config.is_sqlite:
        return [_sqlite(config, read_only=True)]
    hosts = [host for host in (config.db_slave1_host, config.db_slave2_host) if host]
    return [_server(config, host, read_timeout_s=10) for host in hosts]


def dispose(*, close: bool = True) -> None:
    """Forget every connection; with close=False without touching it, for a forked child that must not use its parent's."""
    if primary.cache_info().currsize:
        primary().dispose(close=close)
    if readers.cache_info().currsize:
        for engine in readers():
            engine.dispose(close=close)


if hasattr(os, "register_at_fork"):  # without this, workers read each other's answers (RELIABILITY 1.O)
    os.register_at_fork(after_in_child=lambda: dispose(close=False))


@contextmanager
def begin() -> Iterator[Connection]:
    """A transaction on the primary: committed when the block ends, rolled back when it raises.

    Raises: DatabaseAway where no connection can be had; SQLAlchemy's errors from within the block.
    """
    with reachable(primary()) as conn, conn.begin():
        yield conn


@contextmanager
def reading(*, fresh: bool = False) -> Iterator[Connection]:
    """A connection for reads: a fit replica, a few seconds behind at most, else the primary; with `fresh` the primary.

    Raises: DatabaseAway.
    """
    if settings().is_sqlite:
        with reachable(readers()[0]) as conn:  # sees every commit at once, and waits for no writer
            yield conn
        return
    for engine in () if fresh else readers():
        if (replica := replicas.fit(engine, settings().db_max_lag_s)) is not None:
            with replica:
                yield replica
            return
    with reachable(primary()) as conn:
        yield conn


@contextmanager
def reachable(engine: Engine) -> Iterator[Connection]:
    """A connection to this engine.

    Raises: DatabaseAway.
    """
    try:
        conn = engine.connect()
    except (DBAPIError, OSError) as error:
        raise DatabaseAway(f"The database at {place(engine)} does not answer ({_cause(error)}).") from error
    with conn:
        yield conn


def place(engine: Engine | None = None) -> str:
    """Where the database is, without the password."""
    at = (engine or primary()).url
    return str(at.database) if at.drivername.startswith("sqlite") else f"{at.host}:{at.port}/{at.database}"


def _cause(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin.args[-1] if getattr(origin, "args", None) else origin)[:200]


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is run again from its start."""
    if isinstance(error, DatabaseAway):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return code in _PASSING_ERRORS or (isinstance(error, OperationalError) and "database is locked" in str(error.orig))


def in_transaction(work: Callable[[Connection], T], *, tries: int = 3) -> T:
    """`work` in a transaction, from its start again after a deadlock or a lost connection; so `work` has to be idempotent.

    A lost answer to COMMIT does not say whether it happened (RELIABILITY 1.AA): only work that a repetition cannot double belongs here.
    """
    for attempt in range(1, tries + 1):
        try:
            with begin() as conn:
                return work(conn)
        except (DBAPIError, DatabaseAway) as error:
            if attempt == tries or not is_passing(error):
                raise
            time.sleep(0.05 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  # jitter, not a secret
    raise AssertionError("unreachable")
