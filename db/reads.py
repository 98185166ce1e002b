"""The door for questions that a person's screen asks: every way in which the database can be away is one error with a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine import DatabaseAway, DatabaseSlow, Fresh, is_too_slow, place, reading

__all__ = ["Fresh", "asking"]


@contextmanager
def asking(*, fresh: Fresh = False) -> Iterator[Connection]:
    """A connection for reads; `fresh` is for a person who has just changed something: True, or the Written of that change.

    Raises: DatabaseAway, also when the database goes away in the middle of an answer; DatabaseSlow where it was stopped for taking too long.
    """
    try:
        with reading(fresh=fresh) as conn:
            yield conn
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        if is_too_slow(error):
            raise DatabaseSlow() from error
        cause = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
        raise DatabaseAway(f"The database at {place()} does not answer ({cause}).") from error
