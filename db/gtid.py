"""Reading one's own writes from a replica: the number that the primary gave a transaction, and waiting until a replica has it.

MariaDB numbers transactions when its binary log is on; what is done for MySQL 8 follows its manual and has not been run against one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

Fresh = (
    bool | str
)  # what a reader must see: False anything a few seconds old, a transaction's number (and all before it), True all that is committed


class Written:
    """The last transaction that was committed within `noting_writes()`."""

    def __init__(self) -> None:
        self.fresh: Fresh = False  # nothing written yet; its number, or True where the server gives none


_noting: ContextVar[Written | None] = ContextVar("noting_writes", default=None)


@contextmanager
def noting_writes() -> Iterator[Written]:
    """Note the transactions that this thread commits in the block: `reading(fresh=written.fresh)` sees them, on a replica where one has them.

    It costs a question after each commit, so it is for people's own changes, not for workers.
    """
    written = Written()
    reset = _noting.set(written)
    try:
        yield written
    finally:
        _noting.reset(reset)


def note(conn: Connection, *, has_replicas: bool) -> None:
    """After a commit, on the connection that did it."""
    written = _noting.get()
    if written is None:
        return
    written.fresh = True
    if has_replicas:
        asked = "SELECT @@last_gtid" if _is_mariadb(conn) else "SELECT @@GLOBAL.gtid_executed"
        try:
            written.fresh = str(conn.scalar(text(asked)) or "") or True
        except SQLAlchemyError:
            return  # the commit has happened; without its number the primary answers


def wait(conn: Connection, number: str, timeout_s: float) -> bool:
    """Whether this replica has the transaction, now or within `timeout_s` seconds; 0 does not wait."""
    if _is_mariadb(conn):
        return bool(conn.scalar(text("SELECT MASTER_GTID_WAIT(:number, :s)"), {"number": number, "s": timeout_s}) == 0)
    if timeout_s <= 0:  # MySQL would take that for no limit at all
        return bool(conn.scalar(text("SELECT GTID_SUBSET(:number, @@GLOBAL.gtid_executed)"), {"number": number}) == 1)
    return bool(conn.scalar(text("SELECT WAIT_FOR_EXECUTED_GTID_SET(:number, :s)"), {"number": number, "s": timeout_s}) == 0)


def _is_mariadb(conn: Connection) -> bool:
    return bool(getattr(conn.dialect, "is_mariadb", False))
