"""A person's change that the database undoes, or breaks off: done once or not at all, and told in a sentence."""

from __future__ import annotations

import pymysql
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import tasks
from db import audit, engine
from db.audit import Person
from db.engine import DatabaseAway, TransactionUndone, begin
from db.schema import audit_log, jobs
from tests.api.conftest import api  # noqa: F401  # a caller of the HTTP API
from tests.ledger.history import finished

ANA = Person("ana")
VERBS = {
    "submit": lambda: tasks.test_worker(requested_by=ANA),
    "cancel": lambda: tasks.cancel(*finished(1, state="queued"), by=ANA),
    "retry": lambda: tasks.retry(*finished(1, state="failed"), by=ANA),
    "pause": lambda: tasks.pause(queue="users", reason="stock-taking", by=ANA),
    "resume": lambda: tasks.resume(queue="system", by=ANA),
}
DEADLOCK, LOCK_WAIT, READ_ONLY, LOST = 1213, 1205, 1290, 2013


@pytest.fixture
def trouble(clean, monkeypatch):
    """`trouble(code, times)`: the server answers so many statements with that error, each at the end of a verb's transaction."""
    write, left = audit.write, []

    def troubled(conn, **line):
        write(conn, **line)
        if left:
            raise OperationalError("INSERT", {}, pymysql.err.OperationalError(left.pop(), "as the server says"))

    tasks.pause(queue="system", reason="so that it can be resumed", by="test")
    monkeypatch.setattr(audit, "write", troubled)
    return lambda code, times=1: left.extend([code] * times)


def lines_of(connection):
    """As a driver's connection sees them."""
    cursor = connection.cursor()
    cursor.execute("SELECT COUNT(*) FROM audit_log WHERE person = 'ana'")
    return cursor.fetchone()[0]


def lines():
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(audit_log).where(audit_log.c.person == "ana"))


@pytest.mark.parametrize("code", [DEADLOCK, LOST])
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_whose_transaction_did_not_get_to_its_end_is_done_once(trouble, verb, code):
    trouble(code, times=2)
    VERBS[verb]()
    assert lines() == 1


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_whose_commit_was_not_answered_is_not_repeated(clean, monkeypatch, verb):
    """Whether it was done nobody knows: the second time it would be refused as done already."""
    tasks.pause(queue="system", reason="so that it can be resumed", by="test")
    commit, dialect = engine.primary().dialect.do_commit, engine.primary().dialect

    def unanswered(connection):
        commit(connection)
        if lines_of(connection) == 1:
            raise OperationalError("COMMIT", {}, pymysql.err.OperationalError(LOST, "as the server says"))

    monkeypatch.setattr(dialect, "do_commit", unanswered)
    with pytest.raises(DatabaseAway, match="Look whether it was done before you try again") as told:
        VERBS[verb]()
    monkeypatch.undo()
    assert not isinstance(told.value, TransactionUndone)
    assert lines() == 1


@pytest.mark.parametrize("code", [DEADLOCK, LOCK_WAIT, READ_ONLY])
def test_what_is_undone_again_and_again_is_told_in_a_sentence(trouble, monkeypatch, code):
    monkeypatch.setattr(engine, "AGAIN_WITHIN_S", 0.2)
    trouble(code, times=100)
    with pytest.raises(TransactionUndone, match=r"\(as the server says\)\. Nothing was changed; try again in a moment\."):
        VERBS["pause"]()
    assert lines() == 0


@pytest.mark.parametrize("code", [DEADLOCK, LOCK_WAIT, READ_ONLY, LOST])
def test_a_call_is_told_when_to_come_again(api, trouble, monkeypatch, code):  # noqa: F811  # a fixture of another file
    monkeypatch.setattr(engine, "AGAIN_WITHIN_S", 0.2)
    (job_id,) = finished(1, state="queued")
    trouble(code, times=100)
    answer = api.post(f"/api/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
    assert "as the server says" in answer.json()["detail"]
    with begin() as conn:
        assert conn.scalar(select(jobs.c.state).where(jobs.c.id == job_id)) == "queued"


def test_other_errors_of_the_database_stay_what_they_are(trouble):
    trouble(1146)
    with pytest.raises(OperationalError):
        VERBS["pause"]()
