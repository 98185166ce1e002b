"""Small tables as HTML: what stands in them is a stranger's text, and what it looks like follows from the row."""

from __future__ import annotations

import re

import pytest

from console.parts import html_table
from console.parts.html_table import Column
from db.engine import begin
from db.schema import stores
from tests.console.demo import add


def drawn(at):
    """The tables of a page: what each lists → its rows of words."""
    found = {}
    for piece in at.get("html"):
        if named := re.search(r'<table aria-label="([^"]*)"', piece.proto.body):
            rows = re.findall(r"<tr style.*?</tr>", piece.proto.body)
            found[named[1]] = [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row)] for row in rows]
    return found


def test_what_a_stranger_wrote_is_text_in_every_kind_of_cell():
    evil = '"><script>alert(1)</script>'
    for cell in (html_table.text(evil), html_table.badge(evil, "red"), html_table.bar(0.5, evil), html_table.bar(None, evil)):
        assert "<script" not in cell
        assert "&lt;script&gt;" in cell
        assert cell.count('"') % 2 == 0, "no attribute is left open"


@pytest.mark.parametrize(("part", "width"), [(0.25, "width:25.0%"), (0.0, "width:0.0%"), (7.0, "width:100.0%"), (-1.0, "width:0.0%")])
def test_a_bar_is_as_long_as_its_part(part, width):
    assert width in html_table.bar(part, "1")


def test_a_table_has_a_name_titles_and_a_cell_for_each_row():
    page = html_table._html([Column("Jobs", ["1", "2"], width=60, is_number=True), Column("Why", ["a", "b"])], "Why jobs fail", 32)
    assert page.count('<th scope="col"') == 2
    assert re.findall(r"<td[^>]*>(.)</td>", page) == ["1", "a", "2", "b"]
    assert page.count("text-align:right") == 3, "the title stands above its numbers"
    assert 'aria-label="Why jobs fail"' in page


def test_the_overview_lists_queues_stores_jobs_and_reasons(visit, busy):
    tables = drawn(visit("overview"))
    assert [row[0] for row in tables["Queues: what waits and runs"]][:2] == ["sync-products", "sync-orders"]
    assert tables["How fresh each stream of each store is"][0][:2] == ["Needs you", "Harbor &amp; Pine"]
    assert len(tables["How fresh each stream of each store is"]) == 12
    assert len(tables["Jobs that run now"]) == 6
    assert all(int(row[0]) > 0 for row in tables["Why jobs fail, most first"])


def test_a_store_is_called_as_it_calls_itself_and_nothing_else_happens(visit, clean):
    with begin() as conn:
        add(conn, stores, name="evil", title="<img src=x onerror=alert(1)>", platform="shopify", address="https://evil.example.test")
    page = "".join(piece.proto.body for piece in visit("overview").get("html"))
    assert "&lt;img src=x" in page
    assert "<img" not in page
