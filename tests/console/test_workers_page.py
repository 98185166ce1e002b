"""The page Workers: what each consumer did, which are of another version, and how the jobs of a lost one are freed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

import tasks
from db.engine import begin
from db.schema import consumers
from tests.console.conftest import look, press, words
from tests.console.demo import add

NOW = datetime.now(UTC)


def consumer(pid, age_s=0, version="0.1.0"):
    name = f"ops~1:{pid}:5.0"
    with begin() as conn:
        add(conn, consumers, id=name, host="ops~1", pid=pid, version=version, workers=2, worker_type="process", broker="redis",
            started_at=NOW - timedelta(hours=3), beat_at=datetime.now(UTC) + timedelta(seconds=60 - age_s))  # fmt: skip
    return name


def test_a_card_tells_what_its_workers_did_in_the_last_hour(visit, job):
    consumer(70), consumer(700)
    job(state="succeeded", worker="ops~1/70:81")
    job(state="failed", worker="ops~1/70:82", failures=1)
    job(state="succeeded", worker="ops~1/700:83")
    job(state="succeeded", worker="ops~1/70:81", finished_at=NOW - timedelta(hours=2))
    said = words(visit("workers"))
    assert "1 done, 1 failed in the last hour" in said
    assert "1 done, 0 failed in the last hour" in said


def test_consumers_of_another_version_are_named(visit):
    consumer(70, version="0.0.9")
    at = visit("workers")
    assert "0\\.0\\.9" in at.warning[0].value
    with begin() as conn:
        conn.execute(update(consumers).values(version="0.1.0"))
    assert not look(at).warning


def test_the_jobs_of_a_lost_consumer_are_freed_after_a_warning(visit, job):
    gone, lives = consumer(70, age_s=400), consumer(700)
    held = job(state="running", fence=1, worker="ops~1/70:81", lease_until=NOW + timedelta(hours=1), started_at=NOW)
    at = visit("workers")
    assert not [one for one in at.button if one.key == f"lost_{lives}"], "one that beats is drained, not lost"
    press(at, f"lost_{gone}")
    said = words(at)
    assert "it is fenced" in said
    assert tasks.job(held).state == "running", "nothing happens before the answer"
    at.session_state["asked_dialog"] = ("confirm", {"deed_kind": "mark_lost", "about": {"consumer_id": gone, "host": "ops~1:70"}})
    at.run()
    press(at, "confirm_yes")
    assert tasks.job(held).state == "queued"
    assert [one.value for one in at.toast] == ["1 job goes to others."]
