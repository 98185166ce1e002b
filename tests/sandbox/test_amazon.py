"""The sandbox's Amazon, asked by a client that others wrote, and its bounds, caps, tokens and quotas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sp_api.api import Inventories, ListingsItems, Orders, Reports
from sp_api.auth import AccessTokenClient, access_token_client
from sp_api.base import Marketplaces
from sp_api.base.exceptions import SellingApiBadRequestException, SellingApiForbiddenException, SellingApiNotFoundException

from tests.amazon_lab import Seller, selling

MARKET = "A1PA6795UKMFR9"


class Endpoint(str):
    """The client takes the Host header from the endpoint's ninth letter on, as if that were always https."""

    def __getitem__(self, part: Any) -> str:
        return self.partition("://")[2].partition("/")[0] if part == slice(8, None) else str.__getitem__(self, part)


@pytest.fixture
def seller() -> Iterator[Seller]:
    access_token_client.cache.clear()  # the client keeps tokens per refresh token, and every test's seller has the same
    with selling() as found:
        yield found
        found.wire.check(answers_alone=True)


def independent(kind: Any, seller: Seller, **options: Any) -> Any:
    """python-amazon-sp-api, told where the host is and no more."""
    keys = seller.door.credentials()
    host = seller.address.partition("://")[2]
    tokens = type("Tokens", (AccessTokenClient,), {"scheme": "http://", "host": host})
    credentials = {"lwa_app_id": keys["client_id"], "lwa_client_secret": keys["client_secret"], "refresh_token": keys["refresh_token"]}
    client = kind(Marketplaces.DE, credentials=credentials, auth_token_client_class=tokens, **options)
    client.endpoint = Endpoint(seller.address)
    return client


class Client:
    """Plain HTTP, for what the other client does not say."""

    def __init__(self, seller: Seller) -> None:
        self.seller = seller
        keys = seller.door.credentials()
        form = {"grant_type": "refresh_token", **{name: keys[name] for name in ("refresh_token", "client_id", "client_secret")}}
        self.token = requests.post(f"{seller.address}/auth/o2/token", data=form, timeout=5).json()["access_token"]

    def get(self, path: str, **params: Any) -> requests.Response:
        headers = {"x-amz-access-token": self.token}
        return requests.get(self.seller.address + path, params=params, headers=headers, timeout=5)

    def orders(self, **params: Any) -> requests.Response:
        return self.get("/orders/2026-01-01/orders", **params)

    def listings(self, **params: Any) -> requests.Response:
        return self.get(f"/listings/2021-08-01/items/{self.seller.door.seller_id}", marketplaceIds=MARKET, **params)

    def stock(self, **params: Any) -> requests.Response:
        given = {"granularityType": "Marketplace", "granularityId": MARKET, "marketplaceIds": MARKET}
        return self.get("/fba/inventory/v1/summaries", **given, **params)


def iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_an_independent_client_reads_all_orders(seller):
    orders = independent(Orders, seller, version="2026-01-01")
    assert type(orders).__name__ == "OrdersV20260101"
    found, token = [], {}
    while True:
        page = orders.search_orders(
            lastUpdatedAfter="2024-01-01T00:00:00Z", marketplaceIds=[MARKET], maxResultsPerPage=25, includedData=["BUYER", "PROCEEDS"], **token
        )  # fmt: skip
        found += page.payload["orders"] if "orders" in (page.payload or {}) else page.orders
        following = (page.pagination or {}).get("nextToken")
        if following is None:
            break
        token = {"paginationToken": following}
    assert len({row["orderId"] for row in found}) == seller.door.shop.counts()["orders"]
    alone = orders.get_order(found[0]["orderId"], includedData=["BUYER", "PROCEEDS"])
    assert alone.order == found[0]
    with pytest.raises(SellingApiNotFoundException):
        orders.get_order("302-1000000-9999999")


