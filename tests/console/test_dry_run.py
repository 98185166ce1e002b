"""A dry run on the pages: asked for by a toggle whose effect is told before, shown as what it is, repeated as it was, and turned into the sync."""

from __future__ import annotations

from sqlalchemy import select

import tasks
from db.engine import begin
from db.schema import jobs
from integrations.errors import Unmappable
from integrations.woocommerce import WooCommerce
from tests.console.conftest import look, press, words
from tests.console.test_forms import fill, only
from tests.shops import open_store
from tests.sync.test_faithful import finish


def test_the_toggle_is_told_before_it_is_done_and_makes_a_dry_run(visit, store):
    store()
    at = fill(visit("sync", sync_store="zurich"))
    assert "nothing is written" not in words(at)
    at.toggle(key="sync_dry").set_value(True)
    look(at)
    assert "**Dry run: nothing is written.** The job tells what would be created, changed and rejected" in words(at)
    assert at.button(key="sync_start").label == "Start the dry run"
    press(at, "sync_start")
    row = only(jobs)
    assert (row.name, row.queue, row.priority, row.args) == ("dry_run_orders", "system", 0, {})
    assert "Dry run" in words(at)


def test_a_sync_that_is_there_already_is_no_matter_to_a_dry_run(visit, store):
    store()
    tasks.sync("zurich", "orders", requested_by="ana")
    at = fill(visit("sync", sync_store="zurich"))
    assert "Waits or runs already: orders." in words(at)
    at.toggle(key="sync_dry").set_value(True)
    assert "Waits or runs already" not in words(look(at))


def test_a_backfill_can_be_tried_too(visit, store):
    store()
    at = visit("sync", sync_store="zurich")
    at.get_by_key("sync_how").set_value("Backfill, in slices")
    fill(at)
    at.toggle(key="sync_dry").set_value(True)
    press(look(at), "sync_start")
    with begin() as conn:
        names = set(conn.scalars(select(jobs.c.name)))
    assert names == {"dry_run_backfill", "dry_run_orders"}


def test_the_job_tells_what_would_happen_and_can_be_repeated(visit, work, monkeypatch):
    real = WooCommerce.to_records

    def to_records(self, stream, row):
        if stream == "products" and row["id"] % 7 == 0:
            raise Unmappable("The field odd is no number.", external_id=str(row["id"]))
        return real(self, stream, row)

    monkeypatch.setattr(WooCommerce, "to_records", to_records)
    with open_store("woocommerce", size=40, orders=5, customers=3) as shop:
        dry = finish(tasks.sync(shop.name, "products", requested_by="console", dry_run=True, limit=30), work)
        at = visit("job", id=str(dry.id))
        said = words(at)
        assert "Dry run, nothing was written: " in said
        assert "Would be created" in said
        assert "The field odd is no number." in at.dataframe[0].value["reason"].tolist()
        assert any(dry.result["examples"]["created"][0] in str(table.value) for table in at.table)
        again = visit("sync", repeat=str(dry.id))
        assert again.toggle(key="sync_dry").value is True
        assert again.number_input(key="sync_limit").value == 30
        assert again.session_state["sync_mine_rows"] == [dry.id]
        assert again.dataframe[-1].value["stream"].tolist() == ["Products (dry run)"]


def test_what_was_tried_is_done_by_a_change_of_its_arguments(visit, job, store):
    tried = job(
        store_id=store(), stream="orders", name="dry_run_orders", queue="system", state="succeeded", verdict="success", args={"limit": 5}
    )
    at = press(visit("job", id=str(tried)), "page_change")
    assert at.toggle(key="change_dry").value is True
    at.toggle(key="change_dry").set_value(False)
    at.session_state["asked_dialog"] = ("change_job", {"job_id": tried, "key": "k1"})
    look(at)
    assert "Yes → **No**" in words(at) or any("Yes → **No**" in str(one.value) for one in at.table)
    press(at, "change_yes")
    with begin() as conn:
        new = conn.execute(select(jobs.c.name, jobs.c.args).where(jobs.c.id > tried)).one()
    assert tuple(new) == ("sync_orders", {"limit": 5})


def test_a_cancelled_one_says_that_nothing_was_written(visit, job, store):
    here = store()
    cancelled = job(store_id=here, stream="orders", name="dry_run_orders", queue="system", state="cancelled", progress=200)
    assert "Nothing was written, as in any dry run" in words(visit("job", id=str(cancelled)))
    running = job(store_id=here, stream="orders", name="dry_run_orders", queue="system", state="running", progress=200)
    at = visit("job", id=str(running))
    at.session_state["asked_dialog"] = ("cancel", {"job_id": running})
    assert "A dry run writes nothing." in words(look(at))
