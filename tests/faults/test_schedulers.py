"""Several schedulers at once, killed and started again: what is due is asked for once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import func, select, update

from db import schema
from db.columns import db_now
from db.engine import begin
from tasks import schedules
from tests.processes.consumers import ROOT
from tests.servers import until
from tests.shops import open_store

pytestmark = [pytest.mark.faults, pytest.mark.processes]


def looker():
    started = subprocess.Popen(
        [sys.executable, "tests/faults/looking.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "looking\n"
    return started


def asked():
    with begin() as conn:
        return conn.scalar(select(func.count()).select_from(schema.jobs).where(schema.jobs.c.requested_by == "schedule"))


def test_three_schedulers_of_which_one_is_killed_each_time_ask_once_for_each_time(clean):
    with open_store("woocommerce", size=5, orders=5, customers=2):
        schedules.install()
        lookers = [looker() for _ in range(3)]
        try:
            for number, stream in enumerate(("products", "orders", "inventory", "customers"), start=1):
                with begin() as conn:
                    conn.execute(update(schema.schedules).where(schema.schedules.c.stream == stream).values(next_at=db_now(-1)))
                lookers[0].kill()
                lookers[0].wait()
                until("the time to be taken", lambda number=number: asked() >= number)
                lookers = [*lookers[1:], looker()]
            assert asked() == 4
        finally:
            for one in lookers:
                one.kill()
                one.wait()
