"""Shopify: a whole sync by a bulk operation, from the platform to the rows: it waits without costing an attempt, and later syncs see nothing new."""

import pytest

import tasks
from integrations.shopify import Shopify
from tests.shops import open_store
from tests.sync.memory import held
from tests.sync.test_faithful import finish


@pytest.fixture
def small_is_large(monkeypatch, tmp_path):
    monkeypatch.setattr(Shopify, "bulk_threshold", 10)
    monkeypatch.setattr(Shopify, "page_size", 20)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("integrations.shopify_bulk.SHORTEST_WAIT_S", 0.2)


@pytest.mark.parametrize("stream", ["products", "orders", "inventory", "customers"])
def test_a_sync_by_pages_after_one_in_bulk_finds_nothing_changed(work, small_is_large, monkeypatch, stream):
    with open_store("shopify", size=40, orders=60, customers=45) as store:
        door = store.sandbox.door("shopify", store.name)
        door.bulk.seconds = 3600
        job_id = tasks.sync(store.name, stream, requested_by="ana")
        work(1)
        waiting = tasks.job(job_id)
        assert (waiting.state, waiting.attempt) == ("queued", 1), "postponed: still its first attempt"
        door.bulk.seconds = 0
        finish(job_id, work)
        first = tasks.job(job_id)
        assert (first.verdict, first.result["read"]) == ("success", first.result["created"])
        assert len(door.bulk.operations) == 1
        table = {"inventory": "inventory_levels"}.get(stream, stream)
        assert len(held(store, table)) == store.shop.counts()[table]

        monkeypatch.setattr(Shopify, "bulk_threshold", 10**6)
        second_id = tasks.sync(store.name, stream, requested_by="ana", sync_all=True)
        finish(second_id, work)
        again = tasks.job(second_id).result
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first.result["created"])
        assert len(door.bulk.operations) == 1
