"""Starts a consumer: `python run_consumer.py`. It needs the schema (`python -m db.migrate`) and, without REDIS_HOST, brings its own Redis."""

from __future__ import annotations

import os
import sys

os.environ["TZ"] = "UTC"  # Huey compares wall times; in a zone with daylight saving an hour of them would come twice


def main() -> int:
    """0 after a graceful stop, 1 with one sentence when it cannot start."""
    from db.engine import DatabaseAway
    from db.migrate import SchemaBehind, check
    from settings import SettingsError

    started_redis = None
    try:
        from tasks import BadRequest, broker, consumer, logs, schedules

        logs.set_up()
        check()
        schedules.install()
        started_redis = broker.start_private()
        consumer.work()
    except SettingsError as error:
        return _refuse(error)
    except (BadRequest, DatabaseAway, SchemaBehind, broker.BrokerAway) as error:
        return _refuse(error)
    finally:
        if started_redis is not None:
            broker.stop_private(started_redis)
    return 0


def _refuse(error: Exception) -> int:
    sys.stderr.write(f"The consumer cannot start: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
