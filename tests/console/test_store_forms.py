"""Stores at the screen: connected, edited, tested, searched for deletions; secrets go in and never come out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from console.parts import connection_result, deletions
from db import secrets, stores
from db.engine import begin
from db.schema import jobs, store_stream_stats, unknown_values
from db.schema import stores as stores_table
from tests.console.conftest import look, press, words
from tests.console.demo import add

NOW = datetime.now(UTC)
SECRET = "ck_very_secret_4711"


def opened(at, kind, **about):
    """A dialog as it is drawn; each run of a test closes it."""
    at.session_state["asked_dialog"] = (kind, about)
    return look(at)


def connect_form(visit, platform="woocommerce", key="k1"):
    at = visit("stores")
    at.session_state["connect_platform"] = platform
    return opened(at, "connect_store", key=key)


def send(at, **fields):
    for name, value in fields.items():
        at.text_input(key=name).set_value(value)
    return press(at, "connect_go" if "connect_name" in fields else "edit_go")


def kept(name):
    with begin() as conn:
        store = stores.by_name(conn, name)
        return store and (store.title, store.address, secrets.get(conn, store.id))


def remembered(at):
    return repr(at.session_state._state._state)  # everything, whatever its key


def drawer(visit, name="zurich"):
    return opened(visit("stores"), "store", name=name)


def test_a_store_is_connected_and_its_connection_test_offered(visit):
    at = send(connect_form(visit), connect_name="shop1", connect_title="Casa Verde", connect_address="https://verde.example/", connect_secret_consumer_key_0=SECRET,
              connect_secret_consumer_secret_0="cs_1")  # fmt: skip
    assert kept("shop1") == ("Casa Verde", "https://verde.example", {"consumer_key": SECRET, "consumer_secret": "cs_1"})
    assert SECRET not in remembered(at)
    assert "not tested yet" in words(at)
    press(at, "store_test")
    with begin() as conn:
        assert conn.execute(jobs.select()).one().name == "try_connection"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"connect_name": "no blanks"}, "1 to 64 letters"), ({"connect_name": "zurich"}, "There is a store"), ({"connect_address": "ftp://x"}, "https://")],
)  # fmt: skip
def test_a_refused_store_says_why_beside_its_field_and_keeps_no_secret(visit, store, wrong, said):
    store()
    right = {"connect_name": "shop1", "connect_address": "https://verde.example", "connect_secret_consumer_key_0": SECRET}
    at = connect_form(visit)
    at.session_state["asked_dialog"] = ("connect_store", {"key": "k1"})  # the form stays open, as it does in a browser
    send(at, **(right | wrong))
    assert SECRET not in remembered(at)
    assert len(at.error) == 1
    assert said in at.error[0].value.replace("\\", "").replace("\u2060", "")
    assert at.text_input(key="connect_secret_consumer_key_1").value == ""
    assert "enter them again" in words(at)
    assert kept("shop1") is None


def test_two_clicks_connect_one_store_and_the_second_is_no_error(visit):
    fields = {"connect_name": "shop1", "connect_address": "https://verde.example"}
    at = send(connect_form(visit), **fields)
    at.session_state["connect_platform"] = "woocommerce"
    send(opened(at, "connect_store", key="k1"), **fields)  # the click that was already on its way
    assert kept("shop1") is not None
    assert "connect_problem" not in at.session_state


def test_every_platform_asks_for_its_own_secrets(visit):
    for platform in tasks.platforms():
        at = connect_form(visit, platform)
        asked = {
            one.key.removeprefix("connect_secret_").removesuffix("_0") for one in at.text_input if one.key.startswith("connect_secret_")
        }
        names = tasks.secret_names(platform)
        assert asked == {*names["required"], *names["optional"]}
        assert all(one.proto.type == one.proto.PASSWORD for one in at.text_input if one.key.startswith("connect_secret_"))


def test_one_new_secret_leaves_the_others_as_they_are(visit):
    tasks.add_store(
        "zurich",
        platform="woocommerce",
        address="https://z.example",
        by="ana",
        secrets_given={"consumer_key": "ck", "consumer_secret": "cs"},
    )
    at = press(drawer(visit), "store_edit")
    assert "cs" not in [one.value for one in at.text_input]
    at = send(at, edit_title_zurich="Café Zürich", edit_address_zurich="https://new.example", edit_secret_consumer_secret_0=SECRET)
    assert kept("zurich") == ("Café Zürich", "https://new.example", {"consumer_key": "ck", "consumer_secret": SECRET})
    assert SECRET not in remembered(at)
    at = opened(send(press(drawer(visit), "store_edit"), edit_address_zurich="ftp://wrong"), "edit_store", name="zurich")
    assert "https://" in at.error[0].value.replace("\\", "").replace("\u2060", "")
    assert kept("zurich")[1] == "https://new.example"


def test_a_connection_test_tells_who_answers_and_what_is_missing(visit, store, job):
    told = {"name": "Café *Zürich*", "currency": "CHF", "api_version": "2026-10", "granted": ["read_orders"], "missing": {"customers": ["read_customers"]},
            "history_days": 60, "clock_difference_s": -2.5}  # fmt: skip
    number = job(store_id=store(platform="shopify"), name="try_connection", queue="system", state="succeeded", result=told)
    for at in (drawer(visit), visit("job", id=str(number))):
        told = "\n".join(one.value.to_string() for one in at.table).replace("\\", "")
        for said in ("Café *Zürich*", "CHF", "2026-10", "2.5 s behind ours", "last 60 days", "missing] read_customers"):
            assert said in told


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, "not told"), (0.4, "the same as ours, within a second"), (3.21, "3.2 s ahead of ours"), (-90, ":orange[1 min 30 s behind ours]")]
)  # fmt: skip
def test_a_difference_of_clocks_in_words(seconds, said):
    assert connection_result.clock(seconds) == said


def stats(store_id, stream="orders", **values):
    with begin() as conn:
        add(conn, store_stream_stats, store_id=store_id, stream=stream, **({"last_verdict": "success", "last_success_at": NOW} | values))


def test_a_look_for_deletions_is_asked_for_after_its_effect_was_told(visit, store):
    stats(store(), "products", live=1_000)
    at = press(drawer(visit), "store_look_products")
    assert "each of the **1,000** products of **Café Zürich**" in words(at)
    assert "If more than 50 are gone, none is marked" in words(at).replace("\\", "")
    with begin() as conn:
        assert conn.execute(jobs.select()).all() == []
    press(at, "look_yes")
    with begin() as conn:
        row = conn.execute(jobs.select()).one()
    assert (row.name, row.stream, row.args) == ("reconcile", "products", {"is_confirmed": False})
    assert "Looking for deletions" in words(drawer(visit))


def test_many_deletions_are_believed_only_when_the_store_was_named(visit, store, job):
    number = store()
    stats(number, "products", live=60)
    job(store_id=number, stream="products", name="reconcile", queue="system", state="failed", reason_code=deletions.TOO_MANY,
        error="More than 20 of 60 products are gone.")  # fmt: skip
    at = press(drawer(visit), "store_confirm_products")
    assert at.button(key="look_yes").disabled
    for typed in ("zuric", "zurich"):
        at.session_state["confirm_name"] = typed
        opened(at, "confirm_deletions", name="zurich", stream="products")
        assert at.button(key="look_yes").disabled == (typed != "zurich")
    press(at, "look_yes")
    with begin() as conn:
        assert conn.execute(jobs.select().order_by(jobs.c.id.desc())).first().args == {"is_confirmed": True}


def test_the_last_look_is_the_newest_of_its_stream(visit, store, job):
    number = store()
    stats(number, "products", live=60)
    job(
        store_id=number,
        stream="products",
        name="reconcile",
        queue="system",
        state="failed",
        reason_code=deletions.TOO_MANY,
        error="Too many.",
    )
    job(store_id=number, stream="products", name="reconcile", queue="system", state="succeeded", result={"deleted": 30}, finished_at=NOW)
    job(store_id=number, stream="products", name="sync_products", state="succeeded")
    at = drawer(visit)
    assert "30 gone" in words(at)
    assert "Confirm the deletions" not in words(at)


def test_a_paused_store_says_why_and_when_it_is_tried_again(visit, store):
    number = store()
    stats(number, last_verdict="failed", failed_in_a_row=2)
    with begin() as conn:
        conn.execute(
            stores_table.update().values(
                paused_at=NOW, pause_reason="The shop is away.", failed_in_a_row=5, probe_at=NOW + timedelta(hours=2)
            )
        )
    at = drawer(visit)
    assert "Paused after 5 failures in a row: The shop is away. Tried again in 1 h" in words(at).replace("\\", "")
    overview = words(visit("overview"))
    assert ":orange[Café Zürich is paused]" in overview


def test_a_store_that_a_person_paused_says_who_did_and_until_when(visit, store):
    store()
    tasks.pause(store="zurich", reason="stock-taking", by="ana", until=datetime.now(UTC) + timedelta(hours=5, minutes=1))
    assert "Paused by ana: stock-taking. Goes on in 5 h." in words(drawer(visit)).replace("\\", "")


def test_derived_customers_are_marked_and_streams_not_offered_are_no_error(visit, store):
    kiosk = store("kiosk", "Kiosk 24", "ebay")
    store("north", "North", "amazon")
    stats(kiosk, "customers", live=1_234, last_verdict=None, last_success_at=None)
    shown = visit("stores").dataframe[0].proto
    displayed = shown.arrow_data.styler.display_values
    assert b"1,234 derived" in displayed
    assert b"not offered" in displayed
    assert "1,234 here, derived from orders" in words(drawer(visit, "kiosk")).replace("\\", "")
    fresh = visit("stores", stores_view="freshness").dataframe[0].value
    assert fresh["customers"].tolist() == [["Derived"], ["Not offered"]]


def test_new_words_of_a_platform_are_one_line_a_store(visit, store):
    kiosk = store("kiosk", "Kiosk 24", "ebay")
    for value, seen in (("FOO", 12), ("BAR", 1)):
        with begin() as conn:
            add(conn, unknown_values, store_id=kiosk, field="raw_status", value=value, seen=seen)
    said = words(visit("overview")).replace("\\", "")
    assert "Kiosk 24: 2 new words" in said
    assert "2 words of eBay are new to Quayside: status FOO (12 times), status BAR (once)" in words(drawer(visit, "kiosk")).replace(
        "\\", ""
    )


def test_credentials_that_end_soon_are_told_in_the_list_on_the_store_and_on_the_overview(visit, store):
    for name, days in (("zurich", 5), ("verde", 400), ("kiosk", -1)):
        number, ends = store(name, name.title()), NOW + timedelta(days=days, hours=1)
        with begin() as conn:
            secrets.put(conn, number, {"grant_expires_at": ends.isoformat()})
    store("harbor", "Harbor")
    listed = visit("stores", stores_show="attention").dataframe[0].value
    assert dict(zip(listed["store"], listed["left"], strict=True)) == {"Kiosk": -1, "Zurich": 5}
    for name, said in (
        ("zurich", ":red[Credentials end in 5 d"),
        ("verde", ":gray[Credentials end in 400 d"),
        ("kiosk", ":red[Credentials ended 23 h ago"),
    ):
        assert said in words(visit("store", store=name)).replace("\\", "")
        assert said in words(drawer(visit, name)).replace("\\", "")
    assert "Credentials end" not in words(visit("store", store="harbor"))
    overview = words(visit("overview")).replace("\\", "")
    assert ":red[Zurich: 5 days of credentials left]" in overview
    assert ":red[Kiosk: credentials ended]" in overview
    assert "Verde: " not in overview


def test_the_list_of_stores_has_no_column_for_credentials_while_none_end_soon(visit, store):
    store()
    assert "left" not in list(visit("stores").dataframe[0].proto.column_order)
