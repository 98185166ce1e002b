"""/healthz: this process lives. /readyz: it can do its whole work: database, schema, broker."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import tasks
from db import migrate
from db.engine import DatabaseAway

_CHECKS = anyio.CapacityLimiter(2)  # never the threads that the console's files are served by


async def alive(_request: Request) -> JSONResponse:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def ready(_request: Request) -> JSONResponse:
    """200 when database, schema and broker are as they should be, else 503; each says what is wrong."""
    found = await anyio.to_thread.run_sync(_look, limiter=_CHECKS)
    is_ready = all(said == "ok" for said in found.values())
    return JSONResponse({"status": "ok" if is_ready else "not ready", **found}, 200 if is_ready else 503)


def _look() -> dict[str, str]:
    try:
        migrate.check()
        schema = "ok"
    except migrate.SchemaBehind as error:
        schema = str(error)
    except DatabaseAway as error:
        return {"database": str(error), "schema": "unknown", "broker": "unknown"}
    if schema != "ok":
        return {"database": "ok", "schema": schema, "broker": "unknown"}
    try:
        status = tasks.status()
    except DatabaseAway as error:
        return {"database": str(error), "schema": "unknown", "broker": "unknown"}
    return {"database": "ok", "schema": "ok", "broker": "ok" if status.broker_is_up else f"{status.broker} does not answer."}


routes = [Route("/healthz", alive), Route("/readyz", ready)]
