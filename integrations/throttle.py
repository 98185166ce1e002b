"""How fast we may ask: token buckets whose state a store keeps, so that all workers of a store share one.

Shopify's bucket is the same thing with points instead of calls: each call costs what its query costs, and every answer
tells how full the platform's own bucket is (`learn`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from integrations.errors import RateLimited


class BudgetStore(Protocol):
    """Keeps the buckets. Each method is one atomic step (one Lua script where Redis keeps them).

    A bucket that was not seen before is full. What `learn` was told about capacity and rate outweighs what `take` says.
    """

    def take(self, key: str, cost: float, capacity: float, rate_per_s: float) -> float:
        """Take `cost` from the bucket: 0.0 when taken, else the seconds until it may be tried again (nothing is taken).

        A cost above the capacity is taken from a full bucket, which is then empty.
        """

    def learn(self, key: str, available: float, capacity: float, rate_per_s: float) -> None:
        """The platform said how much is left now, how much the bucket holds and how fast it fills."""

    def learn_rate(self, key: str, capacity: float, rate_per_s: float) -> None:
        """The platform said how fast the bucket fills, and no more; its level stays. `capacity` is what we hold it to have."""

    def hold(self, key: str, seconds: float) -> None:
        """Nobody may go before `seconds` have passed; a shorter hold never shortens a longer one."""


@dataclass(slots=True)
class _Bucket:
    level: float
    capacity: float
    rate_per_s: float
    filled_at: float
    held_until: float = 0.0
    is_learned: bool = False


class MemoryBudgets:
    """Buckets of one operating system process, safe for its threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, cost: float, capacity: float, rate_per_s: float) -> float:
        """See BudgetStore."""
        with self._lock:
            now = self._clock()
            bucket = self._filled(key, capacity, rate_per_s, now)
            if bucket.held_until > now:
                return bucket.held_until - now
            cost = min(cost, bucket.capacity)
            # Without the allowance a caller that slept exactly as long as told could find 0.9999999 of 1 and sleep for nothing.
            if bucket.level + 1e-9 < cost:
                return (cost - bucket.level) / bucket.rate_per_s
            bucket.level -= cost
            return 0.0

    def learn(self, key: str, available: float, capacity: float, rate_per_s: float) -> None:
        """See BudgetStore."""
        with self._lock:
            bucket = self._filled(key, capacity, rate_per_s, self._clock())
            bucket.level, bucket.capacity, bucket.rate_per_s, bucket.is_learned = available, capacity, rate_per_s, True

    def learn_rate(self, key: str, capacity: float, rate_per_s: float) -> None:
        """See BudgetStore."""
        with self._lock:
            bucket = self._filled(key, capacity, rate_per_s, self._clock())
            bucket.capacity, bucket.rate_per_s, bucket.is_learned = capacity, rate_per_s, True

    def hold(self, key: str, seconds: float) -> None:
        """See BudgetStore."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(key, _Bucket(0.0, 1.0, 1.0, now))
            bucket.held_until = max(bucket.held_until, now + seconds)

    def _filled(self, key: str, capacity: float, rate_per_s: float, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(capacity, capacity, rate_per_s, now))
        if not bucket.is_learned:
            bucket.capacity, bucket.rate_per_s = capacity, rate_per_s
        bucket.level = min(bucket.capacity, bucket.level + (now - bucket.filled_at) * bucket.rate_per_s)
        bucket.filled_at = now
        return bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Our share of a platform's patience: one bucket of `store`, and how long we stand in line before we give the worker back."""

    store: BudgetStore
    key: str
    capacity: float
    rate_per_s: float
    patience_s: float = 5.0
    sleep: Callable[[float], None] = time.sleep

    def wait_for(self, cost: float, what: str) -> None:
        """Stand in line until `cost` was taken.

        Raises: RateLimited when the line is longer than `patience_s`.
        """
        waited = 0.0
        while pause := self.store.take(self.key, cost, self.capacity, self.rate_per_s):
            if waited + pause > self.patience_s:
                raise RateLimited(f"{what}: our turn comes in {pause:.0f} s.", retry_after_s=pause)
            self.sleep(pause)
            waited += pause

    def learn(self, available: float, capacity: float, rate_per_s: float) -> None:
        """What the platform told about the bucket that it keeps for us."""
        self.store.learn(self.key, available, capacity, rate_per_s)

    def learn_rate(self, rate_per_s: float) -> None:
        """The platform told how fast our bucket fills, not how full it is."""
        self.store.learn_rate(self.key, self.capacity, rate_per_s)

    def hold(self, seconds: float) -> None:
        """The platform asked us to wait: no worker goes before."""
        self.store.hold(self.key, seconds)
