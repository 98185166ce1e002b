"""Sandbox shops as stores of ours."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass

from integrations.sandbox.server import Sandbox, running
from integrations.sandbox.shop import Shop, ShopSpec

_numbers = itertools.count(1)


def begin_again() -> None:
    """Name the next shop as the first was: a shop's data come from its name, so each test sees the same ones wherever it runs."""
    global _numbers
    _numbers = itertools.count(1)


@dataclass
class TestStore:
    """A store of ours and the shop behind it."""

    __test__ = False
    id: int
    name: str
    platform: str
    sandbox: Sandbox
    shop: Shop


@contextmanager
def open_store(platform: str, **spec):
    """A new sandbox shop, connected; spec: fields of ShopSpec."""
    import tasks

    name = f"{platform}{next(_numbers)}"
    spec.setdefault("plan", "enterprise")  # the fastest one, where a plan has a speed
    with running(ShopSpec(platform=platform, name=name, **spec)) as sandbox:
        number = tasks.add_store(
            name,
            platform=platform,
            address=sandbox.address(platform, name),
            secrets_given=sandbox.door(platform, name).credentials(),
            by="test",
        )
        yield TestStore(number, name, platform, sandbox, sandbox.shop(platform, name))
