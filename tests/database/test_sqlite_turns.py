"""Writers of one SQLite file take turns."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest

from db import servers

_OTHERS_RECOVERY = 261  # SQLITE_BUSY_RECOVERY


class Held:
    """A connection to a file that is in others' hands for so many looks."""

    def __init__(self, looks, code):
        self.left, self._code, self.asked_last = looks, code, []
        self.connection = SimpleNamespace(dbapi_connection=self)

    def execute(self, _statement):
        if self.left:
            self.left -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self._code
            raise error

    def exec_driver_sql(self, statement):
        self.asked_last.append(statement)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, _OTHERS_RECOVERY])
def test_a_writer_waits_while_another_writes_or_recovers_the_file(code):
    held = Held(3, code)
    servers._take_turn(held)
    assert (held.left, held.asked_last) == (0, [])


def test_what_is_no_turn_of_anothers_is_told_at_once():
    held = Held(3, sqlite3.SQLITE_CANTOPEN)
    servers._take_turn(held)
    assert (held.left, held.asked_last) == (2, ["BEGIN IMMEDIATE"])
