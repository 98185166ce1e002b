"""Which records WooCommerce's lists give, in what order, page by page: the rules that the contract lists as verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.conftest import WooShop

MOMENT = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
NAIVE = "2026-01-15T12:00:00"


def at(seconds: int) -> datetime:
    return MOMENT + timedelta(seconds=seconds)


@pytest.fixture
def moved(woo: WooShop) -> int:
    """A product changed at MOMENT, in a shop whose clock is 5:30 ahead of GMT; its id."""
    product = woo.shop.ids("products")[25]
    woo.shop.edit("products", product, at=MOMENT)
    return int(product)


@pytest.mark.parametrize("kind", ["products", "orders"])
def test_modified_after_and_before_leave_out_their_own_second(woo: WooShop, kind: str) -> None:
    record = woo.shop.ids(kind)[2]
    woo.shop.edit(kind, record, at=MOMENT)

    def is_there(**params: str) -> bool:
        return int(record) in woo.ids(kind, dates_are_gmt="true", include=record, **params)

    assert not is_there(modified_after=NAIVE)
    assert is_there(modified_after="2026-01-15T11:59:59")
    assert not is_there(modified_before=NAIVE)
    assert is_there(modified_before="2026-01-15T12:00:01")


def test_gmt_with_a_z_is_off_by_the_sites_offset(woo: WooShop, moved: int) -> None:
    """WordPress moves the value to the site's clock (17:30) and then compares it with the GMT column (12:00)."""
    assert moved not in woo.ids("products", dates_are_gmt="true", modified_after="2026-01-15T11:00:00Z", include=moved)
    assert moved in woo.ids("products", dates_are_gmt="true", modified_after="2026-01-15T06:29:59Z", include=moved)


def test_without_the_flag_a_naive_time_is_the_sites_and_one_with_a_z_is_right(woo: WooShop, moved: int) -> None:
    assert moved in woo.ids("products", modified_after="2026-01-15T17:29:59", include=moved)
    assert moved not in woo.ids("products", modified_after="2026-01-15T17:30:00", include=moved)
    assert moved in woo.ids("products", modified_after="2026-01-15T11:59:59Z", include=moved)
    assert moved not in woo.ids("products", modified_after="2026-01-15T12:00:00Z", include=moved)


def test_times_are_told_on_both_clocks(woo: WooShop, moved: int) -> None:
    row = woo.get(f"products/{moved}").json()
    assert (row["date_modified"], row["date_modified_gmt"]) == ("2026-01-15T17:30:00", NAIVE)


def test_pages_make_the_whole_list_and_end_with_an_empty_one(berlin: WooShop) -> None:
    counts = berlin.shop.counts()
    ids = berlin.ids("products", orderby="id", order="asc")
    assert ids == sorted(set(ids))
    assert len(ids) == counts["products"]
    beyond = berlin.get("products", page=999)
    assert (beyond.status_code, beyond.json(), beyond.headers["X-WP-Total"]) == (200, [], str(counts["products"]))


def test_orderby_modified_goes_up_and_down(berlin: WooShop) -> None:
    times = [row["date_modified_gmt"] for row in berlin.get("orders", orderby="modified", order="asc", per_page=100).json()]
    assert times == sorted(times)
    times = [row["date_modified_gmt"] for row in berlin.get("orders", orderby="modified", per_page=100).json()]
    assert times == sorted(times, reverse=True)


def test_any_leaves_the_trash_out_and_checkout_drafts_in(berlin: WooShop) -> None:
    counts = berlin.shop.counts()
    assert counts["orders_trashed"] >= 1
    assert len(berlin.ids("orders", status="any")) == counts["orders"] + counts["orders_draft"]
    assert len(berlin.ids("orders", status="trash")) == counts["orders_trashed"]
    assert len(berlin.ids("products", status="trash")) == counts["products_trashed"]


def test_statuses_of_orders_divide_them(berlin: WooShop) -> None:
    states = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"]
    parts = [berlin.ids("orders", status=state) for state in states]
    assert sorted(row for part in parts for row in part) == sorted(berlin.ids("orders"))
    assert all(parts[states.index(state)] for state in ("completed", "refunded"))
    assert len(berlin.ids("orders", status="completed,refunded")) == len(parts[3]) + len(parts[5])


