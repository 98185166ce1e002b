"""Where a list goes on: the key of its last row, so that no list counts rows that it does not show."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from console.api.problems import Problem, Wrong
from db.history import Answer

LIMIT = {"type": "integer", "minimum": 1, "maximum": 500, "default": 100, "description": "rows in one answer"}
CURSOR = {"type": "string", "maxLength": 400, "description": "`next` of the answer before"}


def written(*place: Any) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read(text: str | None, kind: type) -> Any:
    """The key that a cursor stands for; None without one.

    Raises: Problem (422) for what is no cursor of this list.
    """
    if text is None:
        return None
    try:
        place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or len(place) != 1 or not _is_key(place[0], kind) or written(*place) != text:
        raise wrong()
    return place[0]


def wrong() -> Problem:
    """What a cursor that is none is told."""
    rule = "has to be `next` of an answer to the same question"
    return Problem(422, f"cursor {rule}.", errors=[Wrong("cursor", rule)])


def searched(answer: Answer, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer of a list that is searched some numbers at a time: where the search has not come to the end, `next` goes on before `searched_to`."""
    to = None if answer.has_more else answer.searched_to
    place = items[-1]["id"] if answer.has_more else to
    return {"items": list(items), "next": None if place is None else written(place), "searched_to": to}


def _is_key(value: Any, kind: type) -> bool:
    return isinstance(value, str) if kind is str else type(value) is int and 0 <= value < 2**53


def listed(rows: Sequence[Any], *, key: str, limit: int, has_more: bool | None = None) -> dict[str, Any]:
    """The answer of a list: `items` and `next`, which is null at the end. Without `has_more`, `rows` holds one more than `limit` where there is more."""
    more = len(rows) > limit if has_more is None else has_more
    items = list(rows[:limit])
    return {"items": items, "next": written(items[-1][key]) if more and items else None}
