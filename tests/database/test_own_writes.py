"""A person sees what they have just done: which transactions are noted, and for how long the console asks for them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from db import gtid
from db.engine import begin, noting_writes
from db.schema import requests


def write(*, fails=False):
    with begin() as conn:
        conn.execute(insert(requests).values(server_id="ana"))
        if fails:
            raise RuntimeError


def test_a_write_within_the_block_is_noted_and_one_outside_is_not(clean):
    with noting_writes() as before:
        pass
    write()
    with noting_writes() as written:
        write()
    assert (before.fresh, bool(written.fresh)) == (False, True)


def test_what_was_rolled_back_is_not_noted(clean):
    with noting_writes() as written, pytest.raises(RuntimeError):
        write(fails=True)
    assert written.fresh is False


class MySql:
    """Tells what a replica is asked and that it has everything; there is no MySQL where this project is built."""

    dialect = SimpleNamespace(is_mariadb=False)

    def scalar(self, question, values):
        self.asked = str(question), values
        return 1 if "SUBSET" in self.asked[0] else 0


def test_mysql_is_never_asked_to_wait_without_a_limit():
    replica = MySql()
    assert gtid.wait(replica, "3e11:1-5", 0.0)
    assert replica.asked == ("SELECT GTID_SUBSET(:number, @@GLOBAL.gtid_executed)", {"number": "3e11:1-5"}), "0 would be no limit there"
    assert gtid.wait(replica, "3e11:1-5", 0.2)
    assert replica.asked == ("SELECT WAIT_FOR_EXECUTED_GTID_SET(:number, :s)", {"number": "3e11:1-5", "s": 0.2})


def test_the_console_asks_for_it_after_a_deed_and_not_after_looking(clean):
    def script():
        import streamlit as st

        from console.parts import notices
        from tests.database.test_own_writes import write

        if st.button("Look"):
            notices.attempt(lambda: "Nothing to do.")
        if st.button("Write"):
            notices.attempt(lambda: write() or "Done.")
        st.write(f"fresh={bool(notices.has_just_written())}")

    page = AppTest.from_function(script).run()
    assert page.button[0].click().run().markdown[-1].value == "fresh=False"
    assert page.button[1].click().run().markdown[-1].value == "fresh=True"
