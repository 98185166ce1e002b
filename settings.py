"""Every setting, read once from the environment; an error names the variable, the value and the rule."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VERSION = "0.1.0"


class SettingsError(Exception):
    """A variable's value breaks its rule; the text says which and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field a variable: the name in capitals is the variable's. No variable is required."""

    # Redis: without REDIS_HOST a private one is started under var/
    redis_host: str = ""  # host of your Redis; empty: a private one on a Unix socket
    redis_port: int = 6379  # its port
    redis_password: str = ""  # its password
    redis_db: int = 0  # its database number

    # Database: without DB_MASTER_HOST a SQLite file under var/
    db_master_host: str = ""  # host or host:port of the MySQL/MariaDB primary; empty: SQLite
    db_slave1_host: str = ""  # host or host:port of a replica that answers the console's reads
    db_slave2_host: str = ""  # host or host:port of another
    db_user: str = "quayside"  # user on all three
    db_password: str = ""  # its password
    db_name: str = "quayside"  # the database's name
    db_max_lag_s: float = 5.0  # a replica further behind than this answers nothing

    # Where things are
    quayside_var: Path = ROOT / "var"  # folder of the SQLite file, the private Redis and the key
    quayside_secret_keys: str = ""  # Fernet keys, comma-separated, newest first; empty: var/secret.key, made on first use

    # The console
    console_host: str = "127.0.0.1"  # address that the console and the HTTP API listen on
    console_port: int = 8090  # its port; 0 takes a free one

    # Workers
    server_id: str = "huey-worker"  # who the lines of the table `requests` are from
    workers: int = 4  # jobs that one consumer runs at once
    worker_type: str = "process" if sys.platform == "linux" else "thread"  # process (time limits are enforced) or thread
    lease_s: float = 60.0  # a running job whose worker is silent this long is given to another
    heartbeat_s: float = 15.0  # how often a worker says that it is alive
    repush_s: float = 30.0  # a due job that nobody fetched is pushed to Redis again after this long
    slice_s: float = 30.0  # a sync gives its worker back after this long when others wait
    grace_s: float = 25.0  # how long a stopping consumer waits for pages to end
    job_time_limit_s: float = 1800.0  # no attempt runs longer
    retry_delay_s: float = 2.0  # a failed sync waits this long, doubled each time
    create_product_retry_delay_s: float = 60.0  # a failed create-product waits this long

    # Schedules: five cron fields (minute hour day month weekday), or off
    schedule_time_zone: str = "UTC"  # the wall clock that they are read on
    schedule_products: str = "0 2 * * *"  # products of every store
    schedule_orders: str = "*/30 * * * *"  # orders
    schedule_inventory: str = "0 * * * *"  # inventory
    schedule_customers: str = "0 4 * * 1"  # customers
    schedule_all: str = "0 3 * * 0"  # everything, in full

    # Platforms
    allow_private_addresses: bool = False  # stores may be on private or loopback addresses (the sandbox)
    log_format: str = "text"  # text or json
    log_level: str = "INFO"  # DEBUG, INFO, WARNING or ERROR

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return not self.db_master_host

    @property
    def is_redis_private(self) -> bool:
        """Whether the Redis is our own."""
        return not self.redis_host

    @staticmethod
    def read(environ: Mapping[str, str]) -> Settings:
        """The settings that `environ` describes.

        Raises: SettingsError.
        """
        values: dict[str, object] = {}
        for field in fields(Settings):
            name = field.name.upper()
            text = environ.get(name, "").strip()
            if text:
                values[field.name] = _parse(name, str(field.type), text)
        settings = Settings(**values)  # type: ignore[arg-type]  # the loop above keeps names and types together
        _check(settings)
        return settings


def _parse(name: str, kind: str, text: str) -> object:
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "bool":
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
    except (ValueError, KeyError):
        wanted = {"int": "a whole number", "float": "a number", "bool": "1 or 0"}[kind]
        raise SettingsError(f"{name} is {text!r}; it has to be {wanted}. Correct it in the environment.") from None
    if kind == "Path":
        return Path(text).expanduser().resolve()
    return text


def _check(settings: Settings) -> None:
    choices = {"worker_type": ("process", "thread"), "log_format": ("text", "json"), "log_level": ("DEBUG", "INFO", "WARNING", "ERROR")}
    for field, allowed in choices.items():
        if (value := getattr(settings, field)) not in allowed:
            raise SettingsError(f"{field.upper()} is {value!r}; it has to be one of {', '.join(allowed)}.")
    for field in ("redis_port", "console_port"):
        if not 0 <= (port := getattr(settings, field)) <= 65535:
            raise SettingsError(f"{field.upper()} is {port}; a port is a number from 0 to 65535.")
    for field in ("workers", "lease_s", "heartbeat_s", "repush_s", "slice_s", "job_time_limit_s"):
        if (number := getattr(settings, field)) <= 0:
            raise SettingsError(f"{field.upper()} is {number:g}; it has to be more than 0.")
    if settings.heartbeat_s * 2 > settings.lease_s:
        raise SettingsError(
            f"HEARTBEAT_S is {settings.heartbeat_s:g} and LEASE_S {settings.lease_s:g}; "
            "the lease has to last at least two heartbeats, or healthy workers lose their jobs."
        )
    if settings.is_sqlite and (settings.db_slave1_host or settings.db_slave2_host):
        raise SettingsError("DB_SLAVE1_HOST or DB_SLAVE2_HOST is set without DB_MASTER_HOST; name the primary too.")


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.read(os.environ)


def platform_secret(platform: str, name: str, store: str) -> str | None:
    """A store's credential from the environment, e.g. SHOPIFY_ACCESS_TOKEN_store1; it outweighs the database's."""
    return os.environ.get(f"{platform}_{name}".upper() + f"_{store}") or None
