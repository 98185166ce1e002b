"""The languages: `_` says a text in the person's language; English is what the code says, the others are in console/languages/*.po."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

import streamlit as st
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
KEYWORDS = {"_": None, "later": None, "many": (1, 2), "counted": (1, 2)}  # the functions whose texts are translated, for Babel's extraction
_FOLDER = Path(__file__).parent / "languages"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    path = _FOLDER / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def below(language: str) -> dict[str, str]:
    """What the floors below say, with a named place for each value → the same in this language; nothing for English, in which they say it."""
    path = _FOLDER / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as text:
        every = read_po(text, locale=language)
    return {
        message.id: message.string for message in every
        if isinstance(message.id, str) and isinstance(message.string, str) and any(not place.startswith("console/") for place, _line in message.locations)
    }  # fmt: skip


def language() -> str:
    """The person's choice in the menu, else their browser's, else English."""
    chosen = st.session_state.get("language") or (st.context.locale or "en").partition("-")[0]
    return chosen if chosen in LANGUAGES else "en"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def locale() -> Locale:
    """How numbers and money are written in the person's language."""
    return _locale(language())


def _(text: str) -> str:
    """`text` in the person's language. For whole sentences, values by `.format(name=…)` afterwards; never at import time."""
    return _translations(language()).gettext(text)


def many(one: str, several: str, number: int) -> str:
    """The form that fits `number`, e.g. many("{n} job", "{n} jobs", 3)."""
    return _translations(language()).ngettext(one, several, number)


def later(text: str) -> str:
    """Marks a text that stands in a table of the code and is translated by `_` where it is drawn."""
    return text


def spoken(accepted: str) -> tuple[gettext.NullTranslations, str]:
    """The texts in the best of the languages that a browser accepts (its Accept-Language), and which that is; for pages outside of Streamlit."""
    wanted = []
    for place, part in enumerate(accepted.split(",")):
        tag, _sep, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, tag.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    best = next((tag for weight, _place, tag in sorted(wanted) if tag in LANGUAGES and weight < 0), "en")
    return _translations(best), best
