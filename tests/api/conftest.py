"""A caller of the HTTP API: without a server, which is fast, and a shop to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from tests.console.conftest import address, away  # noqa: F401  # the same server, the same outage
from tests.console.demo import add, add_job


def application() -> Starlette:
    """The API as the console mounts it, without the console."""
    from console import health, metrics
    from console.api import problems, service
    from console.api.guard import Guard

    return Starlette(
        routes=[*service.routes(), *metrics.routes(), *health.routes], middleware=[Middleware(Guard)], exception_handlers=problems.HANDLERS
    )


@pytest.fixture
def api(clean, monkeypatch) -> Iterator[TestClient]:
    from console.api import caller

    monkeypatch.setattr(caller, "_known", {})
    monkeypatch.setattr(caller, "_required", (0.0, True))  # asked anew, as by a process that has just begun
    with TestClient(application(), raise_server_exceptions=False, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def store(clean) -> Callable[..., int]:
    """Connect a shop; its id."""
    import tasks

    def connect(name: str = "store1", platform: str = "woocommerce") -> int:
        return tasks.add_store(name, platform=platform, address=f"https://{name}.example.test", by="test")

    return connect


@pytest.fixture
def user(clean) -> int:
    import tasks

    return tasks.add_user("Ana", "ana@example.com", by="test")


@pytest.fixture
def row(clean) -> Callable[..., int]:
    """Write a row of a table down; its id."""
    from db import schema
    from db.engine import begin

    def write(table: str, **values: Any) -> int:
        with begin() as conn:
            return add_job(conn, **values) if table == "jobs" else add(conn, getattr(schema, table), **values)

    return write
