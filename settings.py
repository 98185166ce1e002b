"""Every setting, read once from the environment; an error names the variable, the value and the rule."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
VERSION = "0.1.0"
ALERT_RULES = ("workers", "store_paused", "failing", "freshness", "waiting", "credentials", "unknown_value")
QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


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
    db_read_limit_s: float = 5.0  # the server stops a read for a page or a call after this long

    # Where things are
    quayside_var: Path = ROOT / "var"  # folder of the SQLite file, the private Redis and the key
    quayside_secret_keys: str = ""  # Fernet keys, comma-separated, newest first; empty: var/secret.key, made on first use

    # The console
    console_host: str = "127.0.0.1"  # address that the console and the HTTP API listen on
    console_port: int = 8090  # its port; 0 takes a free one
    environment_name: str = ""  # what this installation is called, e.g. production; beside the console's titles and in its dialogs
    metrics_open: bool = False  # /metrics wants no token, even where people sign in
    console_url: str = ""  # where people reach it, e.g. https://quayside.example.com; OIDC comes back to it
    console_allowed_hosts: str = ""  # names besides loopback's that it is called by, comma-separated; a request for another name is refused
    console_proxy_addresses: str = ""  # addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed

    # Sign-in; with nothing of it, and no account, the console is open to this machine alone
    sign_in: str = ""  # accounts: asks for a sign-in even before the first account is made; empty: as soon as one of the ways is there
    session_hours: float = 24.0  # a sign-in lasts this long
    auth_role_groups: str = (
        ""  # role=group pairs, comma-separated, e.g. admin=ops-leads,viewer=*; empty: the role that Settings → People says
    )
    oidc_issuer: str = ""  # your identity provider's issuer, e.g. https://login.example.com
    oidc_metadata_url: str = ""  # where its metadata is, if not at OIDC_ISSUER/.well-known/openid-configuration
    oidc_client_id: str = ""  # what it knows Quayside by
    oidc_client_secret: str = ""  # the secret that belongs to it
    oidc_title: str = "single sign-on"  # what the button of the sign-in page calls it
    oidc_scopes: str = "openid email profile"  # what is asked of it
    oidc_name_claim: str = "email"  # the claim that names the person
    oidc_groups_claim: str = "groups"  # the claim that lists the person's groups
    auth_proxy_header: str = ""  # header in which a proxy names the person who signed in there, e.g. X-Forwarded-Email
    auth_proxy_groups_header: str = ""  # header in which it lists the person's groups, comma-separated
    auth_proxy_addresses: str = ""  # addresses or networks of proxies that are believed; from elsewhere these headers are ignored
    auth_proxy_sign_out_url: str = ""  # where the proxy signs a person out

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
    store_max_running: int = 2  # jobs of one store that run at once, so that none takes all workers
    ageing_s: float = 30.0  # a waiting job rises by one priority in this time, so that none waits for ever
    retry_delay_s: float = 2.0  # a failed sync waits this long, doubled each time
    create_product_retry_delay_s: float = 60.0  # a failed create-product waits this long

    # Schedules: five cron fields (minute hour day month weekday), or off
    schedule_time_zone: str = "UTC"  # the wall clock that they are read on
    schedule_products: str = "0 2 * * *"  # products of every store
    schedule_orders: str = "*/30 * * * *"  # orders
    schedule_inventory: str = "0 * * * *"  # inventory
    schedule_customers: str = "0 4 * * 1"  # customers
    schedule_all: str = "0 3 * * 0"  # everything, in full

    # Once a day
    recount_daily: bool = True  # count the records of every store again and put the totals right; 0: only when a person asks

    # How long things are kept; each may also be changed while all runs, on the page Settings
    purge_daily: bool = True  # throw away once a day what is older than this; 0: only when a person asks
    keep_jobs_days: int = 30  # finished jobs with their attempts and runs; the last 100 succeeded and 50 failed of each queue always stay
    keep_jobs_count: int = 500_000  # and of them no more than the newest so many
    keep_job_log_days: int = 14  # the log lines of jobs
    keep_requests_days: int = 90  # the lines of the table `requests`
    keep_audit_days: int = 365  # who did what
    keep_rejected_days: int = 365  # rejected records that no sync has met again
    keep_consumers_days: int = 30  # consumers that are gone
    keep_rollups_days: int = 400  # the counts behind the charts
    keep_counts_days: int = 7  # the hourly counts by which stores tell what has changed
    keep_alerts_days: int = 90  # alerts that have ended
    keep_failures_days: int = 180  # groups of failures that have not come again
    keep_bulk_days: int = 90  # what bulk operations did
    bulk_per_s: int = 50  # targets of a bulk operation a second, at most

    # Alerts; each rule and the quiet hours may also be changed while all runs, on the page Settings, where the places are that they are told at
    alert_rules_off: str = ""  # rules that tell nothing, comma-separated, e.g. unknown_value,waiting
    alert_silent_s: float = 90.0  # that no consumer was heard of for this long is told
    alert_failed_in_a_row: int = 3  # a stream that failed this often is told
    alert_late_min: int = 0  # a stream that is older than its schedule promises is told after so many minutes more
    alert_oldest_job_s: float = 900.0  # a queue whose oldest job has waited this long is told
    alert_credentials_days: int = 30  # credentials that end within so many days are told
    alert_quiet_hours: str = ""  # e.g. 22:00-07:00 on the clock of SCHEDULE_TIME_ZONE: only what needs a person is told then

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

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The names, besides loopback's, that the console may be called by, in small letters."""
        names = [name.strip().lower() for name in self.console_allowed_hosts.split(",")]
        return tuple(dict.fromkeys(name for name in [*names, (urlsplit(self.console_url).hostname or "")] if name))

    @property
    def has_oidc(self) -> bool:
        """Whether people may sign in at an identity provider."""
        return bool(self.oidc_client_id)

    @property
    def has_auth_proxy(self) -> bool:
        """Whether a proxy says who the person is."""
        return bool(self.auth_proxy_header)

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
    choices = {
        "worker_type": ("process", "thread"),
        "log_format": ("text", "json"),
        "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
        "sign_in": ("", "accounts"),
    }
    for field, allowed in choices.items():
        if (value := getattr(settings, field)) not in allowed:
            raise SettingsError(f"{field.upper()} is {value!r}; it has to be one of {', '.join(allowed)}.")
    for field in ("redis_port", "console_port"):
        if not 0 <= (port := getattr(settings, field)) <= 65535:
            raise SettingsError(f"{field.upper()} is {port}; a port is a number from 0 to 65535.")
    _check_sign_in(settings)
    for field in (
        "workers",
        "lease_s",
        "heartbeat_s",
        "repush_s",
        "slice_s",
        "job_time_limit_s",
        "session_hours",
        "store_max_running",
        "ageing_s",
    ):
        if (number := getattr(settings, field)) <= 0:
            raise SettingsError(f"{field.upper()} is {number:g}; it has to be more than 0.")
    for field in (name for name in Settings.__dataclass_fields__ if name.startswith("keep_") or name == "bulk_per_s"):
        if (number := getattr(settings, field)) < 1:
            raise SettingsError(f"{field.upper()} is {number}; it has to be 1 or more.")
    _check_alerts(settings)
    if settings.heartbeat_s * 2 > settings.lease_s:
        raise SettingsError(
            f"HEARTBEAT_S is {settings.heartbeat_s:g} and LEASE_S {settings.lease_s:g}; "
            "the lease has to last at least two heartbeats, or healthy workers lose their jobs."
        )
    if settings.is_sqlite and (settings.db_slave1_host or settings.db_slave2_host):
        raise SettingsError("DB_SLAVE1_HOST or DB_SLAVE2_HOST is set without DB_MASTER_HOST; name the primary too.")


