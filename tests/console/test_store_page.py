"""A store on its page: up to when each stream is complete, what its last run read, where it is on its platform, how much more we may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db.engine import begin
from db.schema import store_stream_stats, sync_runs
from tasks import budgets
from tests.console.conftest import words
from tests.console.demo import add

NOW = datetime.now(UTC)


def stats(store_id, stream, **values):
    with begin() as conn:
        add(
            conn,
            store_stream_stats,
            store_id=store_id,
            stream=stream,
            last_verdict="success",
            last_success_at=NOW,
            last_finished_at=NOW,
            **values,
        )


def said(at):
    return words(at).replace("\\", "").replace("\u2060", "")


def page(visit, name="zurich"):
    return said(visit("store", store=name))


def test_each_stream_tells_up_to_when_it_is_complete_and_what_its_last_run_read(visit, store, job):
    number = store()
    done = job(store_id=number, stream="orders", state="succeeded")
    with begin() as conn:
        add(conn, sync_runs, job_id=done, store_id=number, stream="orders", mode="incremental", window_end=NOW, read=1_204, created=12, updated=30,
            unchanged=1_158, rejected=4)  # fmt: skip
    stats(number, "orders", live=88_000, last_job_id=done, watermark=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    stats(number, "products", live=7, last_job_id=4_711)
    told = page(visit)
    assert "Complete up to 2026-11-20 09:30:00 UTC on the platform's clock" in told
    assert "1,204 read: 12 created, 30 updated, 1,158 unchanged, 4 rejected" in told
    assert f"Job {done}" in told
    assert told.count("Last run ") == 1, "a run that left no counts tells none"


def test_a_stream_is_linked_to_its_place_on_the_platform_where_that_is_known(visit, store):
    store("harbor", "Harbor", "shopify")
    store("kiosk", "Kiosk", "tiktok")
    links = [link.proto.page for link in visit("store", store="harbor").get("page_link")]
    assert "https://harbor.example.test/admin/orders" in links
    assert not [link for link in visit("store", store="kiosk").get("page_link") if link.proto.page.startswith("http")]


def test_the_rate_limit_of_a_platform_is_told_while_it_is_known(visit, store):
    store("harbor", "Harbor", "shopify")
    assert "Rate limit" not in page(visit, "harbor")
    budgets.shared().learn("shopify:harbor", 12, 2_000, 0.001)
    assert "Rate limit: 12 of 2,000 left, 0.001 more each second" in page(visit, "harbor")
    assert "asked us to wait" not in page(visit, "harbor")
    budgets.shared().hold("shopify:harbor", timedelta(minutes=5).total_seconds())
    assert "The platform asked us to wait 4 min" in page(visit, "harbor")
    assert "Rate limit" not in page(visit, "elsewhere")
