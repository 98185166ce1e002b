"""Exports: CSV and JSON Lines, written as they are read, so that a million rows take no more memory than a thousand."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import anyio

import tasks
from console.api import job_filters
from console.api.operations import Answer, Call
from console.api.problems import Problem, Wrong
from db import exports

AT_ONCE = 1_000  # rows in memory
_THREADS = anyio.CapacityLimiter(4)  # exports at once; they do not take the other calls' threads
KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
Rows = tuple[Sequence[Mapping[str, Any]], Any]  # some rows, and the key behind which more may follow; None at the end
Reader = Callable[[Any], Rows]
Part = tuple[bytes, Any]  # the same as text
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # what a header can carry as it is
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def export(call: Call) -> Answer:
    """All rows of a kind that the filters mean. The first are read before the answer begins, and who takes them is written down."""
    what, form, store = call.path["kind"], call.query.get("format", "csv"), call.query.get("store")
    part = partial(_part, what, form, _reader(what, call.query))
    first = part(None)
    tasks.note_export(what, call.query, by=call.actor)
    name = f"{what}-{store}.{form}" if store and _NAME.fullmatch(store) else f"{what}.{form}"
    return Answer(stream=_parts(part, first), kind=KINDS[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _reader(what: str, asked: Mapping[str, Any]) -> Reader:
    """What reads the next rows behind a key."""
    store, search = asked.get("store"), asked.get("search")
    if what == "jobs":
        wanted = job_filters.wanted(asked)
        return lambda before: exports.jobs_of(wanted, before=before, limit=AT_ONCE)
    if others := sorted(set(asked) - {"format", "store", "search"}):
        rule = f"is a filter of jobs; {what} have store and search"
        raise Problem(422, f"{others[0]} {rule}.", errors=[Wrong(name, rule) for name in others])
    if search:
        return partial(_found, what, search, store)
    return partial(_all, what, store)


def _found(what: str, search: str, store: str | None, before: int | None) -> Rows:
    answer = exports.found_records(what, search, before=before, limit=AT_ONCE, store=store)
    return answer.rows, answer.rows[-1]["id"] if answer.has_more else answer.searched_to


def _all(what: str, store: str | None, after: Any) -> Rows:
    rows = exports.records(what, after=after, limit=AT_ONCE, store=store)
    return rows, rows[-1][exports.key(store)] if len(rows) == AT_ONCE else None


async def _parts(part: Callable[[Any], Part], first: Part) -> AsyncIterator[bytes]:
    text, last = first
    yield text
    while last is not None:
        text, last = await anyio.to_thread.run_sync(part, last, limiter=_THREADS)
        if text:  # of what is searched some numbers at a time, a part may have none
            yield text


def _part(what: str, form: str, read: Reader, after: Any) -> Part:
    rows, last = read(after)
    head = [exports.COLUMNS[what]] if after is None else []
    return _csv([*head, *map(_cells, rows)]) if form == "csv" else _lines(rows), last


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cells(row: Mapping[str, Any]) -> list[Any]:
    return [_safe(value) if isinstance(value, str) else _plain(value) for value in row.values()]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=_plain) + "\n" for row in rows).encode("utf-8", "backslashreplace")
