"""Who comes in, and who still may be here: the rules behind every way of signing in."""

from __future__ import annotations

import logging
import math
import threading
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from db import accounts, audit, jobs
from db.engine import DatabaseAway, begin
from settings import settings
from tasks import passwords, sign_in_tries
from tasks.bad_request import BadRequest
from tasks.roles import Actor, Role

log = logging.getLogger("quayside.sign_in")

_KNOWN_S = 2.0  # a change of role, a lock-out and a sign-out are felt within this long
_KNOWN_WHILE_AWAY_S = 600.0  # while the database is away nobody can change a role, and nobody a thing
_MOST_KNOWN = 5_000
_SEEN_EVERY_S = 60.0


class SignInRefused(Exception):
    """Why somebody did not come in; `reason` is wrong, locked, disabled, unknown or unproven. The text is fit for the person."""

    def __init__(self, reason: str, text: str, *, minutes: int = 0) -> None:
        super().__init__(text)
        self.reason, self.minutes = reason, minutes


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is, as of a moment ago."""

    name: str
    role: Role
    must_change_password: bool
    is_disabled: bool
    sessions_valid_after: datetime
    has_password: bool
    given_role: Role | None  # what a person said; None where the role is that of a group alone

    def allows(self, began: datetime | None) -> bool:
        """Whether a session that began then goes on; None: somebody else vouches for each request."""
        return not self.is_disabled and (began is None or began >= self.sessions_valid_after)


def name_of(typed: str) -> str:
    """A name as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", typed).strip().lower()[:191]


def sign_in(name: str, password: str, *, address: str | None) -> datetime:
    """When the session began of the person whose name and password these are.

    Raises: SignInRefused, DatabaseAway.
    """
    name = name_of(name)
    person = Actor(name or "?", role=Role.VIEWER, source="console", address=address)
    if until := sign_in_tries.locked_until(person):
        minutes = max(1, math.ceil((until - datetime.now(UTC)).total_seconds() / 60))
        raise SignInRefused(
            "locked", f"Too many wrong passwords. Try again in {minutes} minutes, or ask an admin for a new password.", minutes=minutes
        )
    row = accounts.get(name)
    is_right = passwords.is_right(password[: passwords.LONGEST], row["password_hash"] if row else None)
    if row is None or not is_right or row["disabled_at"] is not None:
        sign_in_tries.refused(person, "wrong" if not is_right else "disabled", way="accounts")
        raise SignInRefused("wrong", "Name or password is wrong.")
    with begin() as conn:
        sign_in_tries.forget(conn, person)
        began = _let_in(conn, person, "accounts")
    forget(name)
    return began


def admit(name: str, groups: Iterable[str], *, way: str, address: str | None) -> datetime | None:
    """When the session began of somebody whom an identity provider (`way` oidc) vouches for; None where a proxy does, at each request (`way` proxy).

    Their role is that of their groups (AUTH_ROLE_GROUPS), else the one that a person gave them. Raises: SignInRefused, DatabaseAway.
    """
    name = name_of(name)
    person = Actor(name or "?", role=Role.VIEWER, source="console", address=address)
    known = standing(name)
    role = role_of(groups) or (known.given_role if known is not None else None)
    if not name or role is None:
        if known is not None:
            _lose_role(person, known, way)
        sign_in_tries.refused_at_the_door(person, "unknown", way=way)
        raise SignInRefused("unknown", f"{name} has no role in Quayside. Ask an admin to add this name under Settings → People.")
    if known is not None and known.is_disabled:
        sign_in_tries.refused_at_the_door(person, "disabled", way=way)
        raise SignInRefused("disabled", f"{name} may not use Quayside any more. Ask an admin.")
    if known is None or known.role is not role:
        _take_role(person, role, way, is_new=known is None)
        forget(name)
    if way == "proxy":
        return None
    with begin() as conn:
        began = _let_in(conn, person, way)
    forget(name)
    return began


def role_of(groups: Iterable[str]) -> Role | None:
    """The highest role that AUTH_ROLE_GROUPS gives to one of the groups; * is everybody."""
    mine = {group.strip() for group in groups} | {"*"}
    pairs = (pair.strip().partition("=") for pair in settings().auth_role_groups.split(",") if pair.strip())
    given = {role.strip() for role, _, group in pairs if group.strip() in mine}
    return max((role for role in Role if role in given), key=list(Role).index, default=None)


def change_password(name: str, password: str, *, address: str | None) -> datetime:
    """A person's new password; when the session began that goes on with it, all others are over.

    Raises: BadRequest, DatabaseAway.
    """
    passwords.check(password, name=name)
    row = accounts.get(name)
    if row is not None and passwords.is_right(password, row["password_hash"]):
        raise BadRequest("password", "This is the password that you have; take another one.")
    kept = passwords.sealed(password)
    with begin() as conn:
        accounts.set_password(conn, name, kept, must_change=False)
        person = Actor(name, role=Role.VIEWER, source="console", address=address)
        audit.write(conn, person=person, action="change_password", target=f"account:{name}")
        began = jobs.clock(conn)
    forget(name)
    return began


