"""Test connection: who answers, how far the clocks are apart, what may be read."""

from __future__ import annotations

import pytest

import tasks
from integrations import CONNECTORS
from integrations.ebay import READ_ORDERS
from tests.shops import open_store
from tests.sync.test_faithful import finish


def told_of(store, work):
    """What a tried connection found out."""
    return finish(tasks.test_connection(store.name, requested_by="ana"), work).result


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_the_clock_difference_is_the_clocks_alone(work, platform):
    with open_store(platform, size=5, orders=5, customers=2) as store:
        assert abs(told_of(store, work)["clock_difference_s"]) < 5


GOES = {  # platform → what its sandbox no longer allows, and which streams then lack what
    "amazon": ({"Amazon Fulfillment"}, {"inventory": ["Amazon Fulfillment"]}),
    "ebay": ({"sell.fulfillment.readonly"}, {"orders": [READ_ORDERS]}),
    "shopify": ({"read_inventory"}, {"inventory": ["read_inventory"]}),
    "tiktok": ({"seller.product.basic"}, {"inventory": ["seller.product.basic"], "products": ["seller.product.basic"]}),
    "woocommerce": ({"orders", "system_status"}, {"orders": ["read_private_shop_orders"]}),
}


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_granted_and_missing_permissions_are_listed_on_every_platform(work, platform):
    """R18."""
    with open_store(platform, size=5, orders=5, customers=2) as store:
        needed = {scope for facts in CONNECTORS[platform].streams.values() for scope in facts.scopes}
        whole = told_of(store, work)
        assert (set(whole["granted"]) >= needed, whole["missing"]) == (True, {})
        gone, missing = GOES[platform]
        door = store.sandbox.door(platform, store.name)
        door.scopes = {scope for scope in door.scopes if not scope.endswith(tuple(gone))}
        told = told_of(store, work)
        assert told["missing"] == missing
        assert not set(told["granted"]) & {scope for scopes in missing.values() for scope in scopes}


def test_a_woocommerce_key_that_may_not_see_orders_still_reads_products(work):
    with open_store("woocommerce", size=5, orders=5, customers=2) as store:
        store.sandbox.door("woocommerce", store.name).scopes.difference_update({"orders", "system_status"})
        assert finish(tasks.sync(store.name, "products", requested_by="ana"), work).result["created"] == 5


def test_what_tiktok_told_with_its_tokens_is_known_until_a_person_enters_others(work):
    """It tells which permissions were granted when it gives tokens and at no other time."""
    with open_store("tiktok", size=5, orders=5, customers=2) as store:
        door = store.sandbox.door("tiktok", store.name)
        assert "seller.logistics" not in told_of(store, work)["granted"], "not told yet: those that a stream needs were tried"
        door.expire()
        door.scopes.discard("seller.return_refund.basic")
        for _ in range(2):
            told = told_of(store, work)
            assert set(told["granted"]) == door.scopes
            assert told["missing"] == {"orders": ["seller.return_refund.basic"]}
        door.scopes.add("seller.return_refund.basic")
        tasks.change_store(store.name, by="ana", secrets_given=door.credentials())
        assert "seller.return_refund.basic" in told_of(store, work)["granted"]


def test_a_permission_whose_question_has_to_wait_is_neither_granted_nor_missing(work):
    with open_store("amazon", size=5, orders=5) as store:
        store.sandbox.visits("amazon", store.name).fault("rate_limited", stream="orders", times=9, retry_after_s=60)
        store.sandbox.door("amazon", store.name).scopes.discard("Amazon Fulfillment")
        told = told_of(store, work)
        assert (told["granted"], told["missing"]) == (None, {"inventory": ["Amazon Fulfillment"]})
