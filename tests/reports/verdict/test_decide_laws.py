"""Laws of the verdict, whatever the counts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.verdict.comparable import AGE_BINS
from reports.verdict.decide import State, verdict
from tests.tracking.counts import GRACE, at, make_group
from tracking.counting.strata import STRATA


def verdict_at(minutes, some):
    return verdict(some, now=at(minutes), grace_seconds=GRACE)


@st.composite
def campaigns(draw, most=4):
    """Groups of equal size whose opens and machine opens lie in the first three bins."""
    contacts = draw(st.sampled_from([1000, 5000, 50_000]))
    some = []
    for number in range(1, draw(st.integers(2, most)) + 1):
        counted = [draw(st.integers(0, contacts // 5)) for _ in range(3)]
        machine = [opens + draw(st.integers(0, contacts // 10)) for opens in counted]
        some.append(make_group(number, contacts, counted, with_machine=machine))
    return some


ages = st.sampled_from([5, 50, 60, 180, 240, 1440, 4320, 10080])


@settings(max_examples=25, deadline=None)
@given(campaigns(), ages)
def test_nobody_is_called_below_the_threshold(some, minutes):
    found = verdict_at(minutes, some)
    if found.state == State.LIKELY_BETTER:
        assert found.evidence >= found.threshold
        assert found.age_minutes >= 240
        assert found.leader is not None
    enough = sum(rates.opened for rates in found.ranges.values() if rates) >= 100
    if found.state in (State.PROMISING, State.TOO_EARLY) and enough and minutes >= 240:
        assert found.evidence < found.threshold


@settings(max_examples=25, deadline=None)
@given(campaigns(), ages, st.randoms(use_true_random=False))
def test_the_order_of_groups_decides_nothing(some, minutes, random):
    shuffled = random.sample(some, len(some))
    one, other = verdict_at(minutes, some), verdict_at(minutes, shuffled)
    assert (one.state, one.leader, one.more_opens) == (other.state, other.leader, other.more_opens)
    assert one.evidence == pytest.approx(other.evidence)


@settings(max_examples=25, deadline=None)
@given(campaigns(), st.sampled_from([20, 60, 180, 240, 1440]), st.randoms(use_true_random=False))
def test_opens_that_are_not_released_change_nothing(some, minutes, random):
    before = verdict_at(minutes, some)
    more = [with_younger_opens(one, random) for one in some]
    assert verdict_at(minutes, more) == before


def with_younger_opens(one, random):
    """A copy with further opens in bins that end after a day."""
    rows = {"counted": [list(row) for row in one.counted]}
    rows["with_machine"] = [list(row) for row in one.with_machine]
    for stratum in range(STRATA):
        left = one.sent[stratum] - sum(one.with_machine[stratum])
        late_opens, where = random.randint(0, left), random.randint(26, AGE_BINS - 1)
        rows["counted"][stratum][where] += late_opens
        rows["with_machine"][stratum][where] += late_opens
    return replace(one, **rows)


@settings(max_examples=25, deadline=None)
@given(campaigns(most=2), ages)
def test_evidence_for_one_of_two_is_none_for_the_other(some, minutes):
    swapped = [replace(some[1], id=1, name="A"), replace(some[0], id=2, name="B")]
    one, other = verdict_at(minutes, some), verdict_at(minutes, swapped)
    assert one.evidence == pytest.approx(other.evidence)
    assert {one.leader, other.leader} in ({1, 2}, {None})
