"""What is in the hands of Redis: how many messages wait, how many of them nobody can use, and how much memory they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis

from db import queue_lists
from tasks import broker, huey_app
from tasks.messages import BadMessage, JsonMessages, of_job

LOOKED_AT = 2_000  # messages from the head


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """`unreadable`: bytes that no job of ours has written. `idle`: messages whose job does not wait (any more); a worker drops both in passing.

    Both are counted among the first `looked_at`. Memory None: not told, `memory_most` None: no limit.
    """

    messages: int
    looked_at: int
    unreadable: int
    idle: int
    examples: tuple[str, ...]  # of what is unreadable
    memory_bytes: int | None
    memory_most: int | None


def deliveries() -> Deliveries | None:
    """The queue as the broker holds it; None while it does not answer.

    Raises: DatabaseAway.
    """
    try:
        messages, first = huey_app.queue_length(), list(map(bytes, huey_app.huey.storage.enqueued_items(LOOKED_AT)))
        memory, most = _memory()
    except (redis.RedisError, OSError):
        return None
    read = [_job_of(data) for data in first]
    named = [number for number in read if number is not None]
    bad = [data for data, number in zip(first, read, strict=True) if number is None]
    return Deliveries(
        messages=messages, looked_at=len(first), unreadable=len(bad), idle=len(named) - len(queue_lists.waiting_among(named)),
        examples=tuple(repr(data[:80])[2:-1] for data in bad[:3]), memory_bytes=memory, memory_most=most,
    )  # fmt: skip


def _memory() -> tuple[int | None, int | None]:
    if broker.chosen().kind == "sqlite":
        return None, None
    told: Any = broker.client().info("memory")
    return int(told["used_memory"]), int(told.get("maxmemory") or 0) or None


def _job_of(data: bytes) -> int | None:
    """The number of the job that a message asks for."""
    try:
        message = JsonMessages().deserialize(data)
    except BadMessage:
        return None
    return (
        int(message.args[0]) if len(message.args) == 1 and data == of_job(message.args[0], message.name.removeprefix("quayside.")) else None
    )
