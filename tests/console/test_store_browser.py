"""Stores in a real browser, with a real consumer: connected, tried, and searched for what the shop has deleted."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import Error as BrowserError
from sqlalchemy import func, select

import tasks
from console.parts.table import TALL_ROW_PX
from db.engine import begin
from db.schema import jobs, stores
from integrations.sandbox.server import running
from integrations.sandbox.shop import ShopSpec
from tasks.reconcile import FEW
from tests.console.test_browser import click_menu, expect, open_page, rows, settled
from tests.processes.consumers import consumer
from tests.servers import until
from tests.shops import open_store
from tests.sync.test_verdicts import board

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def open_stores(page):
    """Open the list once it shows the stores that there are: for five seconds the console remembers those of the test before."""
    with begin() as conn:
        titles = [row.title or row.name for row in conn.execute(select(stores.c.title, stores.c.name))]

    def are_there():
        open_page(page, "/stores", "Stores")
        with contextlib.suppress(BrowserError):
            rows(page, "stores").nth(len(titles) - 1).wait_for(state="attached", timeout=6_000)
        told = rows(page, "stores").all_text_contents()
        return len(told) == len(titles) and all(any(title in row for row in told) for title in titles)

    until("the list shows the stores", are_there, timeout_s=30)


def test_a_shop_is_connected_by_hand_and_its_credentials_tried(page, clean):
    with running(ShopSpec(platform="woocommerce", name="shop1", size=5, orders=5, customers=2)) as sandbox, consumer():
        given = sandbox.door("woocommerce", "shop1").credentials()
        open_page(page, "/stores", "Stores")
        page.get_by_role("button", name="Connect store").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("combobox").click()
        page.get_by_role("option", name="WooCommerce").click()
        dialog.get_by_label("Name", exact=True).fill("no blanks")
        dialog.get_by_label("Address").fill(sandbox.address("woocommerce", "shop1"))
        dialog.get_by_label("Consumer key").fill(given["consumer_key"])
        dialog.get_by_label("Consumer secret").fill(given["consumer_secret"])
        dialog.get_by_role("button", name="Connect store").click()
        expect(dialog.get_by_text("1 to 64 letters, digits or _", exact=True)).to_be_visible(timeout=10_000)
        dialog.get_by_label("Name", exact=True).fill("shop1")
        dialog.get_by_role("button", name="Connect store").dblclick(delay=40)
        page.get_by_role("button", name="Test connection").click(timeout=15_000)
        drawer = page.get_by_role("dialog")
        expect(
            drawer.get_by_text("within a second").or_(drawer.get_by_text("s ahead of ours")).or_(drawer.get_by_text("s behind ours"))
        ).to_be_visible(timeout=30_000)
        assert given["consumer_secret"] not in page.content()
        with begin() as conn:
            assert conn.scalar(select(func.count()).select_from(stores)) == 1
            assert conn.scalar(select(jobs.c.state).where(jobs.c.name == "try_connection")) == "succeeded"


def test_a_refused_form_is_empty_of_secrets_and_can_be_sent_again(page, clean):
    tasks.add_store("shop1", platform="shopify", address="https://a.example", by="ana")
    open_page(page, "/stores", "Stores")
    page.get_by_role("button", name="Connect store").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="Shopify").click()
    for name in ("shop1", "shop2"):
        dialog.get_by_label("Name", exact=True).fill(name)
        dialog.get_by_label("Address").fill("https://b.example")
        dialog.get_by_label("Access token").fill("shpat_4711")
        dialog.get_by_role("button", name="Connect store").click()
        if name == "shop1":
            expect(dialog.get_by_text("There is a store")).to_be_visible(timeout=10_000)
            expect(dialog.get_by_label("Access token")).to_have_value("")
            assert "shpat_4711" not in page.content()
            settled(page)
    expect(page.get_by_role("button", name="Test connection")).to_be_visible(timeout=10_000)
    with begin() as conn:
        assert conn.scalars(select(stores.c.name)).all() == ["shop1", "shop2"]


def test_deletions_are_looked_for_and_many_are_confirmed_by_name(page, clean):
    with open_store("woocommerce", size=60, orders=5, customers=2) as store, consumer():
        tasks.wait(tasks.sync(store.name, "products", requested_by="ana"))
        before = board(store, "products").live
        for product in store.shop.ids("products")[-30:]:
            store.shop.delete("products", product)
        open_stores(page)
        click_menu(page, "stores", 0, "Details", TALL_ROW_PX)
        page.get_by_role("button", name="Look for deletions…").first.click()
        page.get_by_role("button", name="Look for deletions", exact=True).click()
        page.get_by_role("button", name="Confirm the deletions…").click(timeout=30_000)
        mark = page.get_by_role("button", name="Mark them as deleted")
        expect(mark).to_be_disabled()
        page.get_by_label(f"Type {store.name} to confirm").fill(store.name)
        expect(mark).to_be_enabled(timeout=10_000)
        mark.click()
        until("the deletions are counted", lambda: board(store, "products").deleted > FEW)
        after = board(store, "products")
        assert after.live + after.deleted == before
        expect(page.get_by_text(f"{after.deleted} gone")).to_be_visible(timeout=15_000)


def test_a_tag_is_typed_kept_and_chosen_again_to_filter_by(page, clean):
    for name in ("shop1", "shop2"):
        tasks.add_store(name, platform="shopify", address=f"https://{name}.example", by="ana")
    open_page(page, "/store?store=shop1", "shop1")
    page.get_by_role("button", name="Edit, credentials").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("combobox", name="Tags")
    for tag in ("EU", "b2b"):
        field.fill(tag)
        field.press("Enter")
    field.press("Tab")  # an open list hides the rest of the form
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0, timeout=15_000)
    expect(page.get_by_text("b2b").first).to_be_visible(timeout=15_000)
    with begin() as conn:
        assert conn.scalar(select(stores.c.tags).where(stores.c.name == "shop1")) == ["b2b", "eu"]
    open_stores(page)
    page.get_by_role("combobox", name="Tags").click()
    page.get_by_role("option", name="eu").click()
    expect(rows(page, "stores")).to_have_count(1, timeout=15_000)
    assert "stores_tag=eu" in page.url


@pytest.mark.parametrize("how", ["Escape", "Close"])
def test_a_form_that_was_closed_leaves_nothing_in_the_one_of_another_store(page, clean, how):
    """It had shown the first store's title and address under the second's name, and saved them there."""
    for name in ("first", "second"):
        tasks.add_store(name, platform="shopify", address=f"https://{name}.example", title=f"The {name}", by="ana")
    open_stores(page)
    for row, name in enumerate(("first", "second")):
        click_menu(page, "stores", row, "Credentials…", TALL_ROW_PX)
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Title")).to_have_value(f"The {name}", timeout=10_000)
        expect(dialog.get_by_label("Address")).to_have_value(f"https://{name}.example")
        dialog.get_by_label("Title").fill("Not saved")
        if how == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden(timeout=10_000)
    click_menu(page, "stores", 0, "Credentials…", TALL_ROW_PX)
    expect(page.get_by_role("dialog").get_by_label("Title")).to_have_value("The first", timeout=10_000)
