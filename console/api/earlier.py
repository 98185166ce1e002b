"""Idempotency-Key: a call that is made again, because its answer was lost, does nothing again and gets the earlier answer."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.requests import Request

from console.api.operations import Answer, Call
from console.api.problems import Problem, Wrong
from db.engine import DatabaseAway
from tasks import answers
from tasks.roles import Actor

HEADER = "Idempotency-Key"
PATIENCE_S = 2.0  # for the answer of the first call; who waits holds one of the API's threads
_LOOK_EVERY_S = 0.05
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

    A call that comes while the first is at work waits a little for that answer. `act` is given a `call.key`, by which the ledger finds the job
    of a first call that died before it could answer. Raises: Problem (422) for a key that was used for something else, (409) while the first
    call is at work; what `act` raises.
    """
    by, patience = secrets.token_hex(16), time.monotonic() + PATIENCE_S
    while (found := answers.reserve(wanted.key, wanted.fingerprint, by=by)) is not None:
        if found.fingerprint != wanted.fingerprint:
            raise Problem(
                422, f"This {HEADER} was used for another call; use a new one.", errors=[Wrong(HEADER, "has to be new for another call")]
            )
        if found.status is not None:
            return Answer(found.answer, 200, {"Idempotency-Replayed": "true"})
        if time.monotonic() > patience:
            raise Problem(409, f"The first call with this {HEADER} is still at work; ask again in a moment.", headers={"Retry-After": "2"})
        time.sleep(_LOOK_EVERY_S)
    return _first(wanted.key, by, lambda: act(replace(call, key=f"api:{wanted.key}")))


def _first(key: str, by: str, act: Callable[[], Answer]) -> Answer:
    """What `act` answers, kept. Without an answer, or where it cannot be kept, the key is free again."""
    try:
        answer = act()
        answers.keep(key, answer.status, answer.value, by=by)
    except Exception:
        with suppress(DatabaseAway):  # then it is free when a call can no longer be at work
            answers.release(key, by=by)
        raise
    return answer
