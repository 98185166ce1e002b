"""Brings the schema to the revision that this code expects: `python -m db.migrate`."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.engine import DatabaseAway, place, primary, reachable
from db.servers import MIGRATION_S, server
from settings import SettingsError, settings

_LOCK = "quayside_migrate"


class SchemaBehind(Exception):
    """The database has another revision than this code expects; the text says what to run."""


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    return config


@contextmanager
def _alone() -> Iterator[Connection]:
    """A connection for one process at a time, so that any number of them may start at once; its statements may take as long as they need.

    Raises: DatabaseAway, SchemaBehind.
    """
    config = settings()
    if config.is_sqlite:
        with (
            reachable(primary().execution_options(isolation_level="AUTOCOMMIT")) as conn,
            (config.quayside_var / "migrate.lock").open("w") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield conn
        return
    engine = server(config, config.db_master_host, answer_s=MIGRATION_S, pool_size=1)
    try:
        with reachable(engine.execution_options(isolation_level="AUTOCOMMIT")) as conn:
            if conn.scalar(text("SELECT GET_LOCK(:name, 120)"), {"name": _LOCK}) != 1:
                raise SchemaBehind("Another process has been migrating the database for two minutes; look at it before you start again.")
            yield conn
    finally:
        engine.dispose()  # the lock goes with the connection


def expected() -> str:
    """The newest revision that this code has."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current() -> str | None:
    """The revision that the database has; None before the first migration.

    Raises: DatabaseAway.
    """
    with reachable(primary()) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def upgrade(revision: str = "head") -> None:
    """Bring the database to `revision`.

    Raises: DatabaseAway, SchemaBehind.
    """
    with _alone() as conn:
        command.upgrade(_config(conn), revision)


def downgrade(revision: str) -> None:
    """Take the database back to `revision` ("base" is empty).

    Raises: DatabaseAway, SchemaBehind.
    """
    with _alone() as conn:
        command.downgrade(_config(conn), revision)


def check() -> None:
    """Whether the schema is the one that this code expects.

    Raises: DatabaseAway, SchemaBehind.
    """
    has, wants = current(), expected()
    if has != wants:
        raise SchemaBehind(
            f"The database {place()} has the schema {has or 'of nothing yet'}, this code expects {wants}. Run: python -m db.migrate"
        )


def main() -> int:
    """Upgrade, and say to what."""
    try:
        upgrade()
    except (DatabaseAway, SchemaBehind, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"The schema of {place()} is {expected()}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
