"""Amazon as a store of ours: whole after a sync, with a token from the environment to begin with."""

from __future__ import annotations

import pytest

import tasks
from db import stores
from db.engine import begin
from db.job_state import Verdict
from tasks.connections import credentials_of
from tests.shops import open_store
from tests.sync.memory import counted


@pytest.fixture
def store(work):
    with open_store("amazon", size=60, orders=80, big_variants=40) as opened:
        yield opened


def test_all_streams_are_whole_after_their_first_sync_and_the_next_finds_nothing_new(store, work):
    for _ in range(2):
        results = []
        for stream in ("products", "orders", "inventory"):
            job_id = tasks.sync(store.name, stream, requested_by="ana")
            work()
            results.append(tasks.job(job_id))
        assert [seen.verdict for seen in results] == [Verdict.SUCCESS] * 3, results
        truth, ours = store.shop.counts(), counted(store)
        assert ours["products"] == (truth["products"], truth["variants"])
        assert (ours["orders"][0], ours["inventory"][0]) == (truth["orders"], truth["inventory_levels"])
    assert [seen.result["created"] + seen.result["updated"] for seen in results] == [0, 0, 0]


def test_an_access_token_may_come_from_the_environment(store, monkeypatch):
    monkeypatch.setenv(f"AMAZON_ACCESS_TOKEN_{store.name}", "Atza|given")
    with begin() as conn:
        known = stores.by_name(conn, store.name)
    secrets = credentials_of(known).secrets
    assert secrets["access_token"] == "Atza|given"
    assert secrets["refresh_token"] == store.sandbox.door("amazon", store.name).credentials()["refresh_token"]
