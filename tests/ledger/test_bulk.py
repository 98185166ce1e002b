"""One action on many: to just those that the person saw counted, each once, at a bounded speed, and to be stopped."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

import tasks
from db import bulk, schema
from db import history as lists
from db.engine import begin
from db.history import Wanted
from db.job_state import JobState, WrongState
from db.rejected import WantedRejected
from tasks import bulk as verbs
from tasks import huey_app
from tasks.run import Run
from tasks.tick import Tick
from tests.ledger.history import finished


@pytest.fixture(autouse=True)
def swift(work):
    tasks.change_option("bulk_per_s", 1_000, by="test")


def states(ids):
    with begin() as conn:
        found = dict(conn.execute(select(schema.jobs.c.id, schema.jobs.c.state).where(schema.jobs.c.id.in_(ids))).all())
    return [found.get(i) for i in ids]


def carried_out(started, work):
    """The operation after its job alone has run; what it queued again waits."""
    work(1)
    seen = bulk.operation(started.id)
    assert seen["state"] == "done", seen
    return seen


def test_a_preview_counts_what_can_be_done_and_why_the_rest_cannot(work):
    failed = finished(5, state="failed")
    twins = finished(2, state="failed", dedupe_key="sync:1:orders")
    taken = finished(1, state="failed", dedupe_key="sync:1:products")
    finished(1, state="running", dedupe_key="sync:1:products", active_key="sync:1:products")
    finished(3, state="succeeded")
    preview = tasks.preview_bulk("retry", Wanted())
    assert preview.counts == {"ready": 6, "same": 2, "running": 1, "succeeded": 3}
    assert str(preview) == "6 can be retried, 2 not needed, since another job does the same, 1 already running, 3 succeeded"
    assert states([*failed, *twins, *taken]) == ["failed"] * 8, "nothing was changed"
    assert tasks.preview_bulk("cancel", Wanted()).counts == {"ready": 1, "failed": 8, "succeeded": 3}


def test_it_acts_on_what_the_person_saw_and_on_nothing_that_came_later(work):
    seen = finished(3, state="failed")
    later = finished(3, state="failed")
    preview = tasks.preview_bulk("retry", Wanted(states=("failed",)), max_id=seen[-1])
    assert sorted(preview.ids) == seen
    fresh = finished(2, state="failed")
    started = tasks.start_bulk(preview, by="ana", reason="The token was renewed.")
    told = carried_out(started, work)
    assert (told["done"], told["refused"], told["total"], told["requested_by"], told["reason"]) == (
        3,
        0,
        3,
        "ana",
        "The token was renewed.",
    )
    assert told["filter"] == {"states": ["failed"]}
    assert states(seen) == ["queued"] * 3
    assert states(later + fresh) == ["failed"] * 5


def test_a_filter_means_what_the_list_shows(work):
    finished(3, state="failed", queue="users")
    mine = finished(4, state="failed", queue="sync-orders")
    finished(4, state="succeeded", queue="sync-orders")
    wanted = Wanted(states=("failed",), queue="sync-orders")
    preview = tasks.preview_bulk("retry", wanted)
    assert list(preview.ids) == [row["id"] for row in lists.page(wanted, limit=50).rows] == mine[::-1]


def test_each_target_is_looked_at_again_when_its_turn_comes_and_told_apart(work):
    jobs = finished(3, state="failed")
    preview = tasks.preview_bulk("retry", ids=jobs)
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == jobs[0]).values(state="succeeded"))
        conn.execute(schema.jobs.delete().where(schema.jobs.c.id == jobs[1]))
    started = tasks.start_bulk(preview, by="ana")
    told = carried_out(started, work)
    assert (told["done"], told["refused"]) == (1, 2)
    said = {row["target_id"]: (row["outcome"], row["said"]) for row in bulk.targets_of(started.id)}
    assert said == {
        jobs[2]: ("done", "Queued again."),
        jobs[1]: ("refused", f"There is no job {jobs[1]}."),
        jobs[0]: ("refused", f"Job {jobs[0]} is succeeded; only failed or cancelled jobs can be retried."),
    }
    assert [row["target_id"] for row in bulk.targets_of(started.id, outcome="refused")] == [jobs[1], jobs[0]]
    assert tasks.job(started.job_id).result["sentence"] == "1 of 3 done, 2 refused; see why."


def test_of_several_that_do_the_same_the_newest_is_retried(work):
    twins = finished(3, state="failed", dedupe_key="sync:1:orders")
    started = tasks.start_bulk(tasks.preview_bulk("retry", ids=twins), by="ana")
    carried_out(started, work)
    assert states(twins) == ["failed", "failed", "queued"]
    assert list(bulk.why_refused(started.id).values()) == [2]


def test_jobs_are_cancelled_at_once_while_they_wait_and_asked_while_they_run(work):
    waiting, running = finished(2, state="queued"), finished(1, state="running")
    started = tasks.start_bulk(tasks.preview_bulk("cancel", ids=waiting + running), by="ana")
    carried_out(started, work)
    assert states(waiting + running) == ["cancelled", "cancelled", "running"]
    with begin() as conn:
        assert conn.scalar(select(schema.jobs.c.cancel_requested_by).where(schema.jobs.c.id == running[0])) == "ana"


def test_an_operation_does_not_cancel_itself(work):
    started = tasks.start_bulk(tasks.preview_bulk("cancel", ids=[*finished(1, state="queued"), 10_000_000]), by="ana")
    with begin() as conn:
        conn.execute(update(schema.bulk_targets).where(schema.bulk_targets.c.target_id == 10_000_000).values(target_id=started.job_id))
    told = carried_out(started, work)
    assert (told["done"], told["refused"]) == (1, 1)


@pytest.mark.parametrize("where", ["before the commit of a batch", "after the commit of a batch"])
def test_a_kill_between_batches_leaves_each_target_acted_on_once(work, where):
    """A target that was acted on twice would be refused the second time: it is queued by then."""
    jobs = finished(verbs._AT_ONCE * 3, state="failed")
    started = tasks.start_bulk(tasks.preview_bulk("retry", ids=jobs), by="ana")
    child = os.fork()
    if child == 0:
        try:
            if where.startswith("before"):
                verbs.bulk.note = lambda *_: os._exit(9)
            else:
                Run.pause_point = lambda self: os._exit(9)
            work(1)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    acted = states(jobs).count("queued")
    assert acted == (0 if where.startswith("before") else verbs._AT_ONCE), "a batch and its notes are one transaction"
    assert bulk.operation(started.id)["done"] == acted
    _rescue()
    work()
    told = bulk.operation(started.id)
    assert (told["state"], told["done"], told["refused"]) == ("done", len(jobs), 0)


def _rescue():
    from db.consumers import Consumer

    tick = Tick(Consumer(id="t", host="h", pid=os.getpid(), version="0", workers=1, worker_type="thread", broker="b"))
    tick._rescue()
    with begin() as conn:
        waiting = conn.execute(
            select(schema.jobs.c.id, schema.jobs.c.name).where(schema.jobs.c.state == "queued", schema.jobs.c.name == "carry_out_bulk")
        )
        huey_app.push([(row.id, row.name, 0) for row in waiting])


def test_a_stopped_operation_leaves_the_rest_and_the_rest_can_be_done_later(work, monkeypatch):
    jobs = finished(verbs._AT_ONCE * 3, state="failed")
    started = tasks.start_bulk(tasks.preview_bulk("retry", ids=jobs), by="ana")
    with monkeypatch.context() as context:
        context.setattr(Run, "pause_point", lambda self: tasks.stop_bulk(started.id, by="ben"))
        work(1)
    told = bulk.operation(started.id)
    assert (told["state"], told["done"], told["refused"]) == ("stopped", verbs._AT_ONCE, 0)
    assert len(bulk.targets_of(started.id, outcome="waiting", limit=500)) == 2 * verbs._AT_ONCE
    rest = tasks.repeat_bulk(started.id, by="ben")
    carried_out_with_others(rest, work)
    assert states(jobs) == ["succeeded"] * len(jobs)
    with pytest.raises(tasks.BadRequest, match=f"operation {rest.id} has nothing left over; every target was done"):
        tasks.repeat_bulk(rest.id, by="ben")
    with pytest.raises(WrongState, match="only queued or running jobs can be cancelled"):
        tasks.stop_bulk(rest.id, by="ben")


def carried_out_with_others(started, work):
    work()
    assert bulk.operation(started.id)["state"] == "done"


def test_an_operation_at_work_is_not_repeated_beside_itself(work):
    started = tasks.start_bulk(tasks.preview_bulk("retry", ids=finished(1, state="failed")), by="ana")
    assert bulk.operation(started.id)["state"] == "waiting"
    with pytest.raises(tasks.BadRequest, match="is at work still; stop it first, or wait for its end"):
        tasks.repeat_bulk(started.id, by="ana")


def test_the_same_form_twice_is_one_operation(work):
    preview = tasks.preview_bulk("retry", ids=finished(2, state="failed"))
    first = tasks.start_bulk(preview, by="ana", idempotency_key="form-1")
    again = tasks.start_bulk(preview, by="ana", idempotency_key="form-1")
    assert (again.id, again.job_id, again.is_new, len(bulk.recent())) == (first.id, first.job_id, False, 1)


def test_it_is_no_faster_than_the_option_says(work, monkeypatch):
    tasks.change_option("bulk_per_s", 10, by="test")
    slept = []
    monkeypatch.setattr("tasks.bulk.time", SimpleNamespace(monotonic=time.monotonic, sleep=slept.append))
    jobs = finished(30, state="cancelled")
    carried_out(tasks.start_bulk(tasks.preview_bulk("retry", ids=jobs), by="ana"), work)
    assert len(slept) == 3, "ten at a time"
    assert all(0 < pause <= 1 for pause in slept)


def test_what_is_too_much_or_nothing_is_refused_and_each_deed_is_in_the_audit_log(work, monkeypatch):
    with pytest.raises(tasks.BadRequest, match="0 are chosen; a bulk operation acts on 1 to 10,000"):
        tasks.start_bulk(tasks.preview_bulk("retry", Wanted(states=("failed",))), by="ana")
    with pytest.raises(tasks.BadRequest, match="no bulk action 'delete'; choose one of retry, cancel, retry_rejected"):
        tasks.preview_bulk("delete", Wanted())
    with pytest.raises(tasks.BadRequest, match="retry is about jobs; choose those"):
        tasks.preview_bulk("retry", WantedRejected())
    with pytest.raises(tasks.BadRequest, match="There is no bulk operation 99"):
        tasks.stop_bulk(99, by="ana")
    jobs = finished(12, state="failed")
    monkeypatch.setattr(verbs, "MOST", 10)
    preview = tasks.preview_bulk("retry", Wanted())
    assert (preview.ids, preview.is_cut) == (tuple(jobs[:1:-1]), True)
    started = tasks.start_bulk(preview, by="ana", reason="why not")
    tasks.stop_bulk(started.id, by="ben")
    with begin() as conn:
        rows = conn.execute(select(schema.audit_log).where(schema.audit_log.c.action.like("%bulk")).order_by(schema.audit_log.c.id)).all()
    assert [(row.person, row.action, row.target) for row in rows] == [
        ("ana", "start_bulk", f"bulk:{started.id}"),
        ("ben", "stop_bulk", f"bulk:{started.id}"),
    ]
    assert (rows[0].detail["targets"], rows[0].detail["reason"]) == (10, "why not")


def test_a_job_that_belongs_to_no_operation_fails_with_a_sentence(work):
    from tasks.ledger import submit

    job_id = submit("carry_out_bulk", {}, requested_by="ana")
    work(1)
    assert "belongs to no bulk operation" in tasks.job(job_id).error
    assert tasks.job(job_id).state == JobState.FAILED
