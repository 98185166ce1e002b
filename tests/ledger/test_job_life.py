"""The life of a job, told with the verbs that people use."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

import tasks
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import job_attempts, jobs, products, requests
from tasks import huey_app, identity
from tasks.endings import JobFailed
from tasks.ledger import KINDS, job, submit
from tasks.users import CATEGORIES

calls: list[int] = []
trouble: list[Exception] = []


@job(queue="system", attempts=3, retry_delay_s=0.0)
def stumble(run, **_):
    """Fails as long as there is trouble."""
    calls.append(run.id)
    if trouble:
        raise trouble.pop()


@pytest.fixture(autouse=True)
def fresh(work):
    calls.clear()
    trouble.clear()


def attempts(job_id):
    with begin() as conn:
        return [
            row.outcome
            for row in conn.execute(select(job_attempts.c.outcome).where(job_attempts.c.job_id == job_id).order_by(job_attempts.c.fence))
        ]


def push_again(job_id, name):
    huey_app.push([(job_id, name, 0)])


def make_due(job_id):
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(run_at=db_now(-1), push_at=db_now(-1)))


def test_a_job_runs_once_however_often_its_message_comes(work):
    job_id = submit("stumble", {}, requested_by="ana")
    for _ in range(3):
        push_again(job_id, "stumble")
        work()
    assert calls == [job_id]
    assert tasks.job(job_id).state is JobState.SUCCEEDED


def test_pushing_a_job_again_adds_nothing_to_the_queue():
    job_id = submit("stumble", {}, requested_by="ana")
    for _ in range(5):
        push_again(job_id, "stumble")
    assert huey_app.queue_length() == 1


def test_a_message_that_names_no_job_of_ours_stops_nobody(work):
    huey_app.huey.storage.enqueue(b"cos\nsystem\n(S'true'\ntR.")
    huey_app.huey.storage.enqueue(b'{"id":"j1","name":"quayside.gone","args":[1]}')
    push_again(999_999, "stumble")
    job_id = submit("stumble", {}, requested_by="ana")
    while huey_app.queue_length():
        work(1)
    assert tasks.job(job_id).state is JobState.SUCCEEDED


def test_a_message_under_another_jobs_name_is_ignored(work):
    job_id = submit("stumble", {}, requested_by="ana", delay_s=60)
    make_due(job_id)
    push_again(job_id, "test_worker_connection")
    work()
    assert tasks.job(job_id).state is JobState.QUEUED


def test_a_failure_is_tried_again_until_the_attempts_are_used_up(work):
    trouble.extend([ValueError("a"), ValueError("b"), ValueError("c"), ValueError("d")])
    job_id = submit("stumble", {}, requested_by="ana")
    work()
    assert tasks.job(job_id).state is JobState.QUEUED
    for _ in range(2):
        push_again(job_id, "stumble")
        work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.attempt, attempts(job_id)) == (JobState.FAILED, 3, [Outcome.FAILED] * 3)
    assert "ValueError: b" in seen.error
    with begin() as conn:
        kept = conn.scalars(select(job_attempts.c.traceback).where(job_attempts.c.job_id == job_id)).all()
    assert all("in stumble" in text for text in kept)


def test_a_failure_that_no_repetition_mends_is_final(work):
    trouble.append(JobFailed("Nothing to do.", hint="Ask for something.", may_retry=False))
    job_id = submit("stumble", {}, requested_by="ana")
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.error, seen.hint) == (JobState.FAILED, "Nothing to do.", "Ask for something.")


def test_a_failed_job_can_be_retried_and_a_succeeded_one_cannot(work):
    trouble.append(JobFailed("Once.", may_retry=False))
    job_id = submit("stumble", {}, requested_by="ana")
    work()
    tasks.retry(job_id, by="ana")
    work()
    assert tasks.job(job_id).state is JobState.SUCCEEDED
    with pytest.raises(tasks.WrongState, match=f"Job {job_id} is succeeded; only failed or cancelled jobs can be retried"):
        tasks.retry(job_id, by="ana")


def test_a_cancelled_job_does_not_run(work):
    job_id = submit("stumble", {}, requested_by="ana")
    tasks.cancel(job_id, by="ana")
    work()
    assert (tasks.job(job_id).state, calls) == (JobState.CANCELLED, [])
    with pytest.raises(tasks.WrongState, match="only queued or running"):
        tasks.cancel(job_id, by="ana")
    with pytest.raises(tasks.NoSuchJob, match="There is no job 424242"):
        tasks.cancel(424242, by="ana")


def test_a_delayed_job_waits_for_its_time(work):
    job_id = submit("stumble", {}, requested_by="ana", delay_s=3600)
    push_again(job_id, "stumble")
    work()
    assert (tasks.job(job_id).state, calls) == (JobState.QUEUED, [])
    make_due(job_id)
    push_again(job_id, "stumble")
    work()
    assert calls == [job_id]


def test_one_unfinished_job_a_key(work):
    first = submit("stumble", {}, requested_by="ana", dedupe_key="k")
    second = submit("stumble", {}, requested_by="bo", dedupe_key="k")
    assert (first.is_new, second.is_new, int(second)) == (True, False, int(first))
    work()
    assert submit("stumble", {}, requested_by="bo", dedupe_key="k").is_new


def test_many_who_ask_at_once_get_one_job():
    found, gate = [], threading.Barrier(8)

    def ask():
        gate.wait()
        found.append(submit("stumble", {}, requested_by="ana", dedupe_key="race", idempotency_key="click"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(map(int, found))) == 1
    assert sum(one.is_new for one in found) == 1


def test_the_same_request_twice_is_one_job_even_after_it_has_ended(work):
    first = submit("stumble", {}, requested_by="ana", idempotency_key="form-1")
    work()
    assert submit("stumble", {}, requested_by="ana", idempotency_key="form-1") == first


def test_people_come_before_schedules(work):
    late = submit("stumble", {}, requested_by="schedule", priority=10)
    later = submit("stumble", {}, requested_by="schedule", priority=10)
    first = submit("stumble", {}, requested_by="ana", priority=20)
    work()
    assert calls == [first, late, later]


def test_a_worker_that_lost_its_job_can_write_nothing():
    job_id = submit("stumble", {}, requested_by="ana")
    with begin() as conn:
        lost = ledger.claim(conn, job_id, name="stumble", worker="here:1", lease_s=60, time_limit_s=60)
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(state=JobState.QUEUED, run_at=db_now(-1)))
        assert ledger.claim(conn, job_id, name="stumble", worker="there:1", lease_s=60, time_limit_s=60).fence == lost.fence + 1
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.fence(conn, lost, lease_s=60)
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.succeed(conn, lost, result={})
    assert tasks.job(job_id).state is JobState.RUNNING


def test_a_product_for_a_user_is_made_once_however_often_the_job_is_tried(work, monkeypatch):
    user = tasks.add_user("Łucja O'Hara", "lucja@example.com", by="ana")
    job_id = tasks.create_product_for_user(user, requested_by="ana")
    from tasks import run as running

    broken = [True]
    succeed = running.Run.succeed

    def fails_first(self, conn, result, **more):
        succeed(self, conn, result, **more)
        if broken:
            broken.pop()
            self.is_finished = False
            raise RuntimeError("the power went before the commit")

    monkeypatch.setattr(running.Run, "succeed", fails_first)
    work()
    assert tasks.job(job_id).state is JobState.QUEUED
    make_due(job_id)
    push_again(job_id, "create_product_for_user")
    work()
    with begin() as conn:
        made = conn.execute(select(products)).all()
        lines = conn.execute(select(requests).order_by(requests.c.id)).all()
    assert len(made) == 1
    product = made[0]
    assert product.name == "Product for Łucja O'Hara"
    assert "lucja@example.com" in product.description
    assert 10 <= product.price <= 1000
    assert product.price == round(product.price, 2)
    assert 1 <= product.quantity <= 100
    assert product.category in CATEGORIES
    assert [(line.server_id, line.job_id, line.status) for line in lines] == [
        ("huey-worker", job_id, "failed"),
        ("huey-worker", job_id, "succeeded"),
    ]


def test_an_unknown_user_is_refused_before_anything_is_written():
    with pytest.raises(tasks.BadRequest, match="There is no user 77") as refused:
        tasks.create_product_for_user(77, requested_by="ana")
    assert refused.value.field == "user_id"


def test_the_worker_test_names_the_worker(work):
    job_id = tasks.test_worker(requested_by="ana")
    work()
    assert tasks.wait(job_id, timeout_s=5).result["worker"] == identity.worker()


def test_waiting_for_a_job_that_nobody_runs_says_so():
    job_id = tasks.test_worker(requested_by="ana")
    with pytest.raises(TimeoutError, match=r"still queued after 0\.1 s\. Is a consumer running"):
        tasks.wait(job_id, timeout_s=0.1)


def test_every_kind_of_job_is_a_huey_task_of_its_name():
    for name in ("sync_products", "sync_orders", "sync_inventory", "sync_customers", "create_product_for_user", "test_worker_connection"):
        assert name in KINDS
        assert huey_app.huey._registry.string_to_task(f"quayside.{name}").default_timeout == KINDS[name].time_limit_s
