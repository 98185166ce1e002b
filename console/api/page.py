"""The page that shows the OpenAPI document: one HTML file that needs nothing but itself."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; } summary { padding: .6rem .8rem; cursor: pointer; }
summary code { font-weight: 600; overflow-wrap: anywhere; } .method { display: inline-block; min-width: 3.5rem; font-weight: 700; }
details > div { padding: 0 .8rem .8rem; border-top: 1px solid var(--line); } pre { background: var(--soft); padding: .8rem; border-radius: .4rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
"""


def shown(told: Mapping[str, Any]) -> str:
    """The document as HTML that needs nothing but itself."""
    groups = []
    for tag in told["tags"]:
        operations = [
            _shown(method, path, one)
            for path, methods in told["paths"].items()
            for method, one in methods.items()
            if tag["name"] in one["tags"]
        ]
        groups.append(f"<h2>{_text(tag['name'])}</h2>{''.join(operations)}")
    about = _text(told["info"]["description"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quayside: HTTP API</title>'
        f"<style>{_STYLE}</style><h1>Quayside: HTTP API</h1><p>{about}</p>"
        f'<p><a href="/openapi.json">openapi.json</a> · version {_text(told["info"]["version"])} · <a href="/">console</a></p>{"".join(groups)}</html>'
    )


def _shown(method: str, path: str, one: Mapping[str, Any]) -> str:
    rows = "".join(_row(each["name"], each["in"], {**each["schema"], **each}) for each in one["parameters"])
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    parts = "".join(_row(name, "required" if is_required else "", schema) for name, schema, is_required in _parts(body))
    example = json.dumps(_example(body), indent=2, ensure_ascii=False)
    sent = f"<h4>Body</h4><table>{parts}</table><pre>{_text(example)}</pre>" if parts else ""
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


def _row(name: str, where: str, schema: Mapping[str, Any]) -> str:
    told = [str(schema.get("description", "")).rstrip("."), _rule(schema)]
    return f"<tr><td><code>{_text(name)}</code></td><td>{_text(where)}</td><td>{_text('; '.join(filter(None, told)))}</td></tr>"


def _rule(schema: Mapping[str, Any]) -> str:
    """What the value has to be, in a few words."""
    values = schema.get("enum") or schema.get("items", {}).get("enum")
    found = [", ".join(map(str, values)) if values else str(schema.get("format", schema.get("type", "")))]
    found += [f"{word} {schema[name]}" for name, word in (("minimum", "from"), ("maximum", "to"), ("default", "default")) if name in schema]
    if "maxLength" in schema:
        found.append(f"{schema['maxLength']} characters at most")
    return " ".join(filter(None, found))


def _parts(schema: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every value of a body: its name with dots, its schema, whether it has to be there."""
    for name, part in schema.get("properties", {}).items():
        if "properties" in part:
            yield from _parts(part, f"{within}{name}.")
        else:
            yield f"{within}{name}", part, name in schema.get("required", ())


def _example(schema: Mapping[str, Any]) -> Any:
    if "properties" in schema:
        return {name: _example(part) for name, part in schema["properties"].items() if "properties" in part or "examples" in part}
    return schema.get("examples", [{}])[0]


def _text(value: object) -> str:
    return html.escape(str(value))
