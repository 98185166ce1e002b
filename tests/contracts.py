"""Holds calls and answers against a vendor's OpenAPI (3.0) or Swagger (2.0) document: paths, methods, names, cases, enums, types.

Vendors' documents seldom close their objects; here every object with known properties is closed, so that a misspelt name fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator

CONTRACTS = Path(__file__).resolve().parents[1] / "../shared/contracts"
Query = Iterable[tuple[str, str]]


def contract_file(name: str) -> Path:
    """A file of the reference material beside the project; skips where it is absent (in CI a skip is a failure)."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"the reference material {name} is not beside the project (../shared/contracts)")
    return path


@dataclass(frozen=True)
class Spoken:
    """One call and its answer, as they went over the wire; `path` below the API's base."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    status: int
    answer: bytes
    answer_headers: Mapping[str, str] = field(default_factory=dict)


class Contract:
    """One document."""

    def __init__(self, document: dict[str, Any], *, base: str = "") -> None:
        self._document = _closed(document)
        self._base = base  # what stands before the document's paths, e.g. its basePath
        self._validators: dict[str, Draft202012Validator] = {}

    @classmethod
    def load(cls, name: str, *, base: str = "") -> Contract:
        """The document `name` of the reference material."""
        return cls(json.loads(contract_file(name).read_text(encoding="utf-8")), base=base)

    def check(self, spoken: Spoken) -> None:
        """Fails unless the call and its answer are as the document says."""
        self.check_call(spoken)
        self.check_answer(spoken)

    def check_call(self, spoken: Spoken) -> None:
        """Fails unless the path, the method, each parameter and the body are known, complete and of the right type."""
        where, operation, in_path = self._operation(spoken.method, spoken.path)
        given: dict[str, dict[str, list[str]]] = {"query": {}, "path": {name: [value] for name, value in in_path.items()}}
        for name, value in spoken.query:
            given["query"].setdefault(name, []).append(value)
        given["header"] = {name.lower(): [value] for name, value in spoken.headers.items()}
        parameters = [self._resolved(each) for each in operation.get("parameters", ())]
        known = {each["name"] for each in parameters if each["in"] == "query"}
        assert set(given["query"]) <= known, f"{where}: not in the document: {sorted(set(given['query']) - known)}"
        for each in parameters:
            if each["in"] == "body":
                self._check_body(where, each.get("schema", {}), spoken.body, required=each.get("required", False))
            elif each["in"] in given:
                self._check_parameter(where, each, given[each["in"]])
        if request := operation.get("requestBody"):
            kind = spoken.headers.get("content-type", "").partition(";")[0]
            content = self._resolved(request)["content"]
            assert not spoken.body or kind in content, f"{where}: sent as {kind!r}, not one of {sorted(content)}"
            self._check_body(where, content.get(kind, {}).get("schema", {}), spoken.body, required=request.get("required", False))
        elif not any(each["in"] in ("body", "formData") for each in parameters):
            assert not spoken.body, f"{where}: takes no body"

    def check_answer(self, spoken: Spoken) -> None:
        """Fails unless the answer's status is documented and its body fits."""
        where, operation, _ = self._operation(spoken.method, spoken.path)
        answers = operation["responses"]
        documented = answers.get(str(spoken.status)) or answers.get("default")
        assert documented, f"{where}: {spoken.status} is not among the documented {sorted(answers)}"
        documented = self._resolved(documented)
        schema = documented.get("schema") or next((kind.get("schema") for kind in documented.get("content", {}).values()), None)
        if schema is not None:
            self._check_value(f"{where} → {spoken.status}", schema, json.loads(spoken.answer))

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        assert path.startswith(self._base), f"{path} is not below {self._base}"
        below = path.removeprefix(self._base)
        fitting = []
        for template, item in self._document["paths"].items():
            parts = re.split(r"(\{[^}]+\})", template)
            pattern = "".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts)
            if found := re.fullmatch(pattern, below):
                names = re.findall(r"\{([^}]+)\}", template)
                values = {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)}
                fitting.append((len(names), template, item, values))
        assert fitting, f"{method} {path}: no such path in the document"
        _, template, item, values = min(fitting, key=lambda each: each[0])  # the most literal one
        operation = item.get(method.lower())
        assert operation, f"{method} {template}: not one of {sorted(item)}"
        shared = [*item.get("parameters", ()), *operation.get("parameters", ())]
        return f"{method} {template}", {**operation, "parameters": shared}, values

    def _check_parameter(self, where: str, parameter: dict[str, Any], given: Mapping[str, list[str]]) -> None:
        name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
        if name not in given:
            assert not parameter.get("required"), f"{where}: the required {parameter['in']} parameter {name} is missing"
            return
        schema = self._resolved(parameter.get("schema") or {key: value for key, value in parameter.items() if key not in _NO_SCHEMA})
        values = given[name]
        if schema.get("type") == "array":
            inner = self._resolved(schema.get("items", {}))
            is_joined = (
                parameter.get("collectionFormat", "csv") == "csv" if "schema" not in parameter else parameter.get("explode") is False
            )
            parts = [part for value in values for part in (value.split(",") if is_joined else [value])]
            value: Any = [_typed(part, inner) for part in parts]
        else:
            assert len(values) == 1, f"{where}: {name} was given {len(values)} times"
            value = _typed(values[0], schema)
        self._check_value(f"{where}: {name}", schema, value)

    def _check_body(self, where: str, schema: dict[str, Any], body: bytes, *, required: bool) -> None:
        assert body or not required, f"{where}: the body is missing"
        if body:
            self._check_value(f"{where}: body", schema, json.loads(body))

    def _check_value(self, where: str, schema: dict[str, Any], value: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {name: self._document[name] for name in ("components", "definitions", "parameters") if name in self._document}
            self._validators[key] = Draft202012Validator({**whole, **schema} if "$ref" not in schema else {**whole, "allOf": [schema]})
        error = next(iter(self._validators[key].iter_errors(value)), None)
        assert error is None, f"{where}: {'.'.join(map(str, error.absolute_path)) or 'it'}: {error.message[:300]}" if error else ""

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part


_NO_SCHEMA = {"name", "in", "description", "required", "collectionFormat", "allowEmptyValue"}


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text as its type; left as text, and so refused, where it is not written like one."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _closed(part: Any, *, within_all_of: bool = False) -> Any:
    """`part` with objects that take no other properties than those they name, and with null where the document allows it."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(value) for name, value in part.items() if name != "allOf"}
    if isinstance(all_of := part.get("allOf"), list):
        closed["allOf"] = [_closed(each, within_all_of=len(all_of) > 1) for each in all_of]
    is_schema = isinstance(part.get("properties"), dict) and part.get("type", "object") == "object"
    if is_schema and not within_all_of:
        closed.setdefault("additionalProperties", False)
    if (part.get("nullable") or part.get("x-nullable")) and isinstance(part.get("type"), str):
        closed["type"] = [part["type"], "null"]
        if "enum" in closed:
            closed["enum"] = [*closed["enum"], None]
    return closed
