"""WooCommerce: which records are gone, by the shop's own word about each of them."""

import json
from collections.abc import Iterator

import pytest

from integrations import connect
from integrations.connector import Connector, Credentials
from integrations.errors import Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import Sandbox, ShopSpec, running
from integrations.woocommerce import WooCommerce
from tests.integrations.conftest import QUICK, Reply


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(ShopSpec(platform="woocommerce", name="lab", size=130, orders=130, customers=40)) as sandbox:
        yield sandbox


@pytest.fixture
def woo(sandbox) -> Connector:
    credentials = Credentials(
        store="store1", address=sandbox.address("woocommerce", "lab"), secrets=sandbox.door("woocommerce", "lab").credentials()
    )
    return connect("woocommerce", credentials, allow_private=True)


@pytest.fixture
def shop(sandbox):
    return sandbox.shop("woocommerce", "lab")


def some(shop, kind, count=100):
    return shop.ids(kind)[:count]


@pytest.mark.parametrize("stream", ["products", "orders", "customers"])
def test_what_was_deleted_is_named_with_its_evidence_and_nothing_else(woo, shop, stream):
    ids = some(shop, stream)
    field = {"products": "products", "orders": "orders"}.get(stream)
    trashed = {one for one in ids if field and getattr(shop, field).status(ids.index(one)) == "trashed"}
    deleted = [one for one in ids if one not in trashed][3:6]
    for one in deleted:
        shop.delete(stream, one)
    told = woo.missing(stream, ids)
    assert set(told) == {*deleted, *trashed}
    assert {told[one] for one in deleted} == {"asked for by its id, the shop answered 404"}
    assert {told[one] for one in trashed} == ({"in the trash"} if trashed else set())


def test_some_of_the_shops_records_are_in_the_trash(shop):
    assert any(shop.orders.status(number) == "trashed" for number in range(100))


def test_a_hundred_records_cost_two_questions_and_one_for_each_that_is_gone(sandbox, woo, shop):
    ids = [one for one in some(shop, "orders") if shop.orders.status(int(one) - 2_000_000) != "trashed"]
    shop.delete("orders", ids[7])
    woo.missing("orders", ids)
    asked = sandbox.visits("woocommerce", "lab").requests("orders")
    assert len(asked) == 3
    assert [visit.params.get("per_page") for visit in asked] == ["100", "100", None]


def test_stock_goes_with_its_product_or_its_variation(woo, shop):
    variable, simple = "103", next(one for one in shop.ids("products") if len(shop.products.get(int(one) - 100).variants) == 1)
    variations = [f"{variable}:{100_000_000 + 3 * 4096 + place}" for place in range(3)]
    assert woo.missing("inventory", [*variations, simple]) == {}
    product = shop.products.change(3)
    del product.variants[1]
    shop.products.put(product)
    assert list(woo.missing("inventory", [*variations, simple])) == [variations[1]]
    shop.delete("products", variable)
    assert set(woo.missing("inventory", [*variations, simple])) == set(variations)


def test_a_row_that_lists_hide_is_not_missing(web):
    woo = WooCommerce(Access(credentials=Credentials(store="s", address=web.address, secrets={"consumer_key": "k", "consumer_secret": "c"}), allow_private=True, limits=QUICK))  # fmt: skip

    def answer(asked):
        return Reply(b"[]") if "include" in asked.params else Reply(json.dumps({"id": 7, "status": "wc-at-the-tailor"}).encode())

    web.will_answer(answer)
    assert woo.missing("orders", ["7"]) == {}


def test_a_list_that_ignores_the_status_is_no_evidence(web):
    woo = WooCommerce(Access(credentials=Credentials(store="s", address=web.address, secrets={"consumer_key": "k", "consumer_secret": "c"}), allow_private=True, limits=QUICK))  # fmt: skip
    web.will_answer([{"id": 7, "status": "completed"}])
    assert woo.missing("orders", ["7"]) == {}


def test_a_page_that_fails_is_an_error_and_no_evidence(sandbox, woo, shop):
    sandbox.visits("woocommerce", "lab").fault("server_error", stream="orders", times=1000)
    with pytest.raises(Unavailable):
        woo.missing("orders", some(shop, "orders", 5))


def test_an_id_that_no_shop_could_have_is_not_spoken_of(woo):
    assert woo.missing("products", ["no such id", ""]) == {}
