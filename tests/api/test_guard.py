"""Who may call, from where, with how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import tasks
from console.api import caller
from console.api.guard import MOST_BYTES
from tasks import members, tokens
from tasks.log_context import AboutFilter
from tests.api.test_calls import told
from tests.servers import until

PATHS = ("/queue/status", "/api/jobs", "/api/worker/status", "/metrics", "/api/export/jobs")


@pytest.fixture
def bearer(clean, monkeypatch):
    """Make a token, after which everybody needs one; the headers that carry it."""
    monkeypatch.setattr(caller, "_required", (0.0, True))
    members.add_account("ana", "admin", by="test")

    def make(role: str = "operator", **more) -> dict[str, str]:
        make.number, secret = tokens.add_token(role, role, more.get("expires_at"), by="ana")
        return {"Authorization": f"Bearer {secret}"}

    return make


def test_where_nobody_signs_in_the_api_is_as_open_as_the_console(api):
    for path in PATHS:
        assert api.get(path).status_code == 200, path


def test_where_people_sign_in_a_call_without_a_token_is_refused(api, bearer):
    headers = bearer("viewer")
    for path in PATHS:
        answer = api.get(path)
        told(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert api.get(path, headers=headers).status_code == 200, path
    assert api.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "said", ["Bearer qs_wrong", "Bearer wrong", "Bearer ", "Basic YTpi", "qs_x", "Bearer " + "x" * 5000, "Bearer qs_\xff"]
)
def test_a_wrong_token_is_refused_also_where_none_is_needed(api, said):
    told(api.get("/queue/status", headers={"Authorization": said.encode("latin-1")}), 401)


def test_a_revoked_or_expired_token_is_refused(api, bearer, monkeypatch):
    monkeypatch.setattr(caller, "_KNOWN_S", 0.0)
    headers = bearer("viewer")
    assert api.get("/queue/status", headers=headers).status_code == 200
    tokens.revoke_token(bearer.number, by="ana")
    told(api.get("/queue/status", headers=headers), 401)
    soon = bearer("viewer", expires_at=datetime.now(UTC) + timedelta(seconds=0.3))
    until("the token expires", lambda: (tokens._known.forget(), api.get("/queue/status", headers=soon).status_code == 401)[1])


def test_a_viewer_changes_nothing_and_the_refusal_is_in_the_audit_log(api, bearer, store, user):
    store()
    viewer, operator = bearer("viewer"), bearer("operator")
    for path, body in (("/queue/sync/orders", {"storeId": "store1"}), ("/api/worker/test", None), (f"/api/users/{user}/create-product", None),
                       ("/api/users", {"name": "Bo"}), ("/api/jobs/1/cancel", None), ("/api/jobs/1/retry", None)):  # fmt: skip
        answer = api.post(path, json=body, headers=viewer) if body else api.post(path, headers=viewer)
        assert "needs the role operator" in told(answer, 403)["detail"]
    made = told(api.post("/queue/sync/orders", json={"storeId": "store1"}, headers=operator), 202)
    assert tasks.job(made["id"]).requested_by == "token:operator"
    denied = [line for line in told(api.get("/api/audit", headers=viewer), 200)["items"] if line["outcome"] == "denied"]
    assert {line["action"] for line in denied} == {"sync", "test_worker", "create_product", "add_user", "cancel", "retry"}
    assert {(line["person"], line["source"], line["address"]) for line in denied} == {("token:viewer", "api", "127.0.0.1")}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_page_of_another_site_changes_nothing(api, headers):
    told(api.post("/api/worker/test", headers=headers), 403)
    assert told(api.get("/api/jobs"), 200)["items"] == []


def test_a_page_of_our_own_may(api):
    told(api.post("/api/worker/test", headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}), 202)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/html", ""])
def test_what_a_form_could_send_is_not_taken(api, store, kind):
    store()
    told(api.post("/queue/sync/orders", content=b'{"storeId": "store1"}', headers={"Content-Type": kind}), 415)


def test_no_answer_may_be_read_by_another_site(api):
    answer = api.get("/queue/status", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_body_beyond_the_limit_is_refused_whether_or_not_it_says_its_length(api, store):
    store()
    json = {"Content-Type": "application/json"}
    padded = b'{"storeId": "store1"' + b" " * (MOST_BYTES - 21) + b"}"
    assert len(padded) == MOST_BYTES
    told(api.post("/queue/sync/orders", content=padded, headers=json), 202)
    told(api.post("/queue/sync/orders", content=padded + b" ", headers=json), 413)

    def chunks():
        for _ in range(20):
            yield b" " * 60_000

    told(api.post("/queue/sync/orders", content=chunks(), headers=json), 413)
    told(api.post("/api/worker/test", headers={"Content-Length": "many"}), 400)


def test_a_call_has_a_name_that_the_log_repeats_also_that_of_the_worker(api, work, caplog):
    with caplog.at_level("INFO", logger="quayside"):
        caplog.handler.addFilter(AboutFilter())
        answered = api.post("/api/worker/test", headers={"X-Request-Id": "deploy-7"})
    assert answered.headers["X-Request-Id"] == "deploy-7"
    (line,) = [record for record in caplog.records if record.getMessage().startswith("job queued")]
    assert line.about_fields == {"request": "deploy-7"}
    caplog.set_level("INFO", logger="quayside")
    work()
    (line,) = [record for record in caplog.records if record.getMessage().startswith("job started")]
    assert line.about_fields == {"request": "deploy-7"}
    made_up = api.get("/queue/status", headers={"X-Request-Id": "two\twords"}).headers["X-Request-Id"]
    assert len(made_up) == 16
