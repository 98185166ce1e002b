"""The console as one ASGI application: the pages, the sign-in, the API and health routes, who may call by which name, what a failure looks like."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit import config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from console import door, health, metrics, sign_in_oidc, sign_in_routes
from console.api import problems, service
from console.api.guard import Guard
from console.api.plain_refusals import PlainRefusals
from console.sign_in import Gate, Peer
from console.watch import watch
from console.words import _
from db.engine import dispose
from settings import settings

log = logging.getLogger("quayside.console")
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """While the console runs, it watches; connections are given back when it stops."""
    logging.getLogger("uvicorn.access").disabled = True  # Streamlit attaches it again after uvicorn was told to leave it out
    watching = asyncio.create_task(watch())
    yield {}
    watching.cancel()
    dispose()


def on_script_error(error: Exception) -> bool:
    """A bug in a page: the whole of it to the log, a reference to the person."""
    reference = secrets.token_hex(4)
    log.error("page failed reference=%s", reference, exc_info=error)
    st.error(
        _("This page hit an unexpected problem. Reload it, or give your administrator the reference {reference}.").format(
            reference=f"`{reference}`"
        ),
        title=_("Something went wrong"),
        icon=":material/bug_report:",
    )
    return True


def hosts() -> list[str]:
    """The names that a request may call us by; a page of a foreign name that resolves to us is refused (DNS rebinding)."""
    host = settings().console_host
    own = [] if host in ("0.0.0.0", "::") else [f"[{host}]" if ":" in host else host]  # noqa: S104  # recognised, not bound
    return list(dict.fromkeys([*LOOPBACK, *own, *settings().allowed_hosts]))


def middleware() -> list[Middleware]:
    """From the outside in: who is at the other end, whom a proxy speaks for, how a refusal reads, by which name, the API's guard, the door."""
    believed = [part.strip() for part in settings().console_proxy_addresses.split(",") if part.strip()]
    return [
        Middleware(Peer),
        *([Middleware(ProxyHeadersMiddleware, trusted_hosts=believed)] if believed else []),
        Middleware(PlainRefusals),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts(), www_redirect=False),
        Middleware(Guard),
        Middleware(Gate),
    ]


def configure() -> None:
    """What Streamlit has to know of our settings; after the App exists, which reads .streamlit/config.toml."""
    names = [name.strip("[]") for name in hosts()]
    said = {
        "server.allowedHosts": names,
        "server.corsAllowedOrigins": [f"{scheme}://{name}" for name in settings().allowed_hosts for scheme in ("https", "http")],
        "server.trustedUserHeaders": door.USER_HEADERS,  # the gate drops what a client sends under these names
        "server.cookieSecret": sign_in_oidc.cookie_secret(),
    }
    for option, value in said.items():
        config.set_option(option, value, "Quayside's settings")


app = st.App(
    Path(__file__).resolve().parent / "main.py",
    secrets=sign_in_oidc.streamlit_secrets(),
    routes=[*service.routes(), *sign_in_routes.routes, *metrics.routes(), *health.routes],
    middleware=middleware(),
    lifespan=lifespan,
    on_script_error=on_script_error,
    exception_handlers=problems.HANDLERS,
)
configure()
