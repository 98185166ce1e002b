"""Whose turn it is: people first, nobody for ever last, no store takes it all."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

import tasks
from db import consumers, line, stores
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState
from db.schema import job_attempts, jobs
from db.schema import stores as store_rows
from settings import settings
from tasks import huey_app, run
from tasks.ledger import job, submit
from tasks.sync import BACKFILL, MANUAL, SCHEDULED
from tasks.tick import Tick
from tests.servers import until

events: list[tuple[str, int]] = []
between_pages: list = []


@job(queue="system", attempts=2, retry_delay_s=0.0)
def visit(run, label, pages=1, **_):
    """Some pages of a store; goes on where it was."""
    at = sum(1 for seen, _ in events if seen == label)
    while at < pages:
        with run.page():
            events.append((label, at))
        at += 1
        for happening in between_pages:
            happening(label, at)
        if at < pages:
            run.pause_point()


@pytest.fixture(autouse=True)
def fresh(work):
    events.clear()
    between_pages.clear()
    with begin() as conn:
        for name in ("big", "small"):
            stores.add(conn, name=name, title=name, platform="shopify", address="https://s.example")


@pytest.fixture
def change_settings(monkeypatch):
    """Fields of the settings, for what decides whose turn it is."""

    def change(**fields):
        changed = replace(settings(), **fields)
        for module in (line, huey_app, run):
            monkeypatch.setattr(module, "settings", lambda: changed)

    return change


@pytest.fixture
def tick():
    return Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))


def number(name):
    with begin() as conn:
        return stores.by_name(conn, name).id


def ask(label, store, priority, pages=1):
    of_store = {"store_id": number(store)} if store else {}
    return submit("visit", {"label": label, "pages": pages}, requested_by="ana", priority=priority, **of_store)


def take(job_id, **more):
    with begin() as conn:
        return ledger.claim(conn, job_id, name="visit", worker="here:1", lease_s=3, time_limit_s=60, **more)


def labels():
    return [label for label, _ in events]


def make_older(job_id, seconds):
    with begin() as conn:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(run_at=db_now(-seconds)))


def test_a_manual_job_runs_next_while_another_store_has_fifty_waiting(work):
    for each in range(50):
        ask(f"big{each}", "big", SCHEDULED)
    work(1)
    ask("small", "small", MANUAL)
    work(1)
    assert labels() == ["big0", "small"]
    work()
    assert len(events) == 51


def test_among_equals_a_store_with_one_job_waits_for_no_more_than_the_other_may_run_at_once(work):
    for each in range(50):
        ask(f"big{each}", "big", MANUAL)
    ask("small", "small", MANUAL)
    assert huey_app.queue_length() == settings().store_max_running + 1, "the others stand in the ledger"
    work()
    assert labels().index("small") == settings().store_max_running
    assert labels()[:2] == ["big0", "big1"]
    assert len(events) == 51


@pytest.mark.parametrize("store", ["small", "big"], ids=["another store", "the same store"])
def test_a_backfill_runs_under_a_constant_stream_of_manual_jobs(work, change_settings, store):
    change_settings(ageing_s=0.01)
    ask("backfill", store, BACKFILL)
    names = itertools.count()

    def a_turn():
        while huey_app.queue_length() < 3:
            ask(f"manual{next(names)}", "big", MANUAL)
            ask(f"other{next(names)}", None, MANUAL)
        work(1)
        return "backfill" in labels()

    until("its turn", a_turn)
    assert huey_app.queue_length() >= 2, "others were waiting"
    assert len(events) > 1, "they came first for a while"


def test_without_ageing_it_would_not(work, change_settings):
    change_settings(ageing_s=1e9)
    ask("backfill", "small", BACKFILL)
    for each in range(30):
        ask(f"manual{each}", None, MANUAL)
        work(1)
    assert "backfill" not in labels()


@pytest.fixture(params=["redis", "sqlite"])
def doorbell(request, tmp_path):
    if request.param == "redis":
        return huey_app.huey.storage
    return huey_app.SqliteDoorbell("quayside", filename=str(tmp_path / "queue.db"))


def test_both_kinds_of_queue_count_the_waiting_and_keep_the_place_of_who_waits(doorbell, change_settings):
    def order_of(*pushes):
        for job_id, priority in pushes:
            doorbell.push([(job_id, "visit", priority)])
        return [json.loads(bytes(doorbell.dequeue()))["args"][0] for _ in range(doorbell.queue_size())]

    change_settings(ageing_s=1e9)
    assert order_of((1, BACKFILL), (2, MANUAL), (3, MANUAL), (2, MANUAL)) == [2, 3, 1]
    change_settings(ageing_s=1e-6)
    assert order_of((4, BACKFILL), (5, MANUAL), (4, BACKFILL)) == [4, 5]


def test_within_a_store_the_best_by_priority_and_waiting_is_first():
    with begin() as conn:
        conn.execute(update(store_rows).values(max_running=1))
    old, manual, scheduled = ask("old", "big", BACKFILL), ask("manual", "big", MANUAL), ask("scheduled", "big", SCHEDULED)

    big = number("big")

    def first():
        with begin() as conn:
            (found,) = line.heads(conn, [big])
        return found[0]

    assert first() == manual
    make_older(scheduled, 11 * settings().ageing_s)
    assert first() == scheduled
    make_older(old, 22 * settings().ageing_s)
    assert first() == old


def test_a_store_runs_no_more_at_once_than_it_may_whatever_the_messages_say(tick):
    asked = [ask(f"b{each}", "big", MANUAL) for each in range(4)]
    assert [take(job_id) is not None for job_id in asked] == [True, True, False, False]
    assert take(ask("small", "small", BACKFILL)) is not None
    assert take(ask("nobody's", None, BACKFILL)) is not None
    huey_app.huey.storage.flush_queue()
    with begin() as conn:
        conn.execute(update(jobs).values(push_at=db_now(-1)))
    tick()
    assert huey_app.queue_length() == 0, "what cannot run is not pushed"
    with begin() as conn:
        conn.execute(update(store_rows).where(store_rows.c.name == "big").values(max_running=3))
    assert [take(job_id) is not None for job_id in asked[2:]] == [True, False]


def test_claims_at_the_same_moment_do_not_get_past_the_limit():
    asked, taken, gate = [ask(f"b{each}", "big", MANUAL) for each in range(8)], [], threading.Barrier(8)

    def worker(job_id):
        gate.wait()
        taken.append(take(job_id))

    threads = [threading.Thread(target=worker, args=(job_id,)) for job_id in asked]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sum(each is not None for each in taken) == settings().store_max_running
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(jobs).where(jobs.c.state == JobState.RUNNING)) == settings().store_max_running


def test_a_manual_job_waits_one_slice_of_a_big_backfill_at_most(work, change_settings):
    change_settings(slice_s=0)
    backfill = ask("backfill", "big", BACKFILL, pages=9)
    between_pages.append(lambda label, at: ask("manual", "big", MANUAL) if (label, at) == ("backfill", 4) else None)
    work()
    assert labels() == ["backfill"] * 4 + ["manual"] + ["backfill"] * 5
    seen = tasks.job(backfill)
    assert (seen.state, seen.attempt) == (JobState.SUCCEEDED, 1)
    with begin() as conn:
        assert conn.scalars(select(job_attempts.c.outcome).where(job_attempts.c.job_id == backfill)).all() == ["yielded", "succeeded"]


def test_two_long_jobs_of_one_store_do_not_take_turns_in_vain_but_two_stores_do(work, change_settings):
    change_settings(slice_s=0)
    ask("first", "big", BACKFILL, pages=3)
    ask("second", "big", BACKFILL, pages=3)
    work()
    assert labels() == ["first"] * 3 + ["second"] * 3
    events.clear()
    ask("big", "big", BACKFILL, pages=3)
    ask("small", "small", BACKFILL, pages=3)
    work()
    assert labels() == ["big", "small"] * 3


@pytest.mark.parametrize(
    ("mine", "waiting", "gives_way"),
    [
        (("big", BACKFILL), ("big", BACKFILL), False),
        (("big", BACKFILL), ("big", SCHEDULED), True),
        (("big", SCHEDULED), ("big", MANUAL), True),
        (("big", SCHEDULED), ("small", SCHEDULED), True),
        (("big", MANUAL), ("small", SCHEDULED), False),
        (("big", MANUAL), (None, MANUAL), True),
        ((None, MANUAL), ("big", BACKFILL), False),
    ],
)
def test_a_slice_ends_only_for_whom_the_queue_would_take_next(mine, waiting, gives_way):
    store, priority = mine
    waits = ask("waits", *waiting)
    make_older(waits, 1)

    store_id = number(store) if store else None

    def would():
        with begin() as conn:
            return line.is_better_waiting(conn, store_id=store_id, priority=priority)

    assert would() == gives_way
    make_older(waits, 21 * settings().ageing_s)
    assert would(), "nobody waits for ever"
    if waiting[0]:
        tasks.pause(store=waiting[0], reason="r", by="ana")
        assert not would(), "what cannot run ends nobody's slice"
        tasks.resume(store=waiting[0], by="ana")
    if waiting[0] and waiting[0] != store:
        for each in range(settings().store_max_running):
            assert take(ask(f"runs{each}", waiting[0], MANUAL)) is not None
        assert not would(), "its store is full"


def test_when_a_job_of_a_full_store_ends_the_next_is_pushed_at_once(work):
    first = ask("first", "big", MANUAL)
    held = [take(first), take(ask("second", "big", MANUAL))]
    third = ask("third", "big", MANUAL)
    work()
    assert events == [], "the store is full"
    with begin() as conn:
        for each in held:
            ledger.succeed(conn, each, result={})
    other = ask("other", "big", SCHEDULED)
    work()
    assert labels() == ["third", "other"]
    assert [tasks.job(each).state for each in (third, other)] == [JobState.SUCCEEDED] * 2
