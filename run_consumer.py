"""Starts a consumer: `python run_consumer.py`. It needs the schema (`python -m db.migrate`) and, without REDIS_HOST, brings its own Redis.

`python run_consumer.py --check` says whether one lives on this machine, for whoever watches over it (docker-compose.yml).
"""

from __future__ import annotations

import os
import sys

os.environ["TZ"] = "UTC"  # Huey compares wall times; in a zone with daylight saving an hour of them would come twice


def main() -> int:
    """0 after a graceful stop, 1 with one sentence when it cannot start."""
    from db import fitness
    from db.engine import DatabaseAway
    from db.migrate import SchemaBehind, check
    from settings import SettingsError

    try:
        from tasks import BadRequest, broker, consumer, logs, schedules
    except SettingsError as error:
        return _refuse(error)
    started_redis = None
    try:
        logs.set_up()
        fitness.check()
        check()
        schedules.install()
        started_redis = broker.start_private()
        consumer.work()
    except (SettingsError, BadRequest, DatabaseAway, SchemaBehind, fitness.DatabaseUnfit, broker.BrokerAway) as error:
        return _refuse(error)
    finally:
        if started_redis is not None:
            broker.stop_private(started_redis)
    return 0


def check_alive() -> int:
    """0 when a consumer of this machine was heard of within 30 seconds, else 1 with one sentence."""
    import tasks
    from settings import SettingsError
    from tasks import identity

    try:
        seen = tasks.status().consumers
    except (tasks.DatabaseAway, SettingsError) as error:
        return _refuse(error, "cannot be asked")
    if any(one["host"] == identity.host() and one["stopped_at"] is None and one["age_s"] < 30 for one in seen):
        return 0
    return _refuse("no consumer of this machine was heard of within 30 s", "is not there")


def _refuse(why: object, what: str = "cannot start") -> int:
    sys.stderr.write(f"The consumer {what}: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(check_alive() if sys.argv[1:] == ["--check"] else main())
