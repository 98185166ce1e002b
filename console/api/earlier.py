"""Idempotency-Key: a call that is made again, because its answer was lost, does nothing again and gets the earlier answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request

from console.api.operations import Answer, Call
from console.api.problems import Problem, Wrong
from tasks import answers
from tasks.roles import Actor

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which key of which caller, and the fingerprint of what was asked with it."""

    key: str
    fingerprint: str


def asked(request: Request, actor: Actor, raw: bytes) -> Asked | None:
    """What the header says; None without it.

    Raises: Problem (400).
    """
    if (said := request.headers.get(HEADER)) is None:
        return None
    if not _KEY.fullmatch(said):
        raise Problem(
            400,
            f"{HEADER} has to be 1 to 128 visible ASCII characters.",
            errors=[Wrong(HEADER, "has to be 1 to 128 visible ASCII characters")],
        )
    what = json.dumps([request.method, request.url.path, request.url.query, json.loads(raw) if raw else None], sort_keys=True)
    return Asked(_digest(f"{actor}\0{said}"), _digest(what))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def once(wanted: Asked, call: Call, act: Callable[[Call], Answer]) -> Answer:
    """The answer of the first such call, with 200; else what `act` does, and its answer is kept.

    Two calls at the same moment both act, with the same `call.key`, by which the ledger gives both the same job.
    Raises: Problem (422) for a key that was used for something else; what `act` raises.
    """
    found = answers.reserve(wanted.key, wanted.fingerprint)
    if found is not None and found.fingerprint != wanted.fingerprint:
        raise Problem(
            422, f"This {HEADER} was used for another call; use a new one.", errors=[Wrong(HEADER, "has to be new for another call")]
        )
    if found is not None and found.status is not None:
        return Answer(found.answer, 200, {"Idempotency-Replayed": "true"})
    try:
        answer = act(replace(call, key=f"api:{wanted.key}"))
    except Exception:
        answers.release(wanted.key)
        raise
    answers.keep(wanted.key, answer.status, answer.value)
    return answer
