"""Sign-in at an identity provider, through the whole of it: a console of its own process, a provider, and a browser's cookies between."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator

import httpx2
import pytest
from sqlalchemy import select

from db.engine import begin
from db.schema import audit_log
from tasks import members, sign_in
from tests.console.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.console.served import ROOT, console
from tests.servers import free_port

pytestmark = pytest.mark.processes
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def address(provider: Provider, ground) -> Iterator[str]:
    port = free_port()  # the provider is told where to come back to before the console is there
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"], CONSOLE_PORT=str(port), CONSOLE_URL=f"http://127.0.0.1:{port}", OIDC_ISSUER=provider.address,
                 OIDC_CLIENT_ID=CLIENT_ID, OIDC_CLIENT_SECRET=CLIENT_SECRET, OIDC_TITLE="Harbour Login",
                 AUTH_ROLE_GROUPS="admin=leads,viewer=crew", CONSOLE_ALLOWED_HOSTS="shop.example", CONSOLE_PROXY_ADDRESSES="127.0.0.1") as found:  # fmt: skip
        yield found


@pytest.fixture
def person() -> str:
    """An address of nobody yet, whatever test or try came before: a console keeps for a moment what somebody may do."""
    return f"Person{next(_numbers)}@example.com"


@pytest.fixture
def come(address: str, provider: Provider, clean) -> Callable[..., tuple[httpx2.Client, httpx2.Response]]:
    """Go through the sign-in as a person; the browser, and where it ended."""

    def through(email: str, **claims: object) -> tuple[httpx2.Client, httpx2.Response]:
        provider.claims, provider.refuses = {"email": email, "email_verified": True, **claims}, False
        client = httpx2.Client(base_url=address, follow_redirects=True)
        page = client.get("/jobs?jobs_state=Failed")
        assert "Sign in with Harbour Login" in page.text
        assert "password" not in page.text, "nobody has one"
        link = page.text.split('<a class="way first" href="')[1].split('"')[0]
        return client, client.get(link.replace("&amp;", "&"))

    return through


def test_a_person_of_a_group_comes_in_with_its_role_and_back_to_where_they_wanted(person, come, address):
    client, arrived = come(person, groups=["all", "crew"])
    assert arrived.status_code == 200
    assert str(arrived.url) == f"{address}/jobs?jobs_state=Failed"
    assert sign_in.standing(person.lower()).role == "viewer"
    assert {name for name in client.cookies if "streamlit" in name and "xsrf" not in name} <= {"_streamlit_session"}, (
        "its cookie is used once"
    )
    client.follow_redirects = False
    assert client.get("/").status_code == 200
    sign_in.sign_out(person.lower())
    sign_in.begin_again()


def test_another_group_is_another_role_the_next_time(person, come):
    come(person, groups=["crew"])
    come(person, groups=["crew", "leads"])
    sign_in.begin_again()
    assert sign_in.standing(person.lower()).role == "admin"


def test_who_has_no_role_here_is_told_so_by_name(person, come):
    client, arrived = come(person, groups=["sales"])
    assert arrived.status_code == 403
    assert f"{person.lower()} has no role in Quayside. Ask an admin" in arrived.text
    assert "quayside_session" not in client.cookies


def test_without_groups_the_role_that_an_admin_gave_counts(person, come):
    members.add_account(person.lower(), "operator", by="root")
    _, arrived = come(person)
    assert arrived.status_code == 200
    sign_in.begin_again()
    assert sign_in.standing(person.lower()).role == "operator"


def test_an_address_that_the_provider_has_not_verified_is_nobodys(person, come):
    members.add_account(person.lower(), "admin", by="root")
    client, arrived = come(person, email_verified=False, groups=["leads"])
    assert arrived.status_code == 403
    assert "names nobody whom it has verified" in arrived.text
    assert "quayside_session" not in client.cookies


def test_a_shut_out_person_stays_out(person, come):
    members.add_account(person.lower(), "admin", by="root")
    members.add_account("root", "admin", by="root")
    members.disable_account(person.lower(), by="root")
    _, arrived = come(person, groups=["leads"])
    assert arrived.status_code == 403
    assert "may not use Quayside any more" in arrived.text


def test_an_answer_of_the_provider_is_taken_right_after_it_came_only(person, come):
    _, arrived = come(person, groups=["leads"], iat=1_700_000_000)
    assert arrived.status_code == 403
    assert "came too late" in arrived.text


def test_a_no_of_the_provider_leads_back_to_the_form_with_a_word(come, address, provider):
    provider.refuses = True
    with httpx2.Client(base_url=address, follow_redirects=True) as client:
        arrived = client.get("/sign-in/oidc?next=/jobs")
    assert "The sign-in with Harbour Login did not succeed." in arrived.text


def test_the_providers_secret_is_in_no_file_and_in_no_environment_of_others(address):
    """Looked for by another process: one that opens SQLite's files beside SQLite, and closes them, loses its locks on them."""
    looked = subprocess.run(
        ["grep", "-rlF", CLIENT_SECRET, os.environ["QUAYSIDE_VAR"], ROOT / ".streamlit"], capture_output=True, text=True
    )
    assert (looked.returncode, looked.stdout) == (1, ""), "1: nothing found"


def test_behind_a_proxy_with_tls_it_is_called_by_its_names_alone_and_knows_who_came(address, clean):
    members.add_account("ana", "viewer", by="root", password="correct horse battery", must_change_password=False)
    through = {"Host": "shop.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    with httpx2.Client(base_url=address, headers=through) as client:
        form = client.get("/sign-in")
        given = {
            "form_key": form.text.split('name="form_key" value="')[1].split('"')[0],
            "name": "ana",
            "password": "correct horse battery",
        }
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())  # a client of plain HTTP keeps no Secure cookie
        cookie = cookie or form.headers["set-cookie"].split(";")[0]
        answer = client.post("/sign-in", data=given, headers={"Cookie": cookie, "Origin": "https://shop.example"})
        assert answer.status_code == 303
        assert "Secure" in answer.headers["set-cookie"]
        assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    with begin() as conn:
        assert conn.execute(select(audit_log.c.address).where(audit_log.c.action == "sign_in")).scalars().all() == ["192.0.2.7"]