def test_an_independent_client_reads_listings_stock_and_a_report(seller):
    listings = independent(ListingsItems, seller)
    page = listings.search_listings_items(
        seller.door.seller_id, marketplaceIds=[MARKET], includedData=["summaries", "offers", "relationships"], pageSize=20
    )  # fmt: skip
    assert page.numberOfResults > 20
    assert len(page.items) == 20
    for sku in ("one,two", "WS/Ü 10%+1", "a&b=c?d#e"):
        assert listings.get_listings_item(seller.door.seller_id, sku, marketplaceIds=[MARKET]).payload["sku"] == sku
    stock = independent(Inventories, seller).get_inventory_summary_marketplace(details=True)
    assert stock.payload["inventorySummaries"][0]["inventoryDetails"]["fulfillableQuantity"] >= 0
    reports = independent(Reports, seller)
    report = reports.create_report(reportType="GET_MERCHANT_LISTINGS_ALL_DATA", marketplaceIds=[MARKET]).payload["reportId"]
    seen = [reports.get_report(report).payload["processingStatus"] for _ in range(2)]
    assert seen == ["IN_QUEUE", "DONE"]
    document = reports.get_report_document(reports.get_report(report).payload["reportDocumentId"], download=True, decrypt=True)
    text = document.payload["document"]
    assert text.splitlines()[0].startswith("item-name\titem-description\tlisting-id\tseller-sku")
    assert len(text.splitlines()) - 1 == seller.door.shop.counts()["variants"]


def test_an_independent_client_is_refused_as_amazon_refuses(seller):
    orders = independent(Orders, seller, version="2026-01-01")
    with pytest.raises(SellingApiBadRequestException):
        orders.search_orders(marketplaceIds=[MARKET])
    seller.door.scopes.discard("Inventory and Order Tracking")
    with pytest.raises(SellingApiForbiddenException):
        orders.search_orders(lastUpdatedAfter="2024-01-01T00:00:00Z")


def test_orders_ask_for_one_beginning_and_an_end_two_minutes_back(seller):
    client, now = Client(seller), datetime.now(UTC)
    since = iso(now - timedelta(days=1))
    assert client.orders(lastUpdatedAfter=since).status_code == 200
    for wrong in (
        {},
        {"lastUpdatedAfter": since, "createdAfter": since},
        {"lastUpdatedAfter": since, "createdBefore": since},
        {"lastUpdatedAfter": since, "lastUpdatedBefore": iso(now - timedelta(seconds=100))},
        {"lastUpdatedAfter": since, "lastUpdatedBefore": iso(now - timedelta(days=2))},
        {"lastUpdatedAfter": since[:-1]},
        {"lastUpdatedAfter": since, "maxResultsPerPage": 101},
        {"lastUpdatedAfter": since, "includedData": "buyer"},
        {"lastUpdatedAfter": since, "fulfillmentStatuses": "Shipped"},
        {"lastUpdatedAfter": since, "paginationToken": "x"},
    ):
        answer = client.orders(**wrong)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "InvalidInput"), wrong
    told = client.orders(lastUpdatedAfter=since).json()["lastUpdatedBefore"]
    assert abs(datetime.fromisoformat(told) - (datetime.now(UTC) - timedelta(minutes=2))) < timedelta(seconds=3)


def test_both_bounds_of_a_window_belong_to_it(seller):
    client = Client(seller)
    at = datetime.fromtimestamp(int(seller.door.shop.clock()) - 4000, UTC)
    order = seller.door.shop.ids("orders")[-1]
    seller.door.shop.edit("orders", order, at=at)
    seller.door.shop.edit("products", "Q00000", at=at)

    def ids(start: datetime, end: datetime) -> tuple[list[str], list[str]]:
        bounds = {"lastUpdatedAfter": iso(start), "lastUpdatedBefore": iso(end)}
        orders = [row["orderId"] for row in client.orders(**bounds).json()["orders"]]
        return orders, [row["sku"] for row in client.listings(**bounds).json()["items"]]

    moment = timedelta(milliseconds=1)
    assert ids(at, at) == ([order], ["Q00000"])
    assert ids(at + moment, at + 2 * moment) == ids(at - 2 * moment, at - moment) == ([], [])


