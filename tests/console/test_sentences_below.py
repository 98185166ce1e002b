"""What the floors below say in English reaches a person in their language: refusals, outages, errors of platforms, verdicts, and what crashed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

import tasks
from console import app, sentences, words
from db.engine import DatabaseAway, begin
from db.schema import sync_runs
from integrations.errors import AuthRefused
from tasks import roles
from tasks.passwords import check
from tests.console.conftest import look, press
from tests.console.conftest import words as drawn
from tests.console.demo import add
from tests.console.texts_elsewhere import forms

PLACE = re.compile(r"\{(\w+)\}")


@pytest.fixture(autouse=True)
def in_vietnamese(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "vi")


@pytest.mark.parametrize("form", sorted(words.below("vi")))
def test_each_sentence_is_known_by_its_form_with_its_values(form):
    values = {name: f"«{name}»" for name in PLACE.findall(form)}
    translation = words.below("vi")[form]
    assert sentences.said(form.format(**values)) == translation.format(**values)


def refused(do):
    with pytest.raises((tasks.BadRequest, tasks.WrongState, tasks.NoSuchJob, roles.Denied)) as caught:
        do()
    return sentences.said(caught.value)


def test_what_verbs_refuse_is_said_in_the_persons_language(job):
    done = job(state="succeeded")
    assert (
        refused(lambda: tasks.cancel(done, by="ana"))
        == f"Tác vụ {done} đang ở trạng thái thành công; chỉ tác vụ đang chờ hoặc đang chạy mới huỷ được."
    )
    assert refused(lambda: tasks.retry(4_711_000, by="ana")) == "Không có tác vụ 4711000."
    assert refused(lambda: tasks.put_schedule("orders", "every day", by="ana")).startswith("Lịch 'every day' có 2 trường")
    assert refused(lambda: check("short", name="ana")).startswith("Mật khẩu có từ ")
    viewer = roles.Actor("ana", role=roles.Role.VIEWER)
    denied = refused(lambda: roles.require(viewer, roles.Role.ADMIN, action="x", target="y"))
    assert denied == "Việc này cần vai trò admin; ana có vai trò viewer. Hãy hỏi quản trị viên."


def test_a_sentence_within_a_sentence_is_said_too():
    told = sentences.said("Harbor & Pine: products failed 6 times in a row. Shopify refused the access token (401).")
    assert told == "Harbor & Pine: products thất bại 6 lần liên tiếp. Shopify từ chối mã truy cập (401)."


def test_an_error_and_its_hint_in_one_line_are_both_said():
    error = AuthRefused("Harbor: Shopify refused the access token (401).", hint="Paste a new token under Stores → Credentials.")
    assert (
        sentences.said(f"{error} {error.hint}")
        == "Harbor: Shopify từ chối mã truy cập (401). Dán mã truy cập mới ở Cửa hàng → Thông tin xác thực."
    )


def test_a_verdict_is_said_with_its_parts():
    told = "Complete: 1,212 records read, 700 new, 512 changed. 3 records were kept aside; see the reason."
    assert sentences.said(told) == "Đầy đủ: đã đọc 1,212 bản ghi, 700 mới, 512 thay đổi. 3 bản ghi được giữ riêng; xem lý do."
    assert sentences.said("Complete: 5 records read, nothing had changed.") == "Đầy đủ: đã đọc 5 bản ghi, không có gì thay đổi."


def test_what_nobody_knows_stays_as_it_is():
    for text in ("", "Boom", "Zażółć gęślą jaźń.", "KeyError: 'x'"):
        assert sentences.said(text) == text


def test_in_english_everything_is_as_it_was(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "en")
    assert sentences.said("There is no job 7.") == "There is no job 7."


def test_a_refusal_reaches_the_toast_and_an_outage_the_page(visit, job, away):
    done = job(state="succeeded")
    at = visit("jobs")
    at.session_state["asked_dialog"] = ("cancel", {"job_id": done})
    at.run()
    press(at, "cancel_yes")
    assert "chỉ tác vụ đang chờ hoặc đang chạy mới huỷ được" in at.toast[0].value
    with away():
        look(at)
        assert "không phản hồi" in at.error[0].value
        assert "does not answer" not in at.error[0].value


def test_a_jobs_error_hint_and_verdict_are_said_on_its_page(visit, job, store):
    here = store()
    failed = job(store_id=here, stream="orders", state="failed", error_class="AuthRefused", error="Café: WooCommerce refused the key (401).",
                 hint="Enter a new key under Stores → Credentials.")  # fmt: skip
    at = visit("job", id=str(failed))
    assert "từ chối khoá" in at.error[0].value
    assert "Nhập khoá mới" in at.error[0].value
    done = job(store_id=here, stream="orders", state="succeeded", verdict="partial")
    with begin() as conn:
        add(conn, sync_runs, job_id=done, store_id=here, stream="orders", mode="full", window_end=datetime.now(UTC), read=9,
            sentence="Stopped after 9 records, as asked; run it without a limit for the rest.")  # fmt: skip
    assert "Đã dừng sau 9 bản ghi" in drawn(visit("job", id=str(done)))


def test_a_crash_is_told_in_the_persons_language(monkeypatch):
    told = []
    monkeypatch.setattr(app.st, "error", lambda body, **more: told.append((body, more["title"])))
    app.on_script_error(RuntimeError("x"))
    assert told[0][1] == "Đã xảy ra sự cố"
    assert "mã tham chiếu" in told[0][0]


def test_the_reader_of_the_code_sees_every_sentence_that_an_expression_can_make():
    import ast

    def of(code):
        return forms(ast.parse(code, mode="eval").body)

    assert of('f"{store}: no {x.name}, {x.name!r}, of {len(known):,}"') == ["{store}: no {name}, {name}, of {known}"]
    assert of('f"{n} {\'are\' if n > 1 else \'is\'} gone" + (f" {note}" if note else "")') == [
        "{n} are gone {note}", "{n} are gone", "{n} is gone {note}", "{n} is gone",
    ]  # fmt: skip
    assert of("str(error)") == []
    assert str(DatabaseAway("x")) == "x"
