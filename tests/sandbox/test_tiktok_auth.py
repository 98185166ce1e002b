"""Who may ask the sandbox's TikTok Shop: signatures, clocks, tokens, quotas."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tiktok_shop_api import TikTokShopAuth, TikTokShopError

from tests.contracts import contract_file
from tests.tiktok_shops import ORDERS, PRODUCTS, Seller, ToTheSandbox, open_seller


@pytest.fixture
def seller() -> Iterator[Seller]:
    with open_seller() as opened:
        yield opened


def test_an_independent_client_trades_codes_and_tokens(seller: Seller) -> None:
    keys = seller.door.credentials()
    auth = TikTokShopAuth(keys["app_key"], keys["app_secret"], transport=ToTheSandbox(seller.address))
    given = auth.exchange_code(seller.door.keyring.auth_code)
    assert (given.seller_name, given.seller_base_region, set(given.granted_scopes)) == ("Small Shop", "GB", seller.door.scopes)
    assert given.access_token_expire_in > time.time() + 6 * 86_400  # absolute Unix seconds
    renewed = auth.refresh(given.refresh_token)
    assert renewed.refresh_token != given.refresh_token
    for again in (lambda: auth.refresh(given.refresh_token), lambda: auth.exchange_code("ROW_once_more")):
        with pytest.raises(TikTokShopError) as caught:
            again()
        assert caught.value.code == 36004004


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown app": ({"app_key": "x"}, 36009004, "Invalid credentials. Invalid `app_key` query parameter."),
    "too old": (
        {"timestamp": int(time.time()) - 400},
        36009004,
        "Invalid timestamp. The value of the `timestamp` query parameter must not be earlier",
    ),
    "no signature": ({"sign": ""}, 36009004, "Missing credentials. The request does not include a required signature in the query."),
    "bad signature": ({"sign": "0" * 64}, 106001, "Invalid credentials. The `sign` query parameter is invalid."),
    "unknown token": ({"token": "x"}, 36009004, "Invalid credentials. The `x-tts-access-token` header is invalid."),
    "no shop": ({"shop_cipher": ""}, 106013, "Missing identifier. The `shop_cipher` query parameter is required"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_have_the_official_codes_and_texts(seller: Seller, case: str) -> None:
    change, code, text = REFUSED[case]
    told = seller.refusal("POST", ORDERS, {}, **{"page_size": 20, **change})
    assert told[0] == code
    assert told[1].startswith(text)
    samples = json.loads(contract_file("tiktok/official_samples.json").read_text())["errors"]
    assert any(sample["code"] == code and sample["message"].startswith(text[:60]) for sample in samples)


def test_a_clock_may_be_30_seconds_ahead_and_5_minutes_behind(seller: Seller) -> None:
    now = int(time.time())
    seller.shop.clock = lambda: float(now)
    codes = {shift: seller.call("POST", ORDERS, {}, page_size=1, timestamp=now + shift).json()["code"] for shift in (-301, -300, 30, 31)}
    assert codes == {-301: 36009004, -300: 0, 30: 0, 31: 36009004}


def test_the_shop_must_not_be_named_where_it_is_looked_up(seller: Seller) -> None:
    code, text = seller.refusal("GET", "/authorization/202309/shops")
    assert (code, text.startswith("Unexpected identifier. The `shop_cipher`")) == (36009004, True)


def test_expired_tokens_are_refused_and_others_renewed(seller: Seller) -> None:
    old = seller.door.credentials()
    seller.door.expire()
    assert seller.refusal("POST", ORDERS, {}, page_size=1)[0] == 105002
    form = {
        "app_key": old["app_key"],
        "app_secret": old["app_secret"],
        "refresh_token": old["refresh_token"],
        "grant_type": "refresh_token",
    }
    assert requests.get(f"{seller.address}/api/v2/token/refresh", params=form, timeout=10).json()["code"] == 0
    assert seller.call("POST", ORDERS, {}, page_size=1).json()["code"] == 0
    assert requests.get(f"{seller.address}/api/v2/token/refresh", params=form, timeout=10).json()["code"] != 0
    seller.door.is_revoked = True
    assert seller.refusal("POST", ORDERS, {}, page_size=1)[0] == 36009004


def test_a_quota_is_kept_for_each_endpoint(seller: Seller) -> None:
    now = time.time()
    seller.shop.clock = lambda: now
    seller.door.quotas.per_second = 2
    codes = [seller.call("POST", ORDERS, {}, page_size=1).json()["code"] for _ in range(3)]
    assert codes == [0, 0, 36009002]
    assert seller.call("POST", PRODUCTS, {}, page_size=1).json()["code"] == 0
    now += 1
    assert seller.call("POST", ORDERS, {}, page_size=1).json()["code"] == 0


def test_slowing_down_comes_in_a_good_status_or_as_429(seller: Seller) -> None:
    call = None
    told = [seller.door.slow_down(call, after) for after in (None, 3)]  # type: ignore[arg-type]  # it does not look at the call
    assert [(answer.status, json.loads(answer.body)["code"], answer.headers.get("Retry-After")) for answer in told] == [
        (200, 36009002, None),
        (429, 36009002, "3"),
    ]
