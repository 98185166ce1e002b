"""Shopify: which records are gone, by its answer about each of them; and what a connection test can tell of permissions."""

import json
from collections.abc import Iterator

import pytest

from integrations import connect
from integrations.connector import Connector, Credentials
from integrations.errors import ContractBroken, ScopeMissing, Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import Sandbox, ShopSpec, running
from integrations.shopify import Shopify
from tests.integrations.conftest import QUICK, Reply

SPEC = ShopSpec(platform="shopify", name="lab", size=260, orders=260, customers=260, plan="enterprise")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(SPEC) as sandbox:
        yield sandbox


@pytest.fixture
def shopify(sandbox) -> Connector:
    secrets = {"access_token": sandbox.door("shopify", "lab").credentials()["access_token"]}
    return connect("shopify", Credentials(store="store1", address=sandbox.address("shopify", "lab"), secrets=secrets), allow_private=True)


@pytest.fixture
def shop(sandbox):
    return sandbox.shop("shopify", "lab")


def questions(sandbox):
    return len(sandbox.visits("shopify", "lab").requests())


@pytest.mark.parametrize("stream", ["products", "orders", "customers"])
def test_of_250_records_the_deleted_ones_are_named_in_one_question(sandbox, shopify, shop, stream):
    shopify.identify()
    ids = shop.ids(stream)[: shopify.lookup_size]
    assert shopify.missing(stream, ids) == {}
    for one in ids[5:8]:
        shop.delete(stream, one)
    before = questions(sandbox)
    told = shopify.missing(stream, ids)
    assert set(told) == set(ids[5:8])
    assert set(told.values()) == {"asked for by its id, Shopify answered null"}
    assert questions(sandbox) == before + 1


def test_a_level_goes_with_its_item_or_its_place(web, sandbox, shopify, shop):
    product = shop.ids("products")[6]
    number = int(product.rsplit("/", 1)[1]) - 8_000_000_000_000
    item = f"gid://shopify/InventoryItem/{46_000_000_000_000 + number * 4096}"
    places = [f"gid://shopify/Location/{66_000_000_001 + place}" for place in range(3)]  # the shop has two
    levels = [f"{item}@{place}" for place in places]
    assert shopify.missing("inventory", levels) == {levels[2]: "Shopify answered that the item is not stocked at this location"}
    shop.delete("products", product)
    assert set(shopify.missing("inventory", levels)) == set(levels)


def test_without_the_right_to_old_orders_nothing_is_said_of_orders(sandbox, shopify, shop):
    sandbox.door("shopify", "lab").scopes.discard("read_all_orders")
    ids = shop.ids("orders")[:250]
    shop.delete("orders", ids[3])
    assert shopify.fetch_row("orders", ids[0]) is None  # it lives, and is hidden
    assert shopify.missing("orders", ids) == {}


def test_a_question_that_fails_is_an_error_and_no_evidence(sandbox, shopify, shop):
    ids = shop.ids("products")[:5]
    sandbox.visits("shopify", "lab").fault("server_error", times=1000)
    with pytest.raises(Unavailable):
        shopify.missing("products", ids)


def test_a_right_that_was_taken_away_is_no_evidence(sandbox, shopify, shop):
    sandbox.door("shopify", "lab").scopes.discard("read_customers")
    with pytest.raises(ScopeMissing):
        shopify.missing("customers", shop.ids("customers")[:5])


def test_fewer_answers_than_questions_are_no_evidence(web):
    shopify = Shopify(Access(credentials=Credentials(store="s", address=web.address, secrets={"access_token": "t"}), allow_private=True, limits=QUICK))  # fmt: skip
    web.will_answer({"data": {"nodes": []}})
    with pytest.raises(ContractBroken):
        shopify.missing("products", ["gid://shopify/Product/1"])


def test_ids_that_shopify_never_gave_are_not_spoken_of(sandbox, shopify):
    shopify.identify()
    before = questions(sandbox)
    assert shopify.missing("products", ["no such id", "gid://shopify/Order/1", "17"]) == {}
    assert shopify.missing("inventory", ["gid://shopify/InventoryItem/1"]) == {}
    assert questions(sandbox) == before


def test_a_connection_test_can_name_the_missing_rights(sandbox, shopify):
    def lacking():
        granted = shopify.identify().granted_scopes
        return {stream: sorted(set(facts.scopes) - granted) for stream, facts in shopify.streams.items() if set(facts.scopes) - granted}

    assert lacking() == {}
    sandbox.door("shopify", "lab").scopes.difference_update({"read_customers", "read_inventory"})
    assert lacking() == {"customers": ["read_customers"], "inventory": ["read_inventory"]}
    sandbox.door("shopify", "lab").scopes.add("write_inventory")  # who may write may read
    assert lacking() == {"customers": ["read_customers"]}


def test_woocommerce_does_not_tell_its_rights():
    with running(ShopSpec(platform="woocommerce", name="lab", size=3, orders=3, customers=3)) as sandbox:
        door = sandbox.door("woocommerce", "lab")
        woo = connect("woocommerce", Credentials(store="s", address=sandbox.address("woocommerce", "lab"), secrets=door.credentials()), allow_private=True)  # fmt: skip
        assert woo.identify().granted_scopes is None


@pytest.mark.parametrize(("header", "version"), [("2027-01", "2027-01"), (None, "2026-10")])
def test_the_version_that_answers_is_told(web, header, version):
    shopify = Shopify(Access(credentials=Credentials(store="s", address=web.address, secrets={"access_token": "t"}), allow_private=True, limits=QUICK))  # fmt: skip
    who = {"data": {"shop": {"name": "Acme", "currencyCode": "EUR"}, "currentAppInstallation": {"accessScopes": []}}}
    web.will_answer(Reply(json.dumps(who).encode(), headers={"X-Shopify-API-Version": header} if header else {}))
    assert shopify.identify().api_version == version
