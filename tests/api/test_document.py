"""The document says what the API does: asked of a real server by schemathesis, with and without a token, and read as OpenAPI 3.1."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import tasks
from tasks import tokens
from tests.api.test_calls import told
from tests.console.served import console

CONFIG = Path(__file__).parent / "schemathesis.toml"


def hold_to(address: str, tmp_path: Path, *, phases: str, token: str = "") -> None:
    """Fails unless every answer is as the document says."""
    header = ["--header", f"Authorization: Bearer {token}"] if token else []
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "--config-file", str(CONFIG), "run",
        f"{address}/openapi.json", "--checks", "all", "--phases", phases, "--max-examples", "3", "--seed", "1", "--no-color", "--no-shrink",
        "--suppress-health-check", "all", "--request-timeout", "20", *header,
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert int(re.search(r"(\d+) generated", ran.stdout).group(1)) > 50
    assert re.search(r"(\d+) generated, \1 passed", ran.stdout), ran.stdout[-2000:]


@pytest.mark.processes
def test_without_a_token_where_none_is_needed(clean, store, user, address, tmp_path):
    store()
    hold_to(address, tmp_path, phases="examples,fuzzing")


@pytest.mark.processes
def test_with_a_token_where_one_is_needed(clean, store, user, tmp_path):
    store()
    _, secret = tokens.add_token("robot", "operator", None, by="test")
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"], SIGN_IN="accounts") as address:
        hold_to(address, tmp_path, phases="coverage", token=secret)  # asks without the token, too, and wants to be refused then


def test_it_is_openapi_3_1(api):
    from jsonschema import Draft202012Validator

    document = told(api.get("/openapi.json"), 200)
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    identities = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(identities) == len(set(identities)) > 25
    assert all(re.fullmatch(r"[a-z_\-]+", name, re.IGNORECASE) for name in identities)


class Seen(HTMLParser):
    """Which tags a page has, and where they point."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.targets = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.targets |= {value for name, value in attrs if name in ("src", "href")}


def test_the_page_shows_every_call_and_needs_nothing_but_itself(api):
    answer = api.get("/api/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    document = api.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for one in methods.values():
            assert html.escape(one["summary"]) in answer.text
    seen = Seen()
    seen.feed(answer.text)
    assert seen.targets == {"/openapi.json", "/"}
    assert "script" not in seen.tags


def test_every_operation_is_there_and_refuses_strangers(api, monkeypatch):
    from console.api import caller, service
    from tasks import sign_in

    monkeypatch.setattr(sign_in, "is_required", lambda: True)
    monkeypatch.setattr(caller, "_required", (0.0, True))
    for operation in service.OPERATIONS:
        path = operation.path.replace("{queue}", "users").replace("{id}", "1").replace("{kind}", "jobs")
        told(api.request(operation.method, path), 401)
    assert tasks.status().queues
