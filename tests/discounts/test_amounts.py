"""Amounts as people and programs send them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.amounts import example, read_amount, read_amount_text, round_amount
from discounts.money import LARGEST_MINOR, MOST_DIGITS, to_decimal
from foundation.parsing import BadValue

LIMITS = {"smallest": 1, "largest": LARGEST_MINOR}
BOUNDS = LIMITS | {"digits": 2}
READERS = pytest.mark.parametrize("reader", [read_amount, round_amount])
digits = st.integers(0, MOST_DIGITS)


@READERS
@pytest.mark.parametrize(
    ("sent", "decimals", "whole"),
    [
        (1, 2, 100),
        (0.01, 2, 1),
        (19.99, 2, 1999),
        (210.1, 2, 21010),
        (1e3, 2, 100_000),
        (Decimal("90071992547409.91"), 2, LARGEST_MINOR),
        (Decimal("90071992547409.90"), 2, LARGEST_MINOR - 1),
        (Decimal("9007199254740.991"), 3, LARGEST_MINOR),
        (LARGEST_MINOR, 0, LARGEST_MINOR),
        (Decimal("19.90"), 2, 1990),
        (Decimal("19.900"), 2, 1990),
        (Decimal("1E+3"), 2, 100_000),
        (1210, 0, 1210),
        (1210.0, 0, 1210),
        (12.345, 3, 12_345),
    ],
)
def test_a_number_with_the_currencys_decimals_is_read_exactly(reader, sent, decimals, whole):
    assert reader(sent, digits=decimals, **LIMITS) == whole


@pytest.mark.parametrize(
    ("sent", "decimals", "complaint"),
    [
        (19.999, 2, "two decimals"),
        (0.1 + 0.2, 2, "two decimals"),
        (1210.5, 0, "a whole number: there are no decimals"),
        (0.0005, 3, "between 0.001 and"),
        (1.0005, 3, "three decimals"),
    ],
)
def test_more_decimals_are_refused_where_a_person_decides(sent, decimals, complaint):
    with pytest.raises(BadValue, match=complaint):
        read_amount(sent, digits=decimals, **LIMITS)


@pytest.mark.parametrize(
    ("sent", "decimals", "whole"),
    [
        (0.1 + 0.2, 2, 30),
        (19.999, 2, 2000),
        (1.005, 2, 101),
        (1.0049999, 2, 100),
        (0.005, 2, 1),
        (1210.5, 0, 1211),
        (1210.49, 0, 1210),
        (1.0005, 3, 1001),
    ],
)
def test_more_decimals_are_rounded_where_a_program_calculates(sent, decimals, whole):
    assert round_amount(sent, digits=decimals, **LIMITS) == whole


def test_an_amount_that_rounds_to_zero_is_too_small():
    with pytest.raises(BadValue, match=r"between 0\.01"):
        round_amount(0.0049, **BOUNDS)
    assert round_amount(0.0049, smallest=0, largest=LARGEST_MINOR, digits=2) == 0


@READERS
@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (-1, "between 0.01 and 90071992547409.91"),
        (0, "between"),
        (-0.0, "between"),
        (1e-9, "between"),
        (Decimal("1E-400000"), "between"),
        (Decimal("1E+400000"), "between"),
        (Decimal("90071992547409.92"), "between"),
        (10**4000, "between"),
        (1e300, "between"),
        (float("nan"), "a number such as 499.90"),
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
def test_any_other_value_is_refused(reader, sent, complaint):
    with pytest.raises(BadValue, match=complaint):
        reader(sent, **BOUNDS)


@pytest.mark.parametrize(
    ("sent", "whole"),
    [
        (0.1 + 0.2, 30),
        (1.1 * 3, 330),
        (19.995, 2000),
        (19.994999, 1999),
        (0.005, 1),
        (Decimal("90071992547409.914"), LARGEST_MINOR),
        (10, 1000),
    ],
)
def test_an_amount_of_a_program_is_rounded_half_up(sent, whole):
    assert round_amount(sent, **BOUNDS) == whole


@pytest.mark.parametrize(
    "sent", [0.004, -0.1, 0, Decimal("90071992547409.915"), 1e300, -1e300, 10**4000]
)
def test_an_amount_that_is_out_of_bounds_once_rounded_is_refused(sent):
    with pytest.raises(BadValue, match="between"):
        round_amount(sent, **BOUNDS)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50), st.sampled_from([2, 3]))
def test_a_sum_of_floats_is_read_as_the_exact_sum(prices, decimals):
    added = sum(price / 10**decimals for price in prices)
    assert round_amount(added, digits=decimals, **LIMITS) == sum(prices)


@pytest.mark.parametrize(
    ("typed", "decimals", "whole"),
    [("10", 2, 1000), (" 0.5 ", 2, 50), ("+3.", 2, 300), ("1210", 0, 1210), ("1.5", 3, 1500)],
)
def test_an_amount_typed_by_a_person_is_read(typed, decimals, whole):
    assert read_amount_text(typed, digits=decimals, **LIMITS) == whole


@pytest.mark.parametrize(
    "typed", ["", "1e3", "NaN", "inf", "1,50", "1_000", "٣", "1.999", "-1", "9" * 31, "1" * 500]
)
def test_a_text_that_is_not_an_amount_is_refused(typed):
    with pytest.raises(BadValue):
        read_amount_text(typed, **BOUNDS)


@given(st.integers(1, LARGEST_MINOR), digits)
def test_every_amount_that_is_shown_is_read_back(whole, decimals):
    bounds = LIMITS | {"digits": decimals}
    amount = to_decimal(whole, digits=decimals)
    assert read_amount(amount, **bounds) == round_amount(amount, **bounds) == whole
    assert read_amount_text(str(amount), **bounds) == whole


@given(st.decimals(0, 10**12, allow_nan=False, places=8), digits)
def test_rounding_moves_an_amount_by_half_a_minor_unit_at_most(amount, decimals):
    limits = {"smallest": 0, "largest": 10**12 * 10**decimals}
    rounded = to_decimal(round_amount(amount, digits=decimals, **limits), digits=decimals)
    assert abs(rounded - amount) * 2 <= to_decimal(1, digits=decimals)
    if abs(rounded - amount) * 2 == to_decimal(1, digits=decimals):
        assert rounded > amount


@given(digits)
def test_the_example_in_an_error_is_valid(decimals):
    assert read_amount_text(example(decimals), digits=decimals, **LIMITS)
