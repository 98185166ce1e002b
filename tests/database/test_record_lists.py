"""Lists of products and orders: every row once, newest first, whatever the filter; and one record with all that belongs to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from db import orders, products, record_lists, users
from db.engine import begin
from tests.database.goods import T0, a_job, level, order, product, shop, write


def walked(page, wanted, *, limit=4):
    """Every row of a list, page by page, and then the same way back."""
    answer = page(wanted, limit=limit)
    pages = [answer]
    while answer.has_more:
        answer = page(wanted, before=answer.rows[-1]["id"], limit=limit)
        pages.append(answer)
    for seen, again in zip(pages[-2::-1], _back(page, wanted, pages[-1], limit), strict=True):
        assert [row["id"] for row in again.rows] == [row["id"] for row in seen.rows]
    return [row for answer in pages for row in answer.rows]


def _back(page, wanted, answer, limit):
    while (answer := page(wanted, after=answer.rows[0]["id"], limit=limit)).rows:
        yield answer
        if not answer.has_more:
            return


@pytest.fixture
def two_shops(clean):
    first, second = shop("a"), shop("b")
    write(first, "products", *(product(i, variants=2) for i in range(9)))
    write(second, "products", *(product(i) for i in range(5)))
    write(first, "orders", *(order(i, minutes=-i) for i in range(9)))
    write(second, "orders", *(order(i, minutes=-i) for i in range(5)), order(7, placed=False), order(8, placed=False))
    return first, second


def test_every_product_once_newest_first(two_shops):
    with begin() as conn:
        user = users.add(conn, name="Ana", email=None)
        users.add_product(
            conn, user_id=user, name="Made here", description="", price=Decimal("1.00"), quantity=1, category="Toys", job_id=1
        )
    every = walked(products.page, products.Wanted())
    assert len(every) == 15
    assert [row["id"] for row in every] == sorted((row["id"] for row in every), reverse=True)
    assert (every[0]["name"], every[0]["store"]) == ("Made here", None)
    assert [row["store"] for row in walked(products.page, products.Wanted(store="b"))] == ["b"] * 5
    assert {(row["variants"], row["sku"][:4]) for row in walked(products.page, products.Wanted(store="a"))} == {(2, "SKU-")}


def test_every_order_once_by_the_time_it_was_placed(two_shops):
    every = walked(orders.page, orders.Wanted())
    assert len(every) == 16
    placed = [row["placed_at"] for row in every]
    assert placed[:14] == sorted(placed[:14], reverse=True)
    assert placed[14:] == [None, None]
    assert {row["lines"] for row in every} == {1}
    assert [row["number"] for row in walked(orders.page, orders.Wanted(store="b"))] == ["#0", "#1", "#2", "#3", "#4", "#8", "#7"]


def test_a_deleted_product_is_listed_among_the_deleted_alone(two_shops):
    from sqlalchemy import update

    from db.columns import db_now
    from db.schema import products as table

    gone = products.page(products.Wanted(store="a")).rows[3]["id"]
    with begin() as conn:
        conn.execute(update(table).where(table.c.id == gone).values(deleted_at=db_now(), delete_evidence="404"))
    assert gone not in [row["id"] for row in walked(products.page, products.Wanted())]
    assert [row["id"] for row in products.page(products.Wanted(is_deleted=True)).rows] == [gone]


@pytest.mark.parametrize("text", ["SKU-3-0", "p3", "roduct 3"])
def test_a_product_is_found_by_sku_by_its_id_there_and_by_name(two_shops, text):
    assert [row["name"] for row in products.page(products.Wanted(search=text)).rows] == ["Product 3"] * 2
    assert [row["store"] for row in products.page(products.Wanted(search=text, store="b")).rows] == ["b"]


def test_a_name_is_searched_window_by_window(two_shops, monkeypatch):
    monkeypatch.setattr(products, "SEARCH_WINDOW", 5)
    found, before = [], None
    for _ in range(5):
        answer = products.page(products.Wanted(search="Product 1"), before=before)
        found += [row["store"] for row in answer.rows]
        if (before := answer.searched_to) is None:
            break
    assert found == ["b", "a"]


@pytest.mark.parametrize("text", ["1003", "#1003", "o1003", "ana@ex"])
def test_an_order_is_found_by_number_by_its_id_there_and_by_mail(two_shops, text):
    write(two_shops[0], "orders", order(1003, email="ana@example.com"), order(1004, email="bob@example.com"))
    assert [row["number"] for row in orders.page(orders.Wanted(search=text)).rows] == ["#1003"]
    assert orders.page(orders.Wanted(search=text, store="b")).rows == []


def test_a_product_in_detail(two_shops):
    job_id = a_job("sync_products")
    write(two_shops[0], "products", product(50, variants=3), job_id=job_id)
    write(two_shops[0], "inventory", level(50, available=-2))
    one = products.detail(products.page(products.Wanted()).rows[0]["id"])
    assert [variant["sku"] for variant in one["variants"]] == ["SKU-50-0", "SKU-50-1", "SKU-50-2"]
    assert [stock["available"] for stock in one["levels"]] == [-2]
    assert (one["raw"], one["store"], one["job"]["id"]) == ({"as": "it came"}, "a", job_id)
    assert products.detail(10**9) is None


def test_an_order_in_detail(two_shops):
    job_id = a_job()
    write(two_shops[0], "orders", order(60, minutes=9, lines=2, refunded="1.50"), job_id=job_id)
    write(two_shops[0], "orders", order(60, minutes=9, lines=1, refunded="1.50"), job_id=job_id, seen=T0 + timedelta(1))
    one = orders.detail(orders.page(orders.Wanted()).rows[0]["id"])
    assert [line["title"] for line in one["lines"]] == ["Line 0"]
    assert [f"{refund['amount']:.2f}" for refund in one["refunds"]] == ["1.50"]
    assert (one["raw"], one["job"]["id"], one["customer"]) == ({"as": "it came"}, job_id, None)
    assert orders.detail(10**9) is None


def test_totals_are_what_the_pages_left(two_shops):
    assert record_lists.totals("products") == {
        "a": {"live": 9, "children": 18, "deleted": 0}, "b": {"live": 5, "children": 5, "deleted": 0},
    }  # fmt: skip