def test_orders_of_the_last_two_minutes_and_before_two_years_are_not_told(seller):
    client, shop = Client(seller), seller.door.shop
    fresh = shop.add("orders", at=datetime.now(UTC))
    old = shop.add("orders", at=datetime.now(UTC) - timedelta(days=740))
    told = {row["orderId"] for row in client.orders(lastUpdatedAfter="2000-01-01T00:00:00Z").json()["orders"]}
    assert told
    assert not {fresh, old} & told
    assert client.get(f"/orders/2026-01-01/orders/{old}").status_code == 404


def test_an_order_that_waits_for_its_payment_has_no_amounts(seller):
    rows = Client(seller).orders(lastUpdatedAfter="2024-01-01T00:00:00Z", includedData="PROCEEDS,FULFILLMENT").json()["orders"]
    waiting = [row for row in rows if row["fulfillment"]["fulfillmentStatus"].startswith("PENDING")]
    assert waiting
    for row in waiting:
        assert "proceeds" not in row
        assert "price" not in row["orderItems"][0]["product"]
    assert all("buyer" not in row for row in rows)


def test_a_page_token_fits_its_question_and_lives_as_long_as_documented(seller):
    client, door = Client(seller), seller.door
    door.fba_page = 5
    orders = {"lastUpdatedAfter": "2024-01-01T00:00:00Z", "maxResultsPerPage": 5}
    token = client.orders(**orders).json()["pagination"]["nextToken"]
    assert client.orders(**orders, paginationToken=token).status_code == 200
    assert client.orders(**{**orders, "maxResultsPerPage": 6}, paginationToken=token).status_code == 400
    since = iso(datetime.now(UTC) - timedelta(days=500))
    fba = client.stock(startDateTime=since).json()["pagination"]["nextToken"]
    assert client.stock(nextToken=fba).status_code == 400  # the start has to come with it
    assert client.stock(startDateTime=since, nextToken=fba).status_code == 200
    listed = client.listings(pageSize=5).json()["pagination"]["nextToken"]
    real = door.clock
    door.clock = lambda: real() + 31
    assert client.stock(startDateTime=since, nextToken=fba).status_code == 400
    assert client.listings(pageSize=5, pageToken=listed).json()["pagination"]["previousToken"]
    door.clock = lambda: real() + 3599
    assert client.orders(**orders, paginationToken=token).status_code == 200
    door.clock = lambda: real() + 86_500
    assert client.orders(**orders).status_code == 403
    client = Client(seller)
    assert client.orders(**orders, paginationToken=token).status_code == 400
    assert client.stock(startDateTime=iso(datetime.now(UTC) - timedelta(days=560))).status_code == 400


def test_listings_count_all_and_page_through_their_cap_alone(seller):
    client = Client(seller)
    seller.door.listings.cap = 30
    first = client.listings(pageSize=20).json()
    second = client.listings(pageSize=20, pageToken=first["pagination"]["nextToken"]).json()
    assert first["numberOfResults"] == second["numberOfResults"] > 40
    assert "nextToken" not in second["pagination"]
    assert client.listings(pageSize=21).status_code == 400
    assert client.listings(sortOrder="asc").status_code == 400
    times = [row["summaries"][0]["lastUpdatedDate"] for row in first["items"]]
    assert times == sorted(times, reverse=True)


