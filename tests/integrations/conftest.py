"""A web server on this machine that answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.http_session import HttpSession, Limits
from integrations.tokens import Tokens

QUICK = Limits(connect_s=2, read_s=2, tries=3, retry_within_s=5, first_pause_s=0.001, patience_s=0.5)


@dataclass
class Reply:
    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut_at: int | None = None  # so many bytes, then the connection ends


@dataclass
class Asked:
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Web:
    """`answers` are given in order, the last one for ever; a function among them is asked with the request."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: list[Reply | Callable[[Asked], Reply]] = [Reply()]
        self.asked: list[Asked] = []

    def will_answer(self, *answers: Reply | Callable[[Asked], Reply] | object) -> None:
        self.answers = [a if isinstance(a, Reply) or callable(a) else Reply(json.dumps(a).encode()) for a in answers]

    def next(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Reply) else answer(asked)


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
            reply = self.server.web.next(asked)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.cut_at is not None:
                self.wfile.write(reply.body[: reply.cut_at])
                self.close_connection = True
                return
            self.wfile.write(reply.body)

        do_POST = do_GET  # noqa: N815  # the name that http.server looks for

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # a client that hung up is part of the tests
    server.web = Web(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    yield server.web
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http(web: Web) -> Callable[..., HttpSession]:
    def make(**options: object) -> HttpSession:
        options = {"tokens": Tokens({"key": "topsecret"}), "allow_private": True, "limits": QUICK, **options}
        return HttpSession("store1: Acme", options.pop("base", web.address), **options)

    return make


@pytest.fixture(scope="session")
def contracts() -> Path:
    found = Path(__file__).resolve().parents[2] / "../shared/contracts"
    if not found.exists():
        pytest.skip("the platforms' contracts are not beside the project (../shared/contracts)")
    return found
