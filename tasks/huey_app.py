"""The Huey instance: queue, priorities, worker pool, time limits. What decides is the ledger."""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from huey.api import Huey
from huey.exceptions import HueyException
from huey.storage import PriorityRedisStorage, SqliteStorage

from db.line import Due
from settings import settings
from tasks import broker, run
from tasks.messages import BadMessage, JsonMessages, of_job

log = logging.getLogger("quayside.queue")

NAME = "quayside"
_IDLE_S = 0.2
_QUIET_S = 10.0  # the same trouble is told once in this time


# Lowest score first: a job that came `ageing_s` earlier is worth one priority more, for ever, so no score has to be written again.
_PUSH = """
local now = redis.call('TIME'); now = (now[1] + now[2] / 1e6) / ARGV[1]
for i = 3, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[2], string.format('%.9f', now - ARGV[i]), ARGV[i + 1]) end
"""


class Doorbell(Protocol):
    """What the ledger needs of a queue."""

    def push(self, due: Sequence[Due]) -> None:
        """Ask for jobs: highest priority first, each `ageing_s` of waiting counted as one more, older first among equals.

        A repetition changes nothing: who waits keeps its place.
        """

    def move(self, due: Sequence[Due]) -> None:
        """The same, but who waits already gets the place of its new priority."""


class RedisDoorbell(PriorityRedisStorage):  # type: ignore[misc]  # Huey is untyped
    """Huey's sorted set, with members that depend on the job alone."""

    def push(self, due: Sequence[Due]) -> None:
        """See Doorbell."""
        self._add(due, "NX")

    def move(self, due: Sequence[Due]) -> None:
        """See Doorbell."""
        self._add(due, "CH")  # which asks for a count and forbids nothing

    def _add(self, due: Sequence[Due], how: str) -> None:
        arguments: list[Any] = [settings().ageing_s, how]
        for job_id, name, priority in due:
            arguments += [priority, struct.pack(">Q", job_id) + of_job(job_id, name)]
        self._push(keys=[self.queue_key], args=arguments)

    @cached_property
    def _push(self) -> Any:
        return self.conn.register_script(_PUSH)


class SqliteDoorbell(SqliteStorage):  # type: ignore[misc]  # Huey is untyped
    """Huey's SQLite queue, for machines without any Redis; the highest priority first."""

    ddl = [*SqliteStorage.ddl, "create unique index if not exists task_once on task (queue, data)"]  # noqa: RUF012  # Huey's own attribute

    def push(self, due: Sequence[Due]) -> None:
        """See Doorbell."""
        self._add(due, "nothing")

    def move(self, due: Sequence[Due]) -> None:
        """See Doorbell."""
        self._add(due, "update set priority = excluded.priority")

    def _add(self, due: Sequence[Due], when_there: str) -> None:
        with self.db(commit=True) as cursor:
            cursor.executemany(
                f"insert into task (queue, data, priority) values (?, ?, ?) on conflict (queue, data) do {when_there}",  # noqa: S608  # one of two
                [(self.name, of_job(job_id, name), priority - time.time() / settings().ageing_s) for job_id, name, priority in due],
            )


class LedgerHuey(Huey):  # type: ignore[misc]  # Huey is untyped
    """Huey without what the ledger does better: no results, no revocation, and a bad message stops nobody."""

    def dequeue(self) -> Any:
        """The next task; a message that cannot be read is dropped with one line, since the ledger asks again for every real job.

        A consumer that drains takes none, so that the others get them.
        """
        if run.draining():
            time.sleep(_IDLE_S)
            return None
        try:
            data = self.storage.dequeue()
        except Exception as error:  # noqa: BLE001  # whatever the broker raises: Huey would tell it at length several times a second
            _tell("queue away error=%s; jobs wait in the ledger", type(error).__name__)
            time.sleep(_IDLE_S)
            return None
        if data is None:
            return None
        try:
            return self.deserialize_task(data)
        except (BadMessage, HueyException) as error:
            log.warning("message dropped reason=%r", str(error)[:200])
            return None

    def read_schedule(self, timestamp: Any = None) -> list[Any]:
        """Nothing: delayed jobs wait in the ledger."""
        return []

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Never: cancelled is a state of the ledger. Saves two round trips a job."""
        return False

    def delete(self, key: str) -> bool:
        """Nothing is stored under any key."""
        return False


_quiet_until: dict[str, float] = {}


def _tell(what: str, *values: object) -> None:
    """A warning, but not more than one of a sort in _QUIET_S from one process."""
    if time.monotonic() >= _quiet_until.get(what, 0.0):
        _quiet_until[what] = time.monotonic() + _QUIET_S
        log.warning(what, *values)


def _storage() -> tuple[type[Any], dict[str, Any]]:
    chosen = broker.chosen()
    if chosen.kind == "sqlite":
        Path(chosen.filename).parent.mkdir(parents=True, exist_ok=True)
        return SqliteDoorbell, {"filename": chosen.filename, "timeout": 30}
    return RedisDoorbell, {"connection_pool": broker.client().connection_pool, "read_timeout": 1}


_class, _options = _storage()
huey = LedgerHuey(NAME, results=False, utc=True, serializer=JsonMessages(), storage_class=_class, **_options)


def push(due: Sequence[Due]) -> bool:
    """Ask for these jobs, best effort; False when the queue is away, which loses nothing: the tick asks again."""
    return _ask(huey.storage.push, due)


def move(due: Sequence[Due]) -> bool:
    """Ask for these jobs, and give those that wait already the place of their new priority; best effort as `push`."""
    return _ask(huey.storage.move, due)


def _ask(how: Callable[[Sequence[Due]], None], due: Sequence[Due]) -> bool:
    if not due:
        return True
    try:
        how(due)
    except Exception as error:  # noqa: BLE001  # whatever the broker raises, the ledger has the job
        _tell("push failed jobs=%d error=%s; the tick asks again", len(due), type(error).__name__)
        return False
    return True


def queue_length() -> int:
    """How many messages wait."""
    return int(huey.pending_count())
