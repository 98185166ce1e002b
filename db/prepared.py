"""A statement whose text is made once: afterwards its values go straight to the driver, at a third of what SQLAlchemy's execute costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Insert, Update

_Made = tuple[str, list[tuple[str, Callable[[Any], Any] | None]], dict[str, Any]]  # text, its places, the values that never change


class Prepared:
    """An INSERT of these columns, or an UPDATE; `prepared(conn, values)` runs it with the values that are its own: column names and p_… names."""

    def __init__(self, statement: Insert | Update, *columns: str) -> None:
        self._statement, self._columns = statement, columns
        self._made: dict[tuple[str, bool, str], _Made] = {}

    def __call__(self, conn: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """What the driver says: rowcount, lastrowid.

        Raises: KeyError where a value is missing.
        """
        dialect = conn.dialect
        key = (dialect.name, bool(getattr(dialect, "is_mariadb", False)), dialect.paramstyle)
        if (made := self._made.get(key)) is None:
            made = self._made[key] = self._make(dialect)
        text, places, fixed = made
        given = {**fixed, **values}
        told = [given[name] if encode is None else encode(given[name]) for name, encode in places]
        if dialect.positional:
            return conn.exec_driver_sql(text, tuple(told))
        return conn.exec_driver_sql(text, {name: value for (name, _), value in zip(places, told, strict=True)})

    def _make(self, dialect: Dialect) -> _Made:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(self._columns))
        assert not compiled.insert_prefetch, "a default of Python's would be lost"
        assert not compiled.update_prefetch, "a default of Python's would be lost"
        binds: dict[str, BindParameter[Any]] = compiled.binds
        places: Any = [(name, binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in compiled.positiontup or binds]
        fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        return str(compiled), places, fixed
