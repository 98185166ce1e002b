"""What Amazon's refusals mean: roles, tokens, quotas, troubles, and what is gone."""

import json
from datetime import UTC, datetime

import pytest

from integrations.amazon import Amazon
from integrations.connector import Window
from integrations.errors import AuthRefused, ConfigWrong, RateLimited, ScopeMissing, Unavailable
from integrations.throttle import MemoryBudgets
from tests.amazon_lab import refusal, scripted, selling
from tests.integrations.conftest import QUICK, Reply


@pytest.fixture
def seller():
    with selling() as found:
        yield found


@pytest.fixture
def amazon(web) -> Amazon:
    return scripted(web.address)


def test_without_the_role_for_buyers_orders_come_without_them_and_say_so(seller):
    seller.door.scopes.discard("Direct-to-Consumer Shipping")
    connector = seller.connector()
    page = connector.fetch_page("orders", seller.window(connector), None)
    assert all(row["withheldData"] == ["BUYER"] and "buyer" not in row for row in page.rows)
    assert all(record.email is None for row in page.rows for record in connector.to_records("orders", row))
    asked = [visit.params["includedData"] for visit in seller.visits.requests("orders")]
    assert asked == ["BUYER,PROCEEDS,FULFILLMENT", "BUYER,PROCEEDS,FULFILLMENT", "PROCEEDS,FULFILLMENT"]  # the second with a new token
    again = seller.connector().fetch_page("orders", seller.window(connector), {**page.cursor, "token": None})
    assert [row["orderId"] for row in again.rows] == [row["orderId"] for row in page.rows]
    assert seller.visits.requests("orders")[-1].params["includedData"] == "PROCEEDS,FULFILLMENT"


def test_a_missing_role_blocks_its_stream_alone(seller):
    seller.door.scopes.discard("Amazon Fulfillment")
    connector = seller.connector()
    with pytest.raises(ScopeMissing) as caught:
        connector.fetch_page("inventory", seller.window(connector), None)
    assert "role" in caught.value.hint
    assert seller.read("orders", connector)
    seller.door.scopes.discard("Product Listing")
    assert connector.identify().currency == "EUR"


@pytest.mark.parametrize(("details", "error"), [("The access token you provided is revoked.", AuthRefused), ("", ScopeMissing)])
def test_what_is_refused_with_a_new_token_too_is_the_token_or_the_role_as_amazon_says(web, amazon, details, error):
    grant = Reply(json.dumps({"access_token": "Atza|second"}).encode())
    web.will_answer(lambda asked: grant if asked.path == "/auth/o2/token" else refusal(403, "Unauthorized", details))
    with pytest.raises(error):
        amazon.fetch_page("products", Window(None, datetime.now(UTC)), None)
    assert [asked.method for asked in web.asked] == ["GET", "POST", "GET"]


def test_refusals_are_told_apart(web, amazon):
    window = Window(None, datetime.now(UTC))
    amazon.identify = lambda: None
    for reply, error in (
        (refusal(503, "ServiceUnavailable"), Unavailable),
        (refusal(500, "InternalFailure"), Unavailable),
        (refusal(403, "AccessDenied"), ScopeMissing),
        (refusal(401, "Unauthorized", "Access token is missing"), AuthRefused),
        (refusal(429, "QuotaExceeded"), RateLimited),
    ):
        web.will_answer(reply)
        with pytest.raises(error):
            amazon.fetch_page("orders", window, None)
        amazon = scripted(web.address)
        amazon.identify = lambda: None
    web.will_answer(refusal(400, "InvalidInput", "Bad sellerId", **{"x-amzn-RequestId": "req-7"}))
    with pytest.raises(Exception, match="Bad sellerId, request req-7") as caught:
        amazon.fetch_page("orders", window, None)
    assert "seller_id" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(404, "NotFound", None), (404, "NOT_FOUND", None), (404, "InvalidInput", ConfigWrong), (503, "NotFound", Unavailable), (408, "NotFound", Unavailable)],
)  # fmt: skip
def test_a_listing_is_gone_when_amazon_says_not_found_and_no_other_404_means_that(web, amazon, status, code, error):
    web.will_answer(refusal(status, code))
    if error is None:
        assert amazon.fetch_row("products", "SKU1") is None
        return
    with pytest.raises(error):
        amazon.fetch_row("products", "SKU1")


def test_login_with_amazon_in_trouble_is_no_refusal(web, amazon):
    web.will_answer(Reply(b'{"error":"invalid_client","error_description":"backend"}', status=503))
    with pytest.raises(Unavailable):
        amazon.renewed(amazon.tokens.current)


def test_a_429_without_a_word_means_the_operations_own_rate(web, amazon):
    amazon.identify = lambda: None
    window = Window(None, datetime.now(UTC))
    web.will_answer(refusal(429, "QuotaExceeded"))
    with pytest.raises(RateLimited) as caught:
        amazon.fetch_page("orders", window, None)
    assert caught.value.retry_after_s == pytest.approx(1 / 0.0056)
    assert len(web.asked) == 1
    web.asked.clear()
    web.will_answer(refusal(429, "QuotaExceeded"), {"numberOfResults": 0, "items": []})
    amazon.fetch_page("products", window, None)  # 0.2 s are waited for
    assert len(web.asked) == 2


def test_the_burst_is_used_and_then_the_job_is_given_back(monkeypatch):
    monkeypatch.setattr(Amazon, "page_size", 2)
    with selling(plan="documented", orders=80) as seller:
        connector = seller.connector()
        pages = connector.pages("orders", seller.window(connector))
        assert sum(len(next(pages).records) for _ in range(20)) == 40
        with pytest.raises(RateLimited) as caught:
            next(pages)
        assert 170 < caught.value.retry_after_s <= 179
        assert {visit.status for visit in seller.visits.requests("orders")} == {200}


def test_all_who_work_for_a_seller_share_its_buckets_and_what_one_learnt_of_their_rate():
    budgets = MemoryBudgets()
    with selling(plan="documented") as seller:
        first, second = (seller.connector(budgets=budgets, limits=QUICK) for _ in range(2))
        connector = seller.connector()
        window = seller.window(connector)
        for turn in range(20):
            (first, second)[turn % 2].fetch_page("orders", window, None)
        with pytest.raises(RateLimited):
            first.fetch_page("orders", window, None)
        assert len(seller.visits.requests("orders")) == 20
        assert first.fetch_page("products", window, None).rows
    store = MemoryBudgets(clock := Clock())
    store.take("k", 20, 20, 0.0056)
    store.learn_rate("k", 20, 1.0)
    clock.now = 3.0
    assert store.take("k", 3, 20, 0.0056) == 0.0
    assert store.take("k", 1, 20, 0.0056) == pytest.approx(1.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now
