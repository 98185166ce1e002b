"""Who may use the console: what an admin does to accounts. Each deed is in the audit log, in the same transaction."""

from __future__ import annotations

import re

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from db import accounts, audit, sign_in_failures
from db.engine import begin
from tasks import passwords, sign_in
from tasks.bad_request import BadRequest
from tasks.roles import Role

_NAME = re.compile(r"[^\s:/\\<>\"'`|*\x00-\x1f\x7f]{1,191}")
_RESERVED = ("console", "quayside", "?")  # what the audit log calls others


def add_account(name: str, role: str, *, by: str, password: str | None = None, must_change_password: bool = True) -> int:
    """Let a person in; their number. Without a password they come by OIDC or through a proxy.

    Raises: BadRequest, DatabaseAway.
    """
    name = sign_in.name_of(name)
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise BadRequest("name", f"{name!r} cannot be a name: 1 to 191 characters without blanks and quotes, e.g. ana or ana@example.com.")
    _check_role(role)
    if password is not None:
        passwords.check(password, name=name)
    kept = passwords.sealed(password) if password is not None else None
    try:
        with begin() as conn:
            number = accounts.add(conn, name=name, role=role, password_hash=kept, must_change_password=bool(kept) and must_change_password,
                                  created_by=by)  # fmt: skip
            sign_in_failures.forget(conn, f"name:{name}")
            audit.write(conn, person=by, action="add_account", target=f"account:{name}", detail={"role": role, "has_password": bool(kept)})
    except IntegrityError:
        raise BadRequest("name", f"{name} is here already; change their role, or reset their password.") from None
    sign_in.forget(name)
    return number


def set_role(name: str, role: str, *, by: str) -> None:
    """Give a person another role; open pages follow within seconds.

    Raises: BadRequest, DatabaseAway.
    """
    _check_role(role)
    with begin() as conn:
        before = _there(conn, name)
        if before["role"] == Role.ADMIN and role != Role.ADMIN:
            _keep_an_admin(conn, name)
        accounts.give_role(conn, name, role)
        audit.write(conn, person=by, action="set_role", target=f"account:{name}", detail={"from": before["role"], "to": role})
    sign_in.forget(name)


def disable_account(name: str, *, by: str) -> None:
    """Shut a person out at once, wherever they are signed in.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        if _there(conn, name)["role"] == Role.ADMIN:
            _keep_an_admin(conn, name)
        accounts.disable(conn, name, is_disabled=True)
        accounts.end_sessions(conn, name)
        audit.write(conn, person=by, action="disable_account", target=f"account:{name}")
    sign_in.forget(name)


def enable_account(name: str, *, by: str) -> None:
    """Let a person in again; they sign in anew.

    Raises: BadRequest, DatabaseAway.
    """
    with begin() as conn:
        _there(conn, name)
        accounts.disable(conn, name, is_disabled=False)
        audit.write(conn, person=by, action="enable_account", target=f"account:{name}")
    sign_in.forget(name)


def reset_password(name: str, *, by: str) -> str:
    """A password that the person has to change when they sign in; shown once. A lock by wrong passwords is lifted, sessions are over.

    Raises: BadRequest, DatabaseAway.
    """
    made = passwords.made_up()
    kept = passwords.sealed(made)
    with begin() as conn:
        _there(conn, name)
        accounts.set_password(conn, name, kept, must_change=True)
        accounts.end_sessions(conn, name)
        sign_in_failures.forget(conn, f"name:{name}")
        audit.write(conn, person=by, action="reset_password", target=f"account:{name}")
    sign_in.forget(name)
    return made


def _check_role(role: str) -> None:
    if role not in list(Role):
        raise BadRequest("role", f"There is no role {role!r}; choose one of {', '.join(Role)}.")


def _there(conn: Connection, name: str) -> dict[str, object]:
    row = accounts.locked(conn, name)
    if row is None:
        raise BadRequest("name", f"Nobody is called {name!r} here. People are listed under Settings → People.")
    return row


def _keep_an_admin(conn: Connection, name: str) -> None:
    if not accounts.other_admins(conn, name):
        raise BadRequest("role", f"{name} is the last admin. Make somebody else admin first.")
