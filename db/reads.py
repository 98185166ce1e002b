"""The door for questions that a person's screen asks: every way in which the database can be away is one error with a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine import DatabaseAway, place, reading


@contextmanager
def asking(*, fresh: bool = False) -> Iterator[Connection]:
    """A connection for reads; with `fresh` one that sees everything committed before, for a person who has just changed something.

    Raises: DatabaseAway, also when the database goes away in the middle of an answer.
    """
    try:
        with reading(fresh=fresh) as conn:
            yield conn
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
        raise DatabaseAway(f"The database at {place()} does not answer ({cause}).") from error
