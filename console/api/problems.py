"""What a refused call is told: application/problem+json (RFC 9457) that names the field and the rule."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import tasks
from tasks.roles import Denied

if TYPE_CHECKING:
    from console.api.operations import Answer, Call  # they stand on this file

log = logging.getLogger("quayside.console")
KIND = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One value that breaks a rule: where it stands (`options.limit`), and the rule in words."""

    field: str
    rule: str


class Problem(Exception):
    """A call that cannot be answered as it was made; the text is fit for the caller."""

    def __init__(self, status: int, detail: str, *, errors: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), dict(headers or {})


def of(error: Exception) -> Problem | None:
    """What an error of the verbs is to a caller; None for one that is a bug."""
    match error:
        case Problem():
            return error
        case tasks.DatabaseAway():
            return Problem(503, str(error), headers={"Retry-After": "5"})
        case tasks.NoSuchJob():
            return Problem(404, str(error))
        case tasks.WrongState():
            return Problem(409, str(error))
        case Denied():
            return Problem(403, str(error))
        case tasks.BadRequest():
            return Problem(422, str(error), errors=[Wrong(error.field, str(error))])
        case HTTPException():
            return Problem(error.status_code, str(error.detail), headers=error.headers)
        case _:
            return None


def refusing(
    act: Callable[[Call], Answer], *, missing: Collection[str], fields: Mapping[str, str] | None = None, conflict: Collection[str] = ()
) -> Callable[[Call], Answer]:
    """`act`, whose verb's refusals are 404 where a `missing` field names nothing that is there, 409 for a `conflict`, else 422.

    `fields`: what the verb calls a field → what the caller calls it.
    """

    def asked(call: Call) -> Answer:
        try:
            return act(call)
        except tasks.BadRequest as error:
            status = 404 if error.field in missing else 409 if error.field in conflict else 422
            field = (fields or {}).get(error.field, error.field)
            raise Problem(status, str(error), errors=[Wrong(field, str(error))]) from None

    return asked


def answer(problem: Problem) -> Response:
    """The problem as a response."""
    told: dict[str, Any] = {"type": "about:blank", "title": _title(problem.status), "status": problem.status, "detail": problem.detail}
    if problem.errors:
        told["errors"] = [{"field": each.field, "rule": each.rule} for each in problem.errors]
    text = json.dumps(told, ensure_ascii=False)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **problem.headers}
    return Response(text.encode("utf-8", "backslashreplace"), problem.status, headers, media_type=KIND)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def refused(_request: Request, error: Exception) -> Response:
    """For errors that have a meaning to the caller."""
    problem = of(error)
    assert problem is not None, error
    return answer(problem)


async def crashed(_request: Request, error: Exception) -> Response:
    """For a bug: the whole of it to the log, a reference to the caller."""
    reference = secrets.token_hex(4)
    log.error("route failed reference=%s", reference, exc_info=error)
    return answer(Problem(500, f"Unexpected problem. Give your administrator the reference {reference}."))


_MEANT = (Problem, HTTPException, tasks.DatabaseAway, tasks.NoSuchJob, tasks.WrongState, tasks.BadRequest, Denied)
HANDLERS: dict[Any, Any] = {**dict.fromkeys(_MEANT, refused), Exception: crashed}  # of the whole application
