"""Tries to sign in: how many a name and an address have, and which of those that were refused the audit log tells, so that nobody can fill it."""

from __future__ import annotations

import ipaddress
import logging
from datetime import datetime

from sqlalchemy import Connection

from db import audit, sign_in_failures
from db.engine import begin
from tasks.roles import Actor

log = logging.getLogger("quayside.sign_in")

_MOST_BY_NAME, _MOST_BY_ADDRESS = 5, 30


def locked_until(person: Actor) -> datetime | None:
    """Count a try before it is judged; until when it is not heard, None where it is.

    A locked address locks no names. Of the tries within one lock the audit log tells the first, the 10th, the 100th, … Raises: DatabaseAway.
    """
    with begin() as conn:
        sign_in_failures.purge(conn)
        tries = sign_in_failures.count(conn, _of_address(person.address), most=_MOST_BY_ADDRESS) if person.address else None
        if tries is None or tries.locked_until is None:
            tries = sign_in_failures.count(conn, _of_name(person), most=_MOST_BY_NAME)
    if tries.locked_until is not None:
        refused(person, "locked", way="accounts", times=tries.beyond)
    return tries.locked_until


def forget(conn: Connection, person: Actor) -> None:
    """This try was no failure, and those of the name before it do not count any more."""
    sign_in_failures.forget(conn, _of_name(person))
    if person.address:
        sign_in_failures.take_back(conn, _of_address(person.address))


def refused_at_the_door(person: Actor, reason: str, *, way: str) -> None:
    """Somebody whom `way` vouches for may not come in. A proxy asks at each request: told as a lock is, anew each quarter of an hour.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        sign_in_failures.purge(conn)
        tries = sign_in_failures.count(conn, f"{way}:{person}"[:255], most=0)
    refused(person, reason, way=way, times=tries.beyond)


def refused(person: Actor, reason: str, *, way: str, times: int = 1) -> None:
    """A log line for each refusal, and a line of the audit log for the first of them, the 10th, the 100th, …: `times` of the same by now.

    Raises: DatabaseAway.
    """
    log.warning("sign-in refused name=%s reason=%s way=%s address=%s", person, reason, way, person.address)
    if str(times).strip("0") == "1":
        detail = {"why": reason, "way": way, **({"times": times} if times > 1 else {})}
        with begin() as conn:
            audit.write(conn, person=person, action="sign_in", target=f"account:{person}", outcome="refused", detail=detail)


def _of_name(name: str) -> str:
    return f"name:{name}"


def _of_address(address: str) -> str:
    """An address as failures are counted: whoever has an IPv6 address has a whole /64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:64]}"
    return f"address:{ipaddress.ip_network((found, 64), strict=False) if found.version == 6 else found}"
