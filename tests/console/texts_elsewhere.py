"""Every sentence that the floors below say to a person: errors, hints, verdicts. Found where they are made, with a named place for each value.

Below the console all is English, in the database too. The console knows the sentence by its form, so the sentence itself is its id.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("tasks", "db", "integrations")
MADE_BY = {  # whose arguments are sentences
    "BadRequest", "WrongState", "Denied", "NoSuchJob", "LookupError", "DatabaseAway", "DatabaseSlow", "TransactionUndone", "SecretsUnreadable", "JobFailed",
    "Finding", "AuthRefused", "ScopeMissing", "ConfigWrong", "RateLimited", "Unavailable", "ContractBroken", "PaginationNotAdvancing", "AnswerTooLarge",
    "CursorExpired", "NotThere", "Cause", "__init__",
}  # fmt: skip
NAMED = {"hint", "error", "sentence", "note"}  # keyword arguments and variables that hold one
ALSO = {"aside", "changed"}  # variables that hold a part of one
_TRANSPARENT = {"len", "str", "sorted", "join", "isoformat", "strip", "lower", "astimezone", "title", "int", "round"}


def found() -> Iterator[tuple[str, str]]:
    """(The file, the sentence)."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not {"sandbox", "migrations"} & set(path.parts):
                for text in _said_in(ast.parse(path.read_text())):
                    yield str(path.relative_to(ROOT)), text


def _said_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        told: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            told = [*(node.args if name in MADE_BY else []), *(one.value for one in node.keywords if one.arg in NAMED)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in NAMED | ALSO:
            told = [node.value]
        for one in told:
            for text in forms(one):
                if " " in text.strip() and re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", text)):
                    yield text.strip()


def forms(node: ast.expr) -> list[str]:
    """Every sentence that this expression can make; none where the code does not tell."""
    return [text for text, _places in _forms(node, {})]


def _forms(node: ast.expr, places: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    match node:
        case ast.Constant(value=str(text)):
            return [(text, places)]
        case ast.JoinedStr(values=parts):
            made = [("", places)]
            for part in parts:
                made = [(text + more, known) for text, here in made for more, known in _forms(part, here)]
            return made
        case ast.FormattedValue(value=inner):
            if isinstance(inner, ast.IfExp | ast.JoinedStr) and (made := _forms(inner, places)):
                return made
            return [_place(inner, places)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [(text + more, known) for text, here in _forms(left, places) for more, known in _forms(right, here)]
        case ast.IfExp(body=one, orelse=other):
            return [*_forms(one, places), *_forms(other, places)]
    return []


def _place(node: ast.expr, places: dict[str, str]) -> tuple[str, dict[str, str]]:
    """{name}; the same name for the same value, another for another."""
    told = ast.unparse(node)
    if told not in places:
        name = _name(node)
        places = {
            **places,
            told: next(each for each in itertools.chain([name], (f"{name}{n}" for n in itertools.count(2))) if each not in places.values()),
        }
    return f"{{{places[told]}}}", places


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name.strip("_").lower()
        case ast.Attribute(value=value, attr=attr):
            return _name(value) if attr in _TRANSPARENT else attr.strip("_").lower()
        case ast.Call(func=func, args=args):
            called = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
            return _name(args[0] if args else func) if called in _TRANSPARENT else called.strip("_").lower() or "value"
        case ast.Subscript(value=value, slice=part):
            return str(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else _name(value)
        case ast.BinOp(left=left):
            return _name(left)
    return "value"


__all__ = ["forms", "found"]
