"""The query of getOrders: which orders are asked for, and what eBay refuses (its errors 30700 to 32800)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from integrations.sandbox.ebay.refusal import of_fulfillment

MOST = 200
_CRITERION = re.compile(r"(?P<name>\w+):(?P<value>\[[^\]]*\]|\{[^}]*\})(?:,|$)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z", re.ASCII)
_STATES = {
    frozenset({"NOT_STARTED", "IN_PROGRESS"}): frozenset({"unfulfilled", "partial"}),
    frozenset({"FULFILLED", "IN_PROGRESS"}): frozenset({"fulfilled", "partial"}),
}
Range = tuple[int, int]  # seconds since 1970, the second one outside


def criteria(text: str, now: float) -> tuple[dict[str, Range], frozenset[str] | None]:
    """`created` or `updated` and the states of fulfillment that `filter` selects. Raises: Refusal."""
    ranges: dict[str, Range] = {}
    states: frozenset[str] | None = None
    place = 0
    while place < len(text):
        found = _CRITERION.match(text, place)
        if found is None:
            raise of_fulfillment(400, 30800, f"Invalid filter value {text[place:]} for filter filter", filter=text)
        name, value, place = found["name"], found["value"][1:-1], found.end()
        if name in ("creationdate", "lastmodifieddate") and found["value"].startswith("["):
            ranges["created" if name == "creationdate" else "updated"] = _range(value, now)
        elif name == "orderfulfillmentstatus" and found["value"].startswith("{"):
            states = _STATES.get(frozenset(value.split("|")))
            if states is None:
                raise of_fulfillment(400, 30800, f"Invalid filter value {value} for filter {name}", filter=name)
        else:
            raise of_fulfillment(400, 30700, f"Invalid filter name: {name}", filter=name)
    if len(ranges) == 2:
        del ranges["updated"]  # of both, only creationdate is used
    if not ranges and states is None:
        ranges["created"] = (int(now) - 90 * 86_400, int(now) + 1)
    return ranges, states


def paging(params: Mapping[str, str], *, default: int = 50) -> tuple[int, int]:
    """Limit and row offset. Raises: Refusal."""
    limit = params.get("limit", str(default))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST):
        raise of_fulfillment(400, 31100, f"Invalid limit: {limit}", limit=limit)
    offset = params.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and int(offset) % int(limit) == 0):
        raise of_fulfillment(400, 31000, f"Invalid offset: {offset}", offset=offset)
    return int(limit), int(offset)


def _range(text: str, now: float) -> Range:
    first, dots, last = text.partition("..")
    if not first:
        raise of_fulfillment(400, 30820, "Start date is missing")
    if not dots:
        raise of_fulfillment(400, 30810, "Invalid date format")
    start = _ms(first)
    end = _ms(last) if last else int(now * 1000)
    if start > now * 1000 or (last and end > now * 1000):
        raise of_fulfillment(400, 30850, "Start and end dates can't be in the future")
    if end < start:
        raise of_fulfillment(400, 30840, "Start date should be before end date")
    if end - start > timedelta(days=730) // timedelta(milliseconds=1):
        raise of_fulfillment(400, 30830, "Time range between start date and end date must be within '2' years.")
    return -(-start // 1000), end // 1000 + 1  # both ends are inside


def _ms(text: str) -> int:
    try:
        if _DATE.fullmatch(text):
            return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except ValueError:
        pass
    raise of_fulfillment(400, 30810, "Invalid date format", date=text)
