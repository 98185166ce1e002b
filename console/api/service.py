"""The API's routes, all of them: what console/app.py mounts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from console.api import (
    alert_calls,
    alert_rule_calls,
    bulk_calls,
    consumer_calls,
    emptying_calls,
    failure_calls,
    job_calls,
    list_calls,
    openapi,
    option_calls,
    page,
    pause_calls,
    queue_calls,
    schedule_calls,
    store_calls,
    user_calls,
    view_calls,
    worker_calls,
)
from console.api import routes as making
from console.api.caller import must_sign_in
from console.api.operations import Operation

_CALLS = (
    queue_calls, emptying_calls, worker_calls, consumer_calls, job_calls, bulk_calls, failure_calls, pause_calls, store_calls, schedule_calls, user_calls, list_calls,
    alert_calls, alert_rule_calls, view_calls, option_calls,
)  # fmt: skip
OPERATIONS: list[Operation] = [operation for module in _CALLS for operation in module.OPERATIONS]
_SELF_CONTAINED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def _document(_request: Request) -> Response:
    return JSONResponse(openapi.document(OPERATIONS, must_sign_in=await must_sign_in()))


async def _page(_request: Request) -> Response:
    told = openapi.document(OPERATIONS, must_sign_in=await must_sign_in())
    return HTMLResponse(page.shown(told), headers={"Content-Security-Policy": _SELF_CONTAINED, "X-Content-Type-Options": "nosniff"})


def routes() -> list[BaseRoute]:
    """Newly made: each application has its own kept answers."""
    return [*making.routes(OPERATIONS, beside={"api": Route("/docs", _page)}), Route("/openapi.json", _document)]
