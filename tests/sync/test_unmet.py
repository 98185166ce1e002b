"""What a full run leaves to be asked for: just the records that it has not met, however its pages overlapped and however often it was cut."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import tasks
from db import deletions, schema
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState, Outcome
from db.met import Met
from integrations.connector import ReadPage, Rejected
from tasks import copy as copying
from tasks import huey_app
from tasks.run import GiveBack, Run
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_record_pages import T0, live, product, shop, write
from tests.sync.test_verdicts import board, run_of

__all__ = ["shop"]  # a fixture
reconcile = importlib.import_module("tasks.reconcile")  # tasks has a verb of that name


def full(store, work, stream="customers"):
    return finish(tasks.sync(store.name, stream, requested_by="ana", sync_all=True), work)


def the_reconcile():
    with begin() as conn:
        return conn.execute(select(schema.jobs.c.id, schema.jobs.c.args).where(schema.jobs.c.name == "reconcile")).one_or_none()


def calls_by_id(store):
    return [
        one for one in store.sandbox.visits(store.platform, store.name).requests() if "/customers/" in one.path or "include=" in str(one)
    ]


@pytest.fixture
def store(work, monkeypatch):
    """A shop whose list of customers comes in four pages, each of which overlaps the one before; each page is written by itself."""
    monkeypatch.setattr(copying, "_BATCH", 1)
    with open_store("woocommerce", size=2, orders=2, customers=350) as opened:
        full(opened, work)
        yield opened


def test_deletions_are_noticed_though_pages_overlap(store, work):
    for gone in store.shop.ids("customers")[5:7]:
        store.shop.delete("customers", gone)
    full(store, work)
    asked = the_reconcile()
    assert asked is not None, "the pages' overlap must not stand for what is gone"
    done = finish(asked.id, work)
    assert done.result["deleted"] == 2
    assert board(store, "customers").live == store.shop.counts()["customers"]


def test_only_what_was_not_met_is_asked_for(store, work, monkeypatch):
    asked = []
    real = reconcile.open_connector

    def watched(known):
        connector = real(known)
        missing = connector.missing
        connector.missing = lambda stream, ids: asked.append(list(ids)) or missing(stream, ids)
        return connector

    monkeypatch.setattr(reconcile, "open_connector", watched)
    gone = store.shop.ids("customers")[9]
    store.shop.delete("customers", gone)
    full(store, work)
    finish(the_reconcile().id, work)
    assert asked == [[gone], [gone]], "once to find it, once more before it is marked"


def test_a_run_that_was_cut_between_pages_knows_what_it_met(store, work, monkeypatch):
    gone = store.shop.ids("customers")[0]
    store.shop.delete("customers", gone)
    job_id = tasks.sync(store.name, "customers", requested_by="ana", sync_all=True)

    def stop(self):
        raise GiveBack(Outcome.STOPPED)

    for _ in range(2):
        with monkeypatch.context() as stopping:
            stopping.setattr(Run, "pause_point", stop)
            huey_app.push([(job_id, "sync_customers", 0)])
            work(1)
        assert tasks.job(job_id).state == JobState.QUEUED
    huey_app.push([(job_id, "sync_customers", 0)])
    finish(job_id, work)
    with begin() as conn:
        met = Met(conn.scalar(select(schema.sync_runs.c.met).where(schema.sync_runs.c.job_id == job_id)))
    assert len(met) == board(store, "customers").live - 1
    assert the_reconcile() is not None


def test_a_record_that_is_there_again_before_it_is_marked_stays(store, work, monkeypatch):
    """Between the question and the mark may be hours; the platform is asked again, and what was read meanwhile counts."""
    job_id = tasks.reconcile(store.name, "customers", requested_by="ana")
    some = store.shop.ids("customers")[3]
    with begin() as conn:
        deletions.note_missing(conn, job_id, [some])  # as if it had been missing some hours ago
    assert finish(job_id, work).result["deleted"] == 0
    assert board(store, "customers").deleted == 0


def test_what_was_read_after_the_question_is_not_marked(shop):
    write(shop, product(), seen=T0 + timedelta(minutes=1))
    with begin() as conn:
        assert deletions.mark(conn, shop, "products", 2, {"p1": "404"}, asked_at=T0) == 0
        assert deletions.mark(conn, shop, "products", 2, {"p1": "404"}, asked_at=T0 + timedelta(minutes=2)) == 1
    assert live(schema.products) == {}


def test_many_that_are_gone_do_not_make_the_checkpoint_grow(store, work, monkeypatch):
    for gone in store.shop.ids("customers")[:60]:
        store.shop.delete("customers", gone)
    sizes = []
    real = reconcile.sync_runs.moved

    def moved(conn, progress, **more):
        sizes.append(len(str(more["cursor"])))
        return real(conn, progress, **more)

    monkeypatch.setattr(reconcile.sync_runs, "moved", moved)
    done = finish(tasks.reconcile(store.name, "customers", requested_by="ana", is_confirmed=True), work)
    assert done.result["deleted"] == 60
    assert max(sizes) < 80
    with begin() as conn:
        assert conn.scalar(select(func.count()).select_from(schema.missing_records)) == 0


def test_numbers_are_kept_a_bit_each():
    met = Met()
    met.add([1, 70_000, 70_001, 3_000_000_000])
    met.add([1])
    again = Met(met.packed())
    assert len(again) == 4
    assert [number in again for number in (1, 2, 70_000, 70_001, 3_000_000_000, 3_000_000_001)] == [True, False, True, True, True, False]
    assert len(Met(None)) == 0
    met.add(range(1_000_000))
    assert len(met.packed()) < 5_000


def test_of_two_versions_in_one_batch_the_later_is_kept_whatever_their_order(shop):
    """R7."""
    old, new = product(name="old", at=T0), product(name="new", at=T0 + timedelta(1))
    for number, both in enumerate(([new, old], [old, new])):
        with begin() as conn:
            for table in (schema.variants, schema.products):
                conn.execute(table.delete())
        counts = write(shop, *both, job_id=number)
        assert (live(schema.products)["p1"].name, counts.duplicate, counts.is_closed) == ("new", 1, True)


def test_a_limit_that_leaves_a_rejected_record_unread_cuts_the_run():
    def batch(left):
        page = ReadPage([None] * 4, [Rejected("e", "unmappable", "why", {})], None, False, None, ())
        return copying._Batch(copying._Arrived(T0, page, [None] * 4), left)

    assert [(batch(left).is_cut, batch(left).is_last) for left in (3, 4, 5, None)] == [
        (True, True),
        (True, True),
        (False, True),
        (False, True),
    ]
    assert [len(batch(left).pages[0].page.rejected) for left in (3, 4, 5)] == [0, 0, 1]


def test_a_store_that_answers_again_is_resumed_by_the_first_page_not_by_the_last(store, work, monkeypatch):
    """A probe that gives its worker back, or has to wait, would else be kept out for up to an hour, and the store with it."""
    with begin() as conn:
        conn.execute(
            update(schema.stores)
            .where(schema.stores.c.id == store.id)
            .values(paused_at=db_now(-600), pause_reason="down", probe_at=db_now(-1), failed_in_a_row=5)
        )
    job_id = tasks.sync(store.name, "customers", requested_by="ana", sync_all=True)

    def stop(self):
        raise GiveBack(Outcome.STOPPED)

    with monkeypatch.context() as stopping:
        stopping.setattr(Run, "pause_point", stop)
        work(1)
    assert 0 < run_of(job_id).pages < 4
    with begin() as conn:
        row = conn.execute(select(schema.stores).where(schema.stores.c.id == store.id)).one()
    assert (row.paused_at, row.probe_at, row.failed_in_a_row) == (None, None, 0)
