"""What has not changed costs nothing: it is neither mapped nor written, and yet no change is overlooked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from db import deletions, schema
from db.engine import begin
from db.job_state import Verdict
from integrations.shopify import Shopify
from integrations.woocommerce import WooCommerce
from tasks import copy
from tests.shops import open_store
from tests.sync.memory import counted, held
from tests.sync.test_faithful import finish


@pytest.fixture
def store(work):
    with open_store("woocommerce", size=60, orders=130, customers=5) as opened:
        yield opened


@pytest.fixture
def mapped(monkeypatch):
    """How many rows have been mapped."""
    rows = []
    for connector in (WooCommerce, Shopify):
        monkeypatch.setattr(connector, "to_records", _counting(connector.to_records, rows))
    return rows


def _counting(inner, rows):
    def to_records(self, stream, row):
        rows.append(row["id"])
        return inner(self, stream, row)

    return to_records


def read_again(store, work, stream="orders", **options):
    return finish(tasks.sync(store.name, stream, requested_by="ana", sync_all=True, **options), work)


def test_a_full_sync_maps_and_writes_only_what_changed(store, work, mapped):
    read_again(store, work)
    before = held(store, "orders")
    changed = store.shop.ids("orders")[7]
    store.shop.edit("orders", changed, at=datetime.now(UTC) - timedelta(seconds=4))
    mapped.clear()
    result = read_again(store, work).result
    after = held(store, "orders")
    assert {str(number) for number in mapped} == {str(changed)}
    assert (result["updated"], result["created"]) == (1, 0)
    assert {key for key in before if before[key] != after[key]} == {str(changed)}


def test_a_new_mapping_writes_every_record_again(store, work, mapped, monkeypatch):
    read_again(store, work)
    mapped.clear()
    monkeypatch.setattr(WooCommerce, "mapping_version", WooCommerce.mapping_version + 1)
    result = read_again(store, work).result
    assert (result["updated"], result["unchanged"]) == (store.shop.counts()["orders"], 0)


def test_products_are_written_again_when_the_shop_changes_its_currency(store, work, monkeypatch):
    read_again(store, work, "products")
    identify = WooCommerce.identify

    def in_yen(self):
        from dataclasses import replace

        self._identity = replace(identify(self), currency="JPY")
        return self._identity

    monkeypatch.setattr(WooCommerce, "identify", in_yen)
    read_again(store, work, "products")
    assert {row["currency"] for row in held(store, "products").values()} == {"JPY"}


def test_a_deleted_record_that_comes_back_as_it_was_lives_again(store, work):
    read_again(store, work)
    gone = next(iter(held(store, "orders")))
    live, lines = counted(store)["orders"]
    with begin() as conn:
        deletions.mark(conn, store.id, "orders", 1, {gone: "404"})
    assert gone not in held(store, "orders")
    assert read_again(store, work).result["updated"] == 1
    assert gone in held(store, "orders")
    assert counted(store)["orders"] == (live, lines)


@pytest.mark.parametrize("most", [1, 1_000])
def test_pages_land_together_with_their_checkpoint_or_not_at_all(store, work, monkeypatch, most):
    monkeypatch.setattr(copy, "_BATCH", most)
    real, broken = copy.sync_runs.checkpoint, []

    def breaks_once(conn, run, counts, **more):
        moved = real(conn, run, counts, **more)
        if not broken:
            broken.append(counts.pages)
            raise RuntimeError("the power went")
        return moved

    monkeypatch.setattr(copy.sync_runs, "checkpoint", breaks_once)
    job_id = tasks.sync(store.name, "orders", requested_by="ana")
    work(1)
    assert broken
    assert held(store, "orders") == {}
    seen = finish(job_id, work)
    assert seen.verdict is Verdict.SUCCESS
    assert seen.result["created"] == len(held(store, "orders")) == store.shop.counts()["orders"]
    assert seen.result["read"] == seen.result["created"] + seen.result["duplicate"]


def test_what_the_driver_is_told_is_what_is_stored(clean):
    from integrations.records import Customer
    from tests.sync.test_record_pages import stores, write

    with begin() as conn:
        shop = stores.add(conn, name="s", title="S", platform="shopify", address="https://s.example")
    nasty = [
        "it's",
        'a "quote"',
        "back\\slash",
        "100 %s %(x)s",
        "null\x00byte",
        "new\nline",
        "emoji 🧭",
        "-- comment",
        "?:name",
        "\\' OR 1=1",
    ]
    people = [Customer(external_id=f"c{number}", first_name=text, last_name=text * 3) for number, text in enumerate(nasty)]
    write(shop, *people, stream="customers")
    with begin() as conn:
        table = schema.customers
        rows = conn.execute(table.select().order_by(table.c.id)).all()
    assert {row.external_id: (row.first_name, row.last_name, row.is_masked) for row in rows} == {
        one.external_id: (one.first_name, one.last_name, False) for one in people
    }
