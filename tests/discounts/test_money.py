"""Currencies as in CLDR; amounts are converted to whole minor units and back without loss."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.money import (
    LARGEST_MINOR,
    MOST_DIGITS,
    Currency,
    currency_by_code,
    to_decimal,
    to_whole,
)

digits = st.integers(0, MOST_DIGITS)


@pytest.mark.parametrize(
    ("amount", "decimals", "whole"),
    [
        ("0", 2, 0),
        ("0.01", 2, 1),
        ("17.35", 2, 1735),
        ("0.005", 2, 1),
        ("0.0049", 2, 0),
        ("1210", 0, 1210),
        ("1210.5", 0, 1211),
        ("1210.49", 0, 1210),
        ("0.0005", 3, 1),
        ("12.345", 3, 12_345),
        ("90071992547409.91", 2, LARGEST_MINOR),
        ("9007199254740.991", 3, LARGEST_MINOR),
        ("9007199254740991", 0, LARGEST_MINOR),
    ],
)
def test_an_amount_is_so_many_minor_units(amount, decimals, whole):
    assert to_whole(Decimal(amount), digits=decimals) == whole


@given(st.integers(0, LARGEST_MINOR), digits)
def test_an_amount_comes_back_as_it_was(whole, decimals):
    amount = to_decimal(whole, digits=decimals)
    assert to_whole(amount, digits=decimals) == whole
    assert amount.as_tuple().exponent == -decimals


@pytest.mark.parametrize(
    ("code", "decimals", "locale"),
    [
        ("INR", 2, "en_IN"),
        ("EUR", 2, "en"),
        ("USD", 2, "en_US"),
        ("GBP", 2, "en_GB"),
        ("JPY", 0, "en_JP"),
        ("KRW", 0, "en"),
        ("VND", 0, "en"),
        ("KWD", 3, "en"),
        # ISO 4217 gives it two.
        ("IDR", 0, "en_ID"),
        ("CLF", 4, "en"),
    ],
)
def test_a_currency_has_its_decimals_and_is_written_in_its_locale(code, decimals, locale):
    found = currency_by_code(code)
    assert (found, found.locale) == (Currency(code, decimals), locale)
    assert currency_by_code(code, locale="de_DE").locale == "de_DE"


def test_currencies_are_equal_however_they_are_written():
    assert Currency("INR", 2, "en_IN") == Currency("INR", 2, "de_DE") != Currency("INR", 0)