def test_include_exclude_and_offset_choose(berlin: WooShop) -> None:
    assert [row["id"] for row in berlin.get("products", include="105,103", orderby="include").json()] == [105, 103]
    assert 103 not in berlin.ids("products", exclude="103")
    first = berlin.ids("products", orderby="id", order="asc")
    assert [row["id"] for row in berlin.get("products", orderby="id", order="asc", offset=7, per_page=2).json()] == first[7:9]


def test_fields_trims_rows_and_reaches_into_objects(berlin: WooShop) -> None:
    row = berlin.get("orders", _fields="id,billing.email").json()[0]
    assert list(row) == ["id", "billing"]
    assert list(row["billing"]) == ["email"]


def test_customers_are_only_customers_unless_all_roles_are_asked_for(berlin: WooShop) -> None:
    everybody = len(berlin.ids("customers", role="all"))
    assert everybody == berlin.shop.counts()["customers"]
    assert {row["role"] for row in berlin.get("customers", per_page=100).json()} == {"customer"}
    assert any(row["date_modified_gmt"] is None for row in berlin.get("customers", role="all", per_page=100).json())


def test_links_carry_the_old_signature_and_name_the_next_page(berlin: WooShop) -> None:
    link = berlin.get("products", page=2).headers["Link"]
    assert 'rel="prev"' in link
    assert "page=3" in link
    assert "oauth_signature=" in link


def test_a_big_product_has_its_variations_on_pages_of_their_own(berlin: WooShop) -> None:
    ids = berlin.ids("products/103/variations", orderby="id", order="asc")
    assert ids == berlin.get("products/103").json()["variations"]
    assert len(ids) == 128


def test_amounts_have_the_shops_decimals_unless_dp_asks_for_more(berlin: WooShop) -> None:
    dinars = 2_000_004
    assert berlin.get(f"orders/{dinars}").json()["currency"] == "KWD"
    assert len(berlin.get(f"orders/{dinars}").json()["total"].split(".")[1]) == 2
    assert len(berlin.get(f"orders/{dinars}", dp=3).json()["total"].split(".")[1]) == 3


def test_refunds_stand_in_the_order_and_under_it(berlin: WooShop) -> None:
    order = berlin.get("orders/2000007").json()
    (refund,) = berlin.get("orders/2000007/refunds").json()
    assert (order["status"], order["refunds"][0]["total"]) == ("refunded", "-" + refund["amount"])
    assert berlin.get(f"orders/2000007/refunds/{refund['id']}").json()["amount"] == order["total"]


def test_editing_a_variation_moves_its_product_too(woo: WooShop) -> None:
    woo.shop.edit_variant("103", 5, at=MOMENT, price="3.21")
    variation = next(row for row in woo.get("products/103/variations", per_page=100, order="asc").json() if row["price"] == "3.21")
    assert variation["date_modified_gmt"] == woo.get("products/103").json()["date_modified_gmt"] == NAIVE


def test_an_order_takes_stock_and_moves_product_and_variation(woo: WooShop) -> None:
    before = woo.get("products/103/variations", per_page=1, orderby="id", order="asc").json()[0]
    order = woo.shop.place_order("103", 0, quantity=2, at=MOMENT)
    after = woo.get(f"products/103/variations/{before['id']}").json()
    if before["manage_stock"]:
        assert after["stock_quantity"] == before["stock_quantity"] - 2
    assert after["date_modified_gmt"] == woo.get("products/103").json()["date_modified_gmt"] == NAIVE
    assert woo.get(f"orders/{order}").json()["line_items"][0]["variation_id"] == before["id"]


def test_setting_stock_moves_product_and_variation(woo: WooShop) -> None:
    woo.shop.set_stock("103", 0, 77, at=MOMENT)
    variation = woo.get("products/103/variations", per_page=1, order="asc", orderby="id").json()[0]
    assert variation["date_modified_gmt"] == woo.get("products/103").json()["date_modified_gmt"] == NAIVE


def test_a_plugin_that_writes_stock_silently_moves_no_time(woo: WooShop) -> None:
    before = woo.get("products/110").json()
    woo.shop.set_stock("110", 0, 4321, silently=True)
    after = woo.get("products/110").json()
    assert after["date_modified_gmt"] == before["date_modified_gmt"]
    stock = after["stock_quantity"] if after["type"] == "simple" else woo.get("products/110/variations").json()[-1]["stock_quantity"]
    assert stock == 4321
