"""Shopify: tokens that a client id and secret are exchanged for, before the first call, near their end, and when refused."""

import json
import time
from urllib.parse import parse_qs

import pytest

from integrations.connector import Credentials
from integrations.errors import AuthRefused, ConfigWrong, Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import ShopSpec, running
from integrations.shopify import Shopify
from integrations.shopify_tokens import ENDS_AT, MARGIN_S
from tests.integrations.conftest import QUICK, Reply

CLIENT = {"client_id": "id1", "client_secret": "shpss_topsecret"}
WHO = {"data": {"shop": {"name": "Acme", "currencyCode": "EUR"}, "currentAppInstallation": {"accessScopes": []}}}
TOKEN = "/admin/oauth/access_token"


def shopify(web, saved=None, **secrets):
    def save(fresh):
        assert not any(asked.headers.get("x-shopify-access-token") == fresh["access_token"] for asked in web.asked), "saved before use"
        saved.append(dict(fresh))

    credentials = Credentials(store="store1", address=web.address, secrets=secrets)
    return Shopify(Access(credentials=credentials, allow_private=True, limits=QUICK, save_tokens=None if saved is None else save))


def answering(token_reply=None, good=None):
    """Tokens new1, new2, … ; queries are answered for `good` tokens (default: all)."""
    count = iter(range(1, 100))

    def answer(asked):
        if asked.path == TOKEN:
            return token_reply or Reply(
                json.dumps({"access_token": f"new{next(count)}", "scope": "read_orders", "expires_in": 86399}).encode()
            )
        if good is not None and asked.headers["x-shopify-access-token"] not in good:
            return Reply(b'{"errors":"[API] Invalid API key or access token"}', status=401)
        return Reply(json.dumps(WHO).encode())

    return answer


def used(web):
    return [asked.headers.get("x-shopify-access-token", "exchange") for asked in web.asked]


def test_a_client_without_a_token_gets_one_first_and_keeps_it(web):
    web.will_answer(answering())
    saved = []
    connector = shopify(web, saved, **CLIENT)
    connector.identify()
    connector.identify()
    assert used(web) == ["exchange", "new1", "new1"]
    assert parse_qs(web.asked[0].body.decode()) == {"grant_type": ["client_credentials"], "client_id": ["id1"], "client_secret": ["shpss_topsecret"]}  # fmt: skip
    (kept,) = saved
    assert kept["access_token"] == "new1"
    assert int(kept[ENDS_AT]) == pytest.approx(time.time() + 86399, abs=5)


@pytest.mark.parametrize(("left_s", "calls"), [(MARGIN_S - 60, ["exchange", "new1"]), (MARGIN_S + 60, ["old"])])
def test_a_token_near_its_end_is_replaced_before_the_call(web, left_s, calls):
    web.will_answer(answering())
    shopify(web, **CLIENT, access_token="old", **{ENDS_AT: str(int(time.time() + left_s))}).identify()
    assert used(web) == calls


def test_a_refused_token_is_replaced_and_the_call_repeated(web):
    web.will_answer(answering(good={"new1"}))
    saved = []
    shopify(web, saved, **CLIENT, access_token="old").identify()
    assert used(web) == ["old", "exchange", "new1"]
    assert saved[0]["access_token"] == "new1"


def test_a_token_that_is_refused_though_new_ends_it(web):
    web.will_answer(answering(good=set()))
    with pytest.raises(AuthRefused):
        shopify(web, **CLIENT).identify()
    assert used(web).count("exchange") <= 2


def test_an_exchange_that_fails_for_now_does_not_spoil_a_token_that_still_works(web):
    web.will_answer(answering(token_reply=Reply(status=503)))
    shopify(web, **CLIENT, access_token="old", **{ENDS_AT: str(int(time.time() + 60))}).identify()
    assert used(web)[-1] == "old"
    with pytest.raises(Unavailable):
        shopify(web, **CLIENT).identify()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"error":"invalid_client","error_description":"no"}', status=400),
        Reply(b'{"error":"shop_not_permitted","error_description":"no"}', status=403),
        Reply(b"<html>Oauth error invalid_request", status=400, content_type="text/html"),
    ],
)
def test_a_refused_client_needs_a_person(web, reply):
    web.will_answer(answering(token_reply=reply))
    with pytest.raises(AuthRefused, match="client id or secret") as caught:
        shopify(web, **CLIENT).identify()
    assert caught.value.hint
    assert "shpss_topsecret" not in str(caught.value)


def test_a_pasted_token_that_is_refused_is_not_exchanged_for_anything(web):
    web.will_answer(answering(good=set()))
    with pytest.raises(AuthRefused, match="refused the access token") as caught:
        shopify(web, access_token="old").identify()
    assert "Paste a new token" in caught.value.hint
    assert used(web) == ["old"]


@pytest.mark.parametrize("secrets", [{}, {"client_id": "id1"}, {"access_token": ""}])
def test_neither_a_token_nor_a_client_is_named(web, secrets):
    with pytest.raises(ConfigWrong, match="access_token is missing") as caught:
        shopify(web, **secrets)
    assert "client_id and client_secret" in caught.value.hint


def test_a_real_walk_survives_the_end_of_its_token():
    with running(ShopSpec(platform="shopify", name="lab", size=30, plan="enterprise")) as sandbox:
        door = sandbox.door("shopify", "lab")
        keys = {name: door.credentials()[name] for name in CLIENT}
        credentials = Credentials(store="s", address=sandbox.address("shopify", "lab"), secrets=keys)
        connector = Shopify(Access(credentials=credentials, allow_private=True, limits=QUICK))
        assert connector.identify().name == "lab"
        door.expire()
        assert connector.fetch_row("products", door.shop.ids("products")[0]) is not None
        assert len(sandbox.visits("shopify", "lab").requests("token")) == 2
