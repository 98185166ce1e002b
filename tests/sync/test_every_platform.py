"""Each verdict on each platform and stream, through the whole system. A new platform gets all of it by being listed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tasks
from db.job_state import JobState, Verdict
from integrations import CONNECTORS
from integrations.sandbox import PLATFORMS
from tests.shops import open_store
from tests.sync.test_faithful import finish
from tests.sync.test_verdicts import board, end_of

HERE = sorted(set(CONNECTORS) & set(PLATFORMS))
OFFERED = [(platform, stream) for platform in HERE for stream, facts in CONNECTORS[platform].streams.items() if facts.is_offered]
TRUTH = {"inventory": "inventory_levels"}


@pytest.fixture
def store(platform, work):
    with open_store(platform, size=14, orders=24, customers=6, big_variants=12) as opened:
        yield opened


def stream_in_the_sandbox(store, stream):
    """What the sandbox calls the list that a stream is read from."""
    visits = store.sandbox.visits(store.platform, store.name)
    asked = [visit.stream for visit in visits.requests() if visit.stream not in ("identity", "token", "")]
    return asked[-1] if asked else stream


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_success_then_nothing_to_do(store, stream, work):
    first = finish(tasks.sync(store.name, stream, requested_by="ana"), work)
    assert (first.verdict, first.reason_code) == (Verdict.SUCCESS, "complete")
    seen = board(store, stream)
    assert seen.live + seen.rejected == store.shop.counts()[TRUTH.get(stream, stream)]
    assert seen.watermark is not None
    again = finish(tasks.sync(store.name, stream, requested_by="ana"), work).result
    assert (again["created"], again["updated"]) == (0, 0)


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_partial_when_a_limit_cuts_it(store, stream, work):
    seen = finish(tasks.sync(store.name, stream, requested_by="ana", limit=2), work)
    assert (seen.verdict, seen.reason_code, seen.result["read"]) == (Verdict.PARTIAL, "limit", 2)
    assert board(store, stream).watermark is None


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_blocked_when_the_credentials_are_refused(store, stream, work):
    store.sandbox.door(store.platform, store.name).is_revoked = True
    job_id = tasks.sync(store.name, stream, requested_by="ana")
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.verdict, seen.reason_code, seen.attempt) == (JobState.FAILED, Verdict.BLOCKED, "auth", 1)
    for secret in store.sandbox.door(store.platform, store.name).credentials().values():
        assert secret not in f"{seen.error} {seen.hint}"


@pytest.mark.parametrize(("platform", "stream"), [pair for pair in OFFERED if "drop_scope" not in PLATFORMS[pair[0]].impossible])
def test_blocked_when_a_permission_is_missing(store, stream, work):
    store.sandbox.door(store.platform, store.name).scopes.clear()
    seen = end_of(tasks.sync(store.name, stream, requested_by="ana"), work)
    assert (seen.state, seen.verdict, seen.reason_code, seen.attempt) == (JobState.FAILED, Verdict.BLOCKED, "scope", 1)
    assert seen.hint


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_failed_when_the_platform_is_down(store, stream, work):
    store.sandbox.visits(store.platform, store.name).fault("server_error", times=10_000)
    seen = end_of(tasks.sync(store.name, stream, requested_by="ana"), work)
    assert (seen.state, seen.verdict, seen.attempt) == (JobState.FAILED, Verdict.FAILED, 3)
    assert board(store, stream).last_verdict == "failed"


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_postponed_when_the_platform_asks_for_patience(store, stream, work):
    finish(tasks.sync(store.name, stream, requested_by="ana"), work)
    visits = store.sandbox.visits(store.platform, store.name)
    visits.fault("rate_limited", stream=stream_in_the_sandbox(store, stream), times=10_000, retry_after_s=300)
    job_id = tasks.sync(store.name, stream, requested_by="ana", sync_all=True)
    work()
    seen = tasks.job(job_id)
    assert (seen.state, seen.attempt) == (JobState.QUEUED, 1)
    assert (seen.run_at - datetime.now(UTC)).total_seconds() > 100


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_suspect_when_a_full_stream_is_suddenly_empty(store, stream, work):
    finish(tasks.sync(store.name, stream, requested_by="ana"), work)
    shelf = "products" if stream == "inventory" else stream
    for record in store.shop.ids(shelf):
        store.shop.delete(shelf, record)
    seen = finish(tasks.sync(store.name, stream, requested_by="ana", sync_all=True), work)
    assert seen.verdict is Verdict.SUSPECT_EMPTY
    assert board(store, stream).live > 0
