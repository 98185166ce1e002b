"""One box finds a job by its number, by what it was about at any age, by its task and by its error."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

import tasks
from db import history, people, refs, search
from db.engine import begin
from db.rejected import Aside, put_aside
from db.schema import users
from db.search_terms import Term, terms
from tests.database.goods import a_job, order, product, shop, write


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4711", [("id", "4711")]),
        ("order:#1001", [("order", "#1001")]),
        ("#1001", [("order", "#1001")]),
        ("# 1", [("text", "# 1")]),
        ('SKU:"A B" timeout', [("sku", "A B"), ("text", "timeout")]),
        ("task:sync_* error:Unavailable", [("task", "sync_"), ("error", "Unavailable")]),
        ("id:abc", [("text", "abc")]),
        ("reorder:5", [("text", "reorder:5")]),
        ("٣", [("text", "٣")]),
        ("   ", []),
    ],
)
def test_what_a_person_types(text, meant):
    assert terms(text) == tuple(Term(*each) for each in meant)


def found(text):
    return [row["id"] for row in history.page(history.Wanted(search=text)).rows]


def test_a_job_is_found_by_what_it_was_asked_for(clean):
    named = a_job(metadata={"order_number": "1001", "reason": "a person called"})
    both = a_job("create_product_for_user", "users", args={"user_id": 7}, metadata={"skus": ["A-1", "A-2"]})
    a_job()
    assert found("order:1001") == found("order:#1001") == [named]
    assert found("user:7") == found("sku:A-2") == found("sku:A-1 user:7") == [both]
    assert found("order:1001 user:7") == found("sku:a-1") == found("order:1002") == []


def test_a_sync_is_found_by_the_order_that_it_wrote_or_put_aside(clean):
    store = shop()
    first, second, third = a_job(), a_job(), a_job("sync_products", "sync-products")
    write(store, "orders", order(1001), order(1002), job_id=first)
    write(store, "orders", order(1001, minutes=5), job_id=second)
    write(store, "products", product(5, sku="S-5"), job_id=third)
    with begin() as conn:
        put_aside(conn, store, "orders", second, [Aside("o1003", "unreadable", "No currency.", "{}")])
    assert (found("order:1001"), found("order:1002"), found("order:o1002")) == ([second], [first], [first])
    assert (found("order:o1003"), found("sku:S-5"), found("product:p5")) == ([second], [third], [third])


def test_a_product_leads_to_the_job_that_made_it_for_a_person(work):
    user = tasks.add_user("Ana", "ana@example.com", by="test")
    job_id = tasks.create_product_for_user(user, requested_by="test")
    work()
    number = tasks.job(job_id).result["product_id"]
    assert found(f"product:{number}") == found(f"user:{user}") == found("user:ana@example.com") == [job_id]


def test_a_user_of_long_ago_is_found_by_address(work):
    user = tasks.add_user("Ana", "ana@example.com", by="test")
    job_id = tasks.create_product_for_user(user, requested_by="test")
    with begin() as conn:
        conn.execute(insert(users).values(id=user + 1_000_000, name="Bo", email="bo@example.com"))
    assert found("user:ana@example.com") == [job_id]
    assert [row["id"] for row in people.page(search="ana@example.com").rows] == [user]
    assert people.page(search="ana@").rows == [], "a part of it is looked for among the newest"


def test_text_is_searched_window_by_window_back_to_the_first_job(clean, monkeypatch):
    monkeypatch.setattr(history, "SEARCH_WINDOW", 4)
    old = a_job(error="Connection timeout to the shop")
    for _ in range(9):
        a_job()
    answer = history.page(history.Wanted(search="error:timeout"))
    assert (answer.rows, answer.searched_to is not None) == ([], True)
    steps = 0
    while not answer.rows:
        answer, steps = history.page(history.Wanted(search="error:timeout"), before=answer.searched_to), steps + 1
    assert ([row["id"] for row in answer.rows], answer.searched_to, steps) == ([old], None, 2)


def test_task_and_error_together(clean):
    one = a_job("sync_orders", error="Unavailable: 503")
    a_job("sync_orders", error="refused")
    a_job("sync_products", "sync-products", error="Unavailable: 503")
    assert found("task:sync_orders error:503") == [one]
    assert found("task:sync_o* 503") == [one]
    assert len(found("error:unavailable")) == 3


def test_one_box_for_records_and_jobs(clean):
    store = shop()
    job_id = a_job()
    write(store, "orders", order(1001, email="ana@example.com"), job_id=job_id)
    write(store, "products", product(1, "Green tea", sku="TEA-1"))
    user = tasks.add_user("Ana", "ana@example.com", by="test")
    by_order, by_mail, by_sku = search.find("order:1001"), search.find("ana@example.com"), search.find("sku:TEA-1")
    assert ([row["number"] for row in by_order.orders], [row["id"] for row in by_order.jobs.rows]) == (["#1001"], [job_id])
    assert ([row["number"] for row in by_mail.orders], [row["id"] for row in by_mail.users]) == (["#1001"], [user])
    assert ([row["id"] for row in search.find("#1001").jobs.rows], search.find("TEA-1").users) == ([job_id], [])
    assert [row["name"] for row in by_sku.products] == [row["name"] for row in search.find("Green").products] == ["Green tea"]


def test_what_a_job_names_is_bounded_and_noted_once(clean):
    job_id = a_job(
        args={"order_ids": [str(i) for i in range(500)], "limit": 5, "dry": True},
        metadata={"order": "0", "sku": {"a": 1}, "user": "x" * 200},
    )
    with begin() as conn:
        assert len(refs.of_job(conn, job_id)) == refs.MOST
        refs.note(conn, job_id, [("order", "0"), ("product", "9")])
        assert len(refs.of_job(conn, job_id)) == refs.MOST + 1
