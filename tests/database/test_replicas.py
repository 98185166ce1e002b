"""Reads on replicas: who answers when one is down, behind or slow, and that people see what they have just done."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from db import replicas
from db.engine import DatabaseAway, DatabaseSlow, begin, last_resort, noting_writes, readers, reading
from db.reads import asking
from db.schema import requests
from tests.database.cluster import address, ask, database_at, run
from tests.servers import until

pytestmark = pytest.mark.faults


@pytest.fixture
def cluster(whole_cluster, monkeypatch):
    """Well, fresh and used by this process, with a short patience."""
    whole_cluster.mend()
    monkeypatch.setenv("DB_MAX_LAG_S", "3")
    monkeypatch.setenv("DB_READ_LIMIT_S", "1")
    monkeypatch.setattr(replicas, "SHUN_S", 0.3)
    with database_at(address(whole_cluster.primary), *(address(replica) for replica in whole_cluster.replicas)), hearts_beating():
        whole_cluster.caught_up()
        until("a replica answers", lambda: who_answers() == 2)
        yield whole_cluster
    whole_cluster.mend()


@contextmanager
def hearts_beating():
    """What the consumers do each second."""
    stop = threading.Event()

    def beat():
        while not stop.wait(0.1):
            with suppress(DatabaseAway, SQLAlchemyError), begin() as conn:
                replicas.beat(conn)

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def who_answers(*, fresh=False):
    """1 is the primary, 2 and 3 are its replicas."""
    with reading(fresh=fresh) as conn:
        return conn.scalar(text("SELECT @@server_id"))


def write(server_id="ana"):
    with noting_writes() as written, begin() as conn:
        conn.execute(insert(requests).values(server_id=server_id))
    return written.fresh


def rows(*, fresh=False, server_id="ana"):
    with reading(fresh=fresh) as conn:
        return conn.scalar(select(func.count()).select_from(requests).where(requests.c.server_id == server_id))


def test_a_replica_answers_reads_and_the_primary_what_must_be_new(cluster):
    assert (who_answers(), who_answers(fresh=True)) == (2, 1)


def test_when_a_replica_is_killed_the_other_answers_then_the_primary_then_nobody(cluster):
    cluster.replicas[0].kill()
    assert who_answers() == 3
    cluster.replicas[1].kill()
    assert who_answers() == 1
    cluster.primary.kill()
    with pytest.raises(DatabaseAway, match="does not answer"), asking():
        pass
    cluster.mend()
    until("a replica answers again", lambda: who_answers() == 2)


def test_a_replica_that_is_behind_answers_nothing_until_it_has_caught_up(cluster):
    run(cluster.replicas[0], "STOP SLAVE SQL_THREAD")  # Seconds_Behind_Master is NULL from here on

    until("the replica behind is left alone", lambda: who_answers() == 3)
    run(cluster.replicas[0], "START SLAVE")
    until("it answers again", lambda: who_answers() == 2)


def test_people_see_what_they_have_just_done_and_replicas_show_it(cluster):
    for number in range(50):
        fresh = write(f"ana{number}")
        assert isinstance(fresh, str)
        assert rows(fresh=fresh, server_id=f"ana{number}") == 1
    assert who_answers(fresh=fresh) == 2


def test_a_write_that_no_replica_has_yet_is_read_from_the_primary(cluster):
    for replica in cluster.replicas:
        run(replica, "STOP SLAVE SQL_THREAD")
    fresh = write("late")
    assert (rows(server_id="late", fresh=fresh), who_answers(fresh=fresh)) == (1, 1)


def test_who_waited_in_vain_lets_no_other_wait(cluster, monkeypatch):
    monkeypatch.setattr(replicas, "BEHIND_S", 60.0)
    for replica in cluster.replicas:
        run(replica, "STOP SLAVE SQL_THREAD")
    fresh, waits, wait = write("late"), [], replicas.gtid.wait
    monkeypatch.setattr(replicas.gtid, "wait", lambda conn, number, timeout_s: waits.append(timeout_s) or wait(conn, number, timeout_s))
    assert replicas.fit(readers(), 600.0, fresh=fresh) is None
    assert sum(waits) < 2 * replicas.WAIT_S, "both replicas share one patience"
    waits.clear()
    assert replicas.fit(readers(), 600.0, fresh=fresh) is None
    assert waits == [0.0, 0.0]


def test_nothing_is_asked_of_the_server_when_nobody_wants_the_number(cluster):
    def questions():
        return int(ask(cluster.primary, "SELECT VARIABLE_VALUE FROM information_schema.global_status WHERE VARIABLE_NAME = 'Com_select'"))

    write()
    before = questions()
    with begin() as conn:
        conn.execute(insert(requests).values(server_id="worker"))
    assert questions() - before <= 1, "the question itself"


def test_the_next_read_sees_more_than_the_last_one(cluster):
    """A replica's connection is rolled back after a read, or its snapshot would freeze every list."""
    seen = []
    for _ in range(3):
        write("again")
        cluster.caught_up()
        seen.append(rows(server_id="again"))
    assert seen == [1, 2, 3]


def test_a_read_that_takes_too_long_is_stopped_by_the_server(cluster):
    slow = text("SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c")
    with pytest.raises(DatabaseSlow, match=r"after 1 s \(DB_READ_LIMIT_S\)"), asking() as conn:
        conn.execute(slow)
    with pytest.raises(DatabaseSlow), asking(fresh=True) as conn:
        conn.execute(slow)
    assert who_answers() == 2


def test_readers_cannot_take_all_connections_of_the_primary(cluster, monkeypatch):
    for replica in cluster.replicas:
        replica.kill()
    last_resort.forget()  # all of them find no engine there, and have to get the same one
    start, most, done = threading.Barrier(40), [0], []

    def read():
        start.wait()
        try:
            with reading() as conn:
                conn.execute(text("SELECT SLEEP(0.1)"))
            done.append("answered")
        except DatabaseAway as busy:
            done.append(str(busy))

    threads = [threading.Thread(target=read) for _ in range(40)]
    for thread in threads:
        thread.start()
    sleeping = "SELECT COUNT(*) FROM information_schema.processlist WHERE INFO LIKE 'SELECT SLEEP%'"
    while any(thread.is_alive() for thread in threads):
        most[0] = max(most[0], int(ask(cluster.primary, sleeping)))
    assert len(done) == 40
    assert all(said == "answered" or "are in use; try again" in said for said in done), done
    assert done.count("answered") > last_resort().pool.size()
    assert most[0] <= last_resort().pool.size() * 3 // 2, "half as many again for a moment"


def test_a_frozen_replica_delays_one_reader_and_the_others_go_elsewhere(cluster):
    assert who_answers() == 2
    cluster.replicas[0].freeze()
    assert who_answers() == 3, "after its read's time limit"
    answers = []
    readers = [threading.Thread(target=lambda: answers.append(who_answers())) for _ in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replicas, "SHUN_S", 60.0)  # whoever tries it again is the only one
        for reader in readers:
            reader.start()
        until("the others have their answers", lambda: len(answers) >= 5)
        cluster.replicas[0].thaw()
        for reader in readers:
            reader.join()
    assert set(answers) <= {2, 3}
