"""The same load on Huey alone, for comparison: its own retries, Redis as the only memory, worker processes."""

from __future__ import annotations

import os
import sys
import time

from huey import PriorityRedisHuey
from sqlalchemy import insert

from db.engine import begin
from tests.faults import marks

huey = PriorityRedisHuey("bare", host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]), results=False)


@huey.task(retries=3, retry_delay=1)
def mark(number, takes_s):
    """What the job of the same name in marks.py does."""
    marks.enter(number)
    time.sleep(takes_s)
    with begin() as conn:
        conn.execute(insert(marks.effects).values(number=number))


if __name__ == "__main__":
    import logging

    from tests.faults import bare  # the tasks' names have to be those of the module as others import it

    logging.basicConfig(level="WARNING")
    consumer = bare.huey.create_consumer(
        workers=int(os.environ["WORKERS"]), worker_type="process", periodic=False, max_delay=1.0, health_check_interval=1,
        graceful_signal="TERM", shutdown_timeout=25,
    )  # fmt: skip
    sys.stderr.write("consumer started\n")
    consumer.run()
