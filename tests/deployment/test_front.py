"""deploy/nginx.conf in the real nginx, before three stand-ins that tell what they were asked: whom it believes, and whom it asks."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from tests.deployment.topology import CONSOLES, FRONT, filled_in, nginx, site
from tests.servers import free_port, until

pytestmark = pytest.mark.processes
SAID = {
    "X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Email": "ana@example.com",
    "X-Forwarded-Groups": "leads",
}  # fmt: skip  # the first address is what the caller sent, the second what the proxy added


class StandIn(ThreadingHTTPServer):
    """A console that answers every path with its name and the headers that it was sent, and holds the files that it is given."""

    daemon_threads = True

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Answer)
        self.name, self.files = name, set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        is_here = not self.path.startswith("/media/") or self.path in self.server.files
        text = json.dumps({"console": self.server.name, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200 if is_here else 404)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_about):
        pass


@pytest.fixture(scope="module")
def consoles():
    made = {name: StandIn(name) for name in CONSOLES}
    yield made
    for one in made.values():
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="module")
def front(consoles, tmp_path_factory):
    """nginx as .env describes it; its address."""
    folder, port = tmp_path_factory.mktemp("front"), free_port()
    said = {
        "FRONT_PROXIES": f"192.0.2.0/24, {FRONT}",
        "AUTH_PROXY_HEADER": "X-Forwarded-Email",
        "AUTH_PROXY_GROUPS_HEADER": "X-Forwarded-Groups",
    }
    text = site(said, port, {name: one.server_port for name, one in consoles.items()})
    process = subprocess.Popen(nginx(folder, text))
    address = f"http://127.0.0.1:{port}"
    try:
        until("nginx", lambda: process.poll() is not None or _answers(address))
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(address):
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


def asked(address, path="/", source="127.0.0.1", **headers):
    with httpx2.Client(base_url=address, transport=httpx2.HTTPTransport(local_address=source)) as client:
        return client.get(path, headers=headers)


@pytest.mark.parametrize("path", ["/", "/jobs", "/api/jobs", "/media/a.csv"])
def test_the_proxy_before_nginx_is_believed_and_nobody_else(front, consoles, path):
    consoles["console2"].files.add("/media/a.csv")
    told = asked(front, path, FRONT, **SAID).json()
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("203.0.113.9", "https")
    assert (told["x-forwarded-email"], told["x-forwarded-groups"]) == ("ana@example.com", "leads")
    told = asked(front, path, **SAID).json()
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert not {"x-forwarded-email", "x-forwarded-groups"} & set(told), "anybody can say who they are"
    assert asked(front, path, FRONT, **{"X-Forwarded-Proto": "gopher"}).json()["x-forwarded-proto"] == "http"


def test_without_a_proxy_before_it_nobody_is_believed(tmp_path):
    text = site({}, free_port(), dict.fromkeys(CONSOLES, 1))
    assert "set_real_ip_from" not in text
    assert filled_in("${FRONT_PROXIES:-}", {}) == ""
    ran = subprocess.run([*nginx(tmp_path, text), "-t"], capture_output=True, text=True)
    assert "test is successful" in ran.stderr, ran.stderr


@pytest.mark.parametrize("path", ["/", "/queues", "/queue", "/apis", "/metricsx", "/openapi.json.html"])
def test_a_page_whatever_its_name_begins_with_keeps_its_person_at_one_console(front, path):
    with httpx2.Client(base_url=front) as client:
        first = client.get(path)
        assert "console_node" in first.cookies, path
        assert {client.get(path).json()["console"] for _ in range(12)} == {first.json()["console"]}


@pytest.mark.parametrize("path", ["/queue/status", "/api/jobs", "/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_a_call_goes_wherever_there_is_room_and_gets_no_cookie(front, path):
    answers = [asked(front, path) for _ in range(6)]
    assert {answer.json()["console"] for answer in answers} == set(CONSOLES)
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("holder", CONSOLES)
def test_a_download_is_found_in_whichever_console_has_it(front, consoles, holder):
    consoles[holder].files.add(f"/media/{holder}.csv")
    for visitor in range(8):
        answer = asked(front, f"/media/{holder}.csv", Cookie=f"console_node=visitor{visitor}")
        assert (answer.status_code, answer.json()["console"]) == (200, holder)
    assert asked(front, "/media/nowhere.csv").status_code == 404
