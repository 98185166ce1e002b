"""Each fault can be seen from outside, strikes when it was told to, and then is over."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from integrations.sandbox.faults import KINDS
from tests.sandbox.conftest import TIMEOUT, ShopifyShop, WooShop

AnyShop = WooShop | ShopifyShop


def ids_of(answer: requests.Response) -> list[Any]:
    content = answer.json()
    rows = content if isinstance(content, list) else next(iter(content["data"].values()))["nodes"]
    return [row["id"] for row in rows]


def is_well(answer: requests.Response) -> bool:
    return answer.status_code == 200 and len(ids_of(answer)) == 5


def test_a_fault_strikes_the_named_stream_after_so_many_requests_and_so_often(any_shop: AnyShop) -> None:
    fault = any_shop.visits.fault("server_error", stream="orders", after=1, times=2, status=502)
    assert is_well(any_shop.list("products"))
    statuses = [any_shop.list("orders").status_code for _ in range(5)]
    assert statuses == [200, 502, 502, 200, 200]
    assert (fault.seen, fault.fired) == (5, 2)


def test_a_fault_may_be_bound_to_a_path(woo: WooShop) -> None:
    woo.visits.fault("server_error", path=r"page=2\b")
    assert woo.get("products", page=1).status_code == 200
    assert woo.get("products", page=2).status_code == 503
    assert woo.get("products", page=2).status_code == 200


def test_too_many_requests_with_and_without_retry_after(any_shop: AnyShop) -> None:
    any_shop.visits.fault("rate_limited", retry_after_s=1.5)
    answer = any_shop.list("products")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1.5")
    any_shop.visits.fault("rate_limited")
    answer = any_shop.list("products")
    assert "Retry-After" not in answer.headers
    if isinstance(any_shop, ShopifyShop):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (200, "THROTTLED")
    else:
        assert answer.status_code == 429
    assert is_well(any_shop.list("products"))


def test_a_refusal_in_front_of_shopify_is_json_with_a_text(shopify: ShopifyShop) -> None:
    shopify.visits.fault("server_error", status=403)
    answer = shopify.list("products")
    assert (answer.status_code, answer.json()) == (403, {"errors": "Forbidden"})


def test_a_slow_answer_is_late_and_whole(any_shop: AnyShop) -> None:
    any_shop.visits.fault("slow", delay_s=0.4)
    started = time.monotonic()
    assert is_well(any_shop.list("orders"))
    assert time.monotonic() - started >= 0.4


def test_a_cut_connection_ends_in_the_middle_of_the_body(any_shop: AnyShop) -> None:
    any_shop.visits.fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        any_shop.list("orders")
    assert is_well(any_shop.list("orders"))


def test_truncated_json_comes_as_if_it_were_whole(any_shop: AnyShop) -> None:
    any_shop.visits.fault("truncated")
    answer = any_shop.list("orders")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_maintenance_page_comes_with_200(any_shop: AnyShop) -> None:
    any_shop.visits.fault("html")
    answer = any_shop.list("orders")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_page_before_comes_again(woo: WooShop) -> None:
    woo.visits.fault("repeated_page", stream="orders", after=1)
    first, second, third = (woo.get("orders", page=page, per_page=5) for page in (1, 2, 2))
    assert ids_of(first) == ids_of(second) != ids_of(third)


TEXT = "query($a: String) { orders(first: 5, after: $a) { nodes { id } pageInfo { endCursor } } }"


def test_the_token_before_comes_again(shopify: ShopifyShop, woo: WooShop) -> None:
    shopify.visits.fault("repeated_token", stream="orders", after=1)
    first = shopify.ask(TEXT)["orders"]
    token = first["pageInfo"]["endCursor"]
    second = shopify.ask(TEXT, a=token)["orders"]
    assert second["pageInfo"]["endCursor"] == token
    assert first["nodes"] != second["nodes"]
    assert shopify.ask(TEXT, a=token)["orders"]["pageInfo"]["endCursor"] != token
    with pytest.raises(ValueError, match="page number"):
        woo.visits.fault("repeated_token")


@pytest.mark.parametrize("kind", ["shuffled", "descending"])
def test_a_page_comes_in_another_order(any_shop: AnyShop, kind: str) -> None:
    straight = ids_of(any_shop.list("orders"))
    any_shop.visits.fault(kind)
    bent = ids_of(any_shop.list("orders"))
    assert sorted(bent) == sorted(straight)
    assert bent != straight
    if kind == "descending":
        assert bent == straight[::-1]


def test_revoked_credentials_are_refused_until_they_are_given_back(any_shop: AnyShop) -> None:
    any_shop.visits.fault("revoke", after=1)
    assert [any_shop.list("orders").status_code for _ in range(4)] == [200, 200, 401, 401]
    any_shop.visits.clear()
    assert is_well(any_shop.list("orders"))


def test_a_scope_is_dropped_in_the_middle_of_a_walk(any_shop: AnyShop) -> None:
    scope = "read_orders" if isinstance(any_shop, ShopifyShop) else "orders"
    any_shop.visits.fault("drop_scope", scope=scope)
    assert is_well(any_shop.list("orders"))
    answer = any_shop.list("orders")
    assert answer.status_code == 403 or answer.json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_given_tokens_expire(shopify: ShopifyShop, woo: WooShop) -> None:
    keys = shopify.door.credentials()
    form = {"grant_type": "client_credentials", "client_id": keys["client_id"], "client_secret": keys["client_secret"]}
    given = requests.post(f"{shopify.address}/admin/oauth/access_token", data=form, timeout=TIMEOUT).json()["access_token"]
    shopify.visits.fault("expire", stream="identity")
    text = "{ shop { name } }"
    assert [shopify.post(text, token=given).status_code for _ in range(2)] == [200, 401]
    assert shopify.post(text).status_code == 200  # the fixed token of an app made in the admin does not expire
    with pytest.raises(ValueError, match="do not expire"):
        woo.visits.fault("expire")


def test_a_record_is_edited_added_and_deleted_while_pages_are_read(any_shop: AnyShop) -> None:
    before = any_shop.shop.ids("orders")
    any_shop.visits.fault("edit", stream="orders", after=1, changes={"last_name": "Edited"}, record=before[8])
    any_shop.visits.fault("delete", stream="orders", after=2)
    any_shop.visits.fault("add", stream="orders", after=3)

    def state() -> tuple[int, bool]:
        ids = any_shop.shop.ids("orders")
        numbers = any_shop.shop.orders
        edited = [number for number in numbers.numbers() if getattr(numbers.changed(number), "last_name", "") == "Edited"]
        return len(ids), bool(edited)

    seen = []
    for _ in range(4):
        any_shop.list("orders")
        seen.append(state())
    count = len(before)
    assert seen == [(count, False), (count, True), (count - 1, True), (count, True)]


def test_a_late_commit_carries_an_older_time(any_shop: AnyShop) -> None:
    any_shop.visits.fault("late", stream="products", age_s=600)
    started = time.time()
    any_shop.list("products")
    newest = list(any_shop.shop.products.numbers())[-1]
    assert started - 602 <= any_shop.shop.products.updated[newest] <= time.time() - 599


def test_every_kind_of_fault_is_tried_here() -> None:
    tried = {
        "server_error", "rate_limited", "slow", "cut", "truncated", "html", "repeated_page", "repeated_token", "shuffled", "descending",
        "revoke", "drop_scope", "expire", "edit", "add", "delete", "late",
    }  # fmt: skip
    assert tried == KINDS


def test_faults_are_set_and_taken_back_over_http(any_shop: AnyShop) -> None:
    spec = any_shop.shop.spec
    url = any_shop.root.split(f"/{spec.platform}/")[0] if isinstance(any_shop, WooShop) else any_shop.address.split("/shopify/")[0]
    url += f"/_sandbox/{spec.platform}/{spec.name}"
    set_ = requests.post(f"{url}/faults", json={"kind": "server_error", "times": 99}, timeout=TIMEOUT)
    assert set_.status_code == 201
    assert any_shop.list("orders").status_code == 503
    (fault,) = requests.get(f"{url}/faults", timeout=TIMEOUT).json()
    assert (fault["kind"], fault["fired"]) == ("server_error", 1)
    log = requests.get(f"{url}/requests", timeout=TIMEOUT).json()
    assert (log[0]["status"], log[0]["faults"], log[0]["stream"]) == (503, ["server_error"], "orders")
    requests.delete(f"{url}/faults", timeout=TIMEOUT)
    assert is_well(any_shop.list("orders"))
    assert requests.post(f"{url}/faults", json={"kind": "earthquake"}, timeout=TIMEOUT).status_code == 400
    assert requests.post(f"{url}/faults", json={"kind": "slow", "fired": 3}, timeout=TIMEOUT).status_code == 400
    assert requests.post(f"{url}/access", json={"revoked": True}, timeout=TIMEOUT).json()["revoked"]
    assert any_shop.list("orders").status_code == 401
