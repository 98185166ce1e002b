"""A server that would cost records is refused at the start, with a sentence that says what to change."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

import tasks
from db import engine, fitness, migrate, servers
from db.engine import DatabaseAway, TransactionUndone, begin, in_transaction, is_undone, primary, reading
from db.schema import requests
from tests.database.cluster import address, ask, database_at, run
from tests.servers import MariaDb

pytestmark = pytest.mark.faults


@pytest.fixture
def server(whole_cluster):
    node = whole_cluster.primary
    with database_at(address(node)):
        yield node
    run(node, "SET GLOBAL init_connect = ''", f"ALTER DATABASE {MariaDb.database} CHARACTER SET utf8mb4")


def test_a_server_as_it_should_be_is_taken(server):
    fitness.check()


def test_a_replica_is_no_primary(whole_cluster):
    with (
        database_at(address(whole_cluster.replicas[0])),
        pytest.raises(fitness.DatabaseUnfit, match="DB_MASTER_HOST has to name the primary"),
    ):
        fitness.check()


def test_a_database_without_emoji_is_refused(server):
    run(server, f"ALTER DATABASE {MariaDb.database} CHARACTER SET latin1")
    with pytest.raises(fitness.DatabaseUnfit, match="ALTER DATABASE quayside CHARACTER SET utf8mb4"):
        fitness.check()


def test_what_a_server_does_to_its_new_connections_is_undone(server):
    run(server, "SET GLOBAL init_connect = \"SET time_zone = '+05:00', sql_mode = ''\"")
    fitness.check()
    with reading(fresh=True) as conn:
        assert conn.scalar(text("SELECT @@session.time_zone")) == "+00:00"


@pytest.mark.parametrize(
    ("fact", "value", "sentence"),
    [
        ("version", "10.3.39-MariaDB", r"MariaDB 10\.3 is too old; MariaDB 10\.6 or newer"),
        ("version", "5.7.44", r"MySQL 5\.7 is too old; MySQL 8\.0"),
        ("connection_charset", "latin1", "character set latin1 instead of utf8mb4"),
        ("time_zone", "SYSTEM", r"time zone SYSTEM instead of \+00:00"),
        ("sql_mode", "NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO", "lack STRICT_TRANS_TABLES"),
        ("isolation", "REPEATABLE READ", "isolation REPEATABLE READ instead of READ COMMITTED"),
        ("max_connections", 5, r"allows 5 connections .* may open \d+"),
    ],
)
def test_what_a_proxy_or_an_old_server_would_make_of_it(server, fact, value, sentence):
    right = {
        "version": "8.0.36", "connection_charset": "utf8mb4", "time_zone": "+00:00", "sql_mode": fitness.SQL_MODE, "read_only": 0,
        "max_connections": 151, "charset": "utf8mb4", "isolation": "READ COMMITTED",
    }  # fmt: skip
    assert fitness._wrong(right) == []
    (told,) = fitness._wrong({**right, fact: value})
    assert re.search(sentence, told)


def test_a_step_of_a_migration_takes_longer_than_any_statement_of_a_transaction_may(server, monkeypatch):
    monkeypatch.setattr(servers, "WRITE_S", 1)
    slow = text("SELECT SLEEP(2)")
    monkeypatch.setattr(migrate.command, "upgrade", lambda config, revision: config.attributes["connection"].execute(slow))
    with pytest.raises(DatabaseAway), begin() as conn:
        conn.execute(slow)
    migrate.upgrade()


def test_a_migration_that_breaks_leaves_no_lock_behind(server, monkeypatch):
    def breaks(_config, _revision):
        raise RuntimeError

    monkeypatch.setattr(migrate.command, "upgrade", breaks)
    with pytest.raises(RuntimeError):
        migrate.upgrade()
    assert ask(server, "SELECT IS_FREE_LOCK('quayside_migrate')") == 1


def test_of_two_transactions_that_wait_for_each_other_both_are_done_once(server):
    with begin() as conn:
        conn.execute(text("DELETE FROM requests"))
        conn.execute(insert(requests), [{"server_id": "a", "duration_ms": 0}, {"server_id": "b", "duration_ms": 0}])
    meet, undone = threading.Barrier(2), []

    def add(first, second):
        waited = []

        def work(conn):
            for name in (first, second):
                conn.execute(update(requests).where(requests.c.server_id == name).values(duration_ms=requests.c.duration_ms + 1))
                if not waited:
                    waited.append(meet.wait(timeout=20))

        def told(conn):
            try:
                work(conn)
            except DBAPIError as error:
                undone.append(is_undone(error))
                raise

        in_transaction(told, is_idempotent=False)

    threads = [threading.Thread(target=add, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert undone == [True], "the server chose one of them"
    with reading(fresh=True) as conn:
        assert list(conn.scalars(select(requests.c.duration_ms).order_by(requests.c.server_id))) == [2, 2]


def test_after_a_restart_of_the_server_the_pool_gives_out_no_dead_connection(server, whole_cluster):
    with begin() as conn:
        conn.execute(insert(requests).values(server_id="before"))
    assert primary().pool.checkedin() == 1
    server.kill()
    server.start()
    with begin() as conn:
        conn.execute(insert(requests).values(server_id="after"))
    whole_cluster.mend()


def test_a_person_whose_change_waits_for_a_lock_in_vain_is_told_so_and_waits_once(server, monkeypatch):
    monkeypatch.setattr(servers, "LOCK_WAIT_S", 1)
    monkeypatch.setattr(engine, "AGAIN_WITHIN_S", 0.5)
    with server.connect(user="root", password="") as holder, holder.cursor() as cursor:
        cursor.execute("REPLACE INTO queue_pauses(queue, paused_by, reason) VALUES ('users', 'bo', 'held')")
        holder.begin()
        cursor.execute("SELECT queue FROM queue_pauses FOR UPDATE")
        asked = []
        event.listen(primary(), "before_cursor_execute", lambda conn, cursor, statement, *_about: asked.append(statement))
        with pytest.raises(TransactionUndone, match=r"Lock wait timeout exceeded.*Nothing was changed"):
            tasks.resume(queue="users", by="ana")
        assert asked.count(asked[-1]) == 1
        holder.rollback()
    assert tasks.resume(queue="users", by="ana")
