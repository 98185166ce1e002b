"""Shopify's search syntax (shopify.dev/docs/api/usage/search-syntax) as far as lists need it.

Terms stand beside each other (and), with AND, OR, NOT or a leading minus, and in parentheses. A time counts to the second
only when its value is quoted; without quotes its time part is ignored and the whole day (UTC) is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])|(?P<term>-?[\w.]+:(?:[<>]=?)?\s*(?:'[^']*'|"[^"]*"|[^\s()]+))|(?P<word>-?(?:"[^"]*"|[^\s()]+)))"""
)
TERM = re.compile(r"(?P<field>[\w.]+):(?P<sign>[<>]=?)?\s*(?P<value>.*)", re.DOTALL)
Span = tuple[int | None, int | None]  # seconds, half open


@dataclass(frozen=True, slots=True)
class Term:
    """`field:sign value`; `field` is "" for a bare word."""

    field: str
    sign: str
    value: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions under one connective."""

    connective: Literal["and", "or", "not"]
    parts: tuple[Term | Group, ...]


Condition = Term | Group
Getter = Callable[[Any], Any]  # what a record has in a field: seconds, text, a number or a set of texts


@dataclass(frozen=True, slots=True)
class Filter:
    """How a field is compared: `times` to the second, `days` by whole days, `number`, or `words` (any of a comma list)."""

    kind: Literal["times", "days", "number", "words"]
    of: Getter


def parsed(query: str) -> Group:
    """The condition that `query` means; an empty one is always true."""
    tokens = [found for found in TOKEN.finditer(query) if found.group().strip()]
    condition, rest = _alternatives([found.group().strip() for found in tokens])
    while rest:  # a parenthesis too many
        more, rest = _alternatives(rest[1:])
        condition = Group("and", (condition, more))
    return condition


def terms(condition: Condition) -> list[Term]:
    """All terms in it."""
    return [condition] if isinstance(condition, Term) else [term for part in condition.parts for term in terms(part)]


def simple(condition: Group) -> list[Term] | None:
    """The terms when all of them must hold, else None."""
    found: list[Term] = []
    for part in condition.parts:
        if isinstance(part, Term):
            found.append(part)
        elif part.connective != "and" or (inner := simple(part)) is None:
            return None
        else:
            found.extend(inner)
    return found if condition.connective == "and" else None


def matches(condition: Condition, record: Any, filters: Mapping[str, Filter], now: int) -> bool:
    """Whether `record` fulfils `condition`; a field that is not in `filters` is ignored, as Shopify does."""
    if isinstance(condition, Group):
        answers = (matches(part, record, filters, now) for part in condition.parts)
        if condition.connective == "not":
            return not all(answers)
        return any(answers) if condition.connective == "or" else all(answers)
    found = filters.get(condition.field)
    if found is None:
        return True
    value = found.of(record)
    if found.kind in {"times", "days"}:
        start, end = span(condition, now, whole_days=found.kind == "days")
        return value is not None and (start is None or start <= value) and (end is None or value < end)
    if found.kind == "number":
        return _compares(value, condition)
    wanted = {word.strip().lower() for word in condition.value.split(",")}
    values = value if isinstance(value, set | frozenset) else {value}
    return bool(wanted & {str(one).lower() for one in values if one is not None})


def span(term: Term, now: int, *, whole_days: bool) -> Span:
    """The seconds that a term on a time lets through. An unreadable value lets all through."""
    if term.value == "now":
        return _half_open(term.sign, now, now + 1)
    text = term.value if term.is_quoted else term.value[:10]
    text = f"{text}-01-01" if re.fullmatch(r"\d{4}", text) else text
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None, None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if whole_days or len(text) <= 10:
        day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return _half_open(term.sign, int(day.timestamp()), int((day + timedelta(days=1)).timestamp()))
    return _half_open(term.sign, int(moment.timestamp()), int(moment.timestamp()) + 1)


def _half_open(sign: str, start: int, end: int) -> Span:
    spans: dict[str, Span] = {">": (end, None), ">=": (start, None), "<": (None, start), "<=": (None, end)}
    return spans.get(sign, (start, end))


def _compares(value: Any, term: Term) -> bool:
    try:
        wanted = float(term.value.rsplit("/", 1)[-1])
    except ValueError:
        return False
    answers: dict[str, bool] = {">": value > wanted, ">=": value >= wanted, "<": value < wanted, "<=": value <= wanted}
    return answers.get(term.sign, bool(value == wanted))


def _alternatives(tokens: list[str]) -> tuple[Group, list[str]]:
    options: list[Group] = []
    while True:
        option, tokens = _sequence(tokens)
        options.append(option)
        if not tokens or tokens[0] != "OR":
            return (options[0] if len(options) == 1 else Group("or", tuple(options))), tokens
        tokens = tokens[1:]


def _sequence(tokens: list[str]) -> tuple[Group, list[str]]:
    parts: list[Condition] = []
    negated = False
    while tokens and tokens[0] not in {"OR", ")"}:
        word, tokens = tokens[0], tokens[1:]
        if word == "AND":
            continue
        if word == "NOT":
            negated = True
            continue
        part: Condition
        if word == "(":
            part, tokens = _alternatives(tokens)
            tokens = tokens[1:]
        else:
            negated = negated or word.startswith("-")
            part = _term(word.removeprefix("-"))
        parts.append(Group("not", (part,)) if negated else part)
        negated = False
    return Group("and", tuple(parts)), tokens


def _term(token: str) -> Term:
    found = TERM.fullmatch(token)
    value = found["value"] if found else token
    is_quoted = len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]
    value = value[1:-1] if is_quoted else value
    return Term(found["field"] if found else "", (found["sign"] or "") if found else "", value, is_quoted)
