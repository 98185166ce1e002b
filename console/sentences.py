"""Sentences of the floors below, in the person's language: errors, hints and verdicts, also those that were stored long ago.

They are made and kept in English, whole. What the code that makes them says between its values is known (console/languages/*.po), so each is
recognised by its form, and its values are put into the translation. What nobody knows, such as a platform's own words, stays as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from console import words
from console.parts import states

_PLACE = re.compile(r"\{(\w+)\}")


def said(text: object) -> str:
    """`text` in the person's language, as far as it is known."""
    return _said(words.language(), str(text))


@lru_cache(maxsize=4_096)
def _said(language: str, text: str) -> str:
    known, bare = words.below(language), text.strip()
    if not known or not bare:
        return text
    return text[: len(text) - len(text.lstrip())] + (
        _whole(language, bare) or _with_next_step(language, bare) or _formed(language, bare) or bare
    )


def _whole(language: str, text: str) -> str | None:
    return words.below(language).get(text)


def _with_next_step(language: str, text: str) -> str | None:
    """An error and its hint, as they stand in one line."""
    for end in re.finditer(r"[.)] ", text):
        error, hint = text[: end.end() - 1], text[end.end() :]
        if (step := _whole(language, hint)) and (what := _whole(language, error) or _formed(language, error)):
            return f"{what} {step}"
    return None


def _formed(language: str, text: str) -> str | None:
    known = [(found, translation) for form, translation in _forms(language) if (found := form.fullmatch(text))]
    if not known:
        return None
    found, translation = next((one for one in known if not _begins_with_a_sentence(one[0])), known[0])
    return _PLACE.sub(lambda place: _value(language, found[place[1]]), translation)


def _begins_with_a_sentence(found: re.Match[str]) -> bool:
    """Whether a form fits only since the place at its beginning took a whole sentence for a value."""
    return found.start(1) == 0 and ". " in found[1]


def _value(language: str, value: str) -> str:
    if value in states.STATES:
        return states.label(value).lower()
    if " " not in value:
        return value
    told = _said(language, value)
    if told == value and not value.endswith("."):  # a sentence within a sentence has lost its full stop
        whole = _said(language, f"{value}.")
        return whole.removesuffix(".") if whole != f"{value}." else value
    return told


@cache
def _forms(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The forms with places, those that say most before the others."""
    with_places = [(form, translation) for form, translation in words.below(language).items() if _PLACE.search(form)]
    return [(_pattern(form), translation) for form, translation in sorted(with_places, key=lambda pair: -len(_PLACE.sub("", pair[0])))]


def _pattern(form: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def group(name: str) -> str:
        is_again = name in seen
        seen.add(name)
        return f"(?P={name})" if is_again else f"(?P<{name}>.*?)"

    parts = _PLACE.split(form)  # text, name, text, name, … text
    return re.compile("".join(group(part) if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL)
