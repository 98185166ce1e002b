"""One call: which error each kind of answer is, what is tried again, and what never gets out."""

import gzip
import json
import threading
import traceback
from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.errors import (
    AnswerTooLarge,
    AuthRefused,
    ConfigWrong,
    ContractBroken,
    RateLimited,
    ScopeMissing,
    Unavailable,
)
from integrations.http_errors import retry_after_s
from integrations.http_session import Call
from integrations.throttle import Budget, MemoryBudgets
from integrations.tokens import Tokens
from tests.integrations.conftest import QUICK, Reply


def test_numbers_in_an_answer_are_never_floats(web, http):
    web.will_answer(Reply(b'{"price": 0.1, "big": 12345678901234567.89, "count": 3}'))
    answer = http().get("/x").json
    assert answer == {"price": Decimal("0.1"), "big": Decimal("12345678901234567.89"), "count": 3}
    assert type(answer["price"]) is Decimal


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ContractBroken),
        (401, AuthRefused),
        (402, ConfigWrong),
        (403, ScopeMissing),
        (404, ConfigWrong),
        (408, Unavailable),
        (422, ContractBroken),
        (423, ConfigWrong),
        (429, RateLimited),
        (430, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (524, Unavailable),
    ],
)
def test_each_status_is_one_class_of_error(web, http, status, error):
    web.will_answer(Reply(status=status, body=b"<html>", content_type="text/html"))
    with pytest.raises(error) as caught:
        http().get("/x")
    assert type(caught.value) is error
    assert "store1: Acme" in str(caught.value)
    assert caught.value.hint or error is RateLimited


def test_a_failure_is_tried_again_and_a_refusal_is_not(web, http):
    web.will_answer(Reply(status=502), Reply(status=500), {"ok": 1})
    assert http().get("/x").json == {"ok": 1}
    assert len(web.asked) == 3
    web.asked.clear()
    web.will_answer(Reply(status=401))
    with pytest.raises(AuthRefused):
        http().get("/x")
    assert len(web.asked) == 1


def test_a_call_that_may_not_be_repeated_is_sent_once(web, http):
    web.will_answer(Reply(status=502), {"ok": 1})
    with pytest.raises(Unavailable):
        http().send(Call("POST", f"{web.address}/token", body=b"{}"), is_repeatable=False)
    assert len(web.asked) == 1


