"""Makes routes of operations: reads and checks what came, runs the verb in a thread of the API's own, answers in JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from console.api import earlier
from console.api.caller import caller
from console.api.checks import parsed
from console.api.kept import Kept
from console.api.operations import Answer, Call, Operation
from console.api.problems import Problem, Wrong
from tasks.roles import require

THREADS = anyio.CapacityLimiter(16)  # never the threads that the console's own files are served by
_BODY_S = 30.0
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_SECURE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(operations: Iterable[Operation], *, beside: Mapping[str, BaseRoute]) -> list[BaseRoute]:
    """The operations under a Mount for each first part of their paths: flat, a wrong method would be answered by the console's page.
    `beside`: first part of a path → a route that is no operation."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in operations:
        by_path[operation.path][operation.method] = operation
    mounts: dict[str, list[BaseRoute]] = defaultdict(list)
    for path, methods in sorted(by_path.items(), key=lambda each: "{" in each[0]):
        first, _, rest = path[1:].partition("/")
        # a path without parameters takes every method, or GET /bulk/preview would be asked of /bulk/{id}
        mounts[first].append(Route(f"/{rest}", _endpoint(methods), methods=list(methods) if "{" in rest else _METHODS))
    for first, route in beside.items():
        mounts[first].append(route)
    return [Mount(f"/{first}", routes=inner) for first, inner in mounts.items()]


def _endpoint(methods: dict[str, Operation]) -> Endpoint:
    ends = {method: _one(operation) for method, operation in methods.items()}

    async def endpoint(request: Request) -> Response:
        end = ends.get("GET" if request.method == "HEAD" else request.method)
        if end is None:
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        return await end(request)

    return endpoint


def _one(operation: Operation) -> Endpoint:
    kept = Kept(operation.cached_s) if operation.cached_s else None

    async def endpoint(request: Request) -> Response:
        actor = await caller(request)
        path, query = _path(operation, request), operation.query_form.from_query(request.query_params.multi_items())
        body, raw = await _body(operation, request)
        call = Call(actor=actor, path=path, query=query, body=body)
        if kept is not None:
            text = await kept.get(lambda: _json(operation.act(call).value), THREADS)
            return Response(text, 200, _SECURE, media_type="application/json")
        asked = earlier.asked(request, actor, raw) if operation.changes else None
        return _response(await anyio.to_thread.run_sync(_act, operation, call, asked, limiter=THREADS))

    return endpoint


def _act(operation: Operation, call: Call, asked: earlier.Asked | None) -> Answer:
    if operation.action:
        require(call.actor, operation.role, action=operation.action, target=operation.target.format(**call.path))
    return earlier.once(asked, call, operation.act) if asked is not None else operation.act(call)


def _path(operation: Operation, request: Request) -> dict[str, Any]:
    if not operation.parameters:
        return {}
    found: dict[str, Any] = {}
    for name, text in request.path_params.items():
        is_number = operation.parameters[name].get("type") == "integer"
        found[name] = int(text) if is_number and text.isascii() and text.isdigit() and len(text) < 17 else text
    try:
        operation.path_form.check(found)
    except Problem as problem:  # what cannot be a name or a number here cannot be found either
        raise Problem(404, f"There is nothing at {request.url.path}. {problem.detail}", errors=problem.errors) from None
    return found


async def _body(operation: Operation, request: Request) -> tuple[dict[str, Any], bytes]:
    if not operation.changes:
        return {}, b""
    raw = b""
    with anyio.move_on_after(_BODY_S) as patience:
        raw = await request.body()
    if patience.cancelled_caught:
        raise Problem(408, f"The body did not come within {_BODY_S:g} seconds.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and kind != "application/json":
        raise Problem(415, "Send JSON: Content-Type: application/json.", headers={"Accept": "application/json"})
    if not raw and operation.needs_body:
        raise Problem(400, "The body is missing; this call needs a JSON object.", errors=[Wrong("", "has to be an object")])
    body = parsed(raw) if raw else {}
    operation.body_form.check(body)
    return body, raw


def _response(answer: Answer) -> Response:
    headers = {**_SECURE, **answer.headers}
    if answer.stream is not None:
        return StreamingResponse(answer.stream, answer.status, headers, media_type=answer.kind)
    return Response(_json(answer.value), answer.status, headers, media_type=answer.kind)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Decimal():
            return f"{value:f}"  # money never is a float
        case _:
            raise TypeError(f"{type(value).__name__} has no place in an answer")
