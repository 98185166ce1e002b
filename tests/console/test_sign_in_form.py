"""The form at the door: first passwords, other sites, languages, and what a client may not say of itself."""

from __future__ import annotations

from typing import Any

import pytest

from console.sign_in import safe_next
from console.sign_in_session import COOKIE
from tasks import members
from tests.console.doors import PASSWORD, ana, browser, enter, form_key, hears, is_refused, quick_passwords, with_settings

__all__ = ["ana", "quick_passwords", "with_settings"]  # fixtures


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
