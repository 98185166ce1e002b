"""What travels through Redis: plain JSON that names a job. Reading it runs nothing, unlike a pickle."""

from __future__ import annotations

import json
from typing import Any

from huey.registry import Message
from huey.serializer import Serializer


class BadMessage(Exception):
    """Bytes in the queue that no job of ours has written."""


class JsonMessages(Serializer):  # type: ignore[misc]  # Huey is untyped
    """Huey's messages as JSON: only a task's id, name and arguments; deterministic, so that a repeated push is the same bytes."""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            raise TypeError(f"only messages travel through the queue, not {type(data).__name__}")
        return encode(data.id, data.name, list(data.args or ()))

    def _deserialize(self, data: bytes) -> Message:
        try:
            told = json.loads(bytes(data))
            task_id, name, args = told["id"], told["name"], told["args"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadMessage(f"{len(data)} bytes that are no message: {error}") from None
        if not (
            isinstance(task_id, str)
            and isinstance(name, str)
            and isinstance(args, list)
            and all(isinstance(arg, int) and 0 <= arg < 2**63 for arg in args)
        ):
            raise BadMessage(f"a message of another form: {bytes(data)[:80]!r}")
        return Message(task_id, name, args=args, kwargs={})


def encode(task_id: str, name: str, args: list[int]) -> bytes:
    """The bytes of one message."""
    return json.dumps({"id": task_id, "name": name, "args": args}, sort_keys=True, separators=(",", ":")).encode()


def of_job(job_id: int, name: str) -> bytes:
    """The bytes that ask for one job; always the same for the same job."""
    return encode(f"j{job_id}", f"quayside.{name}", [job_id])
