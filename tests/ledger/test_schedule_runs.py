"""What became of the runs of a schedule, and whether they fit between two of its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from console.parts import schedule_runs
from db import schedule_runs as runs
from db.engine import begin
from db.schedule_runs import ScheduleRun
from db.schedules import key_of
from tests.console.demo import add_job

START = datetime(2026, 11, 1, 2, tzinfo=UTC)


@pytest.fixture
def ran(clean):
    def write(schedule_id, day, store=1, took_s=60.0, **values):
        at = START + timedelta(days=day)
        told = {"state": "succeeded", "verdict": "success", "finished_at": at + timedelta(seconds=took_s), **values}
        with begin() as conn:
            return add_job(conn, idempotency_key=f"{key_of(schedule_id, at)}{store}:orders", created_at=at, **told)

    return write


def test_a_run_is_all_its_jobs_and_takes_until_the_last_of_them_ends(ran):
    ran(1, day=0), ran(1, day=0, store=2, took_s=90, state="failed", verdict="blocked")
    ran(11, day=0, store=3), ran(2, day=1)
    ran(1, day=1, state="running", verdict=None, finished_at=None)
    found = runs.newest([1, 5])
    assert found == {
        1: [
            ScheduleRun(at=START, results={"success": 1, "blocked": 1}, took_s=90.0),
            ScheduleRun(at=START + timedelta(days=1), results={"running": 1}, took_s=None),
        ],
        5: [],
    }


def test_the_last_thirty_are_told_oldest_first_and_none_is_cut(ran, monkeypatch):
    for day in range(40):
        ran(1, day=day)
    assert [run.at for run in runs.newest([1])[1]] == [START + timedelta(days=day) for day in range(10, 40)]
    ran(1, day=39, store=2)
    monkeypatch.setattr(runs, "_MOST_JOBS", 3)
    assert [sum(run.results.values()) for run in runs.newest([1])[1]] == [2], "one of which a job is beyond the limit is not shown as whole"


def test_what_takes_longer_than_its_interval_is_red():
    times = tuple(START + timedelta(minutes=15 * number) for number in range(3))
    view = SimpleNamespace(next_times=times, missed=2)
    quick = [ScheduleRun(at=START, results={"success": 1}, took_s=72.0), ScheduleRun(at=START, results={"failed": 1}, took_s=72.0)]
    assert schedule_runs.outlook(view, quick) == "usually 1 min 12 s, every 15 min · 1 of 2 not good · 2 missed"
    slow = [ScheduleRun(at=START, results={"success": 1}, took_s=1_000.0)]
    assert schedule_runs.outlook(view, slow).startswith(":red[usually 16 min 40 s, every 15 min]")
    assert schedule_runs.outlook(SimpleNamespace(next_times=(), missed=0), slow) == "usually 16 min 40 s"
