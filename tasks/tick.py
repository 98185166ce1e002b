"""What every consumer does each second, so that nothing waits for somebody who is gone. N consumers do it as well as one."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from db import consumers, job_rescue, jobs, line, replicas, requests_log, rollups, store_counts
from db.engine import DatabaseAway, begin, reading
from db.job_state import FINAL, JobState
from settings import settings
from tasks import alerts, fan_out, housekeeping, huey_app, identity, pausing, run, schedules
from tasks.unclaimed import Unclaimed

log = logging.getLogger("quayside.tick")

_BEAT_EVERY_S = 5.0  # at most; a third of the lease where that is shorter
_BUCKETS_A_TICK = 20  # after an outage the charts' counts catch up by these steps
_LOOK_EVERY_S = 60.0  # at the schedules, and whether the hour's counts are noted
_QUIET_S = 10.0  # the same trouble is told once in this time


class Tick:
    """The steps of one tick; each is a transaction of its own, and the trouble of one does not stop the others."""

    def __init__(self, consumer: consumers.Consumer) -> None:
        self._consumer = consumer
        self._unclaimed = Unclaimed(consumer.version)
        self._next_beat = 0.0
        self._next_watch = time.monotonic() + alerts.EVERY_S  # who starts after a pause is given time to catch up
        self._next_look = time.monotonic() + _LOOK_EVERY_S
        self._next_note = 0.0
        self._told: dict[str, float] = {}

    @property
    def consumer_id(self) -> str:
        """Whose tick this is."""
        return self._consumer.id

    def __call__(self) -> None:
        """Once a second."""
        self._try(self._drain)
        self._try(self._rescue)
        self._try(self._resume)
        self._try(self._look)
        self._try(self._settle)
        self._try(self._push)
        self._try(self._beat)
        self._try(self._watch)
        self._try(self._roll_up)
        self._try(self._note_counts)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (DatabaseAway, SQLAlchemyError) as error:
            name = step.__name__.strip("_")
            if self._told.get(name, 0.0) < time.monotonic():
                self._told[name] = time.monotonic() + _QUIET_S
                log.warning("tick failed step=%s error=%s", name, type(error).__name__)
        except Exception:  # a bug in one step shall not keep the others from being done
            log.exception("tick broke step=%s", step.__name__.strip("_"))

    def _rescue(self) -> None:
        with begin() as conn:
            held = job_rescue.running(conn, lease_s=settings().lease_s)
        for one in held:
            if not (one.is_expired or identity.is_dead(one.worker)):
                continue
            again_in = random.uniform(0, 2 * settings().lease_s * one.crashes) if one.crashes else 0.0  # noqa: S311  # jitter: a poison job shall not meet the same neighbours
            with begin() as conn:
                state = job_rescue.rescue(conn, one, delay_s=again_in)
                if state is not None and state in FINAL:
                    _log_end(conn, one, state)
                due = line.next_of(conn, [one.id]) if state is not None else []
            huey_app.push(due)
            if state is not None:
                log.warning(
                    "job rescued id=%d fence=%d worker=%s crashes=%d state=%s in=%.1fs",
                    one.id,
                    one.fence,
                    one.worker,
                    one.crashes + 1,
                    state,
                    again_in,
                )

    def _drain(self) -> None:
        with reading(fresh=True) as conn:
            run.drain(consumers.is_draining(conn, self._consumer.id))

    def _resume(self) -> None:
        for ended in pausing.end_those_over():
            log.info("resumed %s", ended)

    def _look(self) -> None:
        """What the periodic task does too: its message waits while every worker is busy, for half an hour perhaps."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_EVERY_S
            schedules.look()
            housekeeping.look()

    def _settle(self) -> None:
        fan_out.settle()

    def _push(self) -> None:
        with begin() as conn:
            due = job_rescue.take_due(conn, repush_s=settings().repush_s)
        if huey_app.push(due):
            self._unclaimed.look(due)

    def _beat(self) -> None:
        if not settings().is_sqlite:
            with begin() as conn:
                replicas.beat(conn)
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + min(_BEAT_EVERY_S, settings().lease_s / 3)
            with begin() as conn:
                consumers.beat(conn, self._consumer, memory_bytes=identity.memory_bytes(self._consumer.pid))

    def _roll_up(self) -> None:
        with reading(fresh=True) as conn:
            more = rollups.is_due(conn)
        for _ in range(_BUCKETS_A_TICK):
            if more:
                with begin() as conn:
                    more = rollups.advance(conn)

    def _note_counts(self) -> None:
        if time.monotonic() < self._next_note:
            return
        with reading(fresh=True) as conn:
            is_due = store_counts.is_due(conn)
        if is_due:
            with suppress(IntegrityError), begin() as conn:  # another consumer may be first
                store_counts.note(conn)
        self._next_note = time.monotonic() + _LOOK_EVERY_S

    def _watch(self) -> None:
        if time.monotonic() >= self._next_watch:
            self._next_watch = time.monotonic() + alerts.EVERY_S / 3
            alerts.look()


def _log_end(conn: Connection, held: job_rescue.Held, state: JobState) -> None:
    """The `requests` line of a run whose worker cannot write it any more."""
    row = jobs.get(conn, held.id)
    if row is not None:
        requests_log.add_line(conn, held.id, row["name"], server_id=settings().server_id, status=state.value, message=str(row["error"]))
