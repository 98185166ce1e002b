"""What pages tell of one thing: a product, an order, a queue, a stopped job, an alert; and the files of lists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tasks
from console import shop_loaders
from db import audit
from db.columns import db_now
from db.engine import begin
from db.history import Answer
from db.schema import alerts, audit_log, sync_runs
from tests.console.conftest import look, press, words
from tests.console.demo import add
from tests.console.test_deeds import count, deed


def test_a_product_and_an_order_tell_all_that_belongs_to_them(visit, busy):
    at = visit("orders", orders_search="1045")
    assert at.dataframe[0].value["number"].tolist() == ["#1045"]
    said = visit("order", id="4")
    assert said.dataframe[0].value["sku"].tolist() == ["SKU-003-0"]
    assert "#1045" in words(said).replace("\\", "")
    product = visit("product", id=str(visit("products").session_state["products_rows"][0]))
    assert "Variants" in words(product)
    assert "No products match" in words(visit("products", products_search="zzzz", products_store="zurich"))


def test_csv_runs_no_formula_and_ends_at_its_bound(monkeypatch):
    monkeypatch.setattr(shop_loaders, "CSV_ROWS", 3)
    pages = iter([[{"id": 9, "name": "=HYPERLINK(1)"}, {"id": 8, "name": "ok"}], [{"id": 7, "name": "-2"}, {"id": 6, "name": None}]])
    told = shop_loaders.as_csv(lambda before: Answer(next(pages), True, datetime.now(UTC)), ("id", "name")).decode("utf-8-sig")
    assert told.splitlines() == ["id,name", "9,'=HYPERLINK(1)", "8,ok", "7,'-2", "6,"]


@pytest.mark.parametrize("page", ["product", "order"])
def test_a_record_that_is_not_there_has_a_face(visit, page):
    assert "There is no" in words(visit(page, id="4711"))
    assert "Which" in words(visit(page))


def test_the_schedules_of_a_store_include_those_for_all_stores_that_it_has_not_replaced(visit, store):
    store()
    for stream in ("products", "orders"):
        tasks.put_schedule(stream, "0 2 * * *", by="ana")
    tasks.put_schedule("orders", "30 3 * * *", store="zurich", by="ana")
    at = visit("schedules", schedules_search="zur")
    assert at.dataframe[0].value["store"].tolist() == ["All stores", "Café Zürich"]
    assert at.dataframe[0].value["what"].tolist() == ["Products", "Orders"]


def test_the_line_of_a_queue_in_which_something_waits_is_shown_first(visit, job):
    job(queue="users", name="create_product_for_user")
    assert visit("queues").dataframe[1].value["job"].tolist() == ["create_product_for_user"]


def test_a_job_that_was_stopped_says_what_stays_and_how_often_it_was_tried(visit, job, store):
    shop = store()
    number = job(
        store_id=shop,
        stream="orders",
        state="cancelled",
        started_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
        error="Cancelled by ana.",
    )
    with begin() as conn:
        add(conn, sync_runs, job_id=number, store_id=shop, stream="orders", mode="full", window_end=datetime.now(UTC))
    at = visit("job", id=str(number))
    assert "What was written stays" in words(at)
    assert "1 of 3" in str([one.value for one in at.table]) + words(at)


def test_an_alert_that_lasts_stands_first_and_is_silenced_until_a_time(visit):
    late = {
        "rule": "freshness",
        "cause": "here",
        "active_cause": "here",
        "severity": "person",
        "sentence": "Late.",
        "last_seen_at": db_now(),
    }
    over = {"rule": "waiting", "cause": "there", "severity": "passing", "sentence": "It waited.", "ended_at": db_now()}
    with begin() as conn:
        lasting, _ended = (add(conn, alerts, **values) for values in (late, over))

    def listed(at, column="state"):
        """Of these two: a console that another test started may have found something wrong too."""
        rows = at.dataframe[0].value
        return [(row["sentence"], row[column]) for _, row in rows.iterrows() if row["sentence"] in ("Late.", "It waited.")]

    at = visit("settings", settings_part="alerts")
    assert listed(at) == [("Late.", ["person"]), ("It waited.", ["over"])]
    press(deed(at, "silence_alert", alert_id=lasting, sentence="Late."), "confirm_yes")
    assert listed(look(at)) == [("Late.", ["silenced"]), ("It waited.", ["over"])]
    assert "console" in listed(at, "silenced")[0][1]
    assert count(audit_log, audit_log.c.action == "silence_alert") == 1
    at = visit("settings", settings_part="alerts")
    press(deed(at, "unsilence_alert", alert_id=lasting, sentence="Late."), "confirm_yes")
    assert listed(look(at)) == [("Late.", ["person"]), ("It waited.", ["over"])]


def test_a_csv_cell_that_a_spreadsheet_would_run_is_only_text(clean):
    from console import shop_loaders

    with begin() as conn:
        audit.write(conn, person="=HYPERLINK(1)", action="cancel", target="@x", detail={"a": "b"})
    made = shop_loaders.as_csv(lambda before: audit.page(audit.Wanted(), before=before), ("person", "target")).decode("utf-8-sig")
    assert made.splitlines()[1] == "'=HYPERLINK(1),'@x"
