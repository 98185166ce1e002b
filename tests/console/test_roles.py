"""What a role may not do it cannot do, whatever the browser sends; the pages Audit and Settings."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

import tasks
from db import audit
from db.engine import begin
from db.schema import accounts, alerts, api_tokens, audit_log
from tasks import accounts as accounts_command
from tasks import members, passwords, sign_in
from tests.console.conftest import look, press, words
from tests.console.demo import add

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 16)
    passwords._nobody.cache_clear()


@pytest.fixture
def come(visit, clean) -> Callable[..., Any]:
    """Open a page as somebody with this role."""
    from streamlit.testing.v1 import AppTest

    from console import sign_in_session
    from tests.console.served import ROOT

    def as_role(role: str, page: str = "overview", **params: str) -> Any:
        name = f"the-{role}"
        if sign_in.standing(name) is None:
            members.add_account(name, role, by="test", password=PASSWORD, must_change_password=False)
        began = sign_in.sign_in(name, PASSWORD, address=None)
        at = AppTest.from_file(str(ROOT / "console" / "main.py"), default_timeout=30)
        at.user = {"person": name, "began": str(sign_in_session.microseconds(began))}
        at.run()
        for key, value in params.items():
            at.query_params[key] = value
        return look(at.switch_page(f"app_pages/{page}.py"))

    return as_role


def lines(**wanted: str) -> list[tuple[str, str, str]]:
    with begin() as conn:
        found = conn.execute(select(audit_log).order_by(audit_log.c.id))
        return [
            (row.person, row.action, row.outcome) for row in found if all(getattr(row, name) == value for name, value in wanted.items())
        ]


def test_a_viewer_sees_the_button_disabled_with_what_it_needs_and_forging_its_click_does_nothing(come):
    at = come("viewer", "workers")
    button = at.button(key="test_worker")
    assert button.disabled
    assert button.help == "This needs the role operator. Ask an admin."
    button.proto.disabled = False  # what a modified page does
    button.click()
    look(at)
    assert lines(action="test_worker_connection") == []


def test_a_viewer_who_gets_at_a_deed_is_denied_with_a_sentence_and_audited(come, job):
    number = job(state="queued")
    at = come("viewer", "jobs")
    at.session_state["asked_dialog"] = ("cancel", {"job_id": number})
    press(look(at), "cancel_yes")
    assert tasks.job(number).state == "queued"
    assert lines(outcome="denied") == [("the-viewer", "cancel", "denied")]
    assert lines(action="cancel", outcome="done") == []
    assert "This needs the role operator; the-viewer has the role viewer. Ask an admin." in [
        toast.value.replace("\\", "") for toast in at.toast
    ]


def test_a_new_role_is_felt_by_the_open_page(come, monkeypatch):
    at = come("viewer", "workers")
    assert at.button(key="test_worker").disabled
    members.set_role("the-viewer", "operator", by="test")
    assert not look(at).button(key="test_worker").disabled
    press(at, "test_worker")
    assert ("the-viewer", "test_worker_connection", "done") in lines()
    members.set_role("the-viewer", "viewer", by="test")
    press(at, "test_worker")
    assert lines(outcome="denied") == [("the-viewer", "test_worker", "denied")]


@pytest.mark.parametrize("end", [sign_in.sign_out, lambda name: members.disable_account(name, by="test")])
def test_when_a_session_is_over_nothing_more_is_drawn_or_done(come, end):
    at = come("operator", "workers")
    end("the-operator")
    at.button(key="test_worker").click()
    at = look(at)
    assert not at.title
    assert words(at).strip() == ""
    assert lines(action="test_worker_connection") == []


def test_a_session_that_names_nobody_here_draws_nothing(come, visit):
    come("admin")
    assert not visit("workers").title, "an open console was closed by the first account"


def test_only_an_admin_is_shown_people_tokens_channels_and_retention(come):
    with begin() as conn:
        add(conn, alerts, rule="waiting", cause="waiting:here", severity="passing", sentence="It waited here.", ended_at=datetime.now(UTC))
    at = come("operator", "settings", settings_part="people")
    assert "are shown to admins" in words(at)
    assert "It waited here." in [*at.dataframe[0].value["sentence"]], "what is wrong is everybody's to see"
    assert "Alerts are told nowhere" not in words(at)
    assert "the-operator" not in "".join(str(table.value) for table in at.dataframe)
    assert not [button for button in at.button if button.key == "people_add"]
    assert come("admin", "settings", settings_part="people").button(key="people_add")


def test_a_person_is_added_with_a_first_password_that_is_shown_once_and_works_once(come):
    at = come("admin", "settings", settings_part="people")
    press(at, "people_add")
    at.text_input(key="person_name").set_value(" Bo ")
    at.selectbox(key="person_role").set_value("operator")
    press(at, "person_add")
    given = next(code.value for code in at.get("code"))
    assert sign_in.standing("bo").must_change_password
    assert sign_in.sign_in("bo", given, address=None)
    assert not look(at).get("code")
    assert ("the-admin", "add_account", "done") in lines()
    with begin() as conn:
        kept = conn.execute(select(accounts.c.password_hash).where(accounts.c.name == "bo")).scalar_one()
        said = [str(row) for row in conn.execute(select(audit_log))]
    assert given not in kept
    assert given not in "".join(said)


def test_a_double_click_adds_one_person(come):
    at = come("admin", "settings", settings_part="people")
    press(at, "people_add")
    at.text_input(key="person_name").set_value("bo")
    at.button(key="person_add").click()
    at.run()
    assert lines(action="add_account", person="the-admin") == [("the-admin", "add_account", "done")]


def test_the_last_admin_stays(clean):
    members.add_account("ana", "admin", by="test")
    for deed in (lambda: members.set_role("ana", "viewer", by="test"), lambda: members.disable_account("ana", by="test")):
        with pytest.raises(tasks.BadRequest, match=r"ana is the last admin\. Make somebody else admin first"):
            deed()
    members.add_account("bo", "admin", by="test")
    members.disable_account("ana", by="test")
    with pytest.raises(tasks.BadRequest, match="bo is the last admin"):
        members.disable_account("bo", by="test")


@pytest.mark.parametrize("name", ["", " ", "a b", "token:x", "console", "<script>", "x" * 300])
def test_a_name_that_would_mislead_is_refused(clean, name):
    if len(name) > 191:
        members.add_account(name, "viewer", by="test")
        assert sign_in.standing("x" * 191) is not None
        return
    with pytest.raises(tasks.BadRequest, match="cannot be a name"):
        members.add_account(name, "viewer", by="test")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ana-ana-ana1", "x" * 300])
def test_a_weak_password_is_refused_without_repeating_it(clean, password):
    with pytest.raises(tasks.BadRequest) as told:
        members.add_account("ana", "admin", by="test", password=password)
    assert password not in str(told.value)


def test_names_are_compared_byte_by_byte_in_small_letters(clean):
    members.add_account("Ana", "admin", by="test")
    members.add_account("Aná", "viewer", by="test")
    assert (sign_in.standing("ana").role, sign_in.standing("aná").role) == ("admin", "viewer")
    with pytest.raises(tasks.BadRequest, match="ana is here already"):
        members.add_account("ANA", "viewer", by="test")


def test_a_token_is_shown_once_and_known_by_its_fingerprint(come):
    at = come("admin", "settings", settings_part="tokens")
    press(at, "tokens_add")
    at.text_input(key="token_name").set_value("warehouse")
    at.selectbox(key="token_role").set_value("operator")
    press(at, "token_add")
    secret = next(code.value for code in at.get("code"))
    who = tasks.actor_of_token(secret, "192.0.2.7")
    assert (str(who), who.role, who.source, who.address) == ("token:warehouse", "operator", "api", "192.0.2.7")
    with begin() as conn:
        row = conn.execute(select(api_tokens)).one()
    assert secret not in str(row)
    assert row.last_used_at is not None
    assert timedelta(days=89) < row.expires_at - datetime.now(UTC) <= timedelta(days=90)


def test_a_token_that_is_revoked_expired_or_made_up_is_nobodys(clean, monkeypatch):
    number, secret = tasks.add_token("a", "viewer", None, by="test")
    assert tasks.actor_of_token(secret, None) is not None
    tasks.revoke_token(number, by="test")
    assert tasks.actor_of_token(secret, None) is None
    with pytest.raises(tasks.BadRequest, match="could still be revoked"):
        tasks.revoke_token(number, by="test")
    _, soon = tasks.add_token("b", "viewer", datetime.now(UTC) + timedelta(seconds=60), by="test")
    with begin() as conn:
        conn.execute(api_tokens.update().values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    for wrong in (soon, "qs_" + "x" * 43, "", "Bearer", secret[:-1]):
        assert tasks.actor_of_token(wrong, None) is None


def test_the_audit_page_filters_and_keeps_the_filters_in_its_address(come):
    with begin() as conn:
        for number in range(40):
            audit.write(conn, person=audit.Person("ana", source="api", address="192.0.2.7"), action="cancel", target=f"job:{number}")
        audit.write(
            conn, person="eve", action="add_store", target="store:zurich", outcome="denied", detail={"role": "viewer", "needs": "admin"}
        )
    at = come("viewer", "audit")
    assert len(at.dataframe[0].value) == 18
    at.text_input(key="audit_target").set_value("store:zurich")
    look(at)
    assert list(at.dataframe[0].value["person"]) == ["eve"]
    assert at.query_params["audit_target"] == ["store:zurich"] or at.query_params["audit_target"] == "store:zurich"
    at = come("viewer", "audit", audit_outcome="denied")
    assert list(at.dataframe[0].value["target"]) == ["store:zurich"]
    at = come("viewer", "audit", audit_person="ana", audit_action="cancel")
    assert list(at.dataframe[0].value["target"])[:2] == ["job:39", "job:38"]
    press(at, "audit_older")
    assert list(at.dataframe[0].value["target"])[:2] == ["job:21", "job:20"]
    at = come("viewer", "audit", audit_person="nobody")
    assert "No lines match" in words(at)


def test_each_filter_gives_the_lines_that_a_walk_over_all_of_them_gives(clean):
    people, actions, targets, outcomes = ("ana", "bo"), ("cancel", "retry", "sync_orders"), ("job:1", "job:12", "store:a"), audit.OUTCOMES
    with begin() as conn:
        for number in range(90):
            audit.write(
                conn,
                person=people[number % 2],
                action=actions[number % 3],
                target=targets[number // 2 % 3],
                outcome=outcomes[number % 7 % 3],
            )
    with begin() as conn:
        every = [row._mapping for row in conn.execute(select(audit_log).order_by(audit_log.c.id.desc()))]
    for wanted in (audit.Wanted(), audit.Wanted(person="bo"), audit.Wanted(action="retry", outcome="denied"), audit.Wanted(target="job:1"),
                   audit.Wanted(target="job"), audit.Wanted(outcome="refused", target="store:a", person="ana")):  # fmt: skip
        exact = ":" in wanted.target

        def matches(row: Any, wanted: audit.Wanted = wanted, exact: bool = exact) -> bool:
            fits = row["target"] == wanted.target if exact else wanted.target in row["target"]
            return fits and all(not getattr(wanted, name) or row[name] == getattr(wanted, name) for name in ("person", "action", "outcome"))

        found, before = [], None
        while True:
            answer = audit.page(wanted, before=before, limit=7)
            found += [row["id"] for row in answer.rows]
            if not answer.has_more:
                break
            before = found[-1]
        assert found == [row["id"] for row in every if matches(row)], wanted
    assert audit.actions() == sorted(actions)


def test_the_command_makes_the_first_admin_from_a_pipe_and_says_in_one_sentence_what_is_wrong(clean, monkeypatch, capsys):
    def run(typed: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = accounts_command.main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    assert run("short\n", "add", "ana", "--role", "admin")[::2] == (
        1,
        "A password has 12 to 256 characters; a few words are easy to remember.\n",
    )
    assert run(f"{PASSWORD}\n", "add", "Ana", "--role", "admin") == (0, "Ana is admin and can sign in.\n", "")
    assert sign_in.sign_in("ana", PASSWORD, address=None)
    assert not sign_in.standing("ana").must_change_password, "they typed it themselves"
    assert run("", "disable", "ana")[::2] == (1, "ana is the last admin. Make somebody else admin first.\n")
    assert run("", "list")[1] == "ana\tadmin\n"
    given = run("", "reset", "ana")[1].split(" with ")[1].split()[0]
    with pytest.raises(sign_in.SignInRefused):
        sign_in.sign_in("ana", PASSWORD, address=None)
    assert sign_in.sign_in("ana", given, address=None)
    assert lines(action="reset_password") == [("command line", "reset_password", "done")]
