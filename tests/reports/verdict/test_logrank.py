"""The evidence that one group opens more than another: known values and laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict.logrank import (
    Cell,
    Evidence,
    Tally,
    log_evidence,
    more_opens,
    tally,
    variance_factor,
    weigh,
    within,
)
from tests.tracking.counts import C1, C2, SAME, THREE

THRESHOLD = math.log(2 / 0.05)


def to_digits(digits):
    return {"rel": 0, "abs": 0.5 * 10**-digits}


@st.composite
def cell_lists(draw, groups=2):
    cells = []
    for _ in range(draw(st.integers(0, 6))):
        at_risk = draw(st.tuples(*[st.integers(0, 500)] * groups))
        opens = tuple(draw(st.integers(0, limit)) for limit in at_risk)
        cells.append(Cell(opens, at_risk))
    return cells


def cells_of(pairs):
    return [Cell(opens, at_risk) for opens, at_risk in pairs]


@pytest.mark.parametrize(
    ("u", "v", "expected"),
    [
        (10, 50, 0.651337),
        (71.2, 550, 3.688767),
        (-5, 100, -0.756368),
        (60, 543.75, 2.521953),
        (0, 500, -1.088086),
        (0, 0, 0),
    ],
)
def test_the_evidence_is_that_of_the_normal_mixture(u, v, expected):
    assert log_evidence(u, v) == pytest.approx(expected, **to_digits(6))


@pytest.mark.parametrize("u", [-3000, -600, -500, -490, 20_000])
def test_the_evidence_of_any_excess_is_a_number(u):
    assert math.isfinite(log_evidence(u, 550))


def test_the_evidence_has_no_step_where_the_series_takes_over():
    total = 600 + 64
    before, after = (log_evidence(z * math.sqrt(total), 600) for z in (-19.9999, -20.0001))
    assert 0 < before - after < 1e-4


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.5, 0.25),
        (0.5005, 0.25),
        (0.3, 0.236045),
        (0.7, 0.236045),
        (0.1, 0.182048),
        (0.01, 0.106635),
        (0, 0),
        (1, 0),
    ],
)
def test_the_variance_factor(p, expected):
    assert variance_factor(p) == pytest.approx(expected, **to_digits(6))


def test_one_group_against_another():
    pair = tally(cells_of(C1), 1, 0)
    assert pair.u == pytest.approx(26.139610, **to_digits(6))
    assert pair.v == pytest.approx(72.497442, **to_digits(6))
    assert pair.opens == 290
    assert log_evidence(pair.u, pair.v) == pytest.approx(2.804625, **to_digits(6))


def test_both_ways_of_comparing_two_groups():
    evidence = weigh(cells_of(C1), 2)
    assert evidence.leader == 1
    assert evidence.least == pytest.approx((-1.554245, 2.804625), **to_digits(6))


def test_a_clear_difference():
    pair = tally(cells_of(C2), 1, 0)
    assert pair.u == pytest.approx(108.720307, **to_digits(6))
    assert pair.v == pytest.approx(549.980375, **to_digits(6))
    assert weigh(cells_of(C2), 2).strength == pytest.approx(9.188402, **to_digits(6))


def test_the_leader_of_three_is_judged_by_whom_it_beats_least():
    evidence = weigh(cells_of(THREE), 3)
    assert evidence.leader == 2
    assert evidence.strength == pytest.approx(7.736327, **to_digits(6))


def test_two_groups_alike_are_shown_to_be_within_fifteen_per_cent():
    cells = cells_of(SAME)
    less, more = tally(cells, 1, 0, ratio=1.15), tally(cells, 1, 0, ratio=1 / 1.15)
    assert log_evidence(-less.u, less.v) == pytest.approx(17.530454, **to_digits(6))
    assert log_evidence(more.u, more.v) == pytest.approx(18.202652, **to_digits(6))
    assert within(cells, 1, 0, ratio=1.15) == pytest.approx(17.530454, **to_digits(6))
    assert within(cells, 0, 1, ratio=1.15) == pytest.approx(17.530454, **to_digits(6))


@pytest.mark.parametrize(
    ("u", "v", "opens", "groups", "expected"),
    [(60, 543.75, 2175, 2, 1108), (30, 125, 500, 2, 442), (26.139610, 72.497442, 290, 2, 230)],
)
def test_how_many_more_opens_a_call_needs(u, v, opens, groups, expected):
    assert more_opens(Tally(u, v, opens), threshold=math.log(groups / 0.05)) == expected


@pytest.mark.parametrize(("u", "v"), [(0, 500), (-10, 500), (0, 0), (0.01, 500)])
def test_no_number_of_opens_settles_what_is_no_excess_or_too_small_a_one(u, v):
    assert more_opens(Tally(u, v, 2000), threshold=THRESHOLD) is None


def test_no_more_opens_are_needed_where_the_evidence_suffices():
    assert more_opens(Tally(108.72, 549.98, 2200), threshold=THRESHOLD) == 0


def test_more_opens_wait_for_the_slowest_comparison_and_count_all_groups():
    cells = cells_of([((100, 110, 125), (2000, 2000, 2000))])
    evidence = weigh(cells, 3)
    against = [
        more_opens(evidence.tallies[2, h]._replace(opens=335), threshold=THRESHOLD) for h in (0, 1)
    ]
    assert evidence.more_opens(opens=335, threshold=THRESHOLD) == max(against) > min(against)


def test_nobody_leads_in_a_tie():
    evidence = weigh([Cell((10, 10, 5), (100, 100, 100))], 3)
    assert evidence.leader is None
    assert evidence.more_opens(opens=25, threshold=THRESHOLD) is None


def test_evidence_is_frozen():
    assert Evidence.__dataclass_params__.frozen


def test_without_groups_there_is_no_evidence():
    evidence = weigh([], 0)
    assert (evidence.leader, evidence.strength) == (None, 0)


def test_a_group_nobody_is_left_of_is_no_evidence():
    assert tally([Cell((7, 0), (50, 0))], 0, 1) == Tally(0, 0, 7)


@given(cell_lists())
def test_swapping_two_groups_turns_the_excess_round_and_keeps_its_variance(cells):
    one, other = tally(cells, 0, 1), tally(cells, 1, 0)
    assert other.u == pytest.approx(-one.u, abs=1e-9)
    assert other.v == pytest.approx(one.v, rel=1e-9)
    assert other.opens == one.opens


@given(cell_lists(), st.integers(1, 50))
def test_the_same_cells_so_many_times_scale_excess_and_variance(cells, times):
    once, often = tally(cells, 0, 1), tally(cells * times, 0, 1)
    assert often.u == pytest.approx(times * once.u, abs=1e-6)
    assert often.v == pytest.approx(times * once.v)
    assert often.opens == times * once.opens


@given(cell_lists(groups=3), st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_a_cell_without_opens_changes_nothing(cells, at_risk):
    assert weigh([*cells, Cell((0, 0, 0), tuple(at_risk))], 3) == weigh(cells, 3)


@given(cell_lists(groups=3), st.permutations(range(3)))
def test_the_order_of_groups_decides_nothing(cells, order):
    shuffled = [
        Cell(tuple(c.opens[g] for g in order), tuple(c.at_risk[g] for g in order)) for c in cells
    ]
    expected = weigh(cells, 3).least
    assert weigh(shuffled, 3).least == pytest.approx([expected[g] for g in order], abs=1e-9)


@given(st.floats(0, 1e4), st.floats(0, 1e5), st.floats(0, 1e4))
def test_more_excess_is_more_evidence(u, v, more):
    assert log_evidence(u + more, v) >= log_evidence(u, v) - 1e-9


@given(st.floats(1, 500), st.floats(10, 5000))
def test_the_opens_needed_are_just_enough(u, v):
    needed = more_opens(Tally(u, v, 4 * int(v)), threshold=THRESHOLD)
    if needed:
        drift, opens = u / (v + 64), 4 * int(v)
        reached, short = (
            log_evidence(u + drift * more * v / opens, v + more * v / opens)
            for more in (needed, needed - 1)
        )
        assert reached >= THRESHOLD - 1e-9
        assert short < THRESHOLD
