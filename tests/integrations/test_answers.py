"""Answers are decoded, and rows told as JSON, by a fast library: exactly as the slow one of Python would, so that no hash changes with it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import connector
from integrations.answers import parse_json
from integrations.connector import canonical

scalars = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.text() | st.decimals(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12)
rows = st.dictionaries(st.text(), values, max_size=6)


@given(rows)
def test_a_row_is_told_as_json_would_tell_it(row):
    assert canonical(row) == connector._encode_anything(row)


@given(rows)
def test_an_answer_is_read_as_json_would_read_it(row):
    written = json.dumps(row, default=float)
    assert parse_json(written.encode()) == json.loads(written, parse_float=Decimal)


@pytest.mark.parametrize("number", ["1.50", "0.1e-3", "1E400", "-0.0", "12345678901234567890.123456789"])
def test_a_number_with_a_point_is_a_decimal_to_its_last_digit(number):
    (read,) = parse_json(f"[{number}]".encode())
    assert (type(read), str(read)) == (Decimal, str(Decimal(number)))


def test_half_a_character_is_read_and_told():
    assert parse_json(rb'{"a": "\ud83d"}') == {"a": "\ud83d"}
    assert canonical({"a": "\ud83d"}) == '{"a":"\ud83d"}'


@pytest.mark.parametrize("body", [b"", b"  ", b"[NaN]", b"[1", b'["\xff"]', b"[" * 100_000, b"<html>", b"[1]x", b"[01]"])
def test_what_is_no_whole_json_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011  # of any kind: the caller says "half an answer, or no JSON in it"
        parse_json(body)


def test_a_mark_and_a_chatty_php_are_passed_over():
    assert parse_json(b'\xef\xbb\xbf {"a": 1}') == {"a": 1}
    assert parse_json(b'Notice: [x] is old\n{"a": 1.50}', skip_notices=True) == {"a": Decimal("1.50")}
