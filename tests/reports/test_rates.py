"""Open rates in words."""

import pytest

from reports.rates import rate_in_words


@pytest.mark.parametrize(
    ("without", "with_machine", "words"),
    [
        (0.241, 0.31, "24.1% to 31.0%"),
        (0.241, 0.241, "24.1%"),
        (0.2411, 0.2414, "24.1%"),
        (0.0, 0.0, "0.0%"),
        (0.0, 1.0, "0.0% to 100.0%"),
        (None, None, "-"),
    ],
)
def test_a_rate_is_a_range_where_machine_opens_make_it_uncertain(without, with_machine, words):
    assert rate_in_words(without, with_machine) == words
