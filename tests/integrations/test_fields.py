"""Reading single fields: exact or refused, never guessed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Unmappable
from integrations.fields import identifier, moment, money, text, whole


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("0.10", Decimal("0.10")),
        ("-0.01", Decimal("-0.01")),
        ("1234", Decimal(1234)),
        (1234, Decimal(1234)),
        (Decimal("1.5"), Decimal("1.5")),
        ("0.123", Decimal("0.123")),
        ("1.230000", Decimal("1.23")),
        ("999999999999999.9999", Decimal("999999999999999.9999")),
        (None, None),
        ("", None),
    ],
)
def test_money_is_kept_exactly(given_, kept):
    assert money({"price": given_}, "price") == kept


@pytest.mark.parametrize(
    "wrong", ["abc", "1,50", "NaN", "Infinity", "1_000", "١٢", "0.00001", "1000000000000000", 1.5, True, [], Decimal("NaN"), " 1", "1e999"]
)
def test_money_that_cannot_be_kept_exactly_is_refused(wrong):
    with pytest.raises(Unmappable, match="price"):
        money({"price": wrong}, "price")


@given(st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=4))
def test_every_amount_that_the_tables_hold_comes_through_unchanged(amount):
    assert money({"price": str(amount)}, "price") == amount


def test_whole_numbers_come_as_numbers_and_as_text():
    assert [whole({"n": value}, "n") for value in (5, "5", -3, "12.0", None, "")] == [5, 5, -3, 12, None, None]
    for wrong in ("1.5", "x", True, 2**63, Decimal("0.5")):
        with pytest.raises(Unmappable):
            whole({"n": wrong}, "n")


def test_ids_are_text_and_required():
    assert identifier({"id": 12}) == "12"
    assert identifier({"id": "gid://shopify/Product/1"}) == "gid://shopify/Product/1"
    for wrong in (None, "", True, 1.5, "x" * 129):
        with pytest.raises(Unmappable):
            identifier({"id": wrong})


def test_times_are_utc_and_a_missing_zone_is_not_guessed():
    row = {"z": "2026-11-22T10:00:00Z", "far": "2026-11-22T10:00:00+05:30", "naive": "2026-11-22T10:00:00", "no": "0000-00-00"}
    assert moment(row, "z") == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert moment(row, "far") == datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
    assert moment(row, "naive", is_naive_utc=True) == datetime(2026, 11, 22, 10, tzinfo=UTC)
    for name in ("naive", "no"):
        with pytest.raises(Unmappable):
            moment(row, name)
    assert moment(row, "absent") is None


def test_text_that_is_no_text_is_refused():
    assert text({"a": ""}, "a") is None
    with pytest.raises(Unmappable):
        text({"a": 5}, "a")
