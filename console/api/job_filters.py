"""The filters of the list of jobs, as callers say them: of the list, its export, and of what a bulk operation acts on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tasks
from console.api import shapes
from console.api.checks import moment
from console.api.problems import Problem, Wrong
from db.history import Wanted

_LONGEST_S = 315_360_000  # ten years
FILTERS: dict[str, dict[str, Any]] = {
    "state": shapes.STATES,
    "store": shapes.STORE,
    "queue": shapes.QUEUE,
    "search": {"type": "string", "maxLength": 100,
               "description": "a job's number, a part of its name or error, or order:1042, sku:…, product:…, user:…, error:…, task:sync_*"},
    "platform": {"type": "string", "enum": sorted(tasks.platforms())},
    "requestedBy": {"type": "string", "minLength": 1, "maxLength": 255, "description": "a whole name, e.g. ana, token:robot or schedule"},
    "retried": {"type": "boolean", "description": "true: those that were tried more than once"},
    "longerThanS": {"type": "integer", "minimum": 1, "maximum": _LONGEST_S, "description": "seconds from the first start to the end, or to now"},
    "withinS": {"type": "integer", "minimum": 1, "maximum": _LONGEST_S, "description": "requested within the last so many seconds; not beside since and until"},
    "since": {**shapes.TIME, "description": "requested then or later"},
    "until": {**shapes.TIME, "description": "requested before"},
}  # fmt: skip


def wanted(asked: Mapping[str, Any]) -> Wanted:
    """Which jobs are meant; what else is in `asked` is left alone.

    Raises: Problem (422) for times that exclude one another.
    """
    since, until = (moment(asked[name]) if name in asked else None for name in ("since", "until"))
    if "withinS" in asked and (since or until):
        raise _wrong("withinS", "may not be given beside since or until")
    if since and until and until <= since:
        raise _wrong("until", "has to be after since")
    return Wanted(
        states=tuple(asked.get("state", ())), store=asked.get("store"), queue=asked.get("queue"), search=asked.get("search", ""),
        platform=asked.get("platform"), requested_by=asked.get("requestedBy", ""), is_retried=asked.get("retried", False),
        longer_s=int(asked.get("longerThanS", 0)), within_s=int(asked.get("withinS", 0)), since=since, until=until,
    )  # fmt: skip


def _wrong(field: str, rule: str) -> Problem:
    return Problem(422, f"{field} {rule}.", errors=[Wrong(field, rule)])
