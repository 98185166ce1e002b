"""run_console.py: where it listens, what it refuses, and how it says that it is ready."""

from __future__ import annotations

import os
import socket
import subprocess

import httpx2
import pytest

import run_console
from settings import Settings
from tasks import members
from tests.console.served import start


def said_by(**env: str) -> tuple[int, str]:
    """(exit code, what it said) of a console that does not start."""
    process = start(env, subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, said


def test_it_is_alive_and_ready(address):
    assert httpx2.get(f"{address}/healthz").json() == {"status": "ok"}
    ready = httpx2.get(f"{address}/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": "ok", "schema": "ok", "broker": "ok"})


def test_a_foreign_name_that_resolves_here_is_refused(address):
    for path in ("/", "/healthz", "/_stcore/health"):
        assert httpx2.get(f"{address}{path}", headers={"Host": "evil.example"}).status_code == 400
        assert httpx2.get(f"{address}{path}", headers={"Host": "localhost:8090"}).status_code == 200


def test_the_wrong_method_and_the_agent_api_are_closed(address):
    assert httpx2.post(f"{address}/healthz").status_code == 405
    assert httpx2.post(f"{address}/_stcore/agent/interact", json={}).status_code in (403, 404, 405)


def test_a_busy_port_is_told_in_one_sentence(ground):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = said_by(CONSOLE_PORT=str(port), QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"])
    assert code == 1
    assert (
        said
        == f"Port {port} of 127.0.0.1 cannot be used (Address already in use). Stop what listens there, or set CONSOLE_PORT to another port.\n"
    )


def test_a_database_without_its_schema_is_told_with_the_command(tmp_path):
    code, said = said_by(QUAYSIDE_VAR=str(tmp_path), DB_MASTER_HOST="")
    assert code == 1
    assert "python -m db.migrate" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_that_others_reach_is_refused_without_a_sign_in(host, clean):
    with pytest.raises(run_console.CannotServe, match=r"has no sign-in\. .* python -m tasks\.accounts add NAME --role admin"):
        run_console.listen(Settings(console_host=host, console_port=0))
    with pytest.raises(run_console.CannotServe, match=r"CONSOLE_ALLOWED_HOSTS names shop\.example, which others can reach"):
        run_console.listen(Settings(console_port=0, console_allowed_hosts="localhost,shop.example"))


def test_with_an_admin_who_can_sign_in_it_listens_to_others_under_the_names_given(clean):
    members.add_account("ana", "operator", by="test", password="correct horse battery")
    with pytest.raises(run_console.CannotServe, match="has no sign-in"):
        run_console.listen(Settings(console_host="0.0.0.0", console_port=0, console_allowed_hosts="shop.example"))
    members.set_role("ana", "admin", by="test")
    with pytest.raises(run_console.CannotServe, match="CONSOLE_ALLOWED_HOSTS is empty"):
        run_console.listen(Settings(console_host="0.0.0.0", console_port=0))
    run_console.listen(Settings(console_host="0.0.0.0", console_port=0, console_allowed_hosts="shop.example")).close()
    run_console.listen(Settings(console_host="0.0.0.0", console_port=0, console_url="https://shop.example", sign_in="accounts")).close()


def test_a_host_that_is_not_ours_is_told():
    with pytest.raises(run_console.CannotServe, match="no address of this machine"):
        run_console.listen(Settings(console_host="no.such.host.invalid", console_port=0))


def test_the_socket_says_that_it_is_tcp_so_that_answers_are_not_held_back():
    with run_console.listen(Settings(console_port=0)) as door:
        assert door.proto == socket.IPPROTO_TCP
        assert door.getsockname()[0] == "127.0.0.1"
