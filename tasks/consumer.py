"""A consumer: Huey's worker pool with our tick for a scheduler, and the guards that the ledger relies on."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import time
from typing import Any

from huey.consumer import Consumer as HueyConsumer
from huey.consumer import Scheduler

from db import consumers
from db.engine import begin
from settings import VERSION, settings
from tasks import broker, huey_app, identity, run
from tasks.tick import Tick

log = logging.getLogger("quayside.consumer")


class _TickingScheduler(Scheduler):  # type: ignore[misc]  # Huey is untyped
    """Huey's scheduler process, which also ticks each second. Huey restarts it when it dies."""

    tick: Tick
    _next_loop: float  # monotonic seconds; of Huey, which has no types
    interval: float

    def loop(self, now: Any = None) -> None:
        """Called again and again; sleeps the rest of its second."""
        try:
            self.tick()
        except Exception:  # whatever it is, the next second is another chance
            log.exception("tick broke")
        if (
            self._next_loop + self.interval < time.monotonic()
        ):  # Huey takes a slow tick for a loop that it has missed, and does nothing then
            self._next_loop = time.monotonic()
        super().loop(now)


class Consumer(HueyConsumer):  # type: ignore[misc]  # Huey is untyped
    """Huey's consumer. SIGTERM and SIGINT both let the pages in hand end; workers are interrupted only when that takes too long."""

    scheduler_class = _TickingScheduler

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._signal_actions[signal.SIGINT] = (False, True)
        # A terminal sends Ctrl-C to the workers too, so that cannot be what interrupts them.
        self.environment.interrupt = getattr(signal, "SIGUSR1", signal.SIGINT)


def _in_a_worker() -> None:
    """In a forked worker: be killed when the parent is. Without it, workers outlive a kill -9 of the consumer and go on taking jobs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the consumer gets it too, and tells us by its stop flag
    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent or parent == 1:  # it died before we asked
        os._exit(1)


def make() -> Consumer:
    """A consumer as the settings say; `run()` it in the main thread."""
    config = settings()
    described = consumers.Consumer(
        id=f"{identity.host()}:{os.getpid()}:{time.time():.3f}",
        host=identity.host(),
        pid=os.getpid(),
        version=VERSION,
        workers=config.workers,
        worker_type=config.worker_type,
        broker=broker.chosen().title[:255],
    )
    identity.serve(described.pid)
    _TickingScheduler.tick = Tick(described)
    made = Consumer(
        huey_app.huey, workers=config.workers, worker_type=config.worker_type, periodic=True, max_delay=1.0, scheduler_interval=1,
        health_check_interval=1, graceful_signal="TERM", shutdown_timeout=config.grace_s,
    )  # fmt: skip
    run.watch(made.stop_flag.is_set, described.id)
    if config.worker_type == "process" and sys.platform == "linux":
        os.register_at_fork(after_in_child=_in_a_worker)
    return made


def work() -> None:
    """Run a consumer until it is asked to stop; SIGTERM and SIGINT let the pages in hand end."""
    made = make()
    log.info(
        "consumer started pid=%d workers=%d type=%s broker=%s",
        os.getpid(),
        settings().workers,
        settings().worker_type,
        broker.chosen().title,
    )
    made.run()
    with begin() as conn:
        consumers.stopped(conn, _TickingScheduler.tick.consumer_id)
    log.info("consumer stopped pid=%d", os.getpid())
