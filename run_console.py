"""Serves the console: one process, one port.

Not `streamlit run`: it binds the socket without saying that it is TCP, asyncio then leaves Nagle's algorithm on, and every call waits 40 ms.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys

import uvicorn

from db import migrate
from db.engine import DatabaseAway
from settings import ROOT, Settings, SettingsError, settings


class CannotServe(Exception):
    """Why the console does not start; the text says what to do."""


def listen(config: Settings) -> socket.socket:
    """A listening socket on the console's address.

    Raises: CannotServe for a busy port, an unknown host, or a host that others can reach.
    """
    host, port = config.console_host, config.console_port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise CannotServe(f"CONSOLE_HOST is {host!r}, which is no address of this machine ({error.strerror}).") from None
    if not ipaddress.ip_address(address[0]).is_loopback:
        raise CannotServe(
            f"CONSOLE_HOST is {host!r}, which others can reach, and the console has no sign-in. Set CONSOLE_HOST=127.0.0.1 and reach it through an SSH tunnel."
        )
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


def main() -> int:
    """Check what can be checked, say where the console is, serve until told to stop."""
    try:
        config = settings()
        os.chdir(ROOT)  # .streamlit/config.toml is looked for here
        migrate.check()
        door = listen(config)
    except (SettingsError, DatabaseAway, migrate.SchemaBehind, CannotServe) as error:
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
            proxy_headers=False,  # nobody stands between the person and a loopback address
            log_level="warning",
        )
    )
    server.run(sockets=[door])
    return 0


if __name__ == "__main__":
    sys.exit(main())
