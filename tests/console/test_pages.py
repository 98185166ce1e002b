"""Every page in its four faces: rows, nothing yet, nothing that matches, the database away."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import ONE_OF, PAGES, look, named, press, words

EMOJI = re.compile(r":(?!material/|streamlit:)[\w+-][\w_+-]*:")  # what looks like one loads a library of 260 kB in the browser
TRACES = ("Traceback", 'File "', "sqlalchemy", "Error:")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_new_installation_says_what_to_do(visit, name):
    at = visit(name)
    assert at.title[0].value == PAGES[name]
    assert not at.error or "No consumer is alive" in at.error[0].value
    expected = {"overview": "No store is connected yet", "jobs": "No jobs yet", "sync": "No store is connected yet", "stores": "No store is connected yet",
                "users": "No users yet", "workers": "No consumer is alive", "failures": "Nothing has failed", "schedules": "No schedule yet",
                "bulk": "No bulk operation yet", "products": "No products yet", "orders": "No orders yet", "queues": "nothing waits",
                "audit": "Nothing was done yet", "settings": "Nobody has an account"}  # fmt: skip
    assert expected[name] in words(at)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_busy_installation_is_drawn(visit, busy, name):
    at = visit(name)
    assert at.title[0].value == PAGES[name]
    assert not at.error
    if name not in ("overview", "sync", "settings"):
        assert len(at.dataframe[0].value) > (1 if name == "bulk" else 3)
    assert not EMOJI.findall(words(at))


@pytest.mark.parametrize("name", ONE_OF)
def test_a_page_about_one_thing_shows_it_and_without_its_number_asks_which(visit, busy, name):
    at = visit(name, **named(name))
    assert not at.error or name == "job", "the job that is shown has failed"
    assert f"Which {name}?" not in words(at)
    expected = {"job": "**Attempts**", "store": "Harbor \\& Pine", "product": "**Product for Ana Kovač**", "order": "**Lines**"}
    assert expected[name] in words(at)
    assert not EMOJI.findall(words(at))
    assert f"Which {name}?" in words(visit(name))


@pytest.mark.parametrize("name", [*PAGES, *ONE_OF])
def test_an_outage_is_told_changes_nothing_and_heals_by_itself(visit, busy, away, name):
    at = visit(name, **named(name))
    told = len(at.error)
    before = len(at.dataframe)
    with away():
        look(at)
        assert at.error[0].proto.title == "Data is unavailable"
        assert "Nothing was changed" in at.error[0].value
        assert "It last answered at" in at.error[0].value
        assert not any(trace in words(at) for trace in TRACES)
        assert not at.metric, "zeros would be a lie"
    look(at)
    assert len(at.error) == told
    assert len(at.dataframe) == before


def test_a_filter_that_matches_nothing_offers_a_way_out(visit, busy):
    at = visit("jobs", jobs_search="no such text")
    assert "No jobs match" in words(at)
    press(at, "empty_jobs_action")
    assert len(at.dataframe[0].value) == 18


def test_names_from_shops_are_text_wherever_they_appear(visit, store, job):
    evil = "<script>alert(1)</script> [x](https://evil.example) :material/bolt: www.evil.example a@evil.example"
    number = store("evil", evil)
    failed = job(store_id=number, stream="orders", state="failed", error_class="Boom", error=evil, hint=evil, requested_by=evil)
    dialogs = [
        ("job", {"job_id": failed}),
        ("store", {"name": "evil"}),
        ("cancel", {"job_id": failed}),
        ("create_product", {"user_id": 1, "name": evil, "key": "k"}),
    ]
    seen = [words(visit("job", id=str(failed)))]
    for asked in dialogs:
        at = visit("jobs")
        at.session_state["asked_dialog"] = asked
        seen.append(words(look(at)))
    seen += [words(visit(name)) for name in PAGES]
    for text in seen:
        for rendered in ("<script>", "[x](", " :material/bolt:", "https://evil", "www.evil", "a@evil"):
            assert rendered not in text.replace("\n", " "), (rendered, text)
    assert "script" in seen[0]


def test_a_bug_shows_a_reference_and_no_stack_trace(visit, monkeypatch):
    import streamlit as st

    from console import app

    said = []
    monkeypatch.setattr(st, "error", lambda body, **more: said.append((body, more["title"])))
    assert app.on_script_error(RuntimeError("password=hunter2"))
    assert said[0][1] == "Something went wrong"
    assert "reference" in said[0][0]
    assert "hunter2" not in said[0][0]
