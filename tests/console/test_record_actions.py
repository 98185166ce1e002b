"""The main action of each page about goods, people and settings, in a real browser; and names that are code are but names."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

import tasks
from db import audit
from db.engine import begin
from db.schema import api_tokens, audit_log, order_lines, orders, products, variants
from tests.alerts.receivers import told, web_receiver
from tests.console.test_browser import click_menu, count_jobs, open_page, rows, settled
from tests.console.test_page_actions import arrive, click_row, deeds, one, say_yes
from tests.servers import until

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

EVIL = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"


def search(page, words):
    box = page.get_by_role("textbox", name="Search")
    box.fill(words)
    box.press("Enter")


def test_a_product_is_found_by_its_sku_opened_and_taken_along_as_csv(page, busy):
    wanted = one(
        select(products).join(variants, variants.c.product_external_id == products.c.external_id).where(variants.c.sku == "SKU-007-1")
    )
    arrive(page, "/products", rows(page, "products").first)
    search(page, "SKU-007-1")
    expect(rows(page, "products")).to_have_count(1, timeout=10_000)
    expect(rows(page, "products").first).to_contain_text(wanted["name"])
    expect(page).to_have_url(re.compile("products_search=SKU-007-1"))
    settled(page)
    with page.expect_download(timeout=10_000) as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    with download.value.path().open(newline="") as text:
        lines = list(csv.DictReader(text))
    assert [(line["name"], line["external_id"], line["price"]) for line in lines] == [
        (wanted["name"], wanted["external_id"], str(wanted["price"]))
    ]
    with begin() as conn:
        deed = conn.execute(select(audit_log).where(audit_log.c.action == "export")).one()
    assert (deed.target, deed.detail, deed.source) == ("list:products", {"search": "SKU-007-1"}, "console")
    click_menu(page, "products", 0, "Details")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text(wanted["external_id"], exact=True)).to_be_visible(timeout=10_000)
    expect(drawer.get_by_text(f"{wanted['price']:,.2f}").first).to_be_visible()


def test_an_order_is_found_by_its_number_and_shows_its_lines_its_sum_and_its_raw_record(page, busy):
    wanted = one(select(orders).where(orders.c.number == "#1045"))
    with begin() as conn:
        titles = conn.scalars(select(order_lines.c.title).where(order_lines.c.order_external_id == wanted["external_id"])).all()
    arrive(page, "/orders?orders_search=1045", rows(page, "orders").first)
    expect(rows(page, "orders")).to_have_count(1)
    click_menu(page, "orders", 0, "Details")
    page.get_by_role("dialog").get_by_role("link", name="Open as page").click(timeout=10_000)
    expect(page).to_have_url(re.compile(f"/order\\?id={wanted['id']}$"), timeout=10_000)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("#1045", exact=True)).to_be_visible(timeout=10_000)
    expect(main.get_by_text(f"{wanted['total']:,.2f}")).to_be_visible()
    for title in titles:
        expect(main.get_by_text(title).first).to_be_attached()
    main.get_by_role("tab", name="Raw record").click()
    expect(main.get_by_text(f'"{wanted["external_id"]}"')).to_be_visible(timeout=10_000)


def test_a_product_is_created_for_a_user_after_a_preview_and_looked_at(page, work):
    user = tasks.add_user("Ana Kovač", "ana@example.com", by="test")
    arrive(page, "/users", rows(page, "users").filter(has_text="Ana Kovač"))
    click_menu(page, "users", 0, "Create product…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Product for Ana Kovač")).to_be_visible(timeout=10_000)
    assert count_jobs() == 0, "what will be made is shown first"
    dialog.get_by_role("button", name="Create the product").dblclick(delay=40)
    expect(dialog.get_by_text("Waits for a worker.")).to_be_visible(timeout=10_000)
    assert count_jobs() == 1
    work()
    dialog.get_by_role("link", name="Open the product").click(timeout=10_000)
    made = one(select(products))
    assert (made["user_id"], made["name"]) == (user, "Product for Ana Kovač")
    expect(page).to_have_url(re.compile(f"/product\\?id={made['id']}$"), timeout=10_000)
    expect(page.get_by_test_id("stMain").get_by_text("For the user")).to_be_visible(timeout=10_000)


def test_what_was_done_on_a_page_and_what_was_denied_is_found_in_the_audit_log(page, store):
    store()
    with begin() as conn:
        audit.write(conn, person="vera", action="pause", target="queue:users", outcome="denied")
    arrive(page, "/store?store=zurich", page.get_by_role("button", name="Pause…"))
    page.get_by_role("button", name="Pause…").click()
    say_yes(page, "Pause", Reason="The shop moves house")
    until("the store is paused", lambda: [(pause.kind, pause.name) for pause in tasks.pauses()] == [("store", "zurich")])
    open_page(page, "/audit", "Audit")
    expect(rows(page, "audit")).to_have_count(2, timeout=10_000)
    page.get_by_role("textbox", name="On what").fill("store:zurich")
    page.get_by_role("textbox", name="On what").press("Enter")
    expect(rows(page, "audit")).to_have_count(1, timeout=10_000)
    expect(rows(page, "audit").first).to_contain_text("console")
    click_row(page, "audit", 0)
    expect(page.get_by_role("dialog").get_by_text("The shop moves house")).to_be_visible(timeout=10_000)
    open_page(page, "/audit?audit_outcome=denied", "Audit")
    expect(rows(page, "audit")).to_have_count(1, timeout=10_000)
    expect(rows(page, "audit").first).to_contain_text("vera")


def test_a_token_is_made_shown_once_and_opens_the_api(page, clean):
    open_page(page, "/settings?settings_part=tokens", "Settings")
    page.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Nightly report")
    dialog.get_by_role("button", name="Make the token").dblclick(delay=40)
    expect(dialog.get_by_text("Nobody can be shown it again")).to_be_visible(timeout=10_000)
    secret = dialog.get_by_test_id("stCode").inner_text().strip()
    actor = tasks.actor_of_token(secret, None)
    assert (str(actor), actor.role) == ("token:Nightly report", "viewer")
    dialog.get_by_role("button", name="I have it").click()
    expect(dialog).to_be_hidden(timeout=10_000)
    expect(rows(page, "tokens")).to_have_count(1, timeout=10_000)
    expect(rows(page, "tokens").first).to_contain_text("Nightly report")
    assert secret not in page.content()
    assert secret not in str(one(select(api_tokens)))


def test_a_retention_is_changed_and_put_back(page, clean):
    def value():
        return next(option.value for option in tasks.list_options() if option.name == "keep_jobs_days")

    usual, place = value(), [option.name for option in tasks.list_options()].index("keep_jobs_days")
    open_page(page, "/settings?settings_part=retention", "Settings")
    expect(rows(page, "options").nth(place)).to_contain_text("Finished jobs are kept this long.", timeout=10_000)
    click_row(page, "options", place)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("spinbutton").fill(str(usual + 7))
    dialog.get_by_role("spinbutton").press("Tab")
    expect(dialog.get_by_text(f"to {usual + 7} days")).to_be_visible(timeout=10_000)
    say_yes(page, "Save")
    assert value() == usual + 7
    expect(rows(page, "options").nth(place)).to_contain_text("by console", timeout=10_000)
    settled(page)
    click_row(page, "options", place)
    page.get_by_text("Back to the settings…", exact=True).last.click()
    say_yes(page, "Go back")
    assert value() == usual


def test_a_rule_of_alerts_is_changed_once_by_a_double_click_and_put_back(page, clean):
    def failing():
        return tasks.list_alert_rules()[2]

    open_page(page, "/settings?settings_part=alerts", "Settings")
    expect(rows(page, "alert_rules").nth(2)).to_contain_text("3 times", timeout=10_000)
    click_row(page, "alert_rules", 2)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("spinbutton").fill("5")
    dialog.get_by_role("spinbutton").press("Tab")
    expect(dialog.get_by_text("From On, 3 times to On, 5 times")).to_be_visible(timeout=10_000)
    expect(dialog.get_by_text("What the next look would do")).to_be_visible()
    say_yes(page, "Save")
    assert failing().now.threshold == 5
    assert deeds("change_alert_rule") == [("console", "alert_rule:failing")]
    expect(rows(page, "alert_rules").nth(2)).to_contain_text("by console", timeout=10_000)
    settled(page)
    click_row(page, "alert_rules", 2)
    page.get_by_text("Back to the settings…", exact=True).last.click()
    say_yes(page, "Go back")
    assert failing().now == failing().default


def test_an_alert_channel_is_added_and_a_test_message_arrives(page, work):
    with web_receiver() as (url, got, _server):
        open_page(page, "/settings?settings_part=alerts", "Settings")
        page.get_by_role("button", name="Add a channel").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Operations")
        dialog.get_by_label("Address").fill(url)
        say_yes(page, "Add")
        expect(rows(page, "channels").first).to_contain_text("Operations", timeout=10_000)
        assert "very-secret" not in page.content()
        assert "very-secret" not in str(tasks.channels())
        settled(page)
        click_menu(page, "channels", 0, "Send a test")
        expect(page.get_by_text("sends a test message to Operations.")).to_be_visible(timeout=10_000)
        work()
        messages = [told(one_of) for one_of in got]  # an alert of the console without a consumer may be among them
        assert [message["lines"] for message in messages if message["kind"] == "test"] == [
            ["Asked for by console. Alerts will come this way."]
        ]
        assert deeds("add_channel") == [("console", f"channel:{tasks.channels()[0]['id']}")]


def test_a_name_that_is_code_is_shown_letter_by_letter(page, store, job):
    alerts = []
    page.on("dialog", lambda shown: (alerts.append(shown.message), shown.dismiss()))
    number = store("evil", EVIL)
    failed = job(store_id=number, stream="orders", state="failed", failures=3, error=EVIL, hint=EVIL, error_class="Boom", requested_by=EVIL)
    tasks.add_user(EVIL, "evil@example.com", by=EVIL)
    with begin() as conn:
        conn.execute(
            products.insert().values(
                name=EVIL, price=Decimal(1), quantity=1, store_id=number, external_id="1", description=EVIL, currency="EUR"
            )
        )
    product = one(select(products))["id"]
    main = page.get_by_test_id("stMain")
    arrive(page, "/store?store=evil", page.get_by_role("heading", level=1, name=EVIL))
    for path, sign in (
        ("/users", rows(page, "users").filter(has_text=EVIL)),
        ("/audit", rows(page, "audit").filter(has_text=EVIL)),
        (f"/job?id={failed}", main.get_by_text(EVIL).first),
        (f"/product?id={product}", main.get_by_text(EVIL).first),
    ):
        page.goto(path)
        expect(sign).to_be_attached(timeout=15_000)
        settled(page)
    page.goto("/users")
    expect(rows(page, "users")).to_have_count(1, timeout=15_000)
    click_menu(page, "users", 0, "Create product…")
    expect(page.get_by_role("dialog").get_by_text(f"Product for {EVIL}")).to_be_visible(timeout=10_000)
    assert "taken" not in page.title()
    assert page.locator("img[src=x]").count() == 0
    assert alerts == []
