"""Credentials that are refused are renewed once, whoever else finds them refused, and kept before they are used."""

import threading
from dataclasses import replace

import pytest

from integrations.errors import AuthRefused
from integrations.tokens import Tokens
from tests.integrations.conftest import Reply


def test_refused_credentials_are_renewed_once_saved_and_the_call_repeated(web, http):
    order = []

    def fetch(secrets):
        order.append("fetched")
        return {"key": "new"}

    tokens = Tokens({"key": "old", "other": "kept"}, fetch, save=lambda fresh: order.append(("saved", dict(fresh))))

    def sign(call):
        order.append(("used", tokens.current["key"]))
        return replace(call, headers={"X-Token": tokens.current["key"]})

    web.will_answer(lambda asked: Reply() if asked.headers["x-token"] == "new" else Reply(status=401))
    assert http(tokens=tokens, sign=sign).get("/x").status == 200
    assert order == [("used", "old"), "fetched", ("saved", {"key": "new", "other": "kept"}), ("used", "new")]


def test_a_renewal_that_is_refused_ends_at_once(web, http):
    calls = []

    def refuse(secrets):
        calls.append(1)
        raise AuthRefused("the refresh token is dead")

    web.will_answer(Reply(status=401))
    with pytest.raises(AuthRefused, match="refresh token is dead"):
        http(tokens=Tokens({"key": "old"}, refuse)).get("/x")
    assert (len(calls), len(web.asked)) == (1, 1)


def test_new_credentials_that_are_refused_too_are_not_renewed_again(web, http):
    calls = []
    web.will_answer(Reply(status=401))
    with pytest.raises(AuthRefused):
        http(tokens=Tokens({"key": "old"}, lambda secrets: calls.append(1) or {"key": "new"})).get("/x")
    assert (len(calls), len(web.asked)) == (1, 2)


def test_many_threads_renew_once():
    fetched = []
    at_once = threading.Barrier(8)
    tokens = Tokens({"key": "old"}, lambda secrets: fetched.append(secrets["key"]) or {"key": "new"})
    seen = tokens.current

    def renew():
        at_once.wait()
        assert tokens.renew(seen)

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetched == ["old"]
    assert tokens.current == {"key": "new"}


def test_renewal_among_workers_takes_what_another_worker_stored():
    stored = {"key": "already renewed"}
    tokens = Tokens({"key": "old"}, lambda secrets: pytest.fail("asked the platform"), renew_once=lambda seen, fetch: stored)
    assert tokens.renew(tokens.current)
    assert tokens.current == stored
