"""Who calls: the holder of a token, or, where nobody has to sign in, whoever reaches this machine's own address."""

from __future__ import annotations

import hashlib
import time

import anyio
from starlette.requests import HTTPConnection

from console.api.problems import Problem
from tasks import sign_in, tokens
from tasks.roles import Actor, Role

_THREADS = anyio.CapacityLimiter(4)
_KNOWN_S = 0.5
_MOST_KNOWN = 1_000
_required = (0.0, True)  # until when it is known, whether calls need a token
_known: dict[tuple[bytes, str | None], tuple[float, Actor]] = {}


async def must_sign_in() -> bool:
    """Whether calls need a token here.

    Raises: DatabaseAway.
    """
    global _required
    until, is_required = _required
    if time.monotonic() >= until:
        is_required = await anyio.to_thread.run_sync(sign_in.is_required, limiter=_THREADS)
        _required = (time.monotonic() + _KNOWN_S, is_required)
    return is_required


async def caller(connection: HTTPConnection) -> Actor:
    """The one who calls, with their role.

    Raises: Problem (401) for a token that is not valid, and for none where one is needed; DatabaseAway.
    """
    address = connection.client.host if connection.client else None
    said = connection.headers.get("authorization")
    if said is None:
        if await must_sign_in():
            raise _unknown("This needs a token: send Authorization: Bearer <token>. An admin makes one under Settings → API tokens.")
        return Actor("api", role=Role.ADMIN, source="api", address=address)
    scheme, _, secret = said.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unknown("The header Authorization has to be: Bearer <token>.")
    return await _holder(secret.strip(), address)


async def _holder(secret: str, address: str | None) -> Actor:
    place, now = (hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest(), address), time.monotonic()
    if (kept := _known.get(place)) is not None and now - kept[0] < _KNOWN_S:
        return kept[1]
    actor = await anyio.to_thread.run_sync(tokens.actor_of_token, secret, address, limiter=_THREADS)
    if actor is None:
        raise _unknown("The token is not known, has expired or was revoked. An admin makes a new one under Settings → API tokens.")
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[place] = (now, actor)
    return actor


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Quayside"'})
