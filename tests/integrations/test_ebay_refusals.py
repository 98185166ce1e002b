"""eBay: how tokens are had and kept, what its refusals mean, and how long a quota is waited for."""

import pytest

from integrations.connector import Credentials, Window
from integrations.ebay import READ_INVENTORY, READ_ORDERS, Ebay
from integrations.errors import (
    AuthRefused,
    ConfigWrong,
    ContractBroken,
    CursorExpired,
    NotThere,
    RateLimited,
    ScopeMissing,
    Unavailable,
)
from integrations.http_session import Answer
from integrations.platform_connector import Access
from integrations.sandbox import ShopSpec, running
from tests.integrations.conftest import QUICK
from tests.integrations.ebay_seller import NOW, Seller, connector, error, records, window


@pytest.fixture
def seller():
    with running(ShopSpec(platform="ebay", name="lab", size=32, orders=60, customers=5, big_variants=30)) as sandbox:
        yield Seller(sandbox)


def test_an_access_token_is_had_once_saved_before_use_and_the_refresh_token_stays(seller):
    saved = []
    ebay = connector(seller, save_tokens=lambda secrets: saved.append((dict(secrets), len(seller.visits.requests("orders")))))
    ebay.identify()
    list(ebay.pages("inventory", window(ebay)))
    assert seller.door.tokens.given == 1
    [(secrets, calls_before)] = saved
    assert secrets == {**seller.door.credentials(), "access_token": secrets["access_token"]}
    assert calls_before == 0


def test_a_token_that_ends_in_the_middle_of_a_walk_is_renewed_once(seller, monkeypatch):
    monkeypatch.setattr(Ebay, "page_size", 10)
    ebay = connector(seller)
    seller.visits.fault("expire", stream="orders", after=3)
    assert len(records(ebay, "orders")) == seller.shop.counts()["orders"]
    assert seller.door.tokens.given == 2


def test_a_consent_that_ended_is_refused_at_once_and_asks_for_a_new_one(seller):
    ebay = connector(seller)
    ebay.identify()
    seller.door.tokens.expire_consent()
    seller.door.expire()
    seller.visits.clear()
    with pytest.raises(AuthRefused) as caught:
        ebay.identify()
    assert "18 months" in caught.value.hint
    assert len(seller.visits.requests("token")) == 1
    assert seller.door.credentials()["refresh_token"] not in f"{caught.value} {caught.value.hint}"


def test_a_wrong_client_secret_is_told_apart_from_a_wrong_consent(seller):
    credentials = Credentials(store="s", address=seller.address, secrets={**seller.door.credentials(), "client_secret": "wrong"})
    with pytest.raises(AuthRefused, match="application") as caught:
        Ebay(Access(credentials=credentials, allow_private=True, limits=QUICK)).identify()
    assert "client_secret" in caught.value.hint


def test_who_the_seller_is_and_what_the_consent_allows(seller):
    ebay = connector(seller)
    assert ebay.identify().granted_scopes == {READ_INVENTORY, READ_ORDERS}
    seller.shop.place_order(seller.shop.ids("products")[0])
    assert (ebay.identify().name, ebay.identify().currency) == ("lab", "EUR")
    seller.door.scopes = {READ_INVENTORY.removesuffix(".readonly")}
    seller.door.expire()
    assert ebay.identify().granted_scopes == {READ_INVENTORY}


def test_a_missing_scope_is_named_and_stops_its_streams_alone(seller):
    seller.door.scopes.discard(READ_ORDERS)
    ebay = connector(seller)
    with pytest.raises(ScopeMissing) as caught:
        ebay.fetch_page("orders", Window(None, NOW), None)
    assert caught.value.scope == READ_ORDERS
    assert records(ebay, "inventory")


def test_customers_are_not_offered():
    assert not Ebay.streams["customers"].is_offered
    with pytest.raises(ConfigWrong):
        connector("http://127.0.0.1:1").fetch_page("customers", Window(None, NOW), None)


