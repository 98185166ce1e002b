"""The command for accounts: `python -m tasks.accounts add NAME --role admin` makes the first one. It asks for the password, or reads it from a pipe."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence

from db import accounts, audit, migrate
from db.engine import DatabaseAway
from settings import SettingsError
from tasks import members
from tasks.bad_request import BadRequest
from tasks.roles import Role

_BY = audit.Person("command line", source="script")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise BadRequest("password", "The two are not the same; nothing was changed.")
    return first


def _do(asked: argparse.Namespace) -> str:
    migrate.check()
    if asked.verb == "add":
        if asked.without_password:
            members.add_account(asked.name, asked.role, by=_BY)
            return f"{asked.name} is {asked.role} and signs in by OIDC or through the proxy."
        members.add_account(asked.name, asked.role, by=_BY, password=_password(), must_change_password=asked.must_change)
        return f"{asked.name} is {asked.role} and can sign in."
    if asked.verb == "role":
        members.set_role(asked.name, asked.role, by=_BY)
        return f"{asked.name} is {asked.role} now."
    if asked.verb == "disable":
        members.disable_account(asked.name, by=_BY)
        return f"{asked.name} is shut out."
    if asked.verb == "enable":
        members.enable_account(asked.name, by=_BY)
        return f"{asked.name} may sign in again."
    if asked.verb == "reset":
        return f"{asked.name} signs in with {members.reset_password(asked.name, by=_BY)} and has to change it then."
    people, _ = accounts.every(fresh=True)
    return "\n".join(f"{one['name']}\t{one['role']}{'' if one['disabled_at'] is None else ', shut out'}" for one in people) or "Nobody yet."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tasks.accounts", description="The people who may use the console.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="let a person in; the password is asked for, or read from a pipe")
    add.add_argument("name")
    add.add_argument("--role", choices=list(Role), required=True)
    add.add_argument("--must-change", action="store_true", help="the password has to be changed at the first sign-in")
    add.add_argument("--without-password", action="store_true", help="for people who come by OIDC or through a proxy")
    role = verbs.add_parser("role", help="give a person another role")
    role.add_argument("name")
    role.add_argument("role", choices=list(Role))
    for verb, what in (("disable", "shut a person out"), ("enable", "let them in again"), ("reset", "a new first password")):
        verbs.add_parser(verb, help=what).add_argument("name")
    verbs.add_parser("list", help="who there is")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was done, 1 with one sentence when not."""
    try:
        sys.stdout.write(_do(_parser().parse_args(arguments)) + "\n")
    except (BadRequest, DatabaseAway, SettingsError, migrate.SchemaBehind) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
