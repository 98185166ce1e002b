"""Small tables as plain HTML: there with the page, read by screen readers and by the browser's own search. For lists to be sorted or clicked: table.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from console.parts import measures, states

_LINE = "1px solid color-mix(in srgb, currentColor 11%, transparent)"
_REST_PX = 120  # what a column without a width has at least, before the table is scrolled
_ONE_LINE = "overflow:hidden;text-overflow:ellipsis;white-space:nowrap"


@dataclass(frozen=True, slots=True)
class Column:
    """A title and one cell for each row, as the functions below make them; without a width it takes what is left."""

    title: str
    cells: Sequence[str]
    width: int | None = None
    is_number: bool = False


def text(value: object) -> str:
    """A cell of words; what is too long is cut, and told whole under the pointer."""
    said = escape(str(value))
    return f'<div title="{said}" style="{_ONE_LINE}">{said}</div>'


def number(value: float | None) -> str:
    """A cell of a count, every digit of it; – for nothing known."""
    return escape(measures.whole(value))


def badge(word: str, color: str) -> str:
    """A cell of one word in a tint of a theme's colour."""
    ink, said = states.ink(color), escape(word)
    look = f"background:{ink}26;color:color-mix(in srgb, {ink} 58%, currentColor)"
    return f'<span title="{said}" style="display:inline-block;vertical-align:middle;max-width:100%;padding:1px 8px;border-radius:8px;{_ONE_LINE};{look}">{said}</span>'


def bar(part: float | None, word: str, *, color: str = "blue") -> str:
    """A cell of a bar that is filled to `part`, from 0 to 1, and a number; no bar where nothing is known."""
    if part is None:
        return text(word)
    filled = f'<div style="width:{100 * min(max(part, 0.0), 1.0):.1f}%;height:100%;background:{states.ink(color)}"></div>'
    track = "flex:1;height:5px;border-radius:3px;overflow:hidden;background:color-mix(in srgb, currentColor 9%, transparent)"
    return f'<div style="display:flex;align-items:center;gap:8px"><div style="{track}">{filled}</div><span>{escape(word)}</span></div>'


def show(columns: Sequence[Column], *, alt: str, row_px: int = 32) -> None:
    """Draw it; `alt` says to those who do not see it what it lists."""
    st.html(_html(columns, alt, row_px))


def _html(columns: Sequence[Column], alt: str, row_px: int) -> str:
    sizes = "".join(f'<col style="width:{one.width}px">' if one.width else "<col>" for one in columns)
    titles = "".join(
        f'<th scope="col" style="height:{row_px}px;padding:0 8px;font-weight:500;text-align:{_side(one)};{_ONE_LINE}">'
        f'<span style="opacity:.72">{escape(one.title)}</span></th>'
        for one in columns
    )
    rows = "".join(
        f'<tr style="border-top:{_LINE}">{"".join(_cell(one, place, row_px) for one in columns)}</tr>'
        for place in range(len(columns[0].cells))
    )
    narrowest = sum(one.width or _REST_PX for one in columns)
    table = f"table-layout:fixed;border-collapse:collapse;width:100%;min-width:{narrowest}px;font-size:13px;line-height:18px"
    return (
        f'<div style="overflow-x:auto;border:{_LINE};border-radius:8px"><table aria-label="{escape(alt)}" style="{table}">'
        f'<colgroup>{sizes}</colgroup><thead style="background:color-mix(in srgb, currentColor 3%, transparent)"><tr>{titles}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(column: Column, place: int, row_px: int) -> str:
    digits = ";font-variant-numeric:tabular-nums" if column.is_number else ""
    return f'<td style="height:{row_px}px;padding:0 8px;text-align:{_side(column)}{digits}">{column.cells[place]}</td>'


def _side(column: Column) -> str:
    return "right" if column.is_number else "left"
