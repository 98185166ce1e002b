"""TikTok's searches: which records, in what order, which page of them.

Paging stands in the query (page_size, page_token, sort_field, sort_order), filters in the JSON body. A page token counts rows
from the beginning of the live search and belongs to one search, so that rows that leave it on the way shift the others.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.tiktok import refusal

LARGEST_PAGE = 100
SORT_FIELDS, SORT_ORDERS = ("create_time", "update_time"), ("ASC", "DESC")
COMMON = ("app_key", "timestamp", "sign", "shop_cipher")
Range = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Paging:
    """What the query asks for."""

    size: int
    offset: int
    field: str
    order: str
    mark: str  # of the search that its tokens belong to
    is_repeating: bool


def paging(
    call: Call, body: Mapping[str, Any], *, is_sortable: bool, largest: int = LARGEST_PAGE, life_s: float | None, now: float
) -> Paging:
    """Read the query. `life_s`: how long a page token lives. Raises: Refusal."""
    known = ("page_size", "page_token", *(("sort_field", "sort_order") if is_sortable else ()))
    params = only(call, known)
    size = params.get("page_size", "")
    if not size.isdecimal() or not 1 <= int(size) <= largest:
        raise refusal.invalid("page_size", f"must be between 1 and {largest}")
    field, order = params.get("sort_field", "create_time"), params.get("sort_order", "DESC")
    if field not in SORT_FIELDS:
        raise refusal.invalid("sort_field", f"must be one of {', '.join(SORT_FIELDS)}")
    if order not in SORT_ORDERS:
        raise refusal.invalid("sort_order", f"must be one of {', '.join(SORT_ORDERS)}")
    question = json.dumps([call.path, body, field, order, size], sort_keys=True)
    mark = hashlib.blake2b(question.encode(), digest_size=6).hexdigest()
    token = params.get("page_token", "")
    offset = _offset(token, mark, life_s, now) if token else 0
    return Paging(int(size), offset, field, order, mark, "repeated_token" in call.bends and bool(token))


def page(
    numbers: Sequence[int], asked: Paging, call: Call, seed: int, row: Callable[[int], dict[str, Any]], *, ceiling: int | None, now: float
) -> tuple[list[dict[str, Any]], str, int]:
    """Rows, next_page_token and total_count of `numbers`; no row after the first `ceiling` is shown."""
    shown = len(numbers) if ceiling is None else min(len(numbers), ceiling)
    chosen = list(numbers[asked.offset : min(asked.offset + asked.size, shown)])
    end = asked.offset + len(chosen)
    following = _token(end, asked.mark, now) if end < shown else ""
    if asked.is_repeating:
        following = call.params["page_token"]
    return [row(number) for number in reordered(chosen, call.bends, seed)], following, len(numbers)


def only(call: Call, known: Sequence[str]) -> dict[str, str]:
    """The query. Raises: Refusal when it has a name that the endpoint does not have, in whatever case."""
    for name in call.params:
        if name not in known and name not in COMMON:
            raise refusal.invalid(name, "is not known")
    return call.params


def filters(call: Call, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body; `kinds` names its fields: a type, a tuple of words, or a list with one word's tuple or a greatest length.

    Raises: Refusal.
    """
    try:
        body = call.json() if call.body else {}
    except ValueError:
        raise refusal.invalid("body", "is no JSON", "request") from None
    if not isinstance(body, dict) or call.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise refusal.invalid("body", "must be an object, sent as application/json", "request")
    for name, value in body.items():
        if name not in kinds:
            raise refusal.invalid(name, "is not known", "body")
        if not _fits(value, kinds[name]):
            raise refusal.invalid(name, "has a wrong type or value", "body")
    return body


def half_open(body: Mapping[str, Any], since: str, until: str, *, is_until_inclusive: bool, now: int) -> Range:
    """The times that `since` (inclusive) and `until` select; an upper bound left out is the present."""
    low, high = body.get(since), body.get(until)
    if low is None and high is None:
        return None, None
    return low, (now + 1 if high is None else high + 1 if is_until_inclusive else high)


def _fits(value: Any, kind: Any) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(kind, type):
        return isinstance(value, kind)
    if isinstance(kind, tuple):
        return value in kind
    allowed = kind[0]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return len(value) <= allowed if isinstance(allowed, int) else set(value) <= set(allowed)


def _token(offset: int, mark: str, now: float) -> str:
    return base64.b64encode(f"offset={offset}\n~~~???>{mark}@{int(now)}".encode()).decode()


def _offset(token: str, mark: str, life_s: float | None, now: float) -> int:
    try:
        first, _, rest = base64.b64decode(token, validate=True).decode().partition("\n")
        given_mark, _, moment = rest.rpartition(">")[2].partition("@")
        offset, given = int(first.removeprefix("offset=")), int(moment)
    except ValueError:
        raise refusal.invalid("page_token", "is invalid") from None
    if given_mark != mark or (life_s is not None and now > given + life_s):
        raise refusal.invalid("page_token", "is invalid")
    return offset
