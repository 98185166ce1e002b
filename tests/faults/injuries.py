"""What the long run of faults does to its two consumers and the servers under them."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

from tests.processes.consumers import RealConsumer
from tests.servers import MariaDb, RedisServer

LEASE_S = 3.0


class Ground:
    """Two consumers of one system, and the servers under them."""

    def __init__(self, system: str, folder: Path, redis: RedisServer, database: MariaDb | None, seed: int) -> None:
        self.script = "tests/faults/stage.py" if system == "quayside" else "tests/faults/bare.py"
        self.redis, self.database, self.chance = redis, database, random.Random(seed)
        self.consumers = [self.start() for _ in range(2)]

    def start(self) -> RealConsumer:
        return RealConsumer(self.script)

    def replace(self, victim: RealConsumer) -> None:
        victim.log_path.unlink(missing_ok=True)
        self.consumers[self.consumers.index(victim)] = self.start()

    def injure(self, kind: str) -> None:
        """One fault, from its beginning to its end."""
        victim = self.chance.choice(self.consumers)
        match kind:
            case "kill -9 consumer":
                if self.script.endswith("bare.py"):
                    os.killpg(victim.process.pid, 9)  # by itself, Huey's workers would live on as orphans and go on taking tasks
                victim.kill()
                self.replace(victim)
            case "kill -9 worker":
                os.kill(self.chance.choice(victim.children()), 9)
            case "freeze worker":
                child = self.chance.choice(victim.children())
                freeze(lambda sign: os.kill(child, sign))
            case "freeze consumer":
                freeze(lambda sign: os.killpg(victim.process.pid, sign))
            case "SIGTERM consumer":
                try:
                    victim.stop()
                except subprocess.TimeoutExpired:
                    victim.kill()
                self.replace(victim)
            case "flush Redis":
                self.redis.client().flushall()
            case "kill -9 Redis":
                self.redis.kill()
                time.sleep(1)
                self.redis.start()
            case "freeze Redis":
                self.redis.freeze()
                time.sleep(LEASE_S)
                self.redis.thaw()
            case "kill -9 database":
                self.database.kill()
                time.sleep(1)
                self.database.start()
            case "freeze database":
                self.database.freeze()
                time.sleep(1.5 * LEASE_S)
                self.database.thaw()

    def end(self) -> None:
        for one in self.consumers:
            try:
                one.stop()
            except subprocess.TimeoutExpired:
                one.kill()
            one.log_path.unlink(missing_ok=True)


def freeze(send) -> None:
    """SIGSTOP, half a lease more than a lease, SIGCONT; what is gone meanwhile is gone."""
    try:
        send(19)
        time.sleep(1.5 * LEASE_S)
        send(18)
    except ProcessLookupError:
        pass