def test_a_used_up_quota_is_waited_for_until_ebay_says_it_begins_anew(seller):
    ebay = connector(seller)
    ebay.identify()
    seller.door.quota.limits["inventory"] = 0
    with pytest.raises(RateLimited, match="quota of the inventory API") as caught:
        ebay.fetch_page("products", Window(None, NOW), None)
    assert 86_000 < caught.value.retry_after_s <= 86_400
    assert len(seller.visits.requests("inventory")) == 2, "asked again although the quota was used up"


def test_a_429_while_there_is_quota_left_is_a_short_wait(seller):
    ebay = connector(seller)
    ebay.identify()
    seller.visits.fault("rate_limited", stream="inventory", times=9)
    with pytest.raises(RateLimited) as caught:
        ebay.fetch_page("inventory", Window(None, NOW), None)
    assert caught.value.retry_after_s == 5


def test_a_429_that_says_when_is_believed_without_another_question(web):
    web.will_answer(error(2001, 429, **{"Retry-After": "40"}))
    with pytest.raises(RateLimited) as caught:
        connector(web.address).fetch_page("orders", Window(None, NOW), None)
    assert (caught.value.retry_after_s, len(web.asked)) == (40, 1)


def test_a_429_is_no_more_than_that_where_the_quota_cannot_be_had(web):
    web.will_answer(error(2001, 429))
    with pytest.raises(RateLimited) as caught:
        connector(web.address).fetch_page("orders", Window(None, NOW), None)
    assert caught.value.retry_after_s == 5


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (401, {"errors": [{"errorId": 1001, "category": "REQUEST"}]}, AuthRefused),
        (400, {"errors": [{"errorId": 1002, "category": "REQUEST"}]}, AuthRefused),
        (403, {"errors": [{"errorId": 1100, "category": "REQUEST"}]}, ScopeMissing),
        (404, {"errors": [{"errorId": 25713, "category": "REQUEST"}]}, NotThere),
        (
            404,
            {"errors": [{"errorId": 2002, "domain": "ACCESS", "category": "REQUEST"}]},
            ContractBroken,
        ),  # a gateway that knows no such path
        (503, {"errors": [{"errorId": 25702, "category": "REQUEST"}]}, Unavailable),
        (503, {"errors": [{"errorId": 1002, "category": "REQUEST"}]}, Unavailable),
        (408, {"errors": [{"errorId": 25710, "category": "REQUEST"}]}, Unavailable),
        (400, {"errors": [{"errorId": 25710, "category": "REQUEST"}]}, NotThere),
        (400, {"errors": [{"errorId": 32100, "category": "REQUEST"}]}, NotThere),
        (400, {"errors": [{"errorId": 25709, "category": "REQUEST"}]}, ContractBroken),
        (400, {"errors": [{"errorId": 30810, "category": "REQUEST"}]}, ContractBroken),
        (400, {"errors": [{"errorId": 25706, "category": "REQUEST"}]}, CursorExpired),
        (400, {"errors": [{"errorId": 31000, "category": "REQUEST"}]}, CursorExpired),
        (400, {"errors": [{"errorId": 25001, "category": "APPLICATION"}]}, Unavailable),
        (500, {"errors": [{"errorId": 30500, "category": "APPLICATION"}]}, Unavailable),
        (429, {"errors": [{"errorId": 2001, "category": "REQUEST"}]}, RateLimited),
        (400, {"error": "invalid_grant", "error_description": "no"}, AuthRefused),
        (401, {"error": "invalid_client"}, AuthRefused),
        (400, {"error": "invalid_scope"}, ScopeMissing),
        (500, {"error": "server_error"}, Unavailable),
        (400, {"error": "invalid_request"}, ConfigWrong),
        (200, {"errors": []}, None),
        (503, "text", None),
        (400, {"errors": "text"}, None),
    ],
)
def test_what_an_answer_means(status, content, kind):
    found = connector("http://127.0.0.1:1").classify(Answer(status, {}, content))
    assert (found is None) if kind is None else (type(found) is kind or isinstance(found, kind))


def test_ebays_words_are_quoted_without_secrets():
    content = {"errors": [{"errorId": 25709, "category": "REQUEST", "message": "bad r3fresh-of-seller at https://x/y?token=1"}]}
    found = connector("http://127.0.0.1:1").classify(Answer(400, {}, content))
    assert "r3fresh" not in str(found)
    assert "token=1" not in str(found)
    assert "25709" in str(found)
