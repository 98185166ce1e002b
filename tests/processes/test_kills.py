"""kill -9 where it hurts: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

import tasks
from db.engine import begin
from db.job_state import JobState, Verdict
from db.schema import jobs, products
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store
from tests.sync.memory import differences
from tests.sync.truth import told

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes and /proc are Linux's")]


@pytest.mark.parametrize(
    ("platform", "point", "what"),
    [  # that a point is as good on any other platform, and at any other page, tests/faults/test_each_page.py shows
        ("woocommerce", "after_claim", "worker"),
        ("shopify", "before_commit:1", "consumer"),
        ("woocommerce", "before_commit:3", "worker"),
        ("shopify", "after_commit:1", "worker"),
        ("woocommerce", "after_commit:4", "consumer"),
        ("shopify", "after_commit:4", "consumer"),
    ],
)
def test_after_a_kill_at_page_k_the_result_is_that_of_an_uninterrupted_run(clean, platform, point, what):
    with open_store(platform, size=30, orders={"woocommerce": 560, "shopify": 120}[platform], customers=20) as store:
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        with consumer("tests/processes/crashing.py", CRASH_AT=point, CRASH_WHAT=what) as crashing:
            if what == "consumer":
                crashing.process.wait(timeout=60)
            else:
                until("the worker's death", lambda: "died, restarting" in crashing.log(), timeout_s=60)
                crashing.stop()
        with consumer() as healthy:
            seen = tasks.wait(job_id, timeout_s=60)
            assert healthy.process.poll() is None
        truth = {name: rows for name, rows in told(store).items() if name in ("orders", "order_lines", "refunds")}
        assert seen.verdict is Verdict.SUCCESS
        assert differences(store, truth) == []
        assert seen.result["created"] == len(truth["orders"]), "each record was counted once"
        assert seen.result["read"] == seen.result["created"] + seen.result["duplicate"]
        assert tasks.job(job_id).attempt == 1, "a crash is not a failure of the job"


@pytest.mark.parametrize("stream", ["products", "inventory", "customers"])
@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_every_stream_survives_a_kill_between_its_pages(clean, platform, stream):
    tables = {"products": ("products", "variants"), "inventory": ("inventory_levels",), "customers": ("customers",)}[stream]
    with open_store(platform, size=130, orders=5, customers=520) as store:
        job_id = tasks.sync(store.name, stream, requested_by="ana")
        with consumer("tests/processes/crashing.py", CRASH_AT="after_commit:1", CRASH_WHAT="consumer") as crashing:
            crashing.process.wait(timeout=60)
        assert not tasks.job(job_id).is_finished
        with consumer():
            seen = tasks.wait(job_id, timeout_s=90)
        truth = {name: rows for name, rows in told(store).items() if name in tables}
        assert seen.verdict is Verdict.SUCCESS
        assert differences(store, truth) == []
        assert seen.result["created"] == len(truth[tables[0]]), "each record was counted once"


def test_200_jobs_under_five_kills_are_done_once_each(clean):
    user = tasks.add_user("Ana", by="test")
    job_ids = {int(tasks.create_product_for_user(user, requested_by="ana")) for _ in range(200)}
    chance, kills = random.Random(7), 0

    def finished():
        with begin() as conn:
            return conn.scalar(select(func.count()).select_from(jobs).where(jobs.c.state == JobState.SUCCEEDED))

    while kills < 5:
        with consumer(WORKERS="4") as victim:
            done = finished()
            until("some progress", lambda done=done: finished() > done + chance.randint(3, 25) or finished() == 200, timeout_s=60)
            workers = victim.children()
            victim.kill()
            kills += 1
            until("the workers' death", lambda workers=workers: not any(is_alive(pid) for pid in workers))
    with consumer(WORKERS="4"):
        until("all jobs", lambda: finished() == 200, timeout_s=60)
    with begin() as conn:
        made = conn.scalars(select(products.c.last_job_id)).all()
        states = set(conn.scalars(select(jobs.c.state)).all())
    assert sorted(made) == sorted(job_ids), "one product a job"
    assert states == {JobState.SUCCEEDED}


def is_alive(pid):
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_do_not_outlive_their_consumer(clean):
    with consumer() as victim:
        children = until("the workers", lambda: len(victim.children()) >= 3 and victim.children())
        victim.kill()
        until("the workers' death", lambda: not any(is_alive(pid) for pid in children))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_graceful_stop_finishes_the_page_and_loses_no_attempt(clean, sign):
    with open_store("woocommerce", size=20, orders=600, customers=5) as store:
        store.sandbox.visits("woocommerce", store.name).fault("slow", stream="orders", times=100, delay_s=0.3)
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        with consumer() as stopped:
            until("two pages", lambda: (tasks.job(job_id).progress or 0) >= 200)
            assert stopped.stop(sign) == 0
        seen = tasks.job(job_id)
        assert (seen.state, seen.attempt) == (JobState.QUEUED, 1)
        before = seen.progress
        store.sandbox.visits("woocommerce", store.name).clear()
        with consumer():
            seen = tasks.wait(job_id, timeout_s=60)
        pages = [visit for visit in store.sandbox.visits("woocommerce", store.name).requests("orders") if "/refunds" not in visit.path]
        assert seen.verdict is Verdict.SUCCESS
        assert before >= 200
        assert len(pages) <= (600 - before) // 100 + 3, "it went on at its checkpoint"


def test_a_consumer_finds_work_that_was_asked_for_while_nobody_was_there(clean):
    job_id = tasks.test_worker(requested_by="ana")
    with consumer():
        assert tasks.wait(job_id, timeout_s=20).state is JobState.SUCCEEDED


def test_a_worker_process_that_is_stopped_cannot_write_when_it_comes_back(clean):
    with open_store("woocommerce", size=20, orders=500, customers=5) as store:
        store.sandbox.visits("woocommerce", store.name).fault("slow", stream="orders", times=100, delay_s=0.4)
        job_id = tasks.sync(store.name, "orders", requested_by="ana")
        with consumer() as owner:
            until("a page", lambda: (tasks.job(job_id).progress or 0) >= 100)
            frozen = int(tasks.job(job_id).worker.rpartition(":")[2])
            os.kill(frozen, signal.SIGSTOP)
            try:
                until("another worker", lambda: tasks.job(job_id).worker.rpartition(":")[2] != str(frozen), timeout_s=30)
            finally:
                os.kill(frozen, signal.SIGCONT)
            seen = tasks.wait(job_id, timeout_s=60)
            until("the fence", lambda: f"job fenced id={int(job_id)}" in owner.log(), timeout_s=20)
        truth = {name: rows for name, rows in told(store).items() if name in ("orders", "order_lines", "refunds")}
        assert differences(store, truth) == []
        assert seen.result["created"] == len(truth["orders"])
