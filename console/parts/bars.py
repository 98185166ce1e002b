"""Bars as plain HTML: they are there with the page, in its colours, where a chart's library is a megabyte to load and run before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

AXIS_PX = 36  # room for the numbers at the left
WIDEST_PX = 48  # a bar; one alone does not fill the chart
LABELS = 6  # below the bars: as many as a phone has room for
_TEXT = "font-size:12px;line-height:16px;opacity:.72;white-space:nowrap"


@dataclass(frozen=True)
class Series:
    """One kind of what is stacked: its name in the legend, its colour, a number for each bar."""

    name: str
    color: str
    values: Sequence[float]


def stacked(
    labels: Sequence[str], series: Sequence[Series], *, alt: str, height_px: int, has_legend: bool = True, unit: str = "",
    marks: Sequence[tuple[float, str]] = (),
) -> None:  # fmt: skip
    """A bar for each label, each series on top of the ones before it; a bar under the pointer tells its numbers. Numbers without a `unit` are counts.

    `marks`: (how far from left to right, from 0 to 1; what happened there), drawn as lines across the bars.
    """
    st.html(_stacked(labels, series, alt=alt, height_px=height_px, has_legend=has_legend, unit=unit, marks=marks))


def strip(parts: Sequence[tuple[str, float]], *, alt: str) -> None:
    """One bar from left to right of (colour, length); what is too short to be seen is shown all the same."""
    total = sum(length for _color, length in parts) or 1.0
    inner = "".join(f'<div style="flex:{max(length / total, 0.004):.5f} 1 0;background:{color}"></div>' for color, length in parts)
    st.html(f'<div role="img" aria-label="{escape(alt)}" style="display:flex;height:10px;border-radius:3px;overflow:hidden">{inner}</div>')


def spark(values: Sequence[float], color: str, *, height_px: int = 36, has_zero: bool = True) -> None:
    """Small bars without words that show how the number above came about; without a zero the lowest is a stub, so that small changes are seen."""
    st.html(_spark(values, color, height_px, has_zero))


def columns(parts: Sequence[tuple[str, float, str]], *, alt: str, height_px: int = 40) -> None:
    """A bar for each (colour, value, what it says under the pointer); even nothing is a stub, since something was there."""
    st.html(_columns(parts, alt, height_px))


def ticks(most: float, *, at_most: int = 5, is_whole: bool = True) -> list[float]:
    """Where the lines across the bars are drawn, from 0 to the first that nothing is above: 1, 2 or 5 times a power of ten apart."""
    wanted = most / at_most if most > 0 else 1.0
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted * (1 - 1e-9))
    if is_whole:
        step = max(1.0, step)
    return [step * place for place in range(max(1, math.ceil(most / step * (1 - 1e-9))) + 1)]


def _stacked(
    labels: Sequence[str], series: Sequence[Series], *, alt: str, height_px: int, has_legend: bool, unit: str, marks: Sequence[tuple[float, str]] = ()
) -> str:  # fmt: skip
    lines = ticks(max((sum(one.values[place] for one in series) for place in range(len(labels))), default=0.0), is_whole=not unit)
    top = lines[-1]
    legend = "".join(f'{_swatch(one.color)}<span style="{_TEXT};margin-right:14px">{escape(one.name)}</span>' for one in series)
    axis = "".join(
        f'<div style="position:absolute;left:0;right:0;bottom:{100 * line / top:.3f}%;border-top:1px solid;opacity:.13"></div>'
        f'<div style="position:absolute;right:100%;padding-right:8px;bottom:calc({100 * line / top:.3f}% - 8px);{_TEXT}">{line:,.6g}{escape(unit)}</div>'
        for line in lines
    )
    columns = "".join(_column(label, series, place, top, unit) for place, label in enumerate(labels))
    lines_down = "".join(
        f'<div title="{escape(words)}" style="position:absolute;top:-6px;bottom:0;left:calc({100 * place:.3f}% - 4px);padding:0 3px">'
        f'<div style="height:100%;border-left:2px dashed;opacity:.5"></div></div>'
        for place, words in marks
    )
    below = "".join(
        f'<span style="position:absolute;left:{100 * (place + 0.5) / len(labels):.3f}%;transform:translateX(-50%);{_TEXT}">{escape(labels[place])}</span>'
        for place in _spread(len(labels))
    )
    return (
        f'<div role="img" aria-label="{escape(alt)}">'
        + (f'<div style="margin-bottom:14px">{legend}</div>' if has_legend else "")
        + f'<div style="position:relative;height:{height_px}px;margin:8px 0 6px {AXIS_PX}px">{axis}'
        f'<div style="position:absolute;inset:0;display:flex;gap:2px">{columns}</div>{lines_down}</div>'
        f'<div style="position:relative;height:16px;margin-left:{AXIS_PX}px">{below}</div></div>'
    )


def _spark(values: Sequence[float], color: str, height_px: int, has_zero: bool) -> str:
    top, low = max(values, default=0.0), min(values, default=0.0)
    base = 0.0 if has_zero or top == low else low - (top - low) / 4
    room = (top - base) or 1.0
    inner = "".join(f'<div style="flex:1 1 0;height:{100 * (value - base) / room:.1f}%;background:{color}"></div>' for value in values)
    return f'<div aria-hidden="true" style="display:flex;align-items:flex-end;gap:1px;height:{height_px}px">{inner}</div>'


def _columns(parts: Sequence[tuple[str, float, str]], alt: str, height_px: int) -> str:
    top = max((value for _color, value, _title in parts), default=0.0) or 1.0
    inner = "".join(
        f'<div title="{escape(title)}" style="flex:1 1 0;max-width:{WIDEST_PX // 3}px;height:{max(100 * value / top, 6):.1f}%;background:{color};'
        'border-radius:1px"></div>'
        for color, value, title in parts
    )
    return (
        f'<div role="img" aria-label="{escape(alt)}" style="display:flex;align-items:flex-end;gap:2px;height:{height_px}px">{inner}</div>'
    )


def _swatch(color: str) -> str:
    return f'<span style="display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px;background:{color}"></span>'


def _column(label: str, series: Sequence[Series], place: int, top: float, unit: str) -> str:
    told = [f"{one.name} {one.values[place]:,.6g}{unit}" for one in series if one.values[place]]
    parts = "".join(
        f'<div style="width:min(100%,{WIDEST_PX}px);height:{100 * one.values[place] / top:.3f}%;background:{one.color}"></div>'
        for one in series
        if one.values[place]
    )
    title = escape(" · ".join([label, *told]))
    return f'<div title="{title}" style="flex:1 1 0;display:flex;flex-direction:column-reverse;align-items:center">{parts}</div>'


def _spread(count: int) -> Iterator[int]:
    """Places of labels, evenly apart."""
    step = max(1, -(-count // LABELS))
    return iter(range(step // 2, count, step))