def _check_alerts(settings: Settings) -> None:
    for rule in filter(None, (rule.strip() for rule in settings.alert_rules_off.split(","))):
        if rule not in ALERT_RULES:
            raise SettingsError(f"ALERT_RULES_OFF names {rule!r}; the rules are {', '.join(ALERT_RULES)}.")
    for field, least in (
        ("alert_silent_s", 90), ("alert_failed_in_a_row", 1), ("alert_late_min", 0), ("alert_oldest_job_s", 1), ("alert_credentials_days", 1),
    ):  # fmt: skip
        if (number := getattr(settings, field)) < least:
            raise SettingsError(f"{field.upper()} is {number:g}; it has to be {least} or more.")
    try:
        ZoneInfo(settings.schedule_time_zone)
    except (KeyError, ValueError, OSError):
        raise SettingsError(
            f"SCHEDULE_TIME_ZONE is {settings.schedule_time_zone!r}; it has to be a name such as Europe/Berlin or UTC."
        ) from None
    start, _, end = settings.alert_quiet_hours.partition("-")
    if settings.alert_quiet_hours and (not QUIET_HOURS.fullmatch(settings.alert_quiet_hours) or start == end):
        raise SettingsError(
            f"ALERT_QUIET_HOURS is {settings.alert_quiet_hours!r}; it has to be two times of day such as 22:00-07:00, or empty."
        )


def _check_sign_in(settings: Settings) -> None:
    for field in ("console_url", "oidc_issuer", "oidc_metadata_url", "auth_proxy_sign_out_url"):
        address = urlsplit(value := getattr(settings, field))
        if value and (address.scheme not in ("https", "http") or not address.hostname):
            raise SettingsError(f"{field.upper()} is {value!r}; it has to be an address such as https://quayside.example.com.")
    for field in ("console_proxy_addresses", "auth_proxy_addresses"):
        for part in filter(None, (part.strip() for part in getattr(settings, field).split(","))):
            try:
                ipaddress.ip_network(part)
            except ValueError:
                raise SettingsError(
                    f"{field.upper()} names {part!r}, which is no address such as 10.0.0.5 and no network such as 10.0.0.0/24."
                ) from None
    if settings.has_oidc or settings.oidc_issuer or settings.oidc_metadata_url:
        needed = {"OIDC_CLIENT_ID": settings.oidc_client_id, "OIDC_CLIENT_SECRET": settings.oidc_client_secret, "CONSOLE_URL": settings.console_url,
                  "OIDC_ISSUER": settings.oidc_issuer or settings.oidc_metadata_url}  # fmt: skip
        if missing := [name for name, value in needed.items() if not value]:
            raise SettingsError(f"Sign-in by OIDC also needs {' and '.join(missing)}. Set it, or unset every OIDC_ variable.")
    if settings.has_auth_proxy and not settings.auth_proxy_addresses:
        raise SettingsError(
            "AUTH_PROXY_HEADER is set without AUTH_PROXY_ADDRESSES; anybody could send it. Name the addresses of the proxy."
        )
    for pair in filter(None, (pair.strip() for pair in settings.auth_role_groups.split(","))):
        role, _, group = pair.partition("=")
        if role.strip() not in ("viewer", "operator", "admin") or not group.strip():
            raise SettingsError(f"AUTH_ROLE_GROUPS says {pair!r}; it has to be viewer, operator or admin, then = and a group's name.")


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.read(os.environ)


def platform_secret(platform: str, name: str, store: str) -> str | None:
    """A store's credential from the environment, e.g. SHOPIFY_ACCESS_TOKEN_store1; it outweighs the database's."""
    return os.environ.get(f"{platform}_{name}".upper() + f"_{store}") or None
