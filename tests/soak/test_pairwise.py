"""The chosen rows contain every pair of values."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tests.soak.pairwise import choose

SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=7)


@given(sizes=SIZES)
def test_every_pair_of_values_is_in_some_row(sizes):
    factors = {f"f{n}": range(size) for n, size in enumerate(sizes)}
    rows = choose(factors)
    for one, other in combinations(factors, 2):
        together = {(row[one], row[other]) for row in rows}
        assert together == {(i, j) for i in factors[one] for j in factors[other]}


def test_the_rows_are_far_fewer_than_all_combinations():
    factors = {f"f{n}": range(4) for n in range(10)}
    assert len(choose(factors)) <= 60
    assert choose(factors) == choose(factors)


def test_one_factor_alone_gives_each_of_its_values():
    assert choose({"only": "abc"}) == [{"only": "a"}, {"only": "b"}, {"only": "c"}]
