"""Who signs in elsewhere: a proxy's word, groups that are roles, and what is left when they are not."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db import audit
from db.engine import begin
from tasks import members, sign_in
from tests.console.doors import ana, browser, hears, is_refused, quick_passwords, refusals, with_settings

__all__ = ["ana", "quick_passwords", "with_settings"]  # fixtures


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
        migrate.downgrade("0004")
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
