"""Bars drawn as plain HTML: their lengths, lines and words."""

from __future__ import annotations

import re

import pytest

from console.parts.bars import LABELS, Series, _spark, _stacked, ticks


@pytest.mark.parametrize(
    ("most", "lines"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (6, [0, 2, 4, 6]), (25, [0, 5, 10, 15, 20, 25]), (26, [0, 10, 20, 30]), (12_345, [0, 5_000, 10_000, 15_000])],
)  # fmt: skip
def test_lines_are_round_and_nothing_is_above_them(most, lines):
    assert ticks(most) == lines


def test_seconds_have_lines_between_whole_numbers():
    assert ticks(0.4, is_whole=False) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert ticks(0.4) == [0, 1]


def drawn(*numbers: tuple[float, float], labels=None, unit="") -> str:
    columns = [Series("Succeeded", "#00f", [a for a, _ in numbers]), Series("<b>Failed", "#f00", [b for _, b in numbers])]
    return _stacked(
        labels or [f"12:{place:02}" for place in range(len(numbers))], columns, alt='7 "jobs"', height_px=100, has_legend=True, unit=unit
    )


def test_a_bar_is_as_long_as_its_number_and_tells_it():
    page = drawn((5, 0), (3, 7))
    assert re.findall(r"height:([\d.]+)%;background:(#\w+)", page) == [("50.000", "#00f"), ("30.000", "#00f"), ("70.000", "#f00")]
    assert 'title="12:00 · Succeeded 5"' in page
    assert 'title="12:01 · Succeeded 3 · &lt;b&gt;Failed 7"' in page


def test_a_mark_is_a_line_across_the_bars_that_says_what_happened():
    page = _stacked(["a"], [Series("Done", "#00f", [1])], alt="x", height_px=9, has_legend=False, unit="", marks=[(0.25, "<b> paused")])
    assert re.findall(r'title="([^"]*)" style="[^"]*left:calc\(([\d.]+)%', page) == [("&lt;b&gt; paused", "25.000")]


def test_words_are_words_and_no_markup():
    page = drawn((1, 1), labels=["<script>"])
    assert "<script>" not in page
    assert "<b>" not in page
    assert 'aria-label="7 &quot;jobs&quot;"' in page


@pytest.mark.parametrize("count", [1, 5, 6, 7, 60, 71, 72])
def test_no_more_labels_than_there_is_room_for(count):
    shown = re.findall(r">(12:\d\d)</span>", drawn(*[(1, 0)] * count))
    assert 1 <= len(shown) <= LABELS
    assert len(set(shown)) == len(shown)


def test_nothing_to_show_is_an_empty_frame():
    assert "background:#00f" in drawn((0, 0)), "the legend"
    assert 'title="12:00"' in drawn((0, 0))


def test_small_changes_of_a_large_number_are_seen():
    assert re.findall(r"height:([\d.]+)%", _spark([98, 100, 99], "#00f", 36, False)) == ["20.0", "100.0", "60.0"]
    assert re.findall(r"height:([\d.]+)%", _spark([98, 100], "#00f", 36, True)) == ["98.0", "100.0"]
    assert re.findall(r"height:([\d.]+)%", _spark([7, 7], "#00f", 36, False)) == ["100.0", "100.0"], "always the same is no nothing"


def test_the_overview_draws_its_jobs_and_a_history_below_each_number(visit, busy):
    pieces = [piece.proto.body for piece in visit("overview").get("html")]
    assert sum('aria-hidden="true"' in piece for piece in pieces) == 5
    chart = next(piece for piece in pieces if 'role="img"' in piece)
    assert re.search(r'title="\d\d:\d\d · Succeeded \d+', chart)
