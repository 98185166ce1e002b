"""Passwords: what is a good one, how it is kept (scrypt), how it is checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache

from tasks.bad_request import BadRequest

SHORTEST, LONGEST = 12, 256
_N, _R, _P = 2**15, 8, 3  # 32 MiB and a third of a second; OWASP's figures of 2024
_MEMORY = 128 * 1024 * 1024


def check(password: str, *, name: str) -> None:
    """Whether it may be anybody's.

    Raises: BadRequest, which never repeats the password.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest("password", f"A password has {SHORTEST} to {LONGEST} characters; a few words are easy to remember.")
    if len(set(password)) < 5 or (name.partition("@")[0] in password.lower() and len(password) < len(name) + SHORTEST):
        raise BadRequest("password", "This password is easy to guess; take a few words that have nothing to do with the name.")


def sealed(password: str) -> str:
    """What is kept of a password: scheme, cost, salt, hash."""
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_hash(password, salt, _N, _R, _P))])


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes as long when there is none, so that the time tells nobody which names exist."""
    decoy = _nobody()  # made at the first question, whoever is asked for
    scheme, n, r, p, salt, wanted = (kept or decoy).split("$")
    found = _hash(password, base64.b64decode(salt), int(n), int(r), int(p))
    return scheme == "scrypt" and hmac.compare_digest(found, base64.b64decode(wanted)) and kept is not None


def made_up() -> str:
    """A password for somebody who has to change it at once."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mistaken for another when it is read aloud
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


@cache
def _nobody() -> str:
    return sealed(secrets.token_urlsafe(16))


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode()[:4096], salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
