"""How a Shopify shop does bulk operations: what may be asked, how many at once, what becomes of them, and how their lines stand."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import TIMEOUT, ShopifyShop

PRODUCTS = (
    '{ products(query: "status:active,draft,archived,unlisted") { edges { node { id title variants { edges { node { id sku } } } } } } }'
)
RUN = "mutation($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) { bulkOperation { id status } userErrors { code message field } } }"
TOLD = "query($i: ID!) { bulkOperation(id: $i) { status errorCode objectCount rootObjectCount fileSize url partialDataUrl query completedAt } }"
DAY = 86_400


def run(shop: ShopifyShop, query: str = PRODUCTS, *, grouped: bool = False) -> dict[str, Any]:
    return shop.ask(RUN, q=query, g=grouped)["bulkOperationRunQuery"]


def told(shop: ShopifyShop, operation: dict[str, Any]) -> dict[str, Any]:
    return shop.ask(TOLD, i=operation["bulkOperation"]["id"])["bulkOperation"]


def lines(url: str) -> list[dict[str, Any]]:
    answer = requests.get(url, timeout=TIMEOUT)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_an_operation_gives_every_product_and_every_variant(shopify: ShopifyShop) -> None:
    begun = run(shopify)
    assert (begun["bulkOperation"]["status"], begun["userErrors"]) == ("CREATED", [])
    done = told(shopify, begun)
    rows = lines(done["url"])
    counts = shopify.shop.counts()
    assert (done["status"], done["query"]) == ("COMPLETED", PRODUCTS)
    assert (done["objectCount"], done["rootObjectCount"]) == (str(counts["products"] + counts["variants"]), str(counts["products"]))
    assert {row["id"] for row in rows if "__parentId" not in row} == set(shopify.shop.ids("products"))
    assert sum("__parentId" in row for row in rows) == counts["variants"]
    assert set(rows[0]) == {"id", "title"}


def test_parents_come_before_their_children_and_not_beside_them(shopify: ShopifyShop) -> None:
    rows = lines(told(shopify, run(shopify))["url"])
    places = {row["id"]: place for place, row in enumerate(rows)}
    children = [row for row in rows if "__parentId" in row]
    assert all(places[row["__parentId"]] < places[row["id"]] for row in children)
    assert sum(a["__parentId"] != b["__parentId"] for a, b in pairwise(children)) > len(children) / 4


def test_grouped_objects_stand_behind_their_parent(shopify: ShopifyShop) -> None:
    current = ""
    for row in lines(told(shopify, run(shopify, grouped=True))["url"]):
        current = row["id"] if "__parentId" not in row else current
        assert row.get("__parentId", current) == current


def test_five_run_at_once_and_the_sixth_is_refused(shopify: ShopifyShop) -> None:
    shopify.door.bulk.seconds = 60
    for _ in range(5):
        assert run(shopify)["userErrors"] == []
    (error,) = run(shopify)["userErrors"]
    assert error["code"] == "LIMIT_REACHED"
    real = shopify.shop.clock
    shopify.shop.clock = lambda: real() + 61
    assert run(shopify)["userErrors"] == []


def test_it_runs_until_its_time_is_over(shopify: ShopifyShop) -> None:
    shopify.door.bulk.seconds = 60
    begun = run(shopify)
    assert (told(shopify, begun)["status"], told(shopify, begun)["url"]) == ("RUNNING", None)
    real = shopify.shop.clock
    shopify.shop.clock = lambda: real() + 61
    assert told(shopify, begun)["status"] == "COMPLETED"


def test_a_cancelled_one_gives_nothing(shopify: ShopifyShop) -> None:
    shopify.door.bulk.seconds = 60
    begun = run(shopify)
    shopify.ask(
        "mutation($i: ID!) { bulkOperationCancel(id: $i) { bulkOperation { status } userErrors { message } } }",
        i=begun["bulkOperation"]["id"],
    )
    assert (told(shopify, begun)["status"], told(shopify, begun)["url"]) == ("CANCELED", None)


def test_a_failed_one_names_its_error_and_gives_a_part(shopify: ShopifyShop) -> None:
    shopify.door.bulk.fails_with = "TIMEOUT"
    done = told(shopify, run(shopify))
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "TIMEOUT", None)
    assert 0 < len(lines(done["partialDataUrl"])) < int(done["objectCount"])


def test_a_right_that_is_missing_fails_it(shopify: ShopifyShop) -> None:
    shopify.door.scopes.discard("read_orders")
    done = told(shopify, run(shopify, "{ orders { edges { node { id } } } }"))
    assert (done["status"], done["errorCode"], done["partialDataUrl"]) == ("FAILED", "ACCESS_DENIED", None)


def test_an_empty_result_has_no_file(shopify: ShopifyShop) -> None:
    done = told(shopify, run(shopify, "{ products(query: \"updated_at:>'2040-01-01'\") { edges { node { id } } } }"))
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def test_the_address_is_good_for_seven_days_and_for_nobody_without_its_signature(shopify: ShopifyShop) -> None:
    begun = run(shopify)
    url = told(shopify, begun)["url"]
    assert requests.get(url.partition("?")[0], timeout=TIMEOUT).status_code == 403
    real = shopify.shop.clock
    shopify.shop.clock = lambda: real() + 7 * DAY - 60
    assert requests.get(url, timeout=TIMEOUT).status_code == 200
    shopify.shop.clock = lambda: real() + 7 * DAY + 60
    assert requests.get(url, timeout=TIMEOUT).status_code == 403
    assert (told(shopify, begun)["status"], told(shopify, begun)["url"]) == ("EXPIRED", None)


def test_operations_are_listed_newest_first_and_by_status(shopify: ShopifyShop) -> None:
    real, ids = shopify.shop.clock, []
    for second in range(3):
        shopify.shop.clock = lambda second=second: real() + second
        ids.append(run(shopify)["bulkOperation"]["id"])
    listed = shopify.nodes("bulkOperations", ', query: "operation_type:query"', "id status")
    assert [row["id"] for row in listed] == ids[::-1]
    shopify.door.bulk.operations[1].status = "FAILED"
    assert [row["id"] for row in shopify.nodes("bulkOperations", ', query: "status:failed"')] == [ids[1]]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{ shop { name } }", "at least one connection"),
        ("{ products { edges { node { id } } } orders { edges { node { id } } } }", "one root field"),
        ('{ node(id: "gid://shopify/Product/1") { id } }', "node and nodes"),
        ("query($a: String) { products(query: $a) { edges { node { id } } } }", "variables"),
        ("{ products { edges { node { title variants { edges { node { id } } } } } } }", "must select the 'id' field"),
        ("{ products { edges { node { id variants { edges { node { id inventoryItem { id inventoryLevels { edges { node { id } } } } } } } } } } }", "2 deep"),
        ("{ products { edges { node { id a: variants { edges { node { id } } } b: variants { edges { node { id } } } c: variants { edges { node { id } } } d: variants { edges { node { id } } } e: variants { edges { node { id } } } } } } }", "5 connections"),
        ("{ products { edges { node { colour } } } }", "colour"),
        ("{ products { edges {", "Syntax Error"),
    ],
)  # fmt: skip
def test_a_query_that_is_none_for_bulk_is_refused(shopify: ShopifyShop, query: str, why: str) -> None:
    begun = run(shopify, query)
    assert begun["bulkOperation"] is None
    assert (begun["userErrors"][0]["code"], begun["userErrors"][0]["field"]) == ("INVALID", ["query"])
    assert why in begun["userErrors"][0]["message"]


def test_a_mutation_costs_ten_points_and_the_rows_nothing(shopify: ShopifyShop) -> None:
    cost = shopify.post(RUN, q=PRODUCTS, g=False).json()["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (10, 10)


def test_variants_are_counted_up_to_a_limit(shopify: ShopifyShop) -> None:
    text = "query($l: Int) { productVariantsCount(limit: $l) { count precision } }"
    count = shopify.shop.counts()["variants"]
    assert shopify.ask(text, l=None)["productVariantsCount"] == {"count": count, "precision": "EXACT"}
    assert shopify.ask(text, l=count - 1)["productVariantsCount"] == {"count": count - 1, "precision": "AT_LEAST"}


def test_an_ordinary_query_cannot_ask_for_as_much(shopify: ShopifyShop) -> None:
    answer = shopify.post("{ products(first: 2147483647) { nodes { id } } }").json()
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
