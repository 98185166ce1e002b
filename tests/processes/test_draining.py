"""A consumer that drains gives back what it runs, takes nothing more and stays; the others go on with it."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import select

import tasks
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import audit_log, job_attempts
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")]


def id_of(process):
    def seen():
        return next((each["id"] for each in tasks.status().consumers if each["pid"] == process.process.pid), None)

    return until("the consumer's first beat", seen)


def runs_in(process, job_id):
    worker = tasks.job(job_id).worker
    return worker is not None and int(worker.rpartition(":")[2]) in process.children()


def test_a_drained_consumer_hands_its_work_to_the_others_and_stays(clean):
    with open_store("woocommerce", size=10, orders=900, customers=3) as store, consumer() as one, consumer() as other:
        ids = {each: id_of(each) for each in (one, other)}
        visits = store.sandbox.visits("woocommerce", store.name)
        visits.fault("slow", stream="orders", times=1000, delay_s=0.5)
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        until("a page", lambda: (tasks.job(job_id).progress or 0) > 0)
        drained, stays = (one, other) if runs_in(one, job_id) else (other, one)
        assert tasks.drain(ids[drained], by="ana")
        assert not tasks.drain(ids[drained], by="bo"), "it drains already"
        until("the other one to take it", lambda: runs_in(stays, job_id))
        visits.clear()
        for _ in range(6):
            done = tasks.wait(tasks.test_worker(requested_by="ana"), timeout_s=30)
            assert int(done.result["worker"].rpartition(":")[2]) in stays.children()
        assert tasks.wait(job_id, timeout_s=60).state is JobState.SUCCEEDED
        with begin() as conn:
            attempts = select(job_attempts.c.outcome).where(job_attempts.c.job_id == int(job_id)).order_by(job_attempts.c.fence)
            ends = conn.scalars(attempts).all()
            lines = conn.execute(select(audit_log).where(audit_log.c.target == f"consumer:{ids[drained]}")).all()
        assert (ends[0], tasks.job(job_id).attempt) == (Outcome.STOPPED, 1)
        assert [(line.person, line.action) for line in lines] == [("ana", "drain")]
        assert drained.process.poll() is None
        assert {each["id"]: each["drain_by"] for each in tasks.status().consumers} == {ids[drained]: "ana", ids[stays]: None}
        assert tasks.undrain(ids[drained], by="ana")
        assert tasks.drain(ids[stays], by="ana")
        done = tasks.wait(tasks.test_worker(requested_by="ana"), timeout_s=30)
        assert int(done.result["worker"].rpartition(":")[2]) in drained.children()


def test_a_consumer_that_is_not_there_cannot_be_drained(clean):
    with pytest.raises(tasks.BadRequest, match="There is no running consumer 'host:1:2'"):
        tasks.drain("host:1:2", by="ana")
