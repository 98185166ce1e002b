"""What a platform did not show is named by the verdict, and a missing permission does not make every run read the whole history again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tasks
from db import sync_runs
from db.engine import begin
from db.job_state import Verdict
from db.record_pages import PageCounts
from db.sync_runs import SyncRun
from integrations.connector import Identity
from integrations.gaps import CEILING, NESTED, SCOPE, Gap
from integrations.tiktok import TikTok
from tasks.verdicts import judge
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board, run_of

REFUNDS = "seller.return_refund.basic"


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
IDENTITY = Identity(name="Acme")


def run(gaps, mode="full"):
    """A run that read one record and was not shown `gaps`."""
    return SyncRun(job_id=1, store_id=1, stream="orders", mode=mode, window_start=None, window_end=NOW, read=1, created=1, gaps=gaps)


def orders_of(store, work, **options):
    return finish(tasks.sync(store.name, "orders", requested_by="ana", **options), work)


def test_without_the_optional_permission_for_refunds_the_next_run_reads_what_changed_since(work):
    with open_store("tiktok", size=10, orders=60, customers=5) as store:
        scopes = store.sandbox.door("tiktok", store.name).scopes
        scopes.discard(REFUNDS)
        first = orders_of(store, work)
        assert (first.verdict, first.reason_code) == (Verdict.PARTIAL, "scope")
        assert f"Grant {REFUNDS}" in first.result["sentence"]
        assert board(store, "orders").watermark is not None
        again = orders_of(store, work)
        assert (again.reason_code, run_of(again.id).mode) == ("scope", "incremental")
        assert again.result["read"] < first.result["read"]
        assert run_of(again.id).gaps == [["scope", REFUNDS]]
        scopes.add(REFUNDS)
        assert orders_of(store, work, sync_all=True).verdict is Verdict.SUCCESS
        with begin() as conn:
            assert sync_runs.load(conn, first.id).gaps == [["scope", REFUNDS]]


def test_orders_of_one_second_beyond_what_a_search_shows_are_named_and_asked_for_again(work, monkeypatch):
    real = TikTok.fetch_page

    def cut(self, stream, window, cursor):
        page = real(self, stream, window, cursor)
        return page if page.has_more else type(page)(page.rows, truncated=(Gap(CEILING, "orders of one second"),))

    monkeypatch.setattr(TikTok, "fetch_page", cut)
    with open_store("tiktok", size=10, orders=20, customers=5) as store:
        seen = orders_of(store, work)
        assert (seen.verdict, seen.reason_code) == (Verdict.PARTIAL, "ceiling")
        assert "orders of one second" in seen.result["sentence"]
        assert board(store, "orders").watermark is None


GAPS = [
    ([Gap(SCOPE, REFUNDS)], "scope", REFUNDS, True),
    ([Gap(CEILING, "orders changed after T")], "ceiling", "orders changed after T", False),
    ([Gap(NESTED, "lines of order 7")], "nested_truncated", "lines of order 7", False),
    ([Gap(SCOPE, REFUNDS), Gap(CEILING, "orders of one second")], "ceiling", "orders of one second", False),
]


@pytest.mark.parametrize(("gaps", "reason", "words", "moves"), GAPS)
def test_each_kind_of_gap_has_its_reason_and_only_a_missing_permission_moves_the_watermark(gaps, reason, words, moves):
    finding = judge(run(gaps), IDENTITY, had_records=True, is_cut_by_limit=False)
    assert (finding.verdict, finding.reason_code, finding.moves_watermark) == (Verdict.PARTIAL, reason, moves)
    assert words in finding.sentence
    if moves:
        assert not judge(run(gaps, mode="range"), IDENTITY, had_records=True, is_cut_by_limit=False).moves_watermark


def test_a_gap_that_every_page_has_is_kept_once_and_a_run_keeps_no_endless_list_of_them(work):
    with open_store("tiktok", size=10, orders=5, customers=5) as store:
        job_id = int(orders_of(store, work).id)
        with begin() as conn:
            progress = sync_runs.load(conn, job_id)
            found = [Gap(CEILING, f"listings of second {n}") for n in range(100)]
            for _ in range(2):
                progress = sync_runs.checkpoint(
                    conn, progress, PageCounts(), cursor=None, is_last=True, total=None, truncated=[Gap(SCOPE, REFUNDS), *found]
                )
        assert progress.truncated == 202
        assert progress.gaps[:2] == [["scope", REFUNDS], ["ceiling", "listings of second 0"]]
        assert len(progress.gaps) == 20
