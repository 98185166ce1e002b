"""Killed after any page k and started again, a sync ends as one that nobody disturbed (R4): for each platform, each stream, each k."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import consumers, schema
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Verdict
from integrations import CONNECTORS, tiktok_slices
from integrations.sandbox import PLATFORMS
from tasks import copy, ledger, run
from tasks.tick import Tick
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store

HERE = sorted(set(CONNECTORS) & set(PLATFORMS))
OFFERED = [(platform, stream) for platform in HERE for stream, facts in CONNECTORS[platform].streams.items() if facts.is_offered]
TABLES = ("products", "variants", "inventory_levels", "orders", "order_lines", "refunds", "customers", "rejected_records")
OURS = {"id", "store_id", "observed_at", "last_job_id", "job_id", "created_at", "first_seen_at", "last_seen_at"}  # not the platform's
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected")
PAGE_SIZE, CROWDED = 9, 12
_names = itertools.count(1)


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may act on it."""


@contextmanager
def dying(monkeypatch, point, k):
    """Until it has died: the process dies before or after the commit of its k-th page."""
    seen, ending_of = itertools.count(1), ledger.ending_of
    owner, name = {"before_commit": (copy.sync_runs, "checkpoint"), "after_commit": (run.Run, "pause_point")}[point]
    inner = getattr(owner, name)

    def deadly(*args, **more):
        told = inner(*args, **more)
        if next(seen) == k:
            raise Killed
        return told

    def nothing_is_written(error, *rest, **more):
        if isinstance(error, Killed):
            raise error
        return ending_of(error, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, deadly)
        patch.setattr(ledger, "ending_of", nothing_is_written)
        yield


def connected_again(store):
    """The same shop as another store of ours, with nothing read yet."""
    name = f"again{next(_names)}"
    number = tasks.add_store(
        name, platform=store.platform, address=store.sandbox.address(store.platform, store.name), by="test",
        secrets_given=store.sandbox.door(store.platform, store.name).credentials(),
    )  # fmt: skip
    return name, number


def rows_of(store_id):
    """What is held of a store, without what is ours."""
    held = {}
    with begin() as conn:
        for name in TABLES:
            table = schema.metadata.tables[name]
            for row in conn.execute(select(table).where(table.c.store_id == store_id)):
                held[name, getattr(row, "stream", ""), row.external_id] = {
                    column: value for column, value in row._mapping.items() if column not in OURS
                }
        stats = schema.store_stream_stats
        for row in conn.execute(select(stats).where(stats.c.store_id == store_id)):
            held["board", row.stream] = (row.live, row.children, row.deleted, row.rejected, row.last_verdict)
    return held


def a_tick():
    return Tick(consumers.Consumer(id="t", host="h", pid=1, version="0", workers=1, worker_type="thread", broker="b"))


def rescue():
    """The tick finds the lease of whoever held it expired."""
    with begin() as conn:
        conn.execute(update(schema.jobs).where(schema.jobs.c.state == JobState.RUNNING).values(lease_until=db_now(-1)))
    a_tick()()


def ended(job_id, work):
    """The job when it is final, whatever it has to wait for: a platform may tell it to come later."""

    def seen():
        a_tick()._push()  # what is due again
        work()
        view = tasks.job(job_id)
        return view if view.is_finished else None

    return until("the job's end", seen, timeout_s=30)


def counts(seen):
    return {name: seen.result[name] for name in COUNTS}


def spread(store, stream, monkeypatch):
    """Let a change a day come, and in one second more than fit a page: TikTok is read by slices of time, that second by tokens.

    The search for the first change begins days before it, not years, which would be dozens of pages without a record. Returns a list that
    grows with each page of tokens.
    """
    kind, now = "orders" if stream == "orders" else "products", datetime.now(UTC)
    ids = store.shop.ids(kind)
    first, at = (len(ids) - CROWDED) // 2, now - timedelta(days=len(ids))
    for place, one in enumerate(ids):
        if not first < place < first + CROWDED:
            at += timedelta(days=1)
        store.shop.edit(kind, one, at=at)
    within, crowded = tiktok_slices.TimeSlices._within_second, []
    monkeypatch.setattr(tiktok_slices.TimeSlices, "_within_second", lambda self, *asked: crowded.append(1) or within(self, *asked))
    monkeypatch.setattr(tiktok_slices, "EARLIEST", int((now - timedelta(days=len(ids) + 3)).timestamp()))
    monkeypatch.setattr(CONNECTORS["tiktok"], "requests_per_second", 10_000)  # products are asked for one by one
    return crowded


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_killed_before_or_after_the_commit_of_page_k_it_ends_as_if_nothing_had_been(work, monkeypatch, platform, stream):
    monkeypatch.setattr(CONNECTORS[platform], "page_size", PAGE_SIZE)
    monkeypatch.setattr(copy._Batch, "takes_more", False)  # each page in a transaction of its own, as when they come slowly
    with open_store(platform, size=22, orders=26, customers=26, big_variants=6) as store:
        crowded = spread(store, stream, monkeypatch) if platform == "tiktok" else [1]
        undisturbed = tasks.sync(store.name, stream, requested_by="ana")
        told, wanted = ended(undisturbed, work), rows_of(store.id)
        assert told.verdict is Verdict.SUCCESS
        pages = told.result["pages"]
        assert pages >= 3, "several pages, or nothing is shown"
        assert crowded, "one second of more than a page was among them"
        deaths = itertools.product(range(1, pages + 1), ("before_commit", "after_commit"))
        for k, point in itertools.islice(deaths, 2 * pages - 1):  # after the last commit it is done
            name, number = connected_again(store)
            job_id = tasks.sync(name, stream, requested_by="ana")
            with dying(monkeypatch, point, k), pytest.raises(Killed):
                ended(job_id, work)
            assert tasks.job(job_id).state is JobState.RUNNING
            rescue()
            assert ended(job_id, work).verdict is Verdict.SUCCESS, (point, k)
            assert rows_of(number) == wanted, (point, k)
            assert counts(tasks.job(job_id)) == counts(told), f"{point} {k}: no record was counted twice"


@pytest.mark.faults
@pytest.mark.processes
@pytest.mark.parametrize("platform", HERE)
def test_a_real_kill_of_the_consumer_between_two_pages(clean, platform):
    """The same with kill -9, of a consumer in one commit, of its worker in another."""
    with open_store(platform, size=20, orders=320, customers=20) as store:
        with consumer() as calm:
            told = tasks.wait(tasks.sync(store.name, "orders", requested_by="ana"), timeout_s=60)
            assert calm.process.poll() is None
        name, number = connected_again(store)
        job_id = tasks.sync(name, "orders", requested_by="ana")
        with consumer("tests/processes/crashing.py", CRASH_AT="after_commit:1", CRASH_WHAT="consumer") as killed:
            killed.process.wait(timeout=60)
        assert not tasks.job(job_id).is_finished
        with consumer("tests/processes/crashing.py", CRASH_AT="before_commit:1", CRASH_WHAT="worker") as hurt:
            seen = tasks.wait(job_id, timeout_s=60)
            until("its worker's death", lambda: "died, restarting" in hurt.log())
        assert (seen.verdict, seen.attempt) == (Verdict.SUCCESS, 1)
        assert rows_of(number) == rows_of(store.id)
        assert counts(seen) == counts(told)
