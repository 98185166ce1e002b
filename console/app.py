"""The console as one ASGI application: the pages, the health routes, who may call by which name, what a failure looks like."""

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

from console import health
from console.api import problems, service
from console.api.guard import Guard
from console.watch import watch
from db.engine import dispose

log = logging.getLogger("quayside.console")
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]  # a page of a foreign name that resolves to us is refused (DNS rebinding)


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
        f"This page hit an unexpected problem. Reload it, or give your administrator the reference `{reference}`.",
        title="Something went wrong",
        icon=":material/bug_report:",
    )
    return True


app = st.App(
    Path(__file__).resolve().parent / "main.py",
    routes=[*service.routes(), *health.routes],
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK, www_redirect=False), Middleware(Guard)],
    lifespan=lifespan,
    on_script_error=on_script_error,
    exception_handlers=problems.HANDLERS,
)
