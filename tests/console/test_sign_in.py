"""The door: who gets pages, files and the WebSocket, and for how long. Told to the middleware alone, without Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDisconnect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import settings as settings_module
from console import sign_in_routes, sign_in_session
from console.sign_in import Gate, Peer, safe_next
from console.sign_in_session import COOKIE, Session
from db import audit
from db.engine import begin
from db.schema import audit_log, sign_in_failures
from tasks import members, passwords, sign_in
from tests.servers import until

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


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
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


def refusals() -> list[dict[str, Any]]:
    with begin() as conn:
        return list(conn.scalars(select(audit_log.c.detail).where(audit_log.c.outcome == "refused").order_by(audit_log.c.id)))


def tries_counted() -> list[str]:
    with begin() as conn:
        return list(conn.scalars(select(sign_in_failures.c.source)))


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


def test_a_first_password_has_to_be_changed_before_anything_else(clean):
    members.add_account("ana", "operator", by="root", password="given by somebody")
    client = browser()
    assert enter(client, password="given by somebody", next="/jobs").headers["location"] == "/jobs"
    assert client.get("/jobs").headers["location"] == "/sign-in/password?next=%2Fjobs"
    assert is_refused(client)
    key = form_key(client, "/sign-in/password?next=/jobs")

    def change(password: str, again: str) -> Any:
        return client.post("/sign-in/password", data={"form_key": key, "next": "/jobs", "password": password, "again": again})

    assert "are not the same" in change("one two three four", "one two three").text
    assert "Choose another password" in change("short", "short").text
    assert "Choose another password" in change("given by somebody", "given by somebody").text
    old = client.cookies[COOKIE]
    assert change("one two three four", "one two three four").headers["location"] == "/jobs"
    assert hears(client) == "ana: hello"
    assert is_refused(browser(cookies={COOKIE: old})), "sessions of the old password are over"
    assert enter(browser(), password="given by somebody").status_code == 401
    assert enter(browser(), password="one two three four").headers["location"] == "/"


def test_who_changes_their_password_later_says_the_old_one(ana):
    client = browser()
    enter(client)
    given = {"form_key": form_key(client, "/sign-in/password"), "password": "one two three four", "again": "one two three four"}
    assert "Name or password is wrong" in client.post("/sign-in/password", data={**given, "old": "wrong"}).text
    assert client.post("/sign-in/password", data={**given, "old": PASSWORD}).headers["location"] == "/"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\n/evil", "", "/sign-in", "evil"],
)
def test_the_way_back_leads_to_this_console_only(ana, target):
    assert safe_next(target) == "/"
    assert enter(browser(), next=target).headers["location"] == "/"


def test_a_form_of_another_site_is_refused(ana):
    client = browser()
    key, given = form_key(client), {"name": "ana", "password": PASSWORD}
    assert client.post("/sign-in", data=given).status_code == 403
    assert client.post("/sign-in", data={**given, "form_key": key}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/sign-in", data={**given, "form_key": key}, headers={"Origin": "https://evil.example"}).status_code == 403
    other = browser()
    other.get("/sign-in")
    assert other.post("/sign-in", data={**given, "form_key": key}).status_code == 403, "the key of one browser is worth nothing in another"
    assert client.post("/sign-in", data={**given, "form_key": key}).status_code == 303


def test_a_page_of_another_site_cannot_open_the_websocket(ana):
    client = browser()
    enter(client)
    assert hears(client, origin="http://testserver") == "ana: hello"
    for origin in ("https://evil.example", "http://localhost:3000", "null"):
        assert is_refused(client, origin=origin), origin


def test_what_a_client_says_under_our_own_names_is_dropped(ana):
    spoofed = {"X-Quayside-Person": "root", "x-quayside-began": "1"}
    assert is_refused(browser(), **spoofed)
    client = browser()
    enter(client)
    assert client.get("/", headers=spoofed).text == "person=ana"
    assert hears(client, **spoofed) == "ana: hello"


def test_nobody_frames_the_console(ana):
    for answer in (browser().get("/"), browser().get("/sign-in")):
        assert answer.headers.get("x-frame-options") == "DENY" or "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_form_speaks_the_languages_of_the_browser_and_repeats_no_markup(ana):
    page = browser().get("/sign-in", headers={"Accept-Language": "vi,en;q=0.5"})
    assert '<html lang="vi">' in page.text
    assert '<html lang="en">' in browser().get("/sign-in", headers={"Accept-Language": "de, fr;q=x"}).text
    told = enter(browser(), name='"><script>alert(1)</script>').text
    assert "<script" not in told


class TestProxy:
    """A proxy says who it is."""

    @pytest.fixture(autouse=True)
    def _behind_a_proxy(self, clean, with_settings) -> None:
        with_settings(AUTH_PROXY_HEADER="X-Forwarded-Email", AUTH_PROXY_GROUPS_HEADER="X-Groups", AUTH_PROXY_ADDRESSES="10.1.0.0/16",
                      AUTH_ROLE_GROUPS="admin=leads, viewer=ops")  # fmt: skip

    def test_the_proxys_word_counts(self):
        said = {"X-Forwarded-Email": "Zoë@example.com".encode("latin-1").decode("latin-1"), "X-Groups": "all,ops"}
        assert browser("10.1.2.3").get("/", headers={**said, "X-Forwarded-Email": "zoe@example.com"}).text == "person=zoe%40example.com"
        assert hears(browser("10.1.2.3"), **{"X-Forwarded-Email": "zoe@example.com", "X-Groups": "ops"}) == "zoe%40example.com: hello"
        assert sign_in.standing("zoe@example.com").role == "viewer"

    def test_the_word_of_anybody_else_is_ignored(self):
        said = {"X-Forwarded-Email": "zoe@example.com", "X-Groups": "leads"}
        for address in ("10.2.0.1", "127.0.0.1", "::1"):
            assert browser(address).get("/", headers=said).status_code == 303
            assert is_refused(browser(address), **said)
        assert sign_in.standing("zoe@example.com") is None

    def test_a_header_that_comes_twice_is_nobodys(self):
        headers = [("X-Forwarded-Email", "eve@example.com"), ("X-Forwarded-Email", "zoe@example.com"), ("X-Groups", "leads")]
        assert browser("10.1.2.3").get("/", headers=headers).status_code == 303

    def asks(self, groups: str) -> int:
        return browser("10.1.2.3").get("/", headers={"X-Forwarded-Email": "zoe@example.com", "X-Groups": groups}).status_code

    def test_another_group_is_another_role_at_once_and_the_last_one_takes_it_along(self):
        assert self.asks("sales") == 303, "no role, no entry"
        assert self.asks("ops,leads") == 200
        assert sign_in.standing("zoe@example.com").role == "admin"
        assert self.asks("ops") == 200
        assert sign_in.standing("zoe@example.com").role == "viewer"
        assert self.asks("leads") == 200
        assert self.asks("sales") == 303
        assert sign_in.standing("zoe@example.com").role == "viewer", "nor would a password make an admin of them"
        assert self.asks("leads") == 200
        assert sign_in.standing("zoe@example.com").role == "admin", "back in the group"

    def test_without_a_group_the_role_is_again_what_a_person_said(self):
        members.add_account("zoe@example.com", "operator", by="root")
        assert self.asks("leads") == 200
        assert sign_in.standing("zoe@example.com").role == "admin"
        assert self.asks("") == 200
        assert sign_in.standing("zoe@example.com").role == "operator"
        assert self.asks("leads") == 200
        members.add_account("root", "admin", by="test")
        members.set_role("zoe@example.com", "viewer", by="root")
        assert self.asks("") == 200
        assert sign_in.standing("zoe@example.com").role == "viewer"

    def test_a_page_that_asks_again_and_again_is_refused_in_one_line_of_the_audit_log(self):
        for _ in range(12):
            assert self.asks("sales") == 303
        assert [(one["why"], one["way"], one.get("times", 1)) for one in refusals()] == [("unknown", "proxy", 1), ("unknown", "proxy", 10)]

    def test_a_shut_out_person_stays_out_whatever_the_proxy_says(self):
        said = {"X-Forwarded-Email": "zoe@example.com", "X-Groups": "ops"}
        browser("10.1.2.3").get("/", headers=said)
        members.disable_account("zoe@example.com", by="test")
        assert browser("10.1.2.3").get("/", headers=said).status_code == 303
        assert is_refused(browser("10.1.2.3"), **said)


def test_who_leaves_the_group_at_the_provider_comes_in_no_more_and_open_pages_are_closed(clean, with_settings):
    with_settings(AUTH_ROLE_GROUPS="admin=leads, operator=ops")
    began = sign_in.admit("zoe@example.com", ["leads"], way="oidc", address=None)
    assert sign_in.standing("zoe@example.com").role == "admin"
    with pytest.raises(sign_in.SignInRefused, match=r"zoe@example\.com has no role in Quayside"):
        sign_in.admit("zoe@example.com", [], way="oidc", address=None)
    known = sign_in.standing("zoe@example.com")
    assert (known.role, known.allows(began)) == ("viewer", False)


def test_roles_of_before_keep_their_origin(clean):
    """The migration knows from the audit log which role a person gave, and which came with a group."""
    from db import accounts, migrate

    made = [("ana", "admin", "root"), ("bo", "admin", "oidc"), ("chi", "operator", "oidc"), ("dung", "viewer", "root")]
    said = [
        ("ana", "set_role", {"role": "admin", "way": "oidc"}),
        ("bo", "add_account", {"role": "admin", "way": "oidc"}),
        ("chi", "set_role", {"from": "viewer", "to": "operator"}),
        ("ana", "add_account", {"role": "viewer", "has_password": True}),
    ]
    try:
        migrate.downgrade("0006-1")
        with begin() as conn:
            for name, role, by in made:
                conn.execute(
                    text("INSERT INTO accounts(name, role, created_by) VALUES (:name, :role, :by)"), {"name": name, "role": role, "by": by}
                )
            for name, action, detail in said:
                audit.write(conn, person="root", action=action, target=f"account:{name}", detail=detail)
    finally:
        migrate.upgrade()
    given = {name: accounts.get(name)["given_role"] for name, _, _ in made}
    assert given == {"ana": "viewer", "bo": None, "chi": "operator", "dung": "viewer"}


def test_a_session_is_exact_to_the_microsecond():
    session = Session("Łódź", sign_in_session.moment(1_795_356_441_233_301))
    assert sign_in_session.unpacked(sign_in_session.packed(session)) in (session, None)
    assert sign_in_session.microseconds(session.began) == 1_795_356_441_233_301
