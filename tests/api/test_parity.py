"""What a script can do, and what the page Jobs can filter by, can be done over HTTP, or it is said here why not."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import tasks
from console.api import job_filters
from db.history import Wanted

ROOT = Path(__file__).parents[2]
NOT_OVER_HTTP = {
    "actor_of_token": "it is how a call is known",
    "add_token": "a token that makes tokens outlives its own end, and a kept answer would keep the secret",
    "list_schedules": "GET /api/schedules tells the rows, by cursor",
    "revoke_token": "tokens are an admin's own, on the page",
    "wait": "a call that waits holds one of the API's threads; ask for the job again",
}


def called() -> set[str]:
    """The verbs that the API's modules name."""
    found = set()
    for path in (ROOT / "console" / "api").glob("*.py"):
        found |= {
            node.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tasks"
        }
    return found


def test_every_verb_can_be_called_over_http():
    verbs = {name for name in tasks.__all__ if inspect.isfunction(getattr(tasks, name))}
    assert len(verbs) > 50
    assert verbs - called() == NOT_OVER_HTTP.keys()


def test_every_filter_of_the_page_jobs_is_one_of_the_api():
    one = {
        "state": ["failed"],
        "store": "s",
        "queue": "users",
        "search": "x",
        "platform": "ebay",
        "requestedBy": "ana",
        "retried": True,
        "longerThanS": 1,
    }
    time = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    assert {*one, *time, "withinS"} == job_filters.FILTERS.keys()
    asked = (job_filters.wanted({**one, **time}), job_filters.wanted({"withinS": 60}))
    assert not [each.name for each in fields(Wanted) if all(getattr(wanted, each.name) == each.default for wanted in asked)]
