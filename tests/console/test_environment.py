"""Which installation this is, where its name is set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.parts import environment
from settings import settings
from tests.console.conftest import look

NAME = "production <eu>"


@pytest.fixture
def named(monkeypatch):
    monkeypatch.setattr(environment, "settings", lambda: replace(settings(), environment_name=NAME))


def badges(at):
    """What the badges of the environment say."""
    return [one.value.replace("\\", "") for one in at.markdown if NAME in one.value.replace("\\", "")]


@pytest.mark.parametrize("page", ["overview", "stores", "jobs"])
def test_the_name_of_the_installation_stands_beside_the_title(visit, named, page):
    assert len(badges(visit(page))) == 1


def test_it_is_said_again_where_something_is_asked_first(visit, named, store, job):
    store()
    job(state="failed", failures=3, error="x", error_class="X", fingerprint="mark")
    chosen = {"wanted": None, "fingerprint": "mark", "max_id": None, "ids": None}
    for asked in (
        ("confirm", {"deed_kind": "pause", "about": {"kind": "store", "name": "zurich"}}),
        ("bulk", {"action": "retry", "chosen": chosen, "key": "k"}),
    ):
        at = visit("stores")
        at.session_state["asked_dialog"] = asked
        assert len(badges(look(at))) == 2


def test_an_installation_without_a_name_has_no_badge(visit):
    assert badges(visit("overview")) == []
