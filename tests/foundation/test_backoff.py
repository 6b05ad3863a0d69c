"""Waits between attempts grow, up to a bound."""

from itertools import islice

from foundation.backoff import LONGEST_WAIT, SHORTEST_WAIT, waits


def test_waits_grow_to_a_bound():
    found = list(islice(waits(), 50))
    assert SHORTEST_WAIT / 2 <= found[0] <= SHORTEST_WAIT
    assert LONGEST_WAIT / 2 <= found[-1] <= LONGEST_WAIT
    assert len(set(found)) == len(found)