def test_a_listing_that_leaves_moves_the_pages_after_it(seller):
    client, shop = Client(seller), seller.door.shop
    question = {"pageSize": 20, "sortOrder": "ASC", "lastUpdatedBefore": iso(datetime.now(UTC) - timedelta(seconds=200))}
    first = client.listings(**question).json()
    expected = client.listings(**question, pageToken=first["pagination"]["nextToken"]).json()
    alone = next(
        row["sku"] for row in first["items"] if row["sku"] in shop.ids("products") and shop.variant_count(int(row["sku"][1:])) == 1
    )
    shop.edit("products", alone)
    second = client.listings(**question, pageToken=first["pagination"]["nextToken"]).json()
    assert second["numberOfResults"] == expected["numberOfResults"] - 1
    assert second["items"][0]["sku"] == expected["items"][1]["sku"]


def test_a_reports_address_takes_no_access_token_and_lives_five_minutes(seller):
    client = Client(seller)
    url = f"{seller.address}/reports/2021-06-30/reports"
    wish = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [MARKET]}
    made = requests.post(url, json=wish, headers={"x-amz-access-token": client.token}, timeout=5)
    assert made.status_code == 202
    path = f"/reports/2021-06-30/reports/{made.json()['reportId']}"
    assert "reportDocumentId" not in client.get(path).json()
    document = client.get(path).json()["reportDocumentId"]
    told = client.get(f"/reports/2021-06-30/documents/{document}").json()
    assert told["compressionAlgorithm"] == "GZIP"
    assert requests.get(told["url"], timeout=5).headers["Content-Type"] == "text/plain;charset=Cp1252"
    assert requests.get(told["url"], headers={"x-amz-access-token": client.token}, timeout=5).status_code == 400
    assert requests.get(told["url"].replace("Signature=", "Signature=0"), timeout=5).status_code == 403
    real = seller.door.clock
    seller.door.clock = lambda: real() + 301
    assert requests.get(told["url"], timeout=5).status_code == 403


def test_without_a_good_token_nothing_is_told(seller):
    client = Client(seller)
    good = client.token
    for token, words in (("", "missing"), ("Atza|none", "malformed")):
        client.token = token
        answer = client.listings()
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "Unauthorized")
        assert words in answer.json()["errors"][0]["details"]
        assert "x-amzn-RateLimit-Limit" not in answer.headers
    client.token = good
    answer = client.listings()
    assert answer.headers["x-amzn-RateLimit-Limit"] == "500"
    assert answer.headers["x-amzn-RequestId"]
    seller.door.expire()
    assert "expired" in client.listings().json()["errors"][0]["details"]
    keys = seller.door.credentials()
    form = {"grant_type": "refresh_token", "client_id": keys["client_id"], "refresh_token": keys["refresh_token"]}
    for change, error in (
        ({"client_secret": "x"}, "invalid_client"),
        ({"client_secret": keys["client_secret"], "refresh_token": "x"}, "invalid_grant"),
    ):
        assert requests.post(f"{seller.address}/auth/o2/token", data={**form, **change}, timeout=5).json()["error"] == error


@pytest.mark.parametrize(("call", "burst", "rate"), [("orders", 20, 0.0056), ("listings", 5, 5.0), ("stock", 2, 2.0)])
def test_the_documented_quota_is_a_bucket_of_its_own(call, burst, rate):
    with selling(plan="documented") as seller:
        client, real = Client(seller), seller.door.clock
        still = real()
        seller.door.clock = lambda: still
        params = {"lastUpdatedAfter": "2026-01-01T00:00:00Z"} if call == "orders" else {}
        answers = [getattr(client, call)(**params) for _ in range(burst + 1)]
        assert [answer.status_code for answer in answers] == [200] * burst + [429]
        assert answers[0].headers["x-amzn-RateLimit-Limit"] == f"{rate:g}"
        assert "x-amzn-RateLimit-Limit" not in answers[-1].headers
        assert answers[-1].json()["errors"][0]["code"] == "QuotaExceeded"
        seller.door.clock = lambda: still + 1 / rate + 0.01
        assert [getattr(client, call)(**params).status_code for _ in range(2)] == [200, 429]
        seller.wire.check(answers_alone=True)
