"""How many contacts a difference needs, and what the contacts at hand will find."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict.planning import contacts_needed, smallest_found


@pytest.mark.parametrize(
    ("first", "second", "part", "expected"),
    [
        (0.20, 0.24, 0.5, 3587.996),
        (0.05, 0.065, 0.5, 8068.334),
        (0.02, 0.03, 0.1, 19141.568),
        (0.2, 0.2, 0.5, math.inf),
        (0.0, 1.0, 0.5, 0),
    ],
)
def test_contacts_needed(first, second, part, expected):
    assert contacts_needed(first, second, part=part) == pytest.approx(expected, rel=0, abs=1e-3)


@pytest.mark.parametrize(
    ("share", "contacts", "expected"),
    [(0.20, (1000, 1000), 0.254133), (0.02, (1000, 9000), 0.033960), (0.0, (100, 100), 0.077348)],
)
def test_the_smallest_difference_found(share, contacts, expected):
    assert smallest_found(share, contacts=contacts) == pytest.approx(expected, rel=0, abs=5e-7)


@pytest.mark.parametrize(
    ("share", "contacts"), [(0.5, (3, 3)), (1.0, (10, 10)), (0.2, (0, 10)), (0.2, (10, 0))]
)
def test_too_few_contacts_find_nothing(share, contacts):
    assert smallest_found(share, contacts=contacts) is None


@given(st.floats(0.001, 0.9), st.integers(20, 10**7), st.integers(20, 10**7))
def test_what_is_found_needs_the_contacts_at_hand(share, first, second):
    found = smallest_found(share, contacts=(first, second))
    if found is not None:
        needed = contacts_needed(share, found, part=first / (first + second))
        assert needed == pytest.approx(first + second, rel=1e-6)
