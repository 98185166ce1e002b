"""Who may ask the sandbox's eBay, for how long, and how often a day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from integrations.sandbox import ShopSpec, running
from tests.sandbox.ebay_seller import ITEMS, ORDERS, PUBLIC, TIMEOUT, TOKEN, Seller


@pytest.fixture
def changing() -> Iterator[Seller]:
    with running(ShopSpec(platform="ebay", name="small", size=20, orders=40, big_variants=8)) as sandbox:
        yield Seller(sandbox, "small")


def test_tokens_end_after_two_hours_and_the_refresh_token_stays(changing: Seller) -> None:
    answer = changing.granted(grant_type="refresh_token", refresh_token=changing.door.credentials()["refresh_token"]).json()
    assert set(answer) == {"access_token", "expires_in", "token_type"}
    assert answer["expires_in"] == 7200
    now = changing.shop.clock()
    changing.shop.clock = lambda: now + 7201
    assert (changing.ask(ITEMS).status_code, Seller.number_of(changing.ask(ITEMS))) == (401, 1001)
    changing.token = changing.renewed()["access_token"]
    assert changing.ask(ITEMS).status_code == 200
    changing.shop.clock = lambda: now + 47_304_001
    refused = changing.granted(grant_type="refresh_token", refresh_token=changing.door.credentials()["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope/sell.inventory"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_that_is_not_given(changing: Seller, form: dict[str, str], status: int, code: str) -> None:
    answer = changing.granted(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, code)


def test_a_wrong_secret_is_not_the_application(changing: Seller) -> None:
    answer = requests.post(changing.address + TOKEN, data={"grant_type": "client_credentials"}, auth=("x", "y"), timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_who_may_not_ask(changing: Seller) -> None:
    assert Seller.number_of(requests.get(changing.address + ITEMS, timeout=TIMEOUT)) == 1002
    assert Seller.number_of(requests.get(changing.address + ITEMS, auth=("a", "b"), timeout=TIMEOUT)) == 1003
    assert Seller.number_of(changing.ask(ITEMS, token="forged")) == 1001
    application = changing.granted(grant_type="client_credentials", scope=PUBLIC).json()["access_token"]
    assert (changing.ask(ITEMS, token=application).status_code, Seller.number_of(changing.ask(ITEMS, token=application))) == (403, 1100)
    assert changing.ask("/developer/analytics/v1_beta/rate_limit/").status_code == 403
    changing.door.scopes.discard(f"{PUBLIC}/sell.fulfillment.readonly")
    assert (changing.ask(ORDERS).status_code, changing.ask(ITEMS).status_code) == (403, 200)
    changing.door.is_revoked = True
    assert Seller.number_of(changing.ask(ITEMS)) == 1001


def test_a_days_calls_are_counted_per_api_and_begin_anew(changing: Seller) -> None:
    changing.door.quota.limits["inventory"] = 2
    assert [changing.ask(ITEMS).status_code for _ in range(3)] == [200, 200, 429]
    assert Seller.number_of(changing.ask(ITEMS)) == 2001
    assert changing.ask(ORDERS).status_code == 200
    now = changing.shop.clock()
    changing.shop.clock = lambda: now + 86_401
    changing.token = changing.renewed()["access_token"]
    assert changing.ask(ITEMS).status_code == 200
