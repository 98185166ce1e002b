"""Amazon's products: a parent listing with its children is one, told whole and once, and SKUs are sent as they are."""

from datetime import timedelta

import pytest

from integrations.amazon import Amazon
from integrations.connector import Window
from integrations.sandbox.amazon.seller import SETTLED_S
from integrations.sandbox.model import Variant
from tests.amazon_lab import selling, walk

AGO = timedelta(seconds=SETTLED_S)  # what happens in the sandbox's shop is dated so long ago


@pytest.fixture
def seller():
    with selling() as found:
        yield found


def test_a_new_variant_of_a_known_product_appears_and_a_removed_one_goes(seller):
    shop = seller.door.shop
    family = next(sku for sku in shop.ids("products") if 1 < shop.variant_count(int(sku[1:]) if sku[1:].isdigit() else 0) < 9)
    connector = seller.connector()
    before = seller.read("products", connector)[family]
    now = connector.identify().platform_time - AGO
    old = shop.products.get(shop._number_of("products", family)).variants
    new = Variant(number=77, title="New", sku="x", price="3.30", stock=[1], created=old[0].created, updated=old[0].updated)
    shop.edit("products", family, variants=[*old[1:], new])
    after = seller.read("products", connector, now - timedelta(seconds=2))
    assert set(after) == {family}
    assert {one.external_id for one in after[family].variants} == {one.external_id for one in before.variants[1:]} | {f"{family}-77"}


def test_changed_children_bring_their_whole_family_once_also_on_many_pages(seller, monkeypatch):
    monkeypatch.setattr(Amazon, "page_size", 2)
    connector = seller.connector()
    now = connector.identify().platform_time - AGO
    seller.door.shop.edit_variant("Q00003", 24, price="1.11")
    for place in range(6):
        seller.door.shop.edit_variant("Q00003", place, price="1.12")
    pages = list(connector.pages("products", Window(now - timedelta(seconds=2), now + timedelta(seconds=5))))
    records = [read.record for page in pages for read in page.records]
    assert [record.external_id for record in records] == ["Q00003"]
    assert len(records[0].variants) == 25
    assert str(records[0].price) == "1.11"


def test_a_child_whose_parent_is_gone_is_a_product_of_its_own(seller, monkeypatch):
    listings = seller.door.listings
    row = listings._relationships

    def orphaned(listing, product):
        found = row(listing, product)
        if listing.variant is not None and product.number == 3:
            found[0]["relationships"][0]["parentSkus"] = ["NOT-MINE"]
        return found

    monkeypatch.setattr(listings, "_relationships", orphaned)
    found = seller.read("products")
    assert "Q00003-7" in found
    assert found["Q00003-7"].variants[0].external_id == "Q00003-7"


def test_2048_variants_and_300_lines_are_read_whole():
    with selling(size=4, orders=5, big_variants=2048, currency="JPY") as seller:
        connector = seller.connector()
        pages = [connector.read("products", page) for page in walk(connector, "products", seller.window(connector))]
        assert max(len(read.record.variants) for page in pages for read in page.records) == 2048
        assert max(len(order.lines) for order in seller.read("orders", connector).values()) == 300


def test_skus_are_told_byte_by_byte_and_sent_as_they_are(seller):
    connector = seller.connector()
    found = seller.read("products", connector)
    assert {"Case-SKU", "case-sku", "WS/Ü 10%+1", "one,two", "a&b=c?d#e"} <= set(found)
    for sku in ("Case-SKU", "WS/Ü 10%+1", "one,two", "a&b=c?d#e"):
        assert connector.fetch_row("products", sku)["sku"] == sku
    assert connector.fetch_row("products", "CASE-SKU") is None
    assert set(connector._listings.by_sku(["one,two", "case-sku", "none"], "summaries")) == {"one,two", "case-sku"}
    seller.wire.check()


def test_only_amazons_answer_about_a_record_makes_it_missing(seller):
    connector, shop = seller.connector(), seller.door.shop
    products, levels = list(seller.read("products", connector)), list(seller.read("inventory", connector))
    orders = list(seller.read("orders", connector))
    assert connector.missing("products", products[:20]) == connector.missing("inventory", levels[:20]) == {}
    assert connector.missing("inventory", [one for one in levels if one.startswith("AMAZON:")][:20]) == {}
    gone = {"one,two", "Q00001", "Q00000"}
    for sku in gone:
        shop.delete("products", sku)
    shop.delete("orders", orders[0])
    assert set(connector.missing("products", ["Q00002", *gone])) == gone
    of_gone = [one for one in levels if any(one.partition(":")[2].startswith(sku) for sku in gone)]
    asked = [*of_gone, "DEFAULT:case-sku", "AMAZON:case-sku"]  # the last is shipped by Amazon
    assert set(connector.missing("inventory", asked)) == {*of_gone, "DEFAULT:case-sku"}
    seller.wire.check()
    asked = len(seller.wire.spoken)
    assert connector.missing("orders", orders) == {}  # an order that is not shown is old, not deleted
    assert len(seller.wire.spoken) == asked
    assert connector.missing("products", ["Q00003-4"]) == {
        "Q00003-4": "asked for by its SKU, Amazon answered that it is a variation of Q00003 now"
    }


def test_a_product_that_a_list_left_out_is_not_missing_while_amazon_answers_for_it(seller, monkeypatch):
    connector = seller.connector()
    monkeypatch.setattr(connector._listings, "by_sku", lambda skus, sets: {})
    assert connector.missing("products", ["Q00000", "Q00001"]) == {}
