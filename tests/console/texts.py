"""Every text of the console that is to be translated, found in its code; `python -m tests.console.texts` brings console/languages/*.po up to date.

Babel's own reader of Python sees no text inside of f-strings on Python 3.11, so this one reads the syntax tree and is handed to Babel.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from console.words import KEYWORDS, LANGUAGES
from tests.console import texts_elsewhere

ROOT = Path(__file__).parents[2]
CONSOLE, FOLDER = ROOT / "console", ROOT / "console" / "languages"


def from_tree(code: IO[bytes], keywords: Any, _comment_tags: Any, options: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """A method of extraction, as Babel wants it."""
    for node in ast.walk(ast.parse(code.read())):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            texts = tuple(one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None for one in node.args)
            if name in keywords and texts:
                yield node.lineno, name, texts if len(texts) > 1 else texts[0], []


def found() -> Catalog:
    """All of them, with the files in which they stand; those of the floors below too."""
    catalog = Catalog(project="Quayside", charset="utf-8")
    for path in sorted(CONSOLE.rglob("*.py")):
        place = str(path.relative_to(ROOT))
        with path.open("rb") as code:
            for _line, text, _comments, _context in extract(from_tree, code, keywords=KEYWORDS):
                catalog.add(text, locations=[(place, None)])  # without lines, or each edit of the code would change this file
    for place, text in texts_elsewhere.found():
        catalog.add(text, locations=[(place, None)])
    return catalog


def known(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as text:
        return read_po(text, locale=language)


def refresh(language: str) -> int:
    """Add what is missing, untranslated, and drop what is said no more; how many are without a translation."""
    catalog = known(language)
    catalog.update(found(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with (FOLDER / f"{language}.po").open("wb") as text:
        write_po(text, catalog, width=140, sort_output=True)
    return sum(1 for one in catalog if one.id and not (one.string if isinstance(one.string, str) else one.string and all(one.string)))


if __name__ == "__main__":
    for code in LANGUAGES:
        if code != "en":
            sys.stdout.write(f"{code}: {refresh(code)} to translate\n")
