"""What TikTok Shop's codes and statuses mean, and what is never taken for "it does not exist"."""

import json

import pytest

from integrations.connector import Window
from integrations.errors import AuthRefused, ConfigWrong, ContractBroken, RateLimited, ScopeMissing, Unavailable
from integrations.tiktok import TikTok
from tests.contracts import contract_file
from tests.integrations.conftest import Reply
from tests.tiktok_shops import access_to, now

REFUSALS = {  # what a code means, whatever the status
    (36009004, "Invalid credentials. The `x-tts-access-token` header is invalid."): AuthRefused,
    (36009004, "Invalid credentials. Invalid `app_key` query parameter."): ConfigWrong,
    (36009004, "Invalid timestamp."): ConfigWrong,
    (36009004, "Unexpected identifier. The `shop_cipher` query parameter is not required"): ContractBroken,
    (105002, "Expired credentials."): AuthRefused,
    (106001, "Invalid credentials. The `sign` query parameter is invalid."): ConfigWrong,
    (105005, "Access denied."): ScopeMissing,
    (106013, "Missing identifier."): ConfigWrong,
    (36009033, "Access denied. Your IP address is not in the IP allow list"): ConfigWrong,
    (36009002, "Too many requests."): RateLimited,
    (36009003, "Internal error."): Unavailable,
    (36009007, "Request timeout."): Unavailable,
    (10037003, "System busy."): Unavailable,
    (36009009, "Invalid path."): ContractBroken,
    (12019118, "The time filter is invalid."): ContractBroken,
    (4711, "The product does not exist."): ContractBroken,  # of a search: nobody asked for one product
    (4711, "Something new."): ContractBroken,
}


@pytest.mark.parametrize(("code", "message"), REFUSALS)
def test_the_code_decides_and_not_the_status(web, code, message):
    body = json.dumps({"code": code, "message": message, "request_id": "R1"}).encode()
    for status in (200, 400):
        web.will_answer(Reply(body, status=status))
        connector = TikTok(access_to(web.address, shop_cipher="ROW_c"))
        with pytest.raises(REFUSALS[code, message]) as caught:
            connector.fetch_page("orders", Window(None, now()), None)
        assert "R1" in str(caught.value) or isinstance(caught.value, RateLimited)


ABOUT_ONE = {  # status, code, message of an answer about product 17 → what it means; None: there is no such product
    (200, 12052901, "The product does not exist."): None,
    (404, 4711, "Product id 17 is not found"): None,
    (400, 4711, "product [17] doesn't exist, please check"): None,
    (200, 4711, "This product no longer exists."): None,
    (503, 12052901, "The product does not exist."): Unavailable,
    (503, 50001, "Service not available, please retry later"): Unavailable,
    (408, 50001, "Upstream not found"): Unavailable,
    (200, 36009003, "Internal error: product not found"): Unavailable,
    (503, 36009004, "Invalid credentials. The `x-tts-access-token` header is invalid."): Unavailable,
    (429, 50001, "The product was not found"): RateLimited,
    (401, 4711, "The product was not found"): AuthRefused,
    (403, 4711, "The product was not found"): ScopeMissing,
    (200, 50001, "Service not available, please retry later"): ContractBroken,
    (200, 4711, "The product is not available in this region."): ContractBroken,
    (404, 4711, "The product service was not found"): ContractBroken,
    (404, 4711, "The warehouse of this product does not exist."): ContractBroken,
}


@pytest.mark.parametrize(("status", "code", "message"), ABOUT_ONE)
def test_gone_is_only_what_an_answer_about_that_product_says_does_not_exist(web, status, code, message):
    web.will_answer(Reply(json.dumps({"code": code, "message": message, "request_id": "R1"}).encode(), status=status))
    connector = TikTok(access_to(web.address, shop_cipher="ROW_c"))
    if (error := ABOUT_ONE[status, code, message]) is None:
        assert connector.missing("products", ["17"]).keys() == {"17"}
        return
    with pytest.raises(error):
        connector.missing("products", ["17"])


def test_an_order_is_gone_when_the_answer_about_it_alone_says_so(web):
    web.will_answer({"code": 4711, "message": "The order does not exist."})
    connector = TikTok(access_to(web.address, shop_cipher="ROW_c"))
    assert connector.fetch_row("orders", "17") is None
    web.will_answer({"code": 4711, "message": "The product does not exist."})
    with pytest.raises(ContractBroken):
        connector.fetch_row("orders", "17")


def test_every_official_error_text_is_understood(web):
    samples = json.loads(contract_file("tiktok/official_samples.json").read_text())["errors"]
    known = {code for code, _ in REFUSALS} | {36004004}
    assert {sample["code"] for sample in samples} <= known
