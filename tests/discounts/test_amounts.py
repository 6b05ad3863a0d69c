"""Amounts as people and programs send them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.amounts import read_amount, read_amount_text
from discounts.money import LARGEST_MINOR, to_decimal
from pixeltrack.values import BadValue

BOUNDS = {"smallest": 1, "largest": LARGEST_MINOR}


@pytest.mark.parametrize(
    ("sent", "whole"),
    [
        (1, 100),
        (0.01, 1),
        (19.99, 1999),
        (210.1, 21010),
        (1e3, 100_000),
        (99999999.99, LARGEST_MINOR),
        (Decimal("19.90"), 1990),
        (Decimal("19.900"), 1990),
    ],
)
def test_a_number_of_two_decimals_is_read_exactly(sent, whole):
    assert read_amount(sent, **BOUNDS) == whole


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (19.999, "two decimals"),
        (0.1 + 0.2, "two decimals"),
        (-1, "between 0.01 and 99999999.99"),
        (0, "between"),
        (-0.0, "between"),
        (1e-9, "between"),
        (100_000_000, "between"),
        (10**4000, "between"),
        (1e300, "between"),
        (float("nan"), "a number"),
        (float("inf"), "a number"),
        (Decimal("NaN"), "a number"),
        (Decimal("-Infinity"), "a number"),
        (True, "a number"),
        ("10", "a number"),
        ("NaN", "a number"),
        ("Infinity", "a number"),
        ("1e3", "a number"),
        (None, "a number"),
        ([1], "a number"),
    ],
)
def test_anything_else_is_refused(sent, complaint):
    with pytest.raises(BadValue, match=complaint):
        read_amount(sent, **BOUNDS)


@pytest.mark.parametrize(
    ("sent", "whole"),
    [
        (0.1 + 0.2, 30),
        (1.1 * 3, 330),
        (19.995, 2000),
        (19.994999, 1999),
        (0.005, 1),
        (99999999.994, LARGEST_MINOR),
        (10, 1000),
    ],
)
def test_what_a_program_added_up_is_rounded_half_up(sent, whole):
    assert read_amount(sent, rounded=True, **BOUNDS) == whole


@pytest.mark.parametrize("sent", [0.004, -0.1, 0, 99999999.995, 1e300, -1e300, 10**4000])
def test_what_is_outside_when_rounded_is_refused(sent):
    with pytest.raises(BadValue, match="between"):
        read_amount(sent, rounded=True, **BOUNDS)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_prices_added_up_in_floats_are_their_sum(prices):
    added = sum(price / 100 for price in prices)
    assert read_amount(added, rounded=True, **BOUNDS) == sum(prices)


@pytest.mark.parametrize(("typed", "whole"), [("10", 1000), (" 0.5 ", 50), ("+3.", 300)])
def test_what_a_person_types_is_read(typed, whole):
    assert read_amount_text(typed, **BOUNDS) == whole


@pytest.mark.parametrize(
    "typed", ["", "1e3", "NaN", "inf", "1,50", "1_000", "٣", "1.999", "-1", "9" * 31, "1" * 500]
)
def test_what_is_no_amount_is_not(typed):
    with pytest.raises(BadValue):
        read_amount_text(typed, **BOUNDS)


@given(st.integers(1, LARGEST_MINOR))
def test_every_amount_survives_being_shown_and_read(whole):
    assert read_amount(float(to_decimal(whole)), **BOUNDS) == whole
    assert read_amount_text(str(to_decimal(whole)), **BOUNDS) == whole
