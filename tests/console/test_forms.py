"""Forms: one request however often it is clicked, its effect told before, its result shown live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Select

import tasks
from console.parts.store_streams import sync as sync_now
from db import jobs as ledger
from db.engine import begin
from db.schema import jobs, products, store_stream_stats, stores, users
from tests.console.conftest import look, press, words
from tests.console.demo import add


def count(table):
    with begin() as conn:
        return len(conn.execute(table.select()).all())


def only(table):
    with begin() as conn:
        return conn.execute(table if isinstance(table, Select) else table.select()).one()


def finish_all():
    with begin() as conn:
        conn.execute(jobs.update().values(state="succeeded", active_key=None))


def fill(at, stream="orders"):
    at.get_by_key("sync_stream_woocommerce").set_value(stream)
    return look(at)


def test_a_sync_is_told_before_and_shown_after(visit, store):
    store()
    at = fill(visit("sync", sync_store="zurich"))
    assert "Reads the orders of **Café Zürich** that changed since the last complete run" in words(at)
    at.text_input(key="sync_reason").set_value("order 88213 is missing")
    look(at)
    press(at, "sync_start")
    row = only(jobs)
    assert (row.name, row.stream, row.metadata, row.requested_by) == (
        "sync_orders",
        "orders",
        {"reason": "order 88213 is missing"},
        "console",
    )
    assert f"Job {row.id}" in words(at)
    assert "Queued" in words(at)
    finish_all()
    assert "Succeeded" in words(look(at))


def test_a_second_click_is_the_same_request_even_when_the_job_has_finished(visit, store):
    store()
    at = fill(visit("sync", sync_store="zurich"))
    press(at, "sync_start")
    finish_all()
    del at.session_state["sync_asked"]  # the click that was already on its way finds the form as it was
    press(fill(look(at)), "sync_start")
    assert count(jobs) == 1
    press(at, "sync_again")
    press(fill(at), "sync_start")
    assert count(jobs) == 2, "a form opened anew is a new request"


def come_from(at, **params):
    """Arrive at the page once more in the same session, by a link."""
    at.query_params.clear()
    for name, value in params.items():
        at.query_params[name] = value
    return look(at)


def test_the_page_shows_what_a_link_names_after_another_sync_was_asked_for(visit, store, job):
    store("zurich"), store("lodz", "Łódź Outlet")
    at = press(fill(visit("sync", sync_store="zurich")), "sync_start")
    first = only(jobs).id
    assert f"Job {first}" in words(come_from(at)), "the menu leads back to what was asked for"
    come_from(at, sync_store="lodz")
    assert at.selectbox(key="sync_store").value == "lodz"
    assert "Reads the products of **Łódź Outlet**" in words(fill(at, "products"))
    press(at, "sync_start")
    assert count(jobs) == 2, "another form is another request"
    old = job(
        store_id=only(stores.select().where(stores.c.name == "zurich")).id, stream="orders", state="succeeded", args={"sync_all": True}
    )
    for _time in range(2):
        come_from(at, repeat=str(old))
        assert "Reads **all** orders of **Café Zürich** again" in words(at)
        come_from(at, sync_store="lodz")


def test_a_link_to_a_job_that_is_not_there_does_not_hide_what_was_asked_for(visit, store):
    store()
    at = visit("sync", repeat="4711")
    come_from(at, repeat="4711", sync_store="zurich")
    press(fill(at), "sync_start")
    assert f"Job {only(jobs).id}" in words(look(at))


def test_all_streams_are_one_job_each(visit, store):
    store()
    at = fill(visit("sync", sync_store="zurich"), "All streams")
    assert "4 jobs, one for each stream" in words(at)
    press(at, "sync_start")
    assert count(jobs) == 4


def test_a_sync_that_is_there_already_is_shown_instead(visit, store):
    store()
    there = tasks.sync("zurich", "orders", requested_by="ana")
    at = fill(visit("sync", sync_store="zurich"))
    press(at, "sync_start")
    assert count(jobs) == 1
    assert f"Job {int(there)}" in words(at)
    assert "nothing was requested twice" in words(at)


def test_a_full_sync_says_how_much_it_reads_and_a_large_one_needs_a_reason(visit, store):
    number = store()
    for stream, live, told in (("orders", 100_001, None), ("products", 5_000, 7_000)):
        with begin() as conn:
            add(conn, store_stream_stats, store_id=number, stream=stream, live=live, platform_total=told)
    at = visit("sync", sync_store="zurich")
    at.get_by_key("sync_how").set_value("Everything")
    fill(at, "products")
    assert "That is about **7,000** records." in words(at)
    assert not at.button(key="sync_start").disabled
    fill(at, "orders")
    assert "About 100,001 records will be read: say why" in words(at)
    assert at.button(key="sync_start").disabled
    at.button(key="sync_start").proto.disabled = False
    press(at, "sync_start")
    assert count(jobs) == 0, "a browser that does not keep to what is disabled starts nothing either"
    at.text_input(key="sync_reason").set_value("moved to another currency")
    look(at)
    assert "That is about **100,001** records." in words(at)
    press(at, "sync_start")
    assert (only(jobs).args, only(jobs).metadata) == ({"sync_all": True}, {"reason": "moved to another currency"})


def test_a_sync_takes_its_turn_before_or_after_all_others_where_that_is_chosen(visit, store):
    store()
    for turn, priority in (("As usual", 20), ("Before all others", 100), ("After all others", 0)):
        at = fill(visit("sync", sync_store="zurich"))
        at.get_by_key("sync_priority").set_value(turn)
        look(at)
        press(at, "sync_start")
        assert only(jobs).priority == priority
        with begin() as conn:
            conn.execute(jobs.delete())


def test_the_last_syncs_of_the_person_are_listed_to_be_asked_for_again(visit, store, job):
    here = store()
    mine = [job(store_id=here, stream="orders", state="failed", requested_by="console", error="It broke.") for _number in range(6)]
    job(store_id=here, stream="orders", requested_by="ana")
    job(store_id=here, stream="orders", requested_by="console", name="reconcile", queue="system")
    at = visit("sync", sync_store="zurich")
    assert at.session_state["sync_mine_rows"] == mine[:0:-1]
    assert at.dataframe[-1].value["note"].tolist() == ["It broke."] * 5


def test_a_range_the_wrong_way_round_cannot_be_started(visit, store):
    store()
    at = visit("sync", sync_store="zurich")
    at.get_by_key("sync_how").set_value("A range of dates")
    fill(at)
    at.date_input(key="sync_until").set_value(at.date_input(key="sync_from").value.replace(year=2020))
    look(at)
    assert "The first day is after the last one" in words(at)
    assert at.button(key="sync_start").disabled


def test_a_range_of_dates_ends_with_its_last_day(visit, store):
    store()
    at = visit("sync", sync_store="zurich")
    at.get_by_key("sync_how").set_value("A range of dates")
    fill(at)
    first, last = at.date_input(key="sync_from").value.replace(year=2025), at.date_input(key="sync_until").value.replace(year=2025)
    at.date_input(key="sync_from").set_value(first)
    at.date_input(key="sync_until").set_value(last)
    look(at)
    press(at, "sync_start")
    args = only(jobs).args
    assert args["date_from"].startswith(f"{first}T00:00")
    assert args["date_to"] > f"{last}T23:59", "the last day is read, too"


def test_an_outage_at_the_click_is_told_in_the_form_and_the_click_can_be_repeated(visit, store, away, monkeypatch):
    store()
    at = fill(visit("sync", sync_store="zurich"))

    def nobody_home(*_args, **_more):
        raise tasks.DatabaseAway("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "sync", nobody_home)
        press(at, "sync_start")
        assert "The database does not answer" in at.error[0].value
    press(at, "sync_start")
    assert count(jobs) == 1
    assert not at.error


def test_a_user_is_added_once_and_gets_a_product(visit, work):
    at = visit("users")
    press(at, "users_add")
    at.text_input(key="user_name").set_value("Ana Kovač")
    at.text_input(key="user_email").set_value("ana@example.com")
    at.button(key="user_add").click()
    look(at)
    assert only(users).name == "Ana Kovač"
    assert look(at).dataframe[0].value["name"].tolist() == ["Ana Kovač"]
    user_id = only(users).id
    at.session_state["asked_dialog"] = ("create_product", {"user_id": user_id, "name": "Ana Kovač", "key": "k1"})
    look(at)
    press(at, "product_create")
    assert count(jobs) == 1
    work()
    at.session_state["asked_dialog"] = ("create_product", {"user_id": user_id, "name": "Ana Kovač", "key": "k1"})
    look(at)
    assert only(products).name == "Product for Ana Kovač"
    assert (
        "Product for Ana Kovač" in at.dataframe[-1].value["name"].tolist()
        or "Product for Ana Kovač" in at.dataframe[0].value["name"].tolist()
    )


def test_a_second_product_for_the_same_user_within_minutes_is_warned_of(visit, work):
    user = tasks.add_user("Ana Kovač", "ana@example.com", by="test")

    def dialog():
        at = visit("users")
        at.session_state["asked_dialog"] = ("create_product", {"user_id": user, "name": "Ana Kovač", "key": "k2"})
        return [one.value.replace("\\", "") for one in look(at).warning]

    assert dialog() == []
    job = tasks.create_product_for_user(user, requested_by="ana")
    assert dialog() == [f"Job {int(job)} makes one for this user already."]
    work()
    (said,) = dialog()
    assert said.endswith(f"No. {only(products).id}. Create another one only if two are meant.")
    with begin() as conn:
        conn.execute(products.update().values(created_at=datetime.now(UTC) - timedelta(minutes=11)))
    assert dialog() == []


def test_a_nameless_user_is_refused_in_the_form(visit):
    at = visit("users")
    press(at, "users_add")
    at.button(key="user_add").click()
    look(at)
    assert count(users) == 0


def test_sync_now_on_a_store_asks_once(store):
    from streamlit.testing.v1 import AppTest

    store()

    def script():
        from console.parts.store_streams import sync

        sync("zurich", "products")
        sync("zurich", "products")

    assert not AppTest.from_function(script).run().exception
    assert only(jobs).name == "sync_products"
    assert sync_now.__doc__


def test_the_test_worker_button_shows_the_round_trip(visit, work):
    at = visit("workers")
    press(at, "test_worker")
    assert "since it was sent" in at.info[0].value
    work()
    look(at)
    assert "A job got through" in at.success[0].value
    assert ledger.is_final(only(jobs).state)
    press(at, "test_worker")
    assert count(jobs) == 2, "once it has come back, the button sends another"
