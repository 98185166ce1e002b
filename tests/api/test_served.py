"""The API in the console's own process, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

import run_console
import tasks
from settings import Settings
from tests.api.conftest import application
from tests.api.test_calls import told
from tests.servers import awaited

pytestmark = pytest.mark.processes


def spoken(address: str, text: bytes) -> bytes:
    """What is answered to these bytes, until the server closes."""
    at = urlsplit(address)
    with socket.create_connection((at.hostname, at.port), timeout=10) as wire:
        wire.sendall(text)
        answer = b""
        while part := wire.recv(65536):
            answer += part
    return answer


def test_no_path_of_the_api_is_answered_by_the_consoles_page(clean, address):
    with httpx2.Client(base_url=address) as client:
        for method, path, status in (
            ("GET", "/queue/sync/products", 405), ("GET", "/queue/nothing", 404), ("GET", "/api/nothing/at/all", 404), ("DELETE", "/api/jobs/1", 405),
            ("POST", "/queue/status", 405), ("GET", "/queue/", 404), ("PUT", "/api/", 404), ("GET", "/api/jobs/1/cancel", 405),
            ("GET", "/api/tasks/%00", 400), ("GET", "/api/tasks/..%2f..%2fjobs", 400), ("TRACE", "/api/jobs", 405),
        ):  # fmt: skip
            answer = client.request(method, path)
            assert answer.status_code == status, (method, path, answer.text)
            assert "text/html" not in answer.headers.get("content-type", ""), path
            told(answer, status)
        assert client.get("/api/docs").headers["content-type"].startswith("text/html")
        assert "text/html" in client.get("/jobs").headers["content-type"]


def test_many_calls_go_over_one_connection(clean, address):
    with httpx2.Client(base_url=address) as client:
        ports = set()
        for _ in range(20):
            answer = client.get("/queue/status")
            assert answer.status_code == 200
            ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1


def test_answers_are_not_held_back():
    """The socket that run_console.py listens on gives connections that send at once."""
    seen: list[int] = []

    class Connected(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            seen.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def serve() -> None:
        door = run_console.listen(Settings(console_port=0))
        server = await asyncio.get_running_loop().create_server(Connected, sock=door)
        reader, writer = await asyncio.open_connection(*door.getsockname())
        await reader.read()
        writer.close()
        server.close()

    awaited(serve())
    assert seen[0] != 0


def test_a_body_without_end_is_cut_at_the_limit(clean, address):
    host = urlsplit(address).netloc.encode()
    head = b"POST /api/worker/test HTTP/1.1\r\nHost: " + host + b"\r\nContent-Type: application/json\r\nConnection: close\r\n"
    chunks = (b"10000\r\n" + b" " * 0x10000 + b"\r\n") * 15 + b"5000\r\n" + b" " * 0x5000 + b"\r\n"  # the limit is in the last one
    assert spoken(address, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).startswith(b"HTTP/1.1 413 ")
    assert spoken(address, head + b"Content-Length: 1000001\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_foreign_name_that_resolves_here_is_refused(address):
    refused = httpx2.get(f"{address}/queue/status", headers={"Host": "evil.example"})
    assert "CONSOLE_ALLOWED_HOSTS" in told(refused, 400)["detail"]
    assert httpx2.post(f"{address}/api/worker/test", headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_console_answers_while_calls_wait(clean, address, row):
    """Forty exports at once leave the console's own files and the status alone."""

    async def all_at_once() -> list[int]:
        async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
            paths = ["/api/export/jobs?format=jsonl"] * 40 + ["/_stcore/health", "/queue/status", "/healthz"]
            return [answer.status_code for answer in await asyncio.gather(*(client.get(path) for path in paths))]

    for _ in range(20):
        row("jobs", state="failed")
    assert set(awaited(all_at_once())) == {200}


def test_a_status_that_many_ask_for_is_read_once(clean, monkeypatch):
    """A thousand calls within a second are one question to the database, also while it is away."""
    read, asked = tasks.status, []

    def counted():
        asked.append(1)
        if len(asked) > 1:
            raise tasks.DatabaseAway("The database does not answer.")
        return read()

    monkeypatch.setattr(tasks, "status", counted)
    monkeypatch.setattr("console.api.kept.monotonic", lambda: moment)

    async def two_seconds() -> None:
        nonlocal moment
        transport = httpx2.ASGITransport(application())
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for status, in_all in ((200, 1), (503, 2)):
                said = await asyncio.gather(*(client.get("/queue/status") for _ in range(50)))
                assert {answer.status_code for answer in said} == {status}
                assert len(asked) == in_all
                moment += 1.5

    moment = 100.0
    awaited(two_seconds())


def test_calls_wait_for_no_thread_of_the_console(clean):
    """The console serves its files with the default threads; when all of them are busy the API still answers."""

    async def call() -> set[int]:
        files = anyio.to_thread.current_default_thread_limiter()
        files.total_tokens = 1
        async with files, httpx2.AsyncClient(transport=httpx2.ASGITransport(application()), base_url="http://localhost") as client:
            with anyio.fail_after(20):
                return {
                    (await client.get(path)).status_code
                    for path in ("/queue/status", "/api/jobs", "/api/export/jobs", "/metrics", "/readyz")
                }

    assert awaited(call()) == {200}


def test_head_answers_like_get_without_a_body(clean, address):
    answer = httpx2.head(f"{address}/queue/status")
    assert (answer.status_code, answer.text) == (200, "")
