"""Serves the console: one process, one port.

Not `streamlit run`: it binds the socket without saying that it is TCP, asyncio then leaves Nagle's algorithm on, and every call waits 40 ms.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys

import uvicorn

from db import accounts, fitness, migrate
from db.engine import DatabaseAway
from settings import ROOT, Settings, SettingsError, settings
from tasks import logs


class CannotServe(Exception):
    """Why the console does not start; the text says what to do."""


def listen(config: Settings) -> socket.socket:
    """A listening socket on the console's address.

    Raises: CannotServe for a busy port, an unknown host, or a host that others can reach without a sign-in; DatabaseAway.
    """
    host, port = config.console_host, config.console_port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise CannotServe(f"CONSOLE_HOST is {host!r}, which is no address of this machine ({error.strerror}).") from None
    _check_sign_in(config, ipaddress.ip_address(address[0]))
    door = socket.socket(family, kind, socket.IPPROTO_TCP)  # the protocol is named, so that asyncio sets TCP_NODELAY
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(address)
        door.listen(2048)
    except OSError as error:
        door.close()
        raise CannotServe(
            f"Port {port} of {host} cannot be used ({error.strerror}). Stop what listens there, or set CONSOLE_PORT to another port."
        ) from None
    return door


def _check_sign_in(config: Settings, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Nobody but this machine comes in without a sign-in."""
    foreign = [name for name in config.allowed_hosts if name not in ("localhost", "127.0.0.1", "[::1]", "::1")]
    if address.is_loopback and not foreign:
        return
    if not (config.sign_in or config.has_oidc or config.has_auth_proxy or accounts.admins_who_can_sign_in()):
        why = f"CONSOLE_HOST is {config.console_host!r}" if not address.is_loopback else f"CONSOLE_ALLOWED_HOSTS names {foreign[0]}"
        raise CannotServe(
            f"{why}, which others can reach, and the console has no sign-in. Make the first account with: "
            "python -m tasks.accounts add NAME --role admin (or set the OIDC_ or AUTH_PROXY_ variables, see docs/operations.md)."
        )
    if address.is_unspecified and not config.allowed_hosts:
        raise CannotServe(
            f"CONSOLE_HOST is {config.console_host!r} and CONSOLE_ALLOWED_HOSTS is empty, so every name would be refused. "
            "Set CONSOLE_ALLOWED_HOSTS to the names that people reach it by, e.g. quayside.example.com."
        )


def main() -> int:
    """Check what can be checked, say where the console is, serve until told to stop."""
    try:
        config = settings()
        logs.set_up()
        os.chdir(ROOT)  # .streamlit/config.toml is looked for here
        fitness.check()
        migrate.check()
        door = listen(config)
    except (SettingsError, DatabaseAway, migrate.SchemaBehind, fitness.DatabaseUnfit, CannotServe) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    from console.app import app  # after the checks: importing Streamlit takes a second

    host = f"[{config.console_host}]" if ":" in config.console_host else config.console_host
    sys.stdout.write(f"Quayside's console is at http://{host}:{door.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=20,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # console/app.py believes the proxies of CONSOLE_PROXY_ADDRESSES, and knows who really called
            log_level="warning",
            log_config=None,  # tasks/logs.py has said how lines look
        )
    )
    server.run(sockets=[door])
    return 0


if __name__ == "__main__":
    sys.exit(main())
