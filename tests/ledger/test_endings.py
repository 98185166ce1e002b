"""How runs end when something else was asked for meanwhile, or when nobody is left to tell it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

import tasks
from db import jobs as ledger
from db.columns import db_now
from db.consumers import Consumer
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import job_attempts, jobs, requests
from integrations.errors import RateLimited
from tasks import identity, tick
from tasks.ledger import job, submit
from tasks.run import GiveBack

errors: list[Exception] = []


@job(queue="system", attempts=3, retry_delay_s=600.0)
def be_cancelled(run, **_):
    """Is cancelled while it works, and then something happens before it would have noticed."""
    tasks.cancel(run.id, by="ana")
    raise errors.pop()


@job(queue="system", attempts=3, retry_delay_s=600.0)
def go_on_until_the_page(run, **_):
    """Is cancelled while it works, and notices at its page."""
    tasks.cancel(run.id, by="ana")
    with run.page():
        raise AssertionError("the fence let it through")


def lines(job_id):
    with begin() as conn:
        return [(row.status, row.name) for row in conn.execute(select(requests).where(requests.c.job_id == job_id).order_by(requests.c.id))]


@pytest.mark.parametrize(
    "error", [RateLimited("Busy.", retry_after_s=3600), GiveBack(Outcome.PAUSED), GiveBack(Outcome.YIELDED), ValueError("try again")]
)
def test_a_cancelled_job_ends_however_its_attempt_ended(work, error):
    """It would else wait out the platform's hour, hold its key, and take with it whatever was attached to it."""
    errors.append(error)
    job_id = submit("be_cancelled", {}, requested_by="ana", dedupe_key="the key")
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.error) == (JobState.CANCELLED, "Cancelled by ana.")
    assert submit("be_cancelled", {}, requested_by="ben", dedupe_key="the key").is_new
    assert len(lines(job_id)) == 1


def test_a_run_that_was_cancelled_leaves_its_line(work):
    job_id = submit("go_on_until_the_page", {}, requested_by="ana")
    work()
    assert tasks.job(job_id).state is JobState.CANCELLED
    assert lines(job_id) == [("cancelled", "go_on_until_the_page")]


def test_a_run_whose_worker_died_for_good_leaves_its_line(work):
    job_id = submit("be_cancelled", {}, requested_by="ana")
    with begin() as conn:
        conn.execute(
            update(jobs).where(jobs.c.id == job_id).values(state="running", fence=7, worker="gone:1:1", lease_until=db_now(-1), crashes=4)
        )
    tick.Tick(Consumer(id="c", host=identity.host(), pid=1, version="0", workers=1, worker_type="thread", broker="redis"))()
    assert tasks.job(job_id).state is JobState.FAILED
    assert lines(job_id) == [("failed", "be_cancelled")]


def test_a_claim_of_another_life_of_the_same_number_may_write_nothing(work):
    """After a failover that lost a job, a new one may have its number and its first fence; the old one's worker is fenced all the same."""
    job_id = submit("be_cancelled", {}, requested_by="ana")
    with begin() as conn:
        old = ledger.claim(conn, job_id, name="be_cancelled", worker="old:1:1", lease_s=60, time_limit_s=60)
        conn.execute(delete(job_attempts))
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(state="queued", fence=0))
        new = ledger.claim(conn, job_id, name="be_cancelled", worker="new:2:2", lease_s=60, time_limit_s=60)
        assert (old.fence, new.fence) == (1, 1)
    with begin() as conn:
        ledger.fence(conn, new, lease_s=60)
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.fence(conn, old, lease_s=60)
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.succeed(conn, old, result={})
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.give_back(conn, old, Outcome.YIELDED)
