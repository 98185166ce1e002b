"""The OpenAPI 3.1 document, made of the operations, and the page that shows it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from functools import cache
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
    always = (400, 401, 403, 413, 415, 503) if operation.changes else (400, 401, 503)
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


@cache
def _style() -> str:
    return """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; } summary { padding: .6rem .8rem; cursor: pointer; }
summary code { font-weight: 600; overflow-wrap: anywhere; } .method { display: inline-block; min-width: 3.5rem; font-weight: 700; }
details > div { padding: 0 .8rem .8rem; border-top: 1px solid var(--line); } pre { background: var(--soft); padding: .8rem; border-radius: .4rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
""".strip()


def page(told: Mapping[str, Any]) -> str:
    """The document as HTML that needs nothing but itself."""
    groups = []
    for tag in told["tags"]:
        shown = [
            _shown(method, path, one)
            for path, methods in told["paths"].items()
            for method, one in methods.items()
            if tag["name"] in one["tags"]
        ]
        groups.append(f"<h2>{_text(tag['name'])}</h2>{''.join(shown)}")
    about = _text(told["info"]["description"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quayside: HTTP API</title>'
        f"<style>{_style()}</style><h1>Quayside: HTTP API</h1><p>{about}</p>"
        f'<p><a href="/openapi.json">openapi.json</a> · version {_text(told["info"]["version"])} · <a href="/">console</a></p>{"".join(groups)}</html>'
    )


def _shown(method: str, path: str, one: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(each['name'])}</code></td><td>{_text(each['in'])}</td><td>{_text(each.get('description') or _rule(each['schema']))}</td></tr>"
        for each in one["parameters"]
    )
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    sent = f"<h4>Body</h4><pre>{_text(json.dumps(body, indent=2, ensure_ascii=False))}</pre>" if body and body.get("properties") else ""
    answers = "".join(
        f"<tr><td><code>{_text(status)}</code></td><td>{_text(_answered(answer))}</td></tr>" for status, answer in one["responses"].items()
    )
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{_text(path)}</code> {_text(one["summary"])}</summary><div>'
        f"<p>{_text(one['description'])}</p>{f'<h4>Parameters</h4><table>{rows}</table>' if rows else ''}{sent}"
        f"<h4>Answers</h4><table>{answers}</table></div></details>"
    )


def _answered(answer: Mapping[str, Any]) -> str:
    if "$ref" in answer:
        return f"{HTTPStatus(int(answer['$ref'].rpartition('/')[2])).phrase}, as a problem"
    name = next(iter(answer["content"].values()))["schema"].get("$ref", "").rpartition("/")[2]
    return name or ", ".join(answer["content"])


def _rule(schema: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in schema.items() if name in ("type", "enum", "minimum", "maximum", "pattern", "default")
    )


def _text(value: object) -> str:
    return html.escape(str(value))
