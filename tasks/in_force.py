"""Which secrets of a store are in force: those in the environment outweigh what the database keeps, until new ones have come of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from db.stores import Store
from integrations import CONNECTORS
from integrations.tokens import TOLD_WITH_TOKENS, Secrets
from settings import platform_secret

TOKENS = frozenset({"access_token", "refresh_token"})  # what a platform replaces
_BEGAN = "began:"  # such a secret is a mark, and none itself


def in_force(store: Store, kept: Mapping[str, str]) -> dict[str, str]:
    """The secrets to call the platform with; a variable such as SHOPIFY_ACCESS_TOKEN_store1 outweighs what is `kept`."""
    facts = CONNECTORS.get(store.platform)
    wanted = (*facts.secret_names, *facts.optional_secret_names) if facts else ()
    given = {name: value for name, value in _given(store, wanted) if kept.get(_BEGAN + name) != _mark(value)}
    return {name: value for name, value in with_entered(kept, given).items() if not name.startswith(_BEGAN)}


def with_entered(kept: Mapping[str, str], entered: Mapping[str, str]) -> dict[str, str]:
    """The kept secrets with those entered in their places; what a platform told with its tokens is not true of other tokens."""
    old = TOLD_WITH_TOKENS if TOKENS & entered.keys() else frozenset()
    return {name: value for name, value in kept.items() if name not in old} | dict(entered)


def with_fetched(store: Store, kept: Mapping[str, str], fetched: Secrets) -> dict[str, str]:
    """The kept secrets with those that the platform gave, and marks of the tokens in the environment that these came of: they do not outweigh them."""
    marks = {_BEGAN + name: _mark(value) for name, value in _given(store, TOKENS & fetched.keys())}
    return {**kept, **fetched, **marks}


def tokens_of(secrets: Secrets) -> tuple[str, ...]:
    """The tokens alone, to tell whether they are others by now; none is told as an empty one."""
    return tuple(secrets.get(name, "") for name in sorted(TOKENS))


def _given(store: Store, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for name in names if (value := platform_secret(store.platform, name, store.name))]


def _mark(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
