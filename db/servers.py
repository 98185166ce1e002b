"""How one database is reached: the engine of a SQLite file or of a server, its pool, its session's settings, its time limits."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import pymysql
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from settings import Settings

CONNECT_S = 3  # to open a connection
WRITE_S = 60  # a statement of a transaction; longer is a server that hangs
MIGRATION_S = 86_400  # a step of a migration: a big table is rebuilt for as long as it takes
LOCK_WAIT_S = 20  # then the transaction is run again
IDLE_S = 0.05  # that a connection of the writers may have been idle without being asked whether it lives: no server restarts that fast
BUSY_S = 30  # that a SQLite file may be in the hands of another writer
_PAUSES_S = (0.0005, 0.005)  # between two looks whether it still is
SQL_MODE = "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO"
_READ_ONLY_NOW = {1290, 1836}  # --read-only: this server was the primary, and is no more


def url(config: Settings, host: str = "") -> URL:
    """Where the database is; `host` is host or host:port of one server."""
    if config.is_sqlite:
        return URL.create("sqlite", database=str(config.quayside_var / "quayside.db"))
    name, _, port = host.partition(":")
    return URL.create(
        "mysql+pymysql", config.db_user, config.db_password or None, name, int(port or 3306), config.db_name, query={"charset": "utf8mb4"}
    )


def sqlite(config: Settings, *, read_only: bool) -> Engine:
    """The file under var/."""
    config.quayside_var.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url(config), connect_args={"timeout": BUSY_S, "check_same_thread": False}, hide_parameters=True, pool_size=config.workers + 8
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions begin where we say, in the listener below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            *(("query_only=ON",) if read_only else ("busy_timeout=0",)),
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        if read_only:
            conn.exec_driver_sql("BEGIN")
        else:
            _take_turn(conn)

    return engine


def _take_turn(conn: Connection) -> None:
    """Begin a write at once instead of failing at its first statement; while another writes, wait.

    Not with SQLite's own busy handler, which sleeps up to 100 ms at a time while transactions last one: it asked in vain for hundreds of them.
    """
    raw: Any = conn.connection.dbapi_connection
    until, pause = time.monotonic() + BUSY_S, _PAUSES_S[0]
    while time.monotonic() < until:
        try:
            raw.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # its kinds too, such as another's recovery after a crash
                break
        time.sleep(pause)
        pause = min(pause * 1.5, _PAUSES_S[1])
    conn.exec_driver_sql("BEGIN IMMEDIATE")  # raises what is in the way, as SQLAlchemy tells it


def _ask_the_idle(engine: Engine) -> None:
    """Before a connection is used that was idle for a while, ask whether it lives; a worker that writes page after page is spared the question."""

    @event.listens_for(engine, "connect")
    @event.listens_for(engine, "checkin")
    def note(_raw: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(raw: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info["used_at"] < IDLE_S:
            return
        try:
            engine.dialect.do_ping(raw)
        except pymysql.err.MySQLError as error:
            raise InvalidatePoolError from error  # and every other that is as old


def server(
    config: Settings,
    host: str,
    *,
    read_limit_s: float | None = None,
    answer_s: float | None = None,
    pool_size: int = 0,
    wait_s: float = 10.0,
) -> Engine:
    """One MySQL or MariaDB; with `read_limit_s` for reads alone, each of them stopped by the server after so many seconds.

    An answer is waited for `answer_s` seconds, else WRITE_S. `pool_size` connections at most, and half as many again for a moment; else as many as a consumer's workers and threads need. Who finds all in
    use waits `wait_s` seconds for one.
    """
    size = pool_size or config.workers + 4
    engine = create_engine(
        url(config, host),
        pool_pre_ping=read_limit_s is not None,
        pool_reset_on_return=None,  # a transaction that is left open is rolled back by SQLAlchemy; after a COMMIT another ROLLBACK says nothing
        pool_recycle=300,
        pool_size=size,
        max_overflow=size // 2,
        pool_timeout=wait_s,
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # bound values may be customers' data
        connect_args={
            "connect_timeout": CONNECT_S,
            "read_timeout": answer_s or (WRITE_S if read_limit_s is None else read_limit_s + 2),
            "write_timeout": WRITE_S,
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        wanted = [f"time_zone = '+00:00', sql_mode = '{SQL_MODE}', innodb_lock_wait_timeout = {LOCK_WAIT_S}"]
        if read_limit_s is not None:
            is_mariadb = "mariadb" in str(raw.get_server_info()).lower()
            wanted.append(f"max_statement_time = {read_limit_s:g}" if is_mariadb else f"max_execution_time = {read_limit_s * 1000:.0f}")
        with raw.cursor() as cursor:
            cursor.execute(f"SET {', '.join(wanted)}")

    if read_limit_s is None:
        _ask_the_idle(engine)

    @event.listens_for(engine, "handle_error")
    def look(context: ExceptionContext) -> None:
        arguments = getattr(context.original_exception, "args", ())
        if read_limit_s is None and arguments and arguments[0] in _READ_ONLY_NOW:
            context.is_disconnect = True  # the name leads to another server by now: every connection of the pool is opened anew

    return engine
