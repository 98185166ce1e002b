"""The signed cookie of a session, and what it still is worth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from db import secrets
from settings import settings
from tasks import sign_in

COOKIE = "quayside_session"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Worth = Literal["in", "must_change", "over"]


@dataclass(frozen=True, slots=True)
class Session:
    """Who, and since when by the database's clock; None: a proxy vouches for each request."""

    name: str
    began: datetime | None


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """The time that is so many microseconds after the begin of 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


@cache
def signer(purpose: str) -> URLSafeSerializer:
    """Signs what a browser keeps for us; with every key that secrets are kept by, so that keys can be rotated."""
    return URLSafeSerializer(secrets.signing_keys(purpose), salt=purpose)


@cache
def timed_signer(purpose: str) -> URLSafeTimedSerializer:
    """The same, for what holds for a while only."""
    return URLSafeTimedSerializer(secrets.signing_keys(purpose), salt=purpose)


def packed(session: Session) -> str:
    """What the cookie says. Only sessions that have a begin live in a cookie."""
    assert session.began is not None
    return str(signer("session").dumps([session.name, microseconds(session.began)]))


def unpacked(cookie: str) -> Session | None:
    """The session, when we signed it and it is not too old."""
    try:
        name, began = signer("session").loads(cookie)
    except (BadSignature, ValueError, TypeError):
        return None
    if time.time() - began / 1_000_000 > settings().session_hours * 3600:
        return None
    return Session(name, moment(began))


def worth(session: Session) -> Worth:
    """Whether the session goes on, as of two seconds ago at most.

    Raises: DatabaseAway.
    """
    found = sign_in.standing(session.name)
    if found is None or not found.allows(session.began):
        return "over"
    return "must_change" if found.must_change_password else "in"