def test_a_short_wait_is_waited_for_and_a_long_one_is_the_jobs(web, http):
    web.will_answer(Reply(status=429, headers={"Retry-After": "0.05"}), {"ok": 1})
    assert http().get("/x").json == {"ok": 1}
    web.asked.clear()
    web.will_answer(Reply(status=429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimited) as caught:
        http().get("/x")
    assert caught.value.retry_after_s == 120
    assert len(web.asked) == 1


def test_a_shop_in_maintenance_that_says_for_how_long_only_postpones(web, http):
    web.will_answer(Reply(status=503, headers={"Retry-After": "600"}, content_type="text/html"))
    with pytest.raises(RateLimited) as caught:
        http().get("/x")
    assert caught.value.retry_after_s == 600


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-7"}, 5),
        ({"Retry-After": "soon"}, 5),
        ({}, 5),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(headers, seconds):
    assert retry_after_s(headers) == seconds


def test_when_one_worker_is_asked_to_wait_the_others_wait_too(web, http):
    store = MemoryBudgets()
    budget = Budget(store=store, key="acme", capacity=10, rate_per_s=10)
    web.will_answer(Reply(status=429, headers={"Retry-After": "90"}))
    with pytest.raises(RateLimited):
        http(budget=budget).get("/x")
    web.will_answer({"ok": 1})
    with pytest.raises(RateLimited) as caught:
        http(budget=budget).get("/x")
    assert 85 < caught.value.retry_after_s <= 90
    assert len(web.asked) == 1


def test_a_page_of_html_is_not_an_answer(web, http):
    web.will_answer(Reply(b"<html>Briefly unavailable for scheduled maintenance</html>", content_type="text/html; charset=utf-8"))
    with pytest.raises(Unavailable, match="text/html where JSON was due"):
        http().get("/x")


@pytest.mark.parametrize("body", [b'{"a": [1, 2', b"", b"[NaN]", b"[" * 100_000, b'{"a": 1} trailing', b"\xff\xfe{}"])
def test_half_an_answer_is_no_answer(web, http, body):
    web.will_answer(Reply(body))
    with pytest.raises(Unavailable, match="half an answer"):
        http().get("/x")


def test_a_cut_connection_is_no_answer_and_is_tried_again(web, http):
    body = json.dumps(["x" * 1000] * 100).encode()
    web.will_answer(Reply(body, cut_at=5000))
    with pytest.raises(Unavailable):
        http().get("/x")
    assert len(web.asked) == QUICK.tries
    web.will_answer(Reply(body, cut_at=5000), Reply(body))
    assert len(http().get("/x").json) == 100


def test_chatter_before_the_json_is_skipped_where_the_platform_is_known_for_it(web, http):
    body = b'\xef\xbb\xbf<br />\n<b>Notice</b>: Undefined index [22-Nov] {closure} in /a.php\n[{"id": 1}]\n'
    web.will_answer(Reply(body))
    assert http(skip_notices=True).get("/x").json == [{"id": 1}]
    with pytest.raises(Unavailable):
        http().get("/x")


def test_an_answer_has_a_largest_size_also_when_it_came_packed(web, http):
    bomb = gzip.compress(b"[" + b" " * 5_000_000 + b"]")
    assert len(bomb) < 20_000
    web.will_answer(Reply(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(AnswerTooLarge):
        http(limits=replace(QUICK, max_bytes=1_000_000)).get("/x")
    assert http().get("/x").json == []


def test_an_answer_that_drips_is_given_up(web, http):
    web.will_answer(Reply(json.dumps(["x" * 1000] * 1000).encode()))
    with pytest.raises(Unavailable, match="took longer"):
        http(limits=replace(QUICK, total_s=-1)).get("/x")


def test_a_silent_platform_is_unavailable(web, http):
    release = threading.Event()

    def silent(asked):
        release.wait(5)
        return Reply()

    web.will_answer(silent)
    with pytest.raises(Unavailable, match="did not answer in time"):
        http(limits=replace(QUICK, read_s=0.1, tries=1)).get("/x")
    release.set()


def test_redirects_are_not_followed(web, http):
    web.will_answer(Reply(status=302, headers={"Location": "http://169.254.169.254/latest?token=topsecret"}))
    with pytest.raises(ConfigWrong, match="elsewhere") as caught:
        http().get("/x")
    assert "topsecret" not in str(caught.value)
    assert len(web.asked) == 1
    web.will_answer(Reply(status=302, headers={"Location": "/maintenance"}))
    with pytest.raises(Unavailable, match="another page"):
        http().get("/x")


def test_the_environment_changes_nothing(web, http, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    web.will_answer(Reply(b"{}", headers={"Set-Cookie": "session=1"}))
    session = http()
    session.get("/x")
    session.get("/x")
    assert "authorization" not in web.asked[1].headers
    assert "cookie" not in web.asked[1].headers
    assert web.asked[1].headers["user-agent"].startswith("Quayside/")


def test_no_error_holds_a_secret(web, http):
    def query_key(call):
        return replace(call, params=(*call.params, ("consumer_secret", "topsecret")), headers={"X-Token": "topsecret"})

    failures = {
        "refused": (http(base="http://127.0.0.1:9", sign=query_key), None),
        "unknown name": (http(base="http://no-such-host.invalid", sign=query_key), None),
        "cut": (http(sign=query_key), Reply(b"[1,2,3]", cut_at=1)),
        "status": (http(sign=query_key), Reply(status=400)),
        "header": (http(sign=lambda call: replace(call, headers={"X-Token": "topsecret\n"})), None),
        "letters": (http(sign=lambda call: replace(call, headers={"X-Token": "topsecret…"})), None),
    }
    for session, reply in failures.values():
        web.will_answer(reply or Reply())
        with pytest.raises((Unavailable, ContractBroken, ConfigWrong)) as caught:
            session.get("/x", {"api_key": "topsecret"})
        told = "".join(traceback.format_exception(caught.value))
        assert "topsecret" not in "\n".join(line for line in told.splitlines() if not line.startswith("    "))
        assert "topsecret" not in repr(caught.value)


def test_a_platforms_own_words_are_quoted_without_secrets(http):
    said = 'Key topsecret is bad, see https://shop.example/a?key=1&b=2\n  and "more"'
    assert http().quote(said) == 'Key ••• is bad, see https://shop.example/a?… and "more"'
    assert "top" not in http(tokens=Tokens({"key": "top/secret"})).quote("?k=top%2Fsecret")
