"""Connections: a page of a sorted list, told by cursors that only fit the list they came from."""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from integrations.sandbox.contract import reordered

MAX_PAGE = 250
EVERYTHING = 2**31 - 1  # the page of a bulk operation; no other query is paid for that asks for so much
Key = tuple[Any, int]


def bad_request(message: str) -> GraphQLError:
    """An argument that cannot be."""
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def connection(
    numbers: Sequence[int],
    *,
    args: Mapping[str, Any],
    sort_value: Callable[[int], Any],
    node: Callable[[int], dict[str, Any]],
    question: object,
    bends: frozenset[str] = frozenset(),
    seed: int = 0,
) -> dict[str, Any]:
    """The page that `args` (first, after, last, before, reverse) ask for of `numbers`, ascending by (`sort_value`, number).

    A cursor holds the last record's sort value and number, so that the walk goes on from there even when that record moved.
    Raises: GraphQLError.
    """
    first, last = args.get("first"), args.get("last")
    if (first is None) == (last is None):
        raise bad_request("you must provide one of first or last")
    size = first if first is not None else last
    if size is None or size < 0 or MAX_PAGE < size < EVERYTHING:
        raise bad_request(f"{'first' if first is not None else 'last'} must be between 0 and {MAX_PAGE}")
    mark = hashlib.blake2b(repr((question, bool(args.get("reverse")))).encode(), digest_size=4).hexdigest()

    def key(number: int) -> Key:
        return sort_value(number), number

    low, high = _bounds(numbers, args, key, mark)
    from_start = (first is not None) != bool(args.get("reverse"))
    chosen = list(numbers[low : min(low + size, high)] if from_start else numbers[max(high - size, low) : high])
    left = high - low > len(chosen)
    if args.get("reverse"):
        chosen.reverse()
    rows = reordered(chosen, bends, seed)
    cursors = [_cursor(key(number), mark) for number in rows]
    end = args.get("after") if "repeated_token" in bends and args.get("after") else cursors[-1] if cursors else None
    return {
        "edges": lambda _info: [{"cursor": cursor, "node": node(number)} for cursor, number in zip(cursors, rows, strict=True)],
        "nodes": lambda _info: [node(number) for number in rows],
        "pageInfo": {
            "hasNextPage": left if first is not None else bool(args.get("before")),
            "hasPreviousPage": bool(args.get("after")) if first is not None else left,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": end,
        },
    }


def _bounds(numbers: Sequence[int], args: Mapping[str, Any], key: Callable[[int], Key], mark: str) -> tuple[int, int]:
    low, high = 0, len(numbers)
    for name, is_lower in (("after", not args.get("reverse")), ("before", bool(args.get("reverse")))):
        if args.get(name) is not None:
            edge = _read(args[name], mark)
            if is_lower:
                low = max(low, bisect_right(numbers, edge, key=key))
            else:
                high = min(high, bisect_left(numbers, edge, key=key))
    return low, max(low, high)


def _cursor(key: Key, mark: str) -> str:
    content = {"last_id": key[1], "last_value": key[0], "of": mark}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _read(text: str, mark: str) -> Key:
    try:
        content = json.loads(base64.b64decode(text, validate=True))
        key = content["last_value"], content["last_id"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("Invalid cursor.") from None
    if content.get("of") != mark:
        raise bad_request("Invalid cursor for current pagination sort.")
    return key
