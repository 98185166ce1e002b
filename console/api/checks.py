"""Holds what a caller sent against the same JSON Schema that the document shows; each breach as a field and a rule in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from console.api.problems import Problem, Wrong

Schema = Mapping[str, Any]
_formats = FormatChecker(formats=())
_KINDS = {"integer": "a whole number", "number": "a number", "string": "a text", "boolean": "true or false", "object": "an object",
          "array": "a list", "null": "null"}  # fmt: skip
_MOST_TOLD = 20
_FIRST_YEAR, _LAST_YEAR = 1001, 9998  # MySQL keeps 1000 to 9999, and a zone or a minute more may not lead beyond


class TooFar(ValueError):
    """A time that is one, and that a database cannot keep in every zone."""


def moment(text: str) -> datetime:
    """A time as RFC 3339 writes it.

    Raises: ValueError, of which TooFar is one.
    """
    found = datetime.fromisoformat(text.upper())
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise TooFar(text)
    return found


@_formats.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]  # jsonschema carries no types
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or moment(value).tzinfo is not None


def parsed(raw: bytes) -> Any:
    """The JSON that a body holds.

    Raises: Problem (400) for what is no JSON, or cannot be kept: numbers without end, lone surrogates.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise Problem(400, "The body is nested too deeply.") from None
    except UnicodeError:
        raise Problem(400, "The body is not UTF-8 text, or has half a character in it (a lone surrogate).") from None
    except ValueError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from None
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"the number {text[:40]} is too big")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands in it twice")
    return found


class Form:
    """A schema that is held against many values."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._validator = Draft202012Validator(schema, format_checker=_formats)

    def check(self, value: Any, *, status: int = 400) -> None:
        """Nothing, when the value is as the schema says.

        Raises: Problem with `status`, and every breach up to 20; with 422 where nothing is wrong but that a time is too far away.
        """
        found = list(self._validator.iter_errors(value))
        errors = [wrong for error in found for wrong in _told(error)][:_MOST_TOLD]
        if errors:
            told = 422 if all(isinstance(error.cause, TooFar) for error in found) else status
            raise Problem(told, " ".join(f"{each.field or 'The body'} {each.rule}." for each in errors), errors=errors)

    def from_query(self, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """A query string's values as the schema's properties say: numbers as numbers, true and false, lists from repeated names.

        Raises: Problem (400).
        """
        if not pairs and not self.schema.get("required"):
            return {}
        properties = self.schema.get("properties", {})
        found: dict[str, Any] = {}
        for name, text in pairs:
            wanted = properties.get(name, {})
            if wanted.get("type") == "array":
                found.setdefault(name, []).append(text)
            elif name in found:
                raise Problem(400, f"{name} is given twice.", errors=[Wrong(name, "may be given once")])
            else:
                found[name] = _read(text, wanted.get("type"))
        self.check(found)
        return found


def _told(error: ValidationError) -> list[Wrong]:
    path = ".".join(str(part) for part in error.absolute_path)
    within = f"{path}." if path else ""
    rule, schema = error.validator_value, error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "required":
            return [Wrong(within + name, "is required") for name in rule if name not in error.instance and f"'{name}'" in error.message]
        case "oneOf" if all("required" in each for each in rule):
            return [Wrong(path, f"has to have exactly one of {', '.join(name for each in rule for name in each['required'])}")]
        case "additionalProperties" if rule is False:
            known = sorted(schema.get("properties", {}))
            names = [name for name in error.instance if name not in known]
            return [Wrong(within + name, f"is not known here; known are {', '.join(known) or 'none'}") for name in names]
    if isinstance(error.cause, TooFar):
        return [Wrong(path, f"has to be a time of the years {_FIRST_YEAR} to {_LAST_YEAR}")]
    return [Wrong(path, _in_words(str(error.validator), rule))]


def _in_words(validator: str, rule: Any) -> str:
    match validator:
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            return f"has to be {' or '.join(_KINDS[kind] for kind in kinds)}"
        case "enum":
            return f"has to be one of {', '.join(map(str, rule))}"
        case "const":
            return f"has to be {rule}"
        case "minimum":
            return f"has to be {rule} or more"
        case "maximum":
            return f"has to be {rule} or less"
        case "minLength":
            return f"has to have at least {rule} character{'s' * (rule != 1)}"
        case "maxLength":
            return f"may have {rule} characters at most"
        case "maxProperties" | "maxItems":
            return f"may have {rule} entries at most"
        case "pattern":
            return f"has to look like {rule}"
        case "format":
            return "has to be a time with its zone, e.g. 2026-01-31T00:00:00Z"
        case _:
            return f"breaks the rule {validator}"


def _read(text: str, kind: str | None) -> Any:
    if kind == "integer" and text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20:
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
