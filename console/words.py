"""The languages: `_` says a text in the person's language; English is what the code says, the others are in console/languages/*.po."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
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


def language() -> str:
    """The person's choice in the menu, else their browser's, else English."""
    chosen = st.session_state.get("language") or (st.context.locale or "en").partition("-")[0]
    return chosen if chosen in LANGUAGES else "en"


def _(text: str) -> str:
    """`text` in the person's language. For whole sentences, values by `.format(name=…)` afterwards; never at import time."""
    return _translations(language()).gettext(text)


def many(one: str, several: str, number: int) -> str:
    """The form that fits `number`, e.g. many("{n} job", "{n} jobs", 3)."""
    return _translations(language()).ngettext(one, several, number)
