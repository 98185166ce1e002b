"""The platforms' rate budgets as they stand now, for /metrics and for the page of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import redis

from tasks import broker

_PREFIX = "quayside.budget."
_MOST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLevel:
    """One bucket: how many calls (or points) a store has left, of how many, how fast they come back, and how long the platform asked us to wait."""

    platform: str
    store: str
    name: str  # of the operation where a platform limits each by itself, else empty
    available: float
    capacity: float
    rate_per_s: float
    held_s: float


def budgets() -> Sequence[BudgetLevel]:
    """Every bucket that was used within the hour, 2,000 at most; none while Redis is away, or where there is none."""
    if broker.chosen().kind == "sqlite":
        return []
    client = broker.client()
    try:
        keys = []
        for key in client.scan_iter(match=f"{_PREFIX}*", count=500):
            keys.append(key)
            if len(keys) == _MOST:
                break
        return _levels(client, [key.decode() for key in keys])
    except (redis.RedisError, OSError):
        return []


def budget_of(platform: str, store: str) -> BudgetLevel | None:
    """The bucket of one store; None where it has none, was not asked within the hour, or while Redis is away."""
    if broker.chosen().kind == "sqlite":
        return None
    try:
        return next(iter(_levels(broker.client(), [f"{_PREFIX}{platform}:{store}"])), None)
    except (redis.RedisError, OSError):
        return None


def _levels(client: redis.Redis, keys: Sequence[str]) -> list[BudgetLevel]:
    pipeline = client.pipeline(transaction=False)
    pipeline.time()
    for key in keys:
        pipeline.hmget(key, ["level", "capacity", "rate", "at", "held"])
    (seconds, micros), *found = pipeline.execute()
    now = float(seconds) + float(micros) / 1e6
    return [_level(key, values, now) for key, values in zip(keys, found, strict=True) if values[1] is not None]


def _level(key: str, values: Sequence[bytes | None], now: float) -> BudgetLevel:
    level, capacity, rate, at, held = (float(value) if value is not None else 0.0 for value in values)
    platform, _, rest = key.removeprefix(_PREFIX).partition(":")
    store, _, name = rest.partition(":")
    return BudgetLevel(
        platform=platform, store=store, name=name, available=min(capacity, level + max(0.0, now - at) * rate), capacity=capacity, rate_per_s=rate,
        held_s=max(0.0, held - now),
    )  # fmt: skip
