"""The main job, end to end: a person asks in the browser, a real consumer reads a sandbox shop, the page shows the end, the records are there."""

from __future__ import annotations

import pytest

import tasks
from tests.console.test_browser import expect, open_page, rows, settled
from tests.processes.consumers import consumer
from tests.shops import open_store
from tests.sync.memory import counted

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_a_sync_asked_for_on_the_page_is_done_and_seen(page, clean):
    with open_store("woocommerce", title="Harbour & Söhne", size=30, orders=260, customers=10) as store, consumer():
        open_page(page, f"/sync?sync_store={store.name}", "Sync")
        page.locator(".st-key-sync_form").get_by_text("Orders", exact=True).click()
        settled(page)
        page.get_by_role("button", name="Start the sync").click()
        expect(page.locator("[class*=st-key-watched]")).to_contain_text("Succeeded", timeout=30_000)
        assert counted(store)["orders"][0] == store.shop.counts()["orders"]
        open_page(page, "/jobs", "Jobs")
        expect(rows(page, "jobs").first).to_contain_text("succeeded", timeout=10_000)
        open_page(page, "/stores", "Stores")
        expect(rows(page, "stores").first).to_contain_text(f"{store.shop.counts()['orders']}", timeout=10_000)


def test_the_worker_is_tested_from_the_page(page, clean):
    with consumer():
        open_page(page, "/workers", "Workers")
        page.get_by_role("button", name="Test worker").click()
        expect(page.get_by_text("A job got through in", exact=False)).to_be_visible(timeout=20_000)
        assert any(seen["stopped_at"] is None for seen in tasks.status().consumers)
