"""An operation of the API: what it takes, who may do it, which function does it. Told once, for the routes, the checks and the document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from console.api.checks import Form
from tasks.roles import Actor, Role

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call whose every value has been checked. `key` makes a repetition of the same call find the same job."""

    actor: Actor
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: a JSON value, or lines as they are read (`stream`, of the media type `kind`)."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    kind: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `act` runs in a thread of the API's own; `path` has its parameters in braces."""

    method: str
    path: str
    summary: str
    act: Callable[[Call], Answer]
    role: Role = Role.VIEWER
    action: str = ""  # as the audit log calls it; empty for reads
    target: str = ""  # with the path's parameters in braces
    about: str = ""  # what the summary leaves open
    parameters: Mapping[str, Schema] = field(default_factory=dict)  # in the path
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    needs_body: bool = False
    answers: Mapping[int, str] = field(default_factory=lambda: {200: ""})  # status → name of the answer's schema
    kinds: tuple[str, ...] = ("application/json",)  # media types of the answer
    refusals: tuple[int, ...] = ()  # beyond those that every call may meet
    cached_s: float = 0.0  # the same answer to everybody for this long
    group: str = ""

    @cached_property
    def query_form(self) -> Form:
        """Holds the query string."""
        return Form({"type": "object", "properties": self.query, "additionalProperties": False})

    @cached_property
    def path_form(self) -> Form:
        """Holds the path's parameters."""
        return Form({"type": "object", "properties": self.parameters})

    @cached_property
    def body_form(self) -> Form:
        """Holds the body; one that may be left out is an empty object then."""
        return Form(self.body or {"type": "object", "properties": {}, "additionalProperties": False})

    @property
    def changes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"
