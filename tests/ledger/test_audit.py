"""Who asked for a job is in the audit log, in the transaction that made it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import tasks
from db import audit
from db.engine import begin
from db.schema import audit_log, jobs
from tasks.roles import Actor, Role

PAST = datetime(2026, 1, 1, tzinfo=UTC)


def lines() -> list[tuple[str, str, str, str, str | None]]:
    with begin() as conn:
        found = conn.execute(select(audit_log).order_by(audit_log.c.id))
        return [(row.person, row.action, row.target, row.source, row.address) for row in found]


def test_a_person_who_asks_is_written_down_with_where_they_were(clean):
    ana = Actor("ana", role=Role.OPERATOR, source="console", address="192.0.2.7")
    job_id = tasks.test_worker(requested_by=ana)
    assert lines() == [("ana", "test_worker_connection", f"job:{job_id}", "console", "192.0.2.7")]


def test_the_same_request_again_is_one_line(clean):
    ana = Actor("ana", role=Role.OPERATOR, source="api")
    assert tasks.test_worker(requested_by=ana, idempotency_key="k") == tasks.test_worker(requested_by=ana, idempotency_key="k")
    assert len(lines()) == 1


def test_many_syncs_that_a_person_asks_for_at_once_are_one_line(clean):
    tasks.add_store("store1", platform="shopify", address="https://s.example", by="test")
    ana = audit.Person("ana", source="api", address="192.0.2.7")
    asked = {
        "sync_all": lambda: tasks.sync_all("store1", requested_by=ana),
        "backfill": lambda: tasks.backfill("store1", "orders", PAST, PAST + timedelta(days=30), requested_by=ana),
    }
    for action, ask in asked.items():
        job = ask()
        assert not ask().is_new
        assert [line for line in lines() if line[1] == action] == [("ana", action, f"job:{job}", "api", "192.0.2.7")]


def test_what_nobody_asked_for_is_no_line(clean):
    tasks.test_worker(requested_by="schedule")
    assert lines() == []


def test_no_job_without_its_line(clean, monkeypatch):
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(audit, "write", fails)
    with pytest.raises(RuntimeError):
        tasks.test_worker(requested_by=Actor("ana", role=Role.OPERATOR))
    with begin() as conn:
        assert conn.execute(select(jobs.c.id)).all() == []
