"""Blocks in which groups are dealt: always as planned, random, and the same for the same seed."""

from collections import Counter
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.planned_split import exact_parts
from contacts.drawing.blocks import Dealer, Split
from reports.verdict.proportions import planned_weights

SEED = "0123456789abcdef0123456789abcdef"
STRATUM = "google, new"


def split(*shares):
    parts = exact_parts([None if share is None else Decimal(share) for share in shares])
    return Split.of(dict(enumerate(parts, start=1)))


def deal(dealt_split, count, *, seed=SEED, stratum=STRATUM):
    dealer = Dealer(seed, stratum, dealt_split)
    return [dealer.next_group() for _ in range(count)]


def digits(text):
    return [int(digit) for digit in text]


# --- Splits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "written", "block"),
    [
        (["50", "50"], "1:1,2:1", 2),
        ([None, None], "1:1,2:1", 2),
        (["33.33", "33.33", "33.34"], "1:1,2:1,3:1", 3),
        (["14.29"] * 7, "1:1,2:1,3:1,4:1,5:1,6:1,7:1", 7),
        (["90", "10"], "1:9,2:1", 10),
        (["45", "45", "10"], "1:9,2:9,3:2", 20),
        (["45", None, "10"], "1:9,2:9,3:2", 20),
        (["5", "95"], "1:1,2:19", 20),
        (["100"], "1:1", 1),
        # Off by no more than the tolerance of shares that add up.
        (["5.05", "94.95"], "1:1,2:19", 20),
        # No whole numbers up to 20 have these parts.
        (["47.5", "47.5", "5"], "1:19,2:19,3:2", 20),
        (["12", "88"], "1:3,2:22", 20),
        (["0.01", None], "1:1,2:9999", 20),
        (["4.76", "95.24"], "1:119,2:2381", 20),
        # As exactly as it is planned, since a million contacts would show the difference.
        (["5.1", "94.9"], "1:51,2:949", 20),
        # Nothing is left for the last one.
        (["60", "40", None], "1:3,2:2", 5),
    ],
)
def test_a_block_is_the_smallest_whole_number_split(shares, written, block):
    found = split(*shares)
    assert (str(found), found.block) == (written, block)


def test_a_split_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        split("50", "50").weights = ()


SHARES = st.lists(st.none() | st.decimals("0.01", "100", places=2), min_size=1, max_size=25).filter(
    lambda shares: None in shares or sum(shares)
)


@given(SHARES)
def test_the_verdict_expects_what_is_drawn(shares):
    floats = [None if share is None else float(share) for share in shares]
    exact = [float(part) for part in exact_parts(shares)]
    assert exact == pytest.approx(planned_weights(floats), abs=1e-9)


# --- Dealing --------------------------------------------------------------------------------


@settings(deadline=None)
@given(SHARES, st.integers(1, 400), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_no_group_is_ever_off_by_more_than_a_block(shares, count, seed):
    dealt = Split.of(dict(enumerate(exact_parts(shares), start=1)))
    counts = Counter()
    for number, group in enumerate(deal(dealt, count, seed=seed), start=1):
        counts[group] += 1
        for own, weight in dealt.weights:
            ahead = counts[own] * dealt.whole - number * weight
            assert abs(ahead) <= dealt.block * dealt.whole
            # After a whole block nothing but rounding is left.
            assert number % dealt.block or ahead < dealt.whole


@pytest.mark.parametrize("shares", [["50", "50"], ["45", "45", "10"], ["90", "10"]])
def test_every_block_has_its_whole_numbers(shares):
    dealt = split(*shares)
    groups = deal(dealt, 20 * dealt.block)
    for start in range(0, len(groups), dealt.block):
        assert Counter(groups[start : start + dealt.block]) == dict(dealt.weights)


@pytest.mark.parametrize("shares", [["12", "88"], ["1", "99"], ["33.3", "33.3", "33.4"]])
def test_what_a_block_rounds_away_the_next_ones_give_back(shares):
    counts = Counter(deal(split(*shares), 5_000))
    for group, share in enumerate(shares, start=1):
        assert abs(counts[group] - 50 * Decimal(share)) < 1


def test_dealing_goes_on_where_it_stopped():
    dealt = split("45", "45", "10")
    whole = deal(dealt, 50)
    first = Dealer(SEED, STRATUM, dealt)
    groups = [first.next_group() for _ in range(27)]
    second = Dealer(SEED, STRATUM, dealt, dict(first.counts), list(first.left))
    assert groups + [second.next_group() for _ in range(23)] == whole
    assert second.dealt == 50


def test_the_same_seed_always_gives_the_same_groups():
    """If this fails, groups that were drawn before can't be told from their seed any more."""
    assert deal(split("50", "50"), 24) == digits("121221212112122121211221")
    assert deal(split("45", "45", "10"), 40) == digits("1212121222313212112112212321231122211112")
    assert deal(split("12", "88"), 40) == digits("1222222222222222122222122222212222222212")


def test_other_seeds_strata_and_splits_give_other_groups():
    first = deal(split("50", "50"), 64)
    assert deal(split("50", "50"), 64, seed="f" * 32) != first
    assert deal(split("50", "50"), 64, stratum="google, opened before") != first
    third = split("50", "50").weights
    assert deal(Split(tuple((number + 1, weight) for number, weight in third)), 64) != [
        group + 1 for group in first
    ]


def test_each_order_of_a_block_is_as_likely_as_any_other():
    """Chi2 of the six orders of three groups over 6,000 blocks; fixed, since the seed is."""
    groups = deal(split(None, None, None), 18_000)
    orders = Counter(tuple(groups[n : n + 3]) for n in range(0, len(groups), 3))
    assert len(orders) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in orders.values()) < 20.5


def test_each_place_of_a_block_is_as_likely_for_a_small_group():
    groups = deal(split("95", "5"), 40_000)
    places = Counter(n % 20 for n, group in enumerate(groups) if group == 2)
    assert sum(places.values()) == 2_000
    assert sum((places[place] - 100) ** 2 / 100 for place in range(20)) < 43.8


def test_ties_favour_no_group():
    """47.5% of 20 is 9.5: the odd seat goes to either, and to the other one next time."""
    first = [deal(split("47.5", "47.5", "5"), 20, seed=f"{n:032x}").count(1) for n in range(400)]
    assert set(first) == {9, 10}
    assert 150 < first.count(9) < 250
