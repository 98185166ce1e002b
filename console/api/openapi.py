"""The OpenAPI 3.1 document, made of the operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from console.api.earlier import HEADER
from console.api.operations import Operation
from console.api.problems import KIND
from console.api.shapes import SCHEMAS
from settings import VERSION

_ABOUT = (
    "Quayside keeps the products, orders, inventory and customers of web shops in one database. These calls use the same verbs, roles and audit log "
    "as the console's pages. Errors are application/problem+json and name the field and the rule."
)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in operation.parameters.items()]
    found += [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in operation.query.items()]
    if operation.changes:
        about = "The same key with the same call gets the earlier answer, with 200, and does nothing again; for a week."
        key = {"type": "string", "pattern": "^[!-~]{1,128}$"}
        found.append({"name": HEADER, "in": "header", "required": False, "schema": key, "description": about})
    return found


def _answers(operation: Operation) -> dict[str, Any]:
    def good(name: str) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{name}"} if name else {"type": "string"}
        return {kind: {"schema": schema} for kind in operation.kinds}

    found: dict[str, Any] = {
        str(status): {"description": HTTPStatus(status).phrase, "content": good(name)} for status, name in operation.answers.items()
    }
    if operation.changes:  # what a repeated Idempotency-Key gets
        found.setdefault("200", {"description": "The earlier answer", "content": good(next(iter(operation.answers.values())))})
    always = (400, 401, 403, 409, 413, 415, 422, 503) if operation.changes else (400, 401, 503)  # 409 and 422: of a repeated key too
    of_cursor = (422,) if "cursor" in operation.query else ()
    for status in sorted({*always, *operation.refusals, *of_cursor}):
        found[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return found


def _described(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": operation.summary, "operationId": f"{operation.method.lower()}{operation.path.replace('/', '_').translate({123: None, 125: None})}",
        "tags": [operation.group], "parameters": _parameters(operation), "responses": _answers(operation),
        "description": " ".join(filter(None, [operation.about, f"Needs the role {operation.role}."])),
    }  # fmt: skip
    if operation.changes:
        content = {"application/json": {"schema": dict(operation.body_form.schema)}}
        told["requestBody"] = {"required": operation.needs_body, "content": content}
    return told


def document(operations: Sequence[Operation], *, must_sign_in: bool) -> dict[str, Any]:
    """The whole API; without a sign-in a token may be left out."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    statuses = (400, 401, 403, 404, 409, 413, 415, 422, 503)
    problem = {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    security: list[Mapping[str, Any]] = [{"token": []}] if must_sign_in else [{}, {"token": []}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Quayside", "version": VERSION, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": security,
        "tags": [{"name": name} for name in dict.fromkeys(operation.group for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in statuses},
        },
    }
