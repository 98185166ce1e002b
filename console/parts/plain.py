"""Text from shops and platforms is a stranger's: it is shown, never rendered."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^=&\"'])")
_LINKS = re.compile(r"(?i)(://|www(?=\.)|@)")
_BREAKS = re.compile(r"\s+")
_JOINER = "\u2060"  # has no width; without it Markdown makes links of addresses even where every sign is escaped


def plain(text: object, *, longest: int = 400) -> str:
    """`text` on one line for a place that renders Markdown, so that nothing in it is Markdown, HTML, a link or a directive."""
    line = _BREAKS.sub(" ", str(text)).strip()
    if len(line) > longest:
        line = line[: longest - 1] + "…"
    return _SIGNS.sub(r"\\\1", _LINKS.sub(rf"\1{_JOINER}", line))
