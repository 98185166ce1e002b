"""Amazon: what is sent, whose token it is, whose turn it is, and what refusals mean."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from integrations.amazon import Amazon
from integrations.amazon_marketplaces import MARKETPLACES, endpoint, token_url
from integrations.connector import Credentials, Window
from integrations.errors import AuthRefused, ConfigWrong
from integrations.gaps import CEILING, Gap
from integrations.platform_connector import Access
from tests.amazon_lab import SECRETS, Seller, refusal, scripted, selling, walk

YEAR_AGO = timedelta(days=365)


@pytest.fixture
def seller():
    with selling() as found:
        yield found


@pytest.fixture
def amazon(web) -> Amazon:
    return scripted(web.address)


def test_every_call_and_every_answer_is_as_amazons_documents_say():
    with selling(size=60, orders=130) as seller:
        connector = seller.connector()
        for stream in ("products", "orders", "inventory"):
            found = seller.read(stream, connector)
            assert found
            connector.fetch_row(stream, next(iter(found)))
        end = connector.identify().platform_time
        seller.read("products", connector, end - YEAR_AGO)
        seller.read("orders", connector, end - YEAR_AGO)
        list(connector.pages("inventory", Window(end - YEAR_AGO, end)))
        connector._walk.cap, connector._walk.large = 30, 50
        assert list(walk(connector, "products", seller.window(connector)))
        assert seller.wire.check() == {"/orders/", "/listings/", "/fba/", "/reports/"}


@pytest.mark.parametrize(
    ("address", "region", "called", "tokens"),
    [
        ("https://sellingpartnerapi-na.amazon.com", "eu", "https://sellingpartnerapi-eu.amazon.com", "https://api.amazon.com/auth/o2/token"),
        ("https://www.amazon.co.jp/", "fe", "https://sellingpartnerapi-fe.amazon.com", "https://api.amazon.com/auth/o2/token"),
        ("https://sandbox.sellingpartnerapi-eu.amazon.com", "na", "https://sandbox.sellingpartnerapi-na.amazon.com", "https://api.amazon.com/auth/o2/token"),
        ("http://127.0.0.1:9000/amazon/quay", "eu", "http://127.0.0.1:9000/amazon/quay", "http://127.0.0.1:9000/amazon/quay/auth/o2/token"),
        ("https://amazon.com.example.org", "eu", "https://amazon.com.example.org", "https://amazon.com.example.org/auth/o2/token"),
        ("https://notamazon.com", "eu", "https://notamazon.com", "https://notamazon.com/auth/o2/token"),
    ],
)  # fmt: skip
def test_the_marketplace_says_which_endpoint_is_called_and_the_secret_goes_to_amazon_alone(address, region, called, tokens):
    assert endpoint(address, region) == called
    assert token_url(called) == tokens


def test_a_marketplace_that_amazon_has_not_is_refused_before_anything_is_sent(web):
    for wrong, words in (
        ({"marketplace_id": "DE"}, "no marketplace"),
        ({"marketplace_id": ""}, "marketplace_id is missing"),
        ({"seller_id": ""}, "seller_id"),
    ):
        with pytest.raises(ConfigWrong, match=words):
            Amazon(Access(credentials=Credentials(store="store1", address=web.address, secrets={**SECRETS, **wrong}), allow_private=True))
    assert web.asked == []
    assert {market.region for market in MARKETPLACES.values()} == {"na", "eu", "fe"}


def test_the_first_token_is_fetched_and_kept_before_it_is_used(seller):
    kept = []
    connector = seller.connector(save_tokens=lambda secrets: kept.append((len(seller.wire.spoken), dict(secrets))))
    connector.identify()
    assert seller.door.lwa.given == 1
    ((calls_before, secrets),) = kept
    assert calls_before == 0
    assert seller.wire.spoken[0].headers["x-amz-access-token"] == secrets["access_token"]
    assert secrets["refresh_token"] == seller.door.lwa.refresh_token


def test_a_token_given_to_begin_with_is_used_and_renewed_when_it_is_dead(seller):
    first = seller.connector()
    first.identify()
    good = seller.connector(secrets={"access_token": first.tokens.current["access_token"]})
    good.identify()
    assert seller.door.lwa.given == 1
    seller.connector(secrets={"access_token": "Atza|dead"}).identify()
    assert seller.door.lwa.given == 2


@pytest.mark.parametrize("stream", ["products", "orders", "inventory"])
def test_a_token_that_expires_mid_walk_is_renewed_once(seller, monkeypatch, stream):
    monkeypatch.setattr(Amazon, "page_size", 10)
    whole = seller.read(stream)
    connector = seller.connector()
    window = seller.window(connector)
    seller.visits.fault("expire", stream=stream, after=1)
    given = seller.door.lwa.given
    assert {read.record.external_id for page in connector.pages(stream, window) for read in page.records} == set(whole)
    assert seller.door.lwa.given == given + 1


def test_a_refused_refresh_token_ends_at_once_and_tells_no_secret(seller):
    connector = seller.connector(secrets={"refresh_token": "Atzr|gone"})
    with pytest.raises(AuthRefused, match="invalid_grant") as caught:
        connector.identify()
    assert "Authorise the application again" in caught.value.hint
    assert "gone" not in str(caught.value)
    assert [visit.stream for visit in seller.visits.requests()] == ["token"]


def test_the_token_request_is_the_refresh_grant(web, amazon):
    web.will_answer(
        refusal(403, "Unauthorized", "The access token you provided has expired."), {"access_token": "Atza|second", "expires_in": 3600},
        {"numberOfResults": 0, "items": []},
    )  # fmt: skip
    amazon.identify()
    listing, grant, again = web.asked
    assert (grant.method, grant.path) == ("POST", "/auth/o2/token")
    assert grant.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert dict(parse_qsl(grant.body.decode())) == {
        "grant_type": "refresh_token", "refresh_token": "Atzr|r", "client_id": "amzn1.app", "client_secret": "s3cret",
    }  # fmt: skip
    assert "x-amz-access-token" not in grant.headers
    assert (listing.headers["x-amz-access-token"], again.headers["x-amz-access-token"]) == ("Atza|first", "Atza|second")
    assert listing.headers["user-agent"].startswith("Quayside/")


def test_orders_are_read_up_to_two_minutes_before_amazons_now(seller):
    connector = seller.connector()
    time = connector.identify().platform_time
    assert abs(time - datetime.now(UTC)) < timedelta(seconds=2)
    assert min(facts.settle_s for facts in Amazon.streams.values() if facts.is_offered) > 120
    connector.fetch_page("orders", Window(time - timedelta(days=3), datetime.now(UTC) + timedelta(hours=1)), None)
    asked = seller.visits.requests("orders")[-1]
    assert asked.status == 200
    assert datetime.fromisoformat(asked.params["lastUpdatedBefore"]) <= datetime.now(UTC) - timedelta(seconds=120)
    assert datetime.fromisoformat(asked.params["lastUpdatedAfter"]) == (time - timedelta(days=3)).replace(microsecond=0)


def test_a_page_that_ends_before_the_window_makes_the_run_partial(web, amazon):
    amazon.identify = lambda: None
    web.will_answer({"orders": [], "lastUpdatedBefore": "2026-01-01T00:00:00Z"})
    page = amazon.fetch_page("orders", Window(None, datetime.now(UTC)), None)
    assert page.truncated == (Gap(CEILING, "orders changed after 2026-01-01T00:00:00Z"),)


def test_an_order_token_that_amazon_no_longer_takes_begins_the_window_anew(seller, monkeypatch):
    monkeypatch.setattr(Amazon, "page_size", 10)
    connector = seller.connector()
    window = seller.window(connector)
    first = connector.fetch_page("orders", window, None)
    real = seller.door.clock
    seller.door.clock = lambda: real() + 86_401
    seller.door.lwa.expire()
    rest = {read.record.external_id for page in connector.pages("orders", window, first.cursor) for read in page.records}
    assert len(rest) == seller.door.shop.counts()["orders"]


def test_customers_are_not_offered_and_the_reason_is_said():
    facts = Amazon.streams["customers"]
    assert not facts.is_offered
    assert "policy" in facts.note
    assert "refunds are not shown" in Amazon.streams["orders"].note


def test_the_identity_names_marketplace_and_seller(seller: Seller):
    identity = seller.connector().identify()
    assert (identity.name, identity.currency) == (f"Amazon.de ({seller.door.seller_id})", "EUR")
    assert identity.granted_scopes is None
