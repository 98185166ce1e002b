"""The Huey instance: queue, priorities, worker pool, time limits. What decides is the ledger."""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from huey.api import Huey
from huey.exceptions import HueyException
from huey.storage import PriorityRedisStorage, SqliteStorage

from tasks import broker
from tasks.messages import BadMessage, JsonMessages, of_job

log = logging.getLogger("quayside.queue")

NAME = "quayside"


class Doorbell(Protocol):
    """What the ledger needs of a queue."""

    def push(self, due: Sequence[tuple[int, str, int]]) -> None:
        """Ask for jobs: (id, name, priority), highest priority first, older first among equals; a repetition changes nothing."""


class RedisDoorbell(PriorityRedisStorage):  # type: ignore[misc]  # Huey is untyped
    """Huey's sorted set, with members that depend on the job alone."""

    def push(self, due: Sequence[tuple[int, str, int]]) -> None:
        """See Doorbell."""
        members: dict[bytes, float] = {struct.pack(">Q", job_id) + of_job(job_id, name): -priority for job_id, name, priority in due}
        self.conn.zadd(self.queue_key, members)


class SqliteDoorbell(SqliteStorage):  # type: ignore[misc]  # Huey is untyped
    """Huey's SQLite queue, for machines without any Redis."""

    ddl = [*SqliteStorage.ddl, "create unique index if not exists task_once on task (queue, data)"]  # noqa: RUF012  # Huey's own attribute

    def push(self, due: Sequence[tuple[int, str, int]]) -> None:
        """See Doorbell."""
        with self.db(commit=True) as cursor:
            cursor.executemany(
                "insert or ignore into task (queue, data, priority) values (?, ?, ?)",
                [(self.name, of_job(job_id, name), priority) for job_id, name, priority in due],
            )


class LedgerHuey(Huey):  # type: ignore[misc]  # Huey is untyped
    """Huey without what the ledger does better: no results, no revocation, and a bad message stops nobody."""

    def dequeue(self) -> Any:
        """The next task; a message that cannot be read is dropped with one line, since the ledger asks again for every real job."""
        data = self.storage.dequeue()
        if data is None:
            return None
        try:
            return self.deserialize_task(data)
        except (BadMessage, HueyException) as error:
            log.warning("message dropped reason=%r", str(error)[:200])
            return None

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Never: cancelled is a state of the ledger. Saves two round trips a job."""
        return False

    def delete(self, key: str) -> bool:
        """Nothing is stored under any key."""
        return False


def _storage() -> tuple[type[Any], dict[str, Any]]:
    chosen = broker.chosen()
    if chosen.kind == "sqlite":
        Path(chosen.filename).parent.mkdir(parents=True, exist_ok=True)
        return SqliteDoorbell, {"filename": chosen.filename, "timeout": 30}
    return RedisDoorbell, {"connection_pool": broker.client().connection_pool, "read_timeout": 1}


_class, _options = _storage()
huey = LedgerHuey(NAME, results=False, utc=True, serializer=JsonMessages(), storage_class=_class, **_options)


def push(due: Sequence[tuple[int, str, int]]) -> bool:
    """Ask for these jobs, best effort; False when the queue is away, which loses nothing: the tick asks again."""
    if not due:
        return True
    try:
        huey.storage.push(due)
    except Exception as error:  # noqa: BLE001  # whatever the broker raises, the ledger has the job
        log.warning("push failed jobs=%d error=%s", len(due), type(error).__name__)
        return False
    return True


def queue_length() -> int:
    """How many messages wait."""
    return int(huey.pending_count())
