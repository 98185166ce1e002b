"""Whether the database servers are as Quayside needs them; asked once when a process starts, since later it shows as lost or mixed-up data."""

from __future__ import annotations

import re

from sqlalchemy import Engine, QueuePool, text

from db.engine import last_resort, place, primary, reachable
from db.servers import SQL_MODE
from settings import settings

OLDEST = {"MariaDB": (10, 6), "MySQL": (8, 0)}
_LOOK = "look for init_connect on the server, or a proxy in between."
_ASKED = (
    "SELECT VERSION() AS version, @@character_set_connection AS connection_charset, @@session.time_zone AS time_zone, @@session.sql_mode AS sql_mode, "
    "@@global.read_only AS read_only, @@max_connections AS max_connections, "
    "(SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()) AS charset"
)


class DatabaseUnfit(Exception):
    """A database server is set up in a way that would cost records; the text says what to change."""


def check() -> None:
    """Whether the primary may be written to, by these settings.

    Raises: DatabaseUnfit, DatabaseAway.
    """
    if settings().is_sqlite:
        return
    engine = primary()
    with reachable(engine) as conn:
        found = dict(conn.execute(text(_ASKED)).one()._mapping)
        found["isolation"] = conn.get_isolation_level()
    for wrong in _wrong(found):
        raise DatabaseUnfit(f"The database {place(engine)}: {wrong}")


def _wrong(found: dict[str, object]) -> list[str]:
    product = "MariaDB" if "mariadb" in str(found["version"]).lower() else "MySQL"
    numbers = tuple(int(part) for part in re.findall(r"\d+", str(found["version"]))[:2])
    missing = set(SQL_MODE.split(",")) - set(str(found["sql_mode"]).split(","))
    needed, most = connections(), int(str(found["max_connections"]))
    oldest = OLDEST[product]
    rules = (
        (numbers >= oldest, f"{product} {_dotted(numbers)} is too old; {product} {_dotted(oldest)} or newer is needed."),
        (found["read_only"] in (0, "0", "OFF"), "it is read-only (@@read_only), as replicas are; DB_MASTER_HOST has to name the primary."),
        (
            found["charset"] == "utf8mb4",
            f"its character set is {found['charset']}, which has no emoji. Run: ALTER DATABASE {settings().db_name} CHARACTER SET utf8mb4",
        ),
        (
            found["connection_charset"] == "utf8mb4",
            f"connections have the character set {found['connection_charset']} instead of utf8mb4; {_LOOK}",
        ),
        (found["time_zone"] == "+00:00", f"connections have the time zone {found['time_zone']} instead of +00:00; {_LOOK}"),
        (found["isolation"] == "READ COMMITTED", f"connections have the isolation {found['isolation']} instead of READ COMMITTED; {_LOOK}"),
        (not missing, f"connections lack {', '.join(sorted(missing))} in sql_mode, so wrong values would be stored in silence; {_LOOK}"),
        (
            most >= needed,
            f"it allows {most} connections (max_connections), and this process may open {needed}. Raise it, or lower WORKERS.",
        ),
    )
    return [sentence for is_right, sentence in rules if not is_right]


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def connections() -> int:
    """How many connections to the primary one process opens at most."""
    return sum(_most(engine) for engine in (primary(), last_resort()))


def _most(engine: Engine) -> int:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.size() * 3 // 2
