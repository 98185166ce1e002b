"""A queue is emptied of what waits in it, by an operation that counts first, tells what became of each, and can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import bulk, schema
from db.engine import begin
from tasks import emptying
from tests.ledger.history import finished
from tests.ledger.test_bulk import carried_out, states

QUEUE = "sync-orders"


@pytest.fixture(autouse=True)
def swift(work):
    tasks.change_option("bulk_per_s", 1_000, by="test")


def waiting(count=1, **more):
    return finished(count, state="queued", queue=QUEUE, **more)


def empty(**more):
    return tasks.empty_queue(QUEUE, reason="The shop is closed.", by="ana", **more)


def test_all_that_waits_is_cancelled_and_nothing_else(work):
    due, later = waiting(3), waiting(2, run_at=datetime.now(UTC) + timedelta(days=1))
    retrying = waiting(1, failures=1, error_class="Boom", error="boom")
    running, elsewhere = finished(1, state="running", queue=QUEUE), finished(1, state="queued", queue="users")
    preview = tasks.preview_empty(QUEUE)
    assert (sorted(preview.ids), str(preview), preview.is_cut) == ([*due, *later, *retrying], "6 can be taken out", False)
    started = empty(preview=preview)
    newcomer = waiting()
    told = carried_out(started, work)
    assert (told["action"], told["total"], told["done"], told["refused"], told["reason"]) == ("empty_queue", 6, 6, 0, "The shop is closed.")
    assert states([*due, *later, *retrying]) == ["cancelled"] * 6
    assert states([*running, *elsewhere, *newcomer]) == ["running", "queued", "queued"]


def test_a_job_that_a_worker_takes_before_its_turn_is_not_stopped(work):
    (taken,), (left,) = waiting(), waiting()
    started = empty()
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == taken).values(state="running"))
    told = carried_out(started, work)
    assert (told["done"], told["refused"], states([left])) == (1, 1, ["cancelled"])
    assert [row["said"] for row in bulk.targets_of(started.id, outcome="refused")] == [
        f"Job {taken} is running; only queued jobs are taken out of a queue."
    ]
    with begin() as conn:
        assert conn.scalar(select(schema.jobs.c.cancel_requested_by).where(schema.jobs.c.id == taken)) is None


def test_what_was_cancelled_and_just_that_waits_again(work):
    before = finished(1, state="cancelled", queue=QUEUE)
    mine, replaced = waiting(3), waiting(1, dedupe_key="sync:1:orders", active_key="sync:1:orders")
    started = empty()
    with pytest.raises(tasks.BadRequest, match="is at work still"):
        tasks.restore_bulk(started.id, by="ben")
    carried_out(started, work)
    (other,) = waiting(1, dedupe_key="sync:1:orders", active_key="sync:1:orders")
    back = tasks.restore_bulk(started.id, by="ben", reason="It is open again.")
    told = carried_out(back, work)
    assert (told["action"], told["total"], told["done"], told["filter"]) == ("retry", 4, 3, {"restores": started.id})
    assert states([*mine, *before, *replaced]) == ["queued"] * 3 + ["cancelled"] * 2
    assert [row["said"] for row in bulk.targets_of(back.id, outcome="refused")] == [
        f"Job {replaced[0]} is not needed: job {other} already does the same."
    ]
    with pytest.raises(tasks.BadRequest, match=f"Of bulk operation {back.id} no job is cancelled still; there is nothing to bring back"):
        tasks.restore_bulk(back.id, by="ben")
    tasks.cancel(mine[0], by="cy")
    again = carried_out(tasks.restore_bulk(started.id, by="ben"), work)
    assert (again["total"], states([mine[0]])) == (1, ["cancelled"]), "what somebody cancelled since is theirs"


def test_more_than_one_operation_takes_is_said_and_the_rest_is_emptied_by_the_next(work, monkeypatch):
    ids = waiting(7)
    monkeypatch.setattr(emptying, "MOST", 4)
    preview = tasks.preview_empty(QUEUE)
    assert (preview.ids, preview.is_cut) == (tuple(ids[:2:-1]), True)
    carried_out(empty(preview=preview), work)
    assert states(ids) == ["queued"] * 3 + ["cancelled"] * 4
    carried_out(empty(), work)
    assert states(ids) == ["cancelled"] * 7


def test_it_needs_a_reason_a_queue_and_something_that_waits_and_is_one_line_of_the_audit_log(work):
    for wrong in ("", "  ", "x" * 513):
        with pytest.raises(tasks.BadRequest, match="Say in 1 to 512 characters why"):
            tasks.empty_queue(QUEUE, reason=wrong, by="ana")
    with pytest.raises(tasks.BadRequest, match="There is no queue 'parcels'; choose one of sync-products"):
        tasks.empty_queue("parcels", reason="why not", by="ana")
    with pytest.raises(tasks.BadRequest, match=f"Nothing waits in the queue {QUEUE}; there is nothing to take out"):
        empty()
    waiting(2)
    with pytest.raises(tasks.BadRequest, match="This preview is not of the queue users; count again"):
        tasks.empty_queue("users", reason="why not", by="ana", preview=tasks.preview_empty(QUEUE))
    started = empty()
    with begin() as conn:
        (line,) = conn.execute(select(schema.audit_log).where(schema.audit_log.c.person == "ana")).all()
    assert (line.action, line.target, line.outcome) == ("empty_queue", f"queue:{QUEUE}", "done")
    assert (line.detail["targets"], line.detail["reason"], line.detail["operation"]) == (2, "The shop is closed.", started.id)


def test_the_same_request_twice_is_one_operation_also_when_nothing_waits_any_more(work):
    waiting(2)
    first = empty(idempotency_key="k")
    carried_out(first, work)
    again = empty(idempotency_key="k")
    assert (again.id, again.is_new, len(bulk.recent())) == (first.id, False, 1)