def sign_out(by: str) -> None:
    """End every session of this person.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        accounts.end_sessions(conn, str(by))
        audit.write(conn, person=by, action="sign_out", target=f"account:{by}")
    forget(str(by))


def standing(name: str) -> Standing | None:
    """What a person is, read anew every two seconds; while the database is away, what was known last.

    Raises: DatabaseAway where nothing was known.
    """
    now = time.monotonic()
    with _lock:
        kept = _known.get(name)
    if kept is not None and now - kept[0] < _KNOWN_S:
        return kept[1]
    may_stay = kept is not None and kept[1] is not None and now - kept[0] < _KNOWN_WHILE_AWAY_S
    if kept is not None and may_stay and now < _away["until"]:
        return kept[1]
    try:
        return _fresh(name)
    except DatabaseAway:
        _away["until"] = time.monotonic() + _KNOWN_S  # fifty open tabs do not wait for it fifty times
        if kept is not None and may_stay:
            return kept[1]
        raise


def has_passwords() -> bool:
    """Whether anybody could sign in with a password.

    Raises: DatabaseAway.
    """
    return accounts.passwords_exist()


def forget(name: str) -> None:
    """Read this person anew at the next question; after a change."""
    with _lock:
        _known.pop(name, None)


def begin_again() -> None:
    """Forget what is known of everybody; after the accounts were replaced."""
    with _lock:
        _known.clear()
        _seen.clear()
        _away["until"] = 0.0


def is_required() -> bool:
    """Whether anybody has to sign in: a way is configured, or an account was ever made. Once it is so it stays so.

    Raises: DatabaseAway where it cannot be known.
    """
    config = settings()
    if config.sign_in or config.has_oidc or config.has_auth_proxy:
        return True
    now = time.monotonic()
    with _lock:
        kept = _known.get("")
    if kept is not None and (kept[1] is not None or now - kept[0] < _KNOWN_S or now < _away["until"]):
        return kept[1] is not None
    try:
        found = accounts.exist()
    except DatabaseAway:
        _away["until"] = time.monotonic() + _KNOWN_S
        if kept is None:
            raise
        return False
    with _lock:
        _known[""] = (now, _SOMEBODY if found else None)
    return found


_lock = threading.Lock()
_known: dict[str, tuple[float, Standing | None]] = {}  # "" says whether there is any account
_SOMEBODY = Standing("", Role.VIEWER, False, True, datetime.max.replace(tzinfo=UTC), False, None)
_seen: dict[str, float] = {}
_away = {"until": 0.0}  # as long as this the database is not asked again


def _fresh(name: str) -> Standing | None:
    asked = time.monotonic()
    row = accounts.get(name) if name else None
    found = None if row is None else Standing(
        name, Role(row["role"]), bool(row["must_change_password"]), row["disabled_at"] is not None, row["sessions_valid_after"], row["password_hash"] is not None,
        Role(row["given_role"]) if row["given_role"] else None,
    )  # fmt: skip
    with _lock:
        if len(_known) > _MOST_KNOWN:
            _known.clear()
        _known[name] = (asked, found)
        is_due = found is not None and not found.is_disabled and asked - _seen.get(name, -_SEEN_EVERY_S) >= _SEEN_EVERY_S
        if is_due:
            _seen[name] = asked
    if is_due:
        _mark_seen(name)
    return found


def _mark_seen(name: str) -> None:
    try:
        with begin() as conn:
            accounts.mark_seen(conn, name)
    except (DatabaseAway, SQLAlchemyError):  # nobody is turned away because the time could not be noted
        log.info("last visit not noted name=%s", name)


def _let_in(conn: Connection, person: Actor, way: str) -> datetime:
    audit.write(conn, person=person, action="sign_in", target=f"account:{person}", detail={"way": way})
    return jobs.clock(conn)


def _take_role(person: Actor, role: Role, way: str, *, is_new: bool) -> None:
    action, detail = ("add_account", {"role": role, "way": way}) if is_new else ("set_role", {"role": role, "way": way})
    try:
        with begin() as conn:
            if is_new:
                accounts.add(
                    conn, name=str(person), role=role, password_hash=None, must_change_password=False, created_by=way, is_of_group=True
                )
            else:
                accounts.change(conn, str(person), role=role)
            audit.write(conn, person=person, action=action, target=f"account:{person}", detail=detail)
    except IntegrityError:  # another request of theirs was first
        log.debug("already there name=%s", person)


def _lose_role(person: Actor, known: Standing, way: str) -> None:
    """No group gives a role any more, and no person did: open sessions go with it, and the role, which a password would bring back."""
    if known.role is Role.VIEWER and way == "proxy":
        return  # has nothing left, and asks at each request
    with begin() as conn:
        accounts.end_sessions(conn, str(person))
        if known.role is not Role.VIEWER:
            accounts.change(conn, str(person), role=Role.VIEWER)
            audit.write(conn, person=person, action="set_role", target=f"account:{person}", detail={"role": Role.VIEWER, "way": way})
    forget(str(person))
