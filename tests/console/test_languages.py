"""Every language says everything: no text is missing, doubtful or without its values, and none reaches a page without having been asked for."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from console import words
from console.parts import measures
from tests.console.conftest import PAGES, look
from tests.console.conftest import words as said
from tests.console.texts import CONSOLE, found, known

OTHERS = [language for language in words.LANGUAGES if language != "en"]
VALUES = re.compile(r"\{\w+\}")
LETTERS = re.compile(r"[A-Za-z]{2,}")
NO_TEXT = re.compile(
    r":material/\w*|:\w+(-badge)?\[|\*\*|/[\w/]*\?\w+=|\bCSV\b|\bSKU\b|\bID\b|\bAPI\b|\bQuayside\b"
)  # names and marks are said alike everywhere
SAYS = {
    "label",
    "placeholder",
    "help",
    "body",
    "title",
    "why",
    "alt",
    "delta_description",
    "purpose",
    "aside",
    "empty_title",
    "empty_why",
    "none_title",
}
DRAWS = {"title", "markdown", "caption", "text", "button", "text_input", "text_area", "selectbox", "segmented_control", "pills", "checkbox", "metric", "info",
         "success", "warning", "error", "badge", "popover", "expander", "form_submit_button", "date_input", "number_input", "head", "card", "no_match", "empty",
         "TextColumn", "NumberColumn", "ProgressColumn", "LinkColumn", "page_link", "toast"}  # fmt: skip
OF_A_PATH = {"page_link"}  # their first argument is no text
SPOKEN = {"Language · Ngôn ngữ", "shop1"}  # said in all languages at once; an example of a name


@pytest.fixture
def in_vietnamese(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "vi")


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_its_translation(language):
    catalog, wanted = known(language), found()
    ids = {message.id for message in wanted if message.id}
    there = {message.id: message for message in catalog if message.id}
    assert not sorted(map(str, ids - there.keys())), "run python -m tests.console.texts, then translate"
    assert not sorted(map(str, there.keys() - ids)), "said no more: run python -m tests.console.texts"
    for message in there.values():
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        assert forms, message.id
        assert all(form.strip() for form in forms), f"{language} has no words for {message.id!r}"
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_values_of_its_text(language):
    for message in known(language):
        if not message.id:
            continue
        text = message.id if isinstance(message.id, str) else message.id[1]
        for form in [message.string] if isinstance(message.string, str) else message.string:
            assert set(VALUES.findall(form)) == set(VALUES.findall(text)), (text, form)
            assert form.count("**") == text.count("**"), (text, form)


def _texts(node: ast.expr) -> str:
    """The letters that stand in the code itself, in an argument of a call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.IfExp):
        return f"{_texts(node.body)} {_texts(node.orelse)}"
    return ""


@pytest.mark.parametrize(
    "path", sorted((CONSOLE / "app_pages").glob("*.py")) + sorted((CONSOLE / "parts").glob("*.py")), ids=lambda path: path.stem
)
def test_no_text_reaches_a_page_untranslated(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        of = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if name not in DRAWS or of not in ("", "st", "st.column_config", "left", "right"):
            continue
        told = [] if name in OF_A_PATH else [_texts(one) for one in node.args[:1]]
        told += [_texts(one.value) for one in node.keywords if one.arg in SAYS]
        for text in told:
            if text and text not in SPOKEN and not text.startswith(("https://", "ana@")):
                assert not LETTERS.search(NO_TEXT.sub(" ", text)), f"{path.name}:{node.lineno} says {text!r} without _()"


PAGES_AND_PARTS = sorted((CONSOLE / "app_pages").glob("*.py")) + sorted((CONSOLE / "parts").glob("*.py"))
FROM_BELOW = {"error", "hint", "sentence"}  # columns that hold a sentence of the floors below
ASKED = {
    "said",
    "getattr",
    "isinstance",
    "warning",
    "exception",
    "startswith",
    "endswith",
}  # calls that draw nothing, or draw it translated


@pytest.mark.parametrize("path", PAGES_AND_PARTS, ids=lambda path: path.stem)
def test_what_the_floors_below_say_is_drawn_in_the_persons_language(path):
    tree = ast.parse(path.read_text())
    caught = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    allowed = {id(inner) for part in _undrawn(tree) for inner in ast.walk(part)}
    for node in ast.walk(tree):
        is_error = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in caught
        is_column = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in FROM_BELOW
        if (is_error or is_column) and id(node) not in allowed:
            raise AssertionError(f"{path.name}:{node.lineno} draws {ast.unparse(node)} without sentences.said()")


def _undrawn(tree):
    """Where such a sentence may stand as it is: in what is asked, and in calls that draw nothing or translate it."""
    for node in ast.walk(tree):
        match node:
            case ast.If(test=asked) | ast.IfExp(test=asked) | ast.While(test=asked):
                yield asked
            case ast.Compare():
                yield node
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ASKED:
                yield node
            case ast.Raise():
                yield node


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_in_another_language(visit, busy, in_vietnamese, name):
    at = visit(name)
    assert at.title[0].value != PAGES[name] or PAGES[name] == "Bulk"
    assert not at.error, at.error


def test_the_menu_changes_the_language_of_the_session(visit):
    at = visit("jobs")
    at.segmented_control(key="language_choice").set_value("vi")
    look(at)
    assert at.title[0].value == "Tác vụ"
    assert "Chưa có tác vụ nào" in said(at)


def test_numbers_money_and_times_are_written_as_the_language_does(in_vietnamese):
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert measures.number(1_831) == "1.831"
    assert measures.number(38_210) == "38,2k"
    assert measures.money(Decimal("1234.5000"), "EUR").replace("\u00a0", " ") == "1.234,50 €"
    assert measures.duration(72) == "1 phút 12 giây"
    assert measures.ago(moment, moment.replace(hour=14)) == "2 giờ trước"


def test_money_has_the_decimals_of_its_currency():
    told = {code: measures.money(Decimal("1234.5000"), code).replace("\u00a0", " ") for code in ("EUR", "JPY", "KWD", "CHF")}
    assert told == {"EUR": "€1,234.50", "JPY": "¥1,234", "KWD": "KWD 1,234.500", "CHF": "CHF 1,234.50"}
    assert measures.money(None, "EUR") == "–"
