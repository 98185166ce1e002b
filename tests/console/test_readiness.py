"""/readyz names what is wrong."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import tasks
from console import health
from db import migrate


@pytest.fixture
def client(clean):
    with TestClient(Starlette(routes=health.routes)) as found:
        yield found


def test_a_database_that_is_away(client, away):
    with away():
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["database"]
    assert client.get("/healthz").status_code == 200


def test_a_schema_that_is_behind(client, monkeypatch):
    monkeypatch.setattr(migrate, "current", lambda: "0000")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "python -m db.migrate" in answer.json()["schema"]


def test_a_broker_that_is_away(client, monkeypatch):
    up = tasks.status()
    monkeypatch.setattr(
        tasks, "status", lambda: type(up)(**{name: getattr(up, name) for name in up.__dataclass_fields__} | {"broker_is_up": False})
    )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"].endswith("does not answer.")
