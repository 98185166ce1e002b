"""Records kept aside are tried again: by the mapping of today, then by asking the platform; never at the cost of what is newer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import tasks
from db import bulk, rejected, schema
from db.engine import begin
from db.job_state import Verdict
from integrations.errors import Unmappable
from integrations.shopify import Shopify
from integrations.woocommerce import WooCommerce
from tasks import rejected as again
from tasks.sync import sync
from tests.shops import open_store
from tests.sync.memory import differences, held
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board
from tests.sync.truth import told


def some_fail(monkeypatch, bad):
    """The mapping of these products fails as it would with a mistake of ours; what undoes it."""
    real = WooCommerce.to_records

    def to_records(self, stream, row):
        if stream == "products" and str(row["id"]) in bad:
            raise Unmappable(f"The field odd is no number: {row['id']}.", external_id=str(row["id"]))
        return real(self, stream, row)

    monkeypatch.setattr(WooCommerce, "to_records", to_records)


def aside():
    with begin() as conn:
        return {row.external_id: row for row in conn.execute(select(schema.rejected_records))}


@pytest.fixture
def store(work):
    with open_store("woocommerce", size=60, orders=5, customers=3) as opened:
        opened.shop.edit_variant(
            "117", 0, price="4.20", at=datetime.now(UTC) - timedelta(hours=1)
        )  # the one that the sandbox breaks by itself
        yield opened


@pytest.fixture
def bad(store, work, monkeypatch):
    """Thirty of the store's products were kept aside; how their mapping is mended is the test's."""
    ids = store.shop.ids("products")[5:35]
    with monkeypatch.context() as broken:
        some_fail(broken, set(ids))
        finish(sync(store.name, "products", requested_by="ana"), work)
    assert set(aside()) == set(ids)
    assert board(store, "products").rejected == 30
    return ids


def seen(store, stream="products"):
    stats = board(store, stream)
    return stats.live, stats.children, stats.deleted, stats.rejected


def test_with_a_mended_mapping_all_are_stored_without_asking_the_platform(store, bad, work, monkeypatch):
    def never(*_):
        raise AssertionError("the payload that was kept is enough")

    monkeypatch.setattr(WooCommerce, "fetch_row", never)
    done = finish(tasks.retry_rejected(store.name, "products", by="ana"), work)
    assert (done.verdict, done.result["stored"], done.result["still"]) == (Verdict.SUCCESS, 30, 0)
    truth = {name: rows for name, rows in told(store).items() if name in ("products", "variants")}
    assert differences(store, truth) == []
    live = store.shop.counts()
    assert seen(store) == (live["products"], live["variants"], 0, 0)
    assert aside() == {}


def test_those_that_cannot_be_read_still_stay_with_the_reason_of_today(store, bad, work, monkeypatch):
    some_fail(monkeypatch, set(bad[:3]))
    before = aside()
    done = finish(tasks.retry_rejected(store.name, "products", by="ana"), work)
    assert (done.verdict, done.reason_code) == (Verdict.PARTIAL, "still_rejected")
    assert done.result["sentence"] == "30 records tried again: 27 stored, 3 still rejected; see their reasons."
    kept = aside()
    assert set(kept) == set(bad[:3])
    assert kept[bad[0]].first_seen_at == before[bad[0]].first_seen_at
    assert kept[bad[0]].job_id == done.id
    assert seen(store)[3] == 3


def test_a_record_that_was_mended_in_the_shop_is_asked_for_by_its_id(store, bad, work, monkeypatch):
    real = WooCommerce.to_records
    names = {}

    def to_records(self, stream, row):
        if stream == "products" and str(row["id"]) == bad[0] and row["name"] != "Mended":
            raise Unmappable("The name is odd.", external_id=bad[0])
        names[str(row["id"])] = row["name"]
        return real(self, stream, row)

    monkeypatch.setattr(WooCommerce, "to_records", to_records)
    store.shop.edit("products", bad[0], at=datetime.now(UTC), title="Mended")
    done = finish(tasks.retry_rejected(store.name, "products", [bad[0]], by="ana"), work)
    assert (done.result["stored"], held(store, "products")[bad[0]]["name"]) == (1, "Mended")
    assert seen(store)[3] == 29


def test_a_record_that_the_platform_says_is_gone_is_kept_no_longer(store, bad, work, monkeypatch):
    some_fail(monkeypatch, set(bad))
    store.shop.delete("products", bad[0], at=datetime.now(UTC))
    done = finish(tasks.retry_rejected(store.name, "products", by="ana"), work)
    assert (done.result["gone"], done.result["still"], seen(store)[3]) == (1, 29, 29)
    assert bad[0] not in aside()


def test_a_payload_that_was_kept_never_overwrites_what_was_read_later(store, bad, work):
    old = aside()[bad[0]]
    store.shop.edit("products", bad[0], at=datetime.now(UTC) - timedelta(seconds=4), title="Newer")
    finish(sync(store.name, "products", requested_by="ana", sync_all=True), work)
    assert aside() == {}
    with begin() as conn:  # as a slow run would leave it that read the record before the sync did, and wrote after it
        rejected.put_aside(
            conn, store.id, "products", old.job_id,
            [rejected.Aside(bad[0], "unmappable", "odd", rejected.zlib.decompress(old.raw).decode())], observed_at=old.last_seen_at,
        )  # fmt: skip
        conn.execute(update(schema.store_stream_stats).where(schema.store_stream_stats.c.stream == "products").values(rejected=1))
    counts = seen(store)
    done = finish(tasks.retry_rejected(store.name, "products", by="ana"), work)
    assert (done.result["newer"], done.result["stored"]) == (1, 0)
    assert held(store, "products")[bad[0]]["name"] == "Newer"
    assert seen(store) == (*counts[:3], 0)


def test_a_record_that_a_sync_meets_while_it_is_tried_is_left_to_the_sync(store, bad, work, monkeypatch):
    real = again.Reader.again
    met = []

    def meanwhile(self, kept):
        found = real(self, kept)
        if not met:
            met.append(kept.external_id)
            with begin() as conn:
                rejected.settle(conn, kept)
        return found

    monkeypatch.setattr(again.Reader, "again", meanwhile)
    done = finish(tasks.retry_rejected(store.name, "products", by="ana"), work)
    assert (done.result["settled"], done.result["stored"], seen(store)[3]) == (1, 29, 0)
    assert met[0] not in held(store, "products")


@pytest.mark.parametrize("lots", [0, 1])
def test_a_kill_between_two_lots_leaves_each_tried_once(store, bad, work, monkeypatch, lots):
    tried = []
    real = again.Reader.again
    monkeypatch.setattr(again.Reader, "again", lambda self, kept: tried.append(kept.external_id) or real(self, kept))
    some_fail(monkeypatch, {bad[0]})
    left = [lots]

    def die(self):
        if left[0] == 0:
            left[0] = -1
            raise ConnectionError("the worker is gone")
        left[0] -= 1

    monkeypatch.setattr(again.Run, "pause_point", die)
    job_id = tasks.retry_rejected(store.name, "products", by="ana")
    done = finish(job_id, work)
    assert done.result["stored"] == 29
    assert sorted(tried) == sorted(bad), "the checkpoint moved with what was written"
    assert seen(store)[3] == 1


def test_the_same_request_twice_is_one_job_and_a_wrong_one_is_a_sentence(store, bad):
    first = tasks.retry_rejected(store.name, "products", by="ana")
    assert tasks.retry_rejected(store.name, "products", by="ben") == first
    with pytest.raises(tasks.BadRequest, match="0 records are named; name 1 to 10,000, or none for all"):
        tasks.retry_rejected(store.name, "products", [], by="ana")
    with pytest.raises(tasks.BadRequest, match="There is no stream 'parcels'"):
        tasks.retry_rejected(store.name, "parcels", by="ana")
    with begin() as conn:
        rows = conn.execute(select(schema.audit_log).where(schema.audit_log.c.action == "retry_rejected")).all()
    assert [(row.person, row.target, row.detail["records"]) for row in rows] == [
        ("ana", f"store:{store.name}", "all"), ("ben", f"store:{store.name}", "all"),
    ]  # fmt: skip


def test_what_is_kept_is_listed_with_its_reasons_and_its_payload(store, bad):
    answer = rejected.page(rejected.WantedRejected(store=store.name, stream="products"), limit=10)
    page = answer.rows
    assert answer.has_more
    assert (len(page), {row["external_id"] for row in page} <= set(bad)) == (10, True)
    assert [row["id"] for row in page] == sorted((row["id"] for row in page), reverse=True)
    older = rejected.page(rejected.WantedRejected(store=store.name), before=page[-1]["id"])
    assert {row["external_id"] for row in [*page, *older.rows]} == set(bad)
    assert not older.has_more
    newer = rejected.page(rejected.WantedRejected(store=store.name), after=older.rows[0]["id"], limit=3)
    assert (newer.rows, newer.has_more) == (page[-3:], True)
    assert rejected.page(rejected.WantedRejected(reason_code="other")).rows == []
    assert f'"id":{page[0]["external_id"]}' in rejected.raw_of(page[0]["id"])
    (row,) = rejected.reasons(store.name)
    assert (row["store"], row["stream"], row["reason_code"], row["records"]) == (store.name, "products", "unmappable", 30)


def test_many_of_several_streams_are_tried_again_by_one_bulk_operation(store, bad, work, monkeypatch):
    some_fail(monkeypatch, {bad[0]})
    with begin() as conn:
        orders = rejected.Aside("o-1", "unmappable", "odd", '{"id":"x"}')
        rejected.put_aside(conn, store.id, "orders", 1, [orders])
        conn.execute(update(schema.store_stream_stats).where(schema.store_stream_stats.c.stream == "orders").values(rejected=1))
    preview = tasks.preview_bulk("retry_rejected", rejected.WantedRejected(store=store.name, stream="products"))
    assert (preview.counts, str(preview)) == ({"ready": 30}, "30 can be tried again")
    tasks.change_option("bulk_per_s", 1_000, by="ana")
    started = tasks.start_bulk(preview, by="ana")
    work()
    told = bulk.operation(started.id)
    assert (told["state"], told["done"], told["refused"]) == ("done", 29, 1)
    (refused,) = bulk.targets_of(started.id, outcome="refused")
    assert refused["said"] == f"The field odd is no number: {bad[0]}."
    assert (set(aside()), seen(store)[3]) == ({bad[0], "o-1"}, 1)


def test_a_stock_listing_whose_levels_have_other_ids_than_it_is_settled_as_a_whole(work, monkeypatch):
    with open_store("shopify", size=4, orders=2, customers=1) as store:
        real, broken = Shopify.to_records, []

        def to_records(self, stream, row):
            if stream == "inventory" and (not broken or broken[0] == row["id"]):
                broken[:] = [row["id"]]
                raise ValueError("odd")
            return real(self, stream, row)

        with monkeypatch.context() as mistake:
            mistake.setattr(Shopify, "to_records", to_records)
            finish(sync(store.name, "inventory", requested_by="ana"), work)
        assert (set(aside()), seen(store, "inventory")[3]) == (set(broken), 1)
        finish(tasks.retry_rejected(store.name, "inventory", by="ana"), work)
        assert (aside(), seen(store, "inventory")[3]) == ({}, 0)
        assert differences(store, {"inventory_levels": told(store)["inventory_levels"]}) == []
