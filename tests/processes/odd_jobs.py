"""A consumer with two jobs more: one that hangs, and one that reads a number back through a connection pool that was used before the fork."""

from __future__ import annotations

import sys
import time

from sqlalchemy import literal, select

import run_consumer
from db.engine import begin, primary
from tasks.ledger import job


@job(queue="system", attempts=2, retry_delay_s=0.0, time_limit_s=1.0)
def hang(run):
    """Never comes back."""
    time.sleep(3600)


@job(queue="system", attempts=1, retry_delay_s=0.0)
def read_back(run, number):
    """What the database says the number is."""
    with begin() as conn:
        return {"number": conn.execute(select(literal(number))).scalar_one()}


def use_the_pool() -> None:
    """Leave connections in it that forked workers must not touch."""
    used = [primary().connect() for _ in range(4)]
    for conn in used:
        conn.close()


if __name__ == "__main__":
    use_the_pool()
    sys.exit(run_consumer.main())
