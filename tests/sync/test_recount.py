"""Totals that are counted again: right after every kind of write, and put right when a fault has left something in them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

import tasks
from db import recount
from db.engine import begin
from db.job_state import JobState, Outcome
from db.schema import products
from db.schema import store_stream_stats as stats
from tasks import huey_app
from tasks.run import GiveBack, Run
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_record_pages import T0, product, shop, write

__all__ = ["shop"]  # a fixture
BOTH = ("products", "orders")


def test_totals_need_no_mending_after_syncs_edits_a_deletion_and_rejected_records(work):
    with open_store("woocommerce", size=60, orders=40, customers=5) as store:
        for stream in (*BOTH, "inventory", "customers"):
            finish(tasks.sync(store.name, stream, requested_by="ana"), work)
        store.shop.delete("products", store.shop.ids("products")[20])
        finish(tasks.reconcile(store.name, "products", requested_by="ana"), work)
        store.shop.edit("products", store.shop.ids("products")[3])
        for stream in BOTH:
            finish(tasks.sync(store.name, stream, requested_by="ana", sync_all=True), work)
        with begin() as conn:
            rows = conn.execute(select(stats)).all()
        assert sum(row.deleted for row in rows) > 0
        assert sum(row.rejected for row in rows) > 0
        done = finish(tasks.count_again(by="ana"), work)
    assert done.result == {"counted": len(rows), "mended": []}


def spoil(conn, **by):
    conn.execute(update(stats).where(stats.c.stream == "products").values({name: stats.c[name] + count for name, count in by.items()}))


def totals():
    with begin() as conn:
        return conn.execute(
            select(stats.c.live, stats.c.children, stats.c.deleted, stats.c.rejected).where(stats.c.stream == "products")
        ).one()


def test_what_a_fault_left_in_the_totals_is_mended_window_by_window(shop, work, monkeypatch):
    monkeypatch.setattr(recount, "WINDOW", 3)
    write(shop, *(product(f"p{number}", variants=(f"v{number}", f"w{number}")) for number in range(9)))
    right = totals()
    with begin() as conn:
        spoil(conn, live=5, children=-7, deleted=2, rejected=1)
    done = finish(tasks.count_again(by="ana"), work)
    assert totals() == right == (9, 18, 0, 0)
    assert done.result["mended"] == [{"store_id": shop, "stream": "products", "live": -5, "children": 7, "deleted": -2, "rejected": -1}]
    assert finish(tasks.count_again(by="ana"), work).result["mended"] == []


def test_a_page_that_is_written_while_its_stream_is_counted_is_counted_once(shop, work, monkeypatch):
    """Counts and totals are read as of one moment; without that the page would be in the one and not in the other."""
    monkeypatch.setattr(recount, "WINDOW", 2)
    write(shop, *(product(f"p{number}", variants=()) for number in range(5)))
    with begin() as conn:
        spoil(conn, live=1)
    real, pages = recount._counted, []

    def counted(conn, table, store_id):
        if table is products and not pages:
            pages.append(write(shop, product("p0x", variants=("late",)), product("p9", variants=()), seen=T0 + timedelta(1), job_id=2))
        return real(conn, table, store_id)

    monkeypatch.setattr(recount, "_counted", counted)
    finish(tasks.count_again(by="ana"), work)
    assert pages
    assert totals() == (7, 1, 0, 0)


def test_a_count_that_gives_its_worker_back_goes_on_with_the_next_stream(shop, work, monkeypatch):
    write(shop, product())

    def stop(self):
        raise GiveBack(Outcome.STOPPED)

    with monkeypatch.context() as stopping:
        stopping.setattr(Run, "pause_point", stop)
        job_id = tasks.count_again(by="ana")
        work()
        assert tasks.job(job_id).state == JobState.QUEUED
    with begin() as conn:
        assert len(conn.scalars(select(stats.c.stream).where(stats.c.counted_at.is_not(None))).all()) == 1
    huey_app.push([(job_id, "recount", 0)])
    work()
    assert (tasks.job(job_id).state, tasks.job(job_id).result["counted"]) == (JobState.SUCCEEDED, 1)
