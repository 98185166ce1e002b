"""The door: who gets pages, files and the WebSocket, and for how long. Told to the middleware alone, without Streamlit."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import WebSocketDisconnect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console import sign_in_session
from console.sign_in_session import COOKIE, Session
from tasks import members, sign_in
from tests.console.doors import (
    CONSOLE,
    PASSWORD,
    ana,
    audited,
    browser,
    enter,
    form_key,
    hears,
    is_refused,
    quick_passwords,
    refusals,
    tries_counted,
    with_settings,
)

__all__ = ["ana", "quick_passwords", "with_settings"]  # fixtures
from tests.servers import awaited, until


def test_where_nobody_has_an_account_it_is_open_to_this_machine_alone(clean):
    assert browser().get("/").text == "person=None"
    assert hears(browser()) == "None: hello"
    stranger = browser("192.0.2.7")
    assert stranger.get("/").status_code == 303
    assert is_refused(stranger)


def test_the_first_account_closes_it_and_open_pages_with_it(clean):
    with browser().websocket_connect("/_stcore/stream") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "None: hello"
        members.add_account("ana", "admin", by="test", password=PASSWORD)
        assert _told_to_leave(socket)


def _told_to_leave(socket: Any) -> bool:
    """Within seconds a message of an open page is answered by the way to the sign-in page, and nothing more."""

    def asked() -> bool:
        socket.send_text("still here")
        said = socket.receive()
        if said.get("text"):
            return False
        message = ForwardMsg.FromString(said["bytes"])
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
        return message.auth_redirect.url == "/sign-in"

    return bool(until("the page was told to leave", asked))


def test_without_a_sign_in_nothing_is_given_but_the_way_in(ana):
    client = browser()
    page = client.get("/jobs?jobs_state=Failed")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fjobs%3Fjobs_state%3DFailed")
    for path in ("/media/abc.csv", "/static/js/main.js", "/_stcore/host-config", "/_stcore/metrics", "/component/x"):
        assert client.get(path).status_code == 401, path
    assert client.post("/_stcore/upload_file").status_code == 401
    assert is_refused(client)
    assert client.get("/healthz").text == "person=None"
    assert client.get("/queue/status").text == "person=None", "the API asks for a token itself"


def test_the_right_password_opens_pages_files_and_the_websocket(ana):
    client = browser()
    answer = enter(client, name=" ANA ", next="/jobs?jobs_state=Failed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?jobs_state=Failed")
    said = answer.headers["set-cookie"]
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert "Secure" not in said
    assert client.get("/media/abc.csv").text == "person=ana"
    assert hears(client) == "ana: hello"
    assert client.get("/sign-in?next=/jobs").headers["location"] == "/jobs"
    assert audited() == [("ana", "sign_in", "done", "127.0.0.1")]


def test_over_https_the_cookie_stays_there(ana):
    client = browser(base_url="https://quayside.example")
    assert "Secure" in enter(client).headers["set-cookie"]


def test_a_wrong_password_an_unknown_name_and_a_shut_out_person_are_told_the_same(ana):
    members.add_account("bo", "viewer", by="test", password=PASSWORD)
    members.disable_account("bo", by="test")
    told = {enter(browser(), name, password).text.count("Name or password is wrong.") for name, password in
            (("ana", "wrong"), ("nobody", PASSWORD), ("bo", PASSWORD))}  # fmt: skip
    assert told == {1}
    assert [line[:3] for line in audited()] == [
        ("ana", "sign_in", "refused"),
        ("nobody", "sign_in", "refused"),
        ("bo", "sign_in", "refused"),
    ]


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_after_five_wrong_passwords_a_name_is_locked_even_with_the_right_one_whoever_it_is(ana, name):
    for _ in range(5):
        assert enter(browser(), name, "wrong").status_code == 401
    locked = enter(browser("192.0.2.9"), name)
    assert locked.status_code == 429
    assert "Too many wrong passwords. Try again in 15 minutes" in locked.text
    if name == "ana":
        client = browser()
        enter(client, password=members.reset_password("ana", by="admin"))
        assert client.get("/").headers["location"] == "/sign-in/password"


def test_many_names_from_one_address_lock_the_address_and_nobody_elsewhere(ana):
    for number in range(30):
        enter(browser("2001:db8::1"), f"name{number}", "wrong")
    assert enter(browser("2001:db8::2:1")).status_code == 429, "the same /64"
    assert enter(browser("2001:db8:0:1::1")).status_code == 303


def test_however_often_somebody_tries_the_audit_log_tells_the_first_ones_and_the_lock(ana):
    for _ in range(30):
        enter(browser("192.0.2.7"), "ana", "wrong")
    told = refusals()
    assert [(one["why"], one.get("times", 1)) for one in told] == [("wrong", 1)] * 5 + [("locked", 1), ("locked", 10)]
    for number in range(30):
        enter(browser("192.0.2.7"), f"name{number}", "wrong")
    assert [(one["why"], one.get("times", 1)) for one in refusals()[len(told) :]] == [("locked", 1), ("locked", 10)], (
        "the address, by any name"
    )
    assert len(tries_counted()) == 2, "and what is not heard is not counted for each name"


def test_a_right_password_ends_the_counting(ana):
    for _ in range(3):
        for _ in range(4):
            enter(browser(), "ana", "wrong")
        assert enter(browser()).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "WyJhbmEiLDE3OTUzNTY0NDEyMzMwMDBd.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_made_up_cookie_opens_nothing(ana, cookie):
    client = browser(cookies={COOKIE: cookie})
    assert client.get("/").status_code == 303
    assert is_refused(client)


def test_a_cookie_that_is_too_old_opens_nothing(ana, with_settings):
    client = browser()
    enter(client)
    with_settings(SESSION_HOURS="0.0000001")
    assert client.get("/").status_code == 303
    assert is_refused(client)


def test_after_signing_out_the_cookie_is_worth_nothing_and_open_pages_are_closed(ana):
    client = browser()
    enter(client)
    with client.websocket_connect("/_stcore/stream") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "ana: hello"
        sign_in.sign_out("ana")
        assert _told_to_leave(socket)
    assert is_refused(client)
    back = client.get("/jobs")
    assert back.headers["location"] == "/sign-in?next=%2Fjobs"
    assert "Your session has ended" in client.get("/sign-in").text
    assert enter(client).status_code == 303
    assert hears(client) == "ana: hello"


def test_the_cookie_of_a_shut_out_person_opens_nothing_nor_do_their_open_pages(ana):
    members.add_account("root", "admin", by="test", password=PASSWORD)
    client = browser()
    enter(client)
    with client.websocket_connect("/_stcore/stream") as socket:
        members.disable_account("ana", by="root")
        assert _told_to_leave(socket)
    assert is_refused(client)
    members.enable_account("ana", by="root")
    assert is_refused(client), "letting them in again revives no old session"


def test_another_console_hears_of_it_within_seconds(ana, monkeypatch):
    client = browser()
    enter(client)
    assert hears(client) == "ana: hello"
    monkeypatch.setattr(sign_in, "forget", lambda name: None)  # as when another process writes
    sign_in.sign_out("ana")
    until("the cookie is refused", lambda: is_refused(client))


def test_while_the_database_is_away_who_was_here_stays_and_nobody_comes(ana, away, monkeypatch):
    client = browser()
    enter(client)
    assert hears(client) == "ana: hello"
    monkeypatch.setattr(sign_in, "_KNOWN_S", 0)
    with away():
        assert hears(client) == "ana: hello"
        sign_in.begin_again()
        answer = client.get("/")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert is_refused(client)
        form = client.get("/sign-in")
        assert (form.status_code, form.text.count("nobody can sign in just now")) == (503, 1)
    key = form_key(other := browser())
    with away():
        answer = other.post("/sign-in", data={"form_key": key, "name": "ana", "password": PASSWORD})
        assert (answer.status_code, answer.text.count("nobody can sign in just now")) == (503, 1)


def test_a_session_is_exact_to_the_microsecond():
    session = Session("Łódź", sign_in_session.moment(1_795_356_441_233_301))
    assert sign_in_session.unpacked(sign_in_session.packed(session)) in (session, None)
    assert sign_in_session.microseconds(session.began) == 1_795_356_441_233_301


def test_a_browser_that_goes_away_while_it_is_answered_makes_no_error(ana):
    """Each closed tab had left a stack trace in the console's log."""
    heard = iter(
        [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}, {"type": "websocket.disconnect", "code": 1006}]
    )

    async def receive():
        return next(heard)

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError

    client = browser()
    enter(client)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
    scope = {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "query_string": b"",
        "subprotocols": [],
    }
    awaited(CONSOLE(scope, receive, send))
    assert next(heard, None) is None
