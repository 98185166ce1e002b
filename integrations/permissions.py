"""What credentials may read, for "Test connection": told by the platform, or found out by asking for a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integrations.connector import Connector, Identity
from integrations.errors import RateLimited, ScopeMissing


@dataclass(frozen=True, slots=True)
class Permissions:
    """`granted` is None where that is not known of all; `missing`: stream → the scopes that it lacks."""

    granted: frozenset[str] | None
    missing: Mapping[str, frozenset[str]]


def permissions(connector: Connector, identity: Identity) -> Permissions:
    """What `connector` may read, as `identity` says or its questions find out.

    Raises: any IntegrationError but ScopeMissing, RateLimited and Unmappable.
    """
    needs = {name: frozenset(facts.scopes) for name, facts in connector.streams.items() if facts.is_offered}
    granted, questions = identity.granted_scopes, connector.questions()
    if questions:
        answered, refused = _put(questions)
        if granted is None and len(answered) + len(refused) == len(questions):
            granted = answered
        lacking = {name: frozenset(refused[scope] for scope in scopes if scope in refused) for name, scopes in needs.items()}
    else:
        lacking = {} if granted is None else {name: scopes - granted for name, scopes in needs.items()}
    return Permissions(granted, {name: scopes for name, scopes in lacking.items() if scopes})


def _put(questions: Mapping[str, Callable[[], object]]) -> tuple[frozenset[str], dict[str, str]]:
    """The scopes that were enough, and those that were not → what the refusal says is missing. One that has to wait is neither."""
    answered: set[str] = set()
    refused: dict[str, str] = {}
    for scope, ask in questions.items():
        try:
            ask()
        except ScopeMissing as error:
            refused[scope] = error.scope or scope
        except RateLimited:
            continue
        else:
            answered.add(scope)
    return frozenset(answered), refused
