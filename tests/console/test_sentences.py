"""The words and numbers that pages say, without a page."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from console.parts import concerns, consumer_state, job_attempts, job_outcome, job_run, measures, plain, store_state, throughput
from tasks import Status, Verdict, freshness

NOW = datetime(2026, 11, 22, 12, 30, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (1_831, "1,831"), (38_210, "38.2k"), (1_500_000, "1.5M"), (999_999, "1.0M"), (None, "–")]
)
def test_numbers(value, said):
    assert measures.number(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.42, "420 ms"), (3.21, "3.2 s"), (59, "59 s"), (72, "1 min 12 s"), (3_600, "1 h"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h")],
)
def test_durations(seconds, said):
    assert measures.duration(seconds) == said


@pytest.mark.parametrize(
    ("gone", "said"), [(0.4, "just now"), (12, "12 s ago"), (750, "12 min ago"), (-28, "in 28 s"), (200_000, "2 d ago")]
)
def test_ages_lead_with_their_unit(gone, said):
    assert measures.ago(NOW - timedelta(seconds=gone), NOW) == said
    assert measures.age(NOW - timedelta(seconds=750), NOW) == timedelta(minutes=12)


def test_plain_text_keeps_its_words():
    said = plain.plain("Café *Zürich*\n#1 `x` <b> a@b.ch")
    assert "\n" not in said
    for sign in "*#`<>":
        assert f"\\{sign}" in said
    assert said.replace("\\", "").replace("\u2060", "") == "Café *Zürich* #1 `x` <b> a@b.ch"


def quiet(**changes):
    told = {"queues": [], "consumers": [consumer(1)], "broker": "Redis", "broker_is_up": True, "database": "db"}
    return Status(**{**told, **changes})


def consumer(age_s, stopped_at=None):
    return {"age_s": age_s, "stopped_at": stopped_at, "workers": 2}


def shop(title, verdict="success", **stat):
    told = {
        "last_verdict": verdict,
        "last_reason": "The token was refused.",
        "sentence": "",
        "rejected": 0,
        "last_success_at": NOW,
        "live": 5,
    }
    return {
        "id": 1,
        "name": title.lower(),
        "title": title,
        "platform": "woocommerce",
        "paused_at": None,
        "credentials_until": None,
        "doing": {},
        "crons": {},
        "streams": {"orders": {**told, **stat}},
    }


def test_all_is_well_only_when_nothing_is_wrong():
    found = concerns.find(quiet(), [shop("Zürich")], [], NOW)
    assert found == []
    assert concerns.verdict(found, stores=1, running=0) == ("green", "All is well: 1 store, nothing is running just now.")


def test_what_needs_a_person_is_never_mixed_with_what_mends_itself():
    retrying = [{"run_at": NOW + timedelta(seconds=28)}]
    found = concerns.find(quiet(), [shop("Harbor", "blocked"), shop("Kiosk", "partial")], retrying, NOW)
    assert [(concern.kind, concern.words) for concern in found] == [
        ("person", "Harbor needs you"), ("itself", "Kiosk is incomplete"), ("itself", "1 job will retry"),
    ]  # fmt: skip
    color, sentence = concerns.verdict(found, stores=2, running=0)
    assert (color, sentence) == ("red", "One thing needs you. Harbor – Orders: The token was refused.")


def test_nobody_alive_comes_first():
    waiting = [{"queue": "users", "waiting": 12, "delayed": 0, "running": 0, "oldest_wait_s": 300.0, "oldest_free_wait_s": 300.0}]
    for consumers in ([], [consumer(1, stopped_at=NOW)], [consumer(10_000)]):
        found = concerns.find(quiet(consumers=consumers, queues=waiting), [shop("Harbor", "blocked")], [], NOW)
        assert found[0].words == "No consumer is alive"
        assert "12 jobs wait and nothing runs" in found[0].sentence


def test_what_somebody_paused_waits_and_concerns_nobody():
    queue = {"queue": "users", "waiting": 1, "delayed": 0, "running": 0, "oldest_wait_s": 300.0}
    found = concerns.find(quiet(queues=[queue | {"oldest_free_wait_s": 300.0}]), [], [], NOW)
    assert [concern.words for concern in found] == ["Oldest job waits 5 min"]
    assert concerns.find(quiet(queues=[queue | {"oldest_free_wait_s": None}]), [], [], NOW) == []


def test_a_broker_that_is_away_needs_a_person_and_rejected_records_are_told():
    found = concerns.find(quiet(broker_is_up=False), [shop("Zürich", rejected=4)], [], NOW)
    assert [concern.words for concern in found] == ["Redis does not answer", "4 records rejected"]


def test_a_heartbeat_makes_a_consumer_alive_late_or_lost():
    from settings import settings

    beat, lease = settings().heartbeat_s, settings().lease_s
    assert [consumer_state.state(consumer(age)) for age in (beat, lease - 0.1, lease + 0.1)] == ["alive", "late", "lost"]
    assert consumer_state.state(consumer(1, stopped_at=NOW)) == "stopped"
    assert consumer_state.present([consumer(1, stopped_at=NOW), consumer(5_000)]) == []


def test_a_stream_a_platform_does_not_offer_is_no_error():
    store = shop("Kiosk") | {"platform": "nowhere", "streams": {}}
    assert store_state.cell(store, "customers", NOW) == ("Not offered", "not_offered")
    assert store_state.cell(shop("Kiosk"), "products", NOW) == ("Never run", "never")
    assert store_state.cell(shop("K", "blocked", last_success_at=NOW - timedelta(hours=3)), "orders", NOW) == ("3 h · needs you", "blocked")


@pytest.mark.parametrize(("stream", "cron"), [("products", "0 2 * * *"), ("orders", "*/30 * * * *"), ("customers", "0 4 * * 1")])
def test_a_stream_older_than_its_schedule_promises_is_late_although_its_last_run_was_good(stream, cron):
    age = freshness.promise([cron])
    store = shop("Kiosk")
    store["streams"], store["crons"] = {stream: store["streams"]["orders"]}, {stream: (cron,)}
    for over, colour in ((-1, "success"), (61, "late")):
        store["streams"][stream]["last_success_at"] = NOW - age - timedelta(seconds=over)
        assert store_state.cell(store, stream, NOW)[1] == colour
        assert store_state.state(store, NOW) == colour
    found = concerns.find(quiet(), [store], [], NOW)
    assert [(concern.kind, concern.words) for concern in found] == [("itself", "1 stream late")]


def test_a_paused_store_mends_itself_but_a_blocked_one_does_not():
    pause = {"paused_at": NOW, "pause_reason": "It is away", "failed_in_a_row": 5, "probe_at": NOW + timedelta(seconds=40)}
    for verdict, kind, words in (("failed", "itself", "Kiosk is paused"), ("blocked", "person", "Kiosk needs you")):
        found = concerns.find(quiet(), [shop("Kiosk", verdict) | pause], [], NOW)
        assert [(concern.kind, concern.words) for concern in found] == [(kind, words)]
    assert store_state.why_paused(shop("Kiosk") | pause, NOW) == "Paused after 5 failures in a row: It is away. Tried again in 40 s."


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sentence(verdict):
    row = {"name": "sync_orders", "state": "succeeded", "verdict": verdict, "reason_code": None, "run": None, "result": None}
    assert job_outcome.sentence(row).endswith(".")
    assert job_outcome.sentence(row | {"run": {"sentence": "Its own."}}) == "Its own."
    assert "What was read" not in job_outcome.sentence(row | {"name": "dry_run_orders"}) or verdict != "failed", "nothing was stored"
    assert "confirm the deletions" in job_outcome.sentence(row | {"reason_code": "too_many_deletions"})


def test_buckets_leave_out_the_one_that_still_fills():
    rows = [
        ("2026-11-22 12:30", "succeeded", 3),
        ("2026-11-22 12:29", "failed", 1),
        ("2026-11-22 12:29", "succeeded", 9),
        ("2026-11-22 11:00", "succeeded", 5),
    ]
    done = throughput.build(rows, NOW, 1)
    assert len(done.buckets) == 59
    assert done.buckets["succeeded"].sum() == 9
    assert done.now == Counter(succeeded=12, failed=1)
    assert done.before == Counter(succeeded=5)
    assert done.rate(done.now) == pytest.approx(92.3, abs=0.1)
    assert done.rate(Counter()) is None


def test_how_many_waited_is_walked_back_from_now():
    flow = {"came": Counter({"2026-11-22 12:30": 2, "2026-11-22 12:29": 1}), "started": Counter({"2026-11-22 12:29": 4})}
    assert throughput.level(5, flow, "came", "started", NOW, 3) == [6, 6, 3, 5]


def test_progress_tells_rate_and_time_left():
    row = {"progress": 1_200, "progress_total": 3_000, "now": NOW, "state": "running",
           "attempts": [{"started_at": NOW - timedelta(seconds=4), "finished_at": None, "outcome": None}]}  # fmt: skip
    assert job_run.outlook(row) == "1,200 of 3,000 records · 300/s · about 6.0 s left"


def test_a_jobs_time_is_waiting_and_running_without_a_gap():
    start = NOW - timedelta(seconds=100)
    row = {"created_at": start, "now": NOW, "state": "queued",
           "attempts": [{"started_at": start + timedelta(seconds=10), "finished_at": start + timedelta(seconds=30), "outcome": "failed"}]}  # fmt: skip
    assert job_attempts.segments(row) == [("waiting", 10.0), ("failed", 20.0), ("waiting", 70.0)]
