"""Amounts go to whole minor units and back without losing anything."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.money import LARGEST_MINOR, to_decimal, to_whole


@pytest.mark.parametrize(
    ("amount", "whole"),
    [
        ("0", 0),
        ("0.01", 1),
        ("17.35", 1735),
        ("0.005", 1),
        ("0.0049", 0),
        ("99999999.99", 9999999999),
    ],
)
def test_an_amount_is_so_many_minor_units(amount, whole):
    assert to_whole(Decimal(amount)) == whole


@given(st.integers(0, LARGEST_MINOR))
def test_an_amount_comes_back_as_it_was(whole):
    amount = to_decimal(whole)
    assert to_whole(amount) == whole
    assert amount.as_tuple().exponent == -2
