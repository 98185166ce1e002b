"""A platform that is down, slow, throttling or lying for a while costs no record: what is held afterwards is what is held without it."""

from __future__ import annotations

import pytest

import tasks
from db.job_state import JobState, Verdict
from integrations import CONNECTORS
from tests.faults.test_each_page import HERE, connected_again, ended, rows_of
from tests.processes.consumers import consumer
from tests.shops import open_store
from tests.sync.memory import differences
from tests.sync.truth import told

pytestmark = pytest.mark.faults

SPELLS = {  # what the platform does for a while → how
    "down": {"kind": "server_error", "after": 1, "times": 2},
    "gone for maintenance, with 200": {"kind": "html", "after": 1, "times": 2},
    "slow": {"kind": "slow", "times": 4, "delay_s": 0.1},
    "throttling": {"kind": "rate_limited", "after": 1, "times": 2, "retry_after_s": 0.2},
    "throttling without a word": {"kind": "rate_limited", "after": 1},
    "hanging up in mid-answer": {"kind": "cut", "after": 1, "times": 2},
    "sending half an answer as if it were whole": {"kind": "truncated", "after": 1, "times": 2},
    "lying about the order": {"kind": "shuffled", "times": 100},
}


@pytest.mark.parametrize("platform", HERE)
def test_after_each_spell_all_records_are_held_once(work, monkeypatch, platform):
    monkeypatch.setattr(CONNECTORS[platform], "page_size", 9)
    with open_store(platform, size=12, orders=26, customers=4) as store:
        visits = store.sandbox.visits(platform, store.name)
        calm = ends(tasks.sync(store.name, "orders", requested_by="ana"), work)
        assert calm.verdict is Verdict.SUCCESS
        wanted = rows_of(store.id)
        for what, fault in SPELLS.items():
            name, number = connected_again(store)
            visits.fault(stream="orders", **fault)
            seen = ends(tasks.sync(name, "orders", requested_by="ana"), work)
            visits.clear()
            assert (what, seen.verdict) == (what, Verdict.SUCCESS)
            assert rows_of(number) == wanted, what
            assert seen.result["created"] == calm.result["created"], what


@pytest.mark.processes
def test_real_workers_bear_a_platform_that_is_down_and_slow_and_call_no_lie_a_success(clean):
    with open_store("woocommerce", size=12, orders=260, customers=4) as store, consumer():
        visits = store.sandbox.visits("woocommerce", store.name)

        def sync():
            return tasks.wait(tasks.sync(store.name, "orders", requested_by="ana", sync_all=True), timeout_s=60)

        visits.fault("repeated_page", stream="orders", after=1, times=10_000)
        lied_to = sync()
        assert (lied_to.verdict, lied_to.reason_code) == (Verdict.FAILED, "pagination_not_advancing")
        visits.clear()
        spells = [fault for what, fault in SPELLS.items() if what != "throttling without a word"]  # which is five seconds' wait
        for place, fault in enumerate(spells):  # one after the other, in one sync
            visits.fault(stream="orders", **fault | {"after": 3 * place, "times": 1})
        assert sync().verdict is Verdict.SUCCESS
        assert sum(fault.fired for fault in visits.faults) > 4
        truth = {name: rows for name, rows in told(store).items() if name in ("orders", "order_lines", "refunds")}
        assert differences(store, truth) == []


def ends(job_id, work):
    view = ended(job_id, work)
    assert view.state is JobState.SUCCEEDED, view.error
    return view
