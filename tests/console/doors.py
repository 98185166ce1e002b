"""The door alone, without Streamlit: who comes to it, and what they say and hear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDisconnect

import settings as settings_module
from console import sign_in_routes
from console.sign_in import Gate, Peer
from db.engine import begin
from db.schema import audit_log, sign_in_failures
from tasks import members, passwords

PASSWORD = "correct horse battery"


async def _echo(websocket: Any) -> None:
    await websocket.accept()
    async for said in websocket.iter_text():
        await websocket.send_text(f"{websocket.headers.get('x-quayside-person')}: {said}")


async def _told(request: Any) -> PlainTextResponse:
    return PlainTextResponse(f"person={request.headers.get('x-quayside-person')}")


CONSOLE = Starlette(
    routes=[*sign_in_routes.routes, WebSocketRoute("/_stcore/stream", _echo), Route("/{path:path}", _told, methods=["GET", "POST"])],
    middleware=[Middleware(Peer), Middleware(Gate)],
)


@pytest.fixture(autouse=True)  # in each file that imports it
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 16)
    passwords._nobody.cache_clear()


@pytest.fixture
def with_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Set variables for this test."""

    def use(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings_module.settings.cache_clear()

    yield use
    monkeypatch.undo()
    settings_module.settings.cache_clear()


@pytest.fixture
def ana(clean) -> str:
    members.add_account("ana", "operator", by="test", password=PASSWORD, must_change_password=False)
    return "ana"


def browser(address: str = "127.0.0.1", **more: Any) -> TestClient:
    return TestClient(CONSOLE, follow_redirects=False, client=(address, 50_000), **more)


def form_key(client: TestClient, path: str = "/sign-in") -> str:
    return client.get(path).text.split('name="form_key" value="')[1].split('"')[0]


def enter(client: TestClient, name: str = "ana", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", data={"form_key": form_key(client), "name": name, "password": password, **more})


def hears(client: TestClient, **headers: str) -> str:
    with client.websocket_connect("/_stcore/stream", headers=headers) as socket:
        socket.send_text("hello")
        said = socket.receive()
        if "text" not in said:  # the session ended since the door let it in: told to leave
            raise WebSocketDisconnect(said.get("code", 1008))
        return said["text"]


def is_refused(client: TestClient, **headers: str) -> bool:
    try:
        hears(client, **headers)
    except WebSocketDisconnect:
        return True
    return False


def audited() -> list[tuple[str, str, str, str | None]]:
    with begin() as conn:
        columns = (audit_log.c.person, audit_log.c.action, audit_log.c.outcome, audit_log.c.address)
        return [tuple(row) for row in conn.execute(select(*columns).where(audit_log.c.action == "sign_in").order_by(audit_log.c.id))]


def refusals() -> list[dict[str, Any]]:
    with begin() as conn:
        return list(conn.scalars(select(audit_log.c.detail).where(audit_log.c.outcome == "refused").order_by(audit_log.c.id)))


def tries_counted() -> list[str]:
    with begin() as conn:
        return list(conn.scalars(select(sign_in_failures.c.source)))
