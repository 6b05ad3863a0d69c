"""Six kinds of simulated campaigns of `benchmarks.verdict`: the verdict keeps its promises.

`tests/reports/verdict/test_simulated.py` shows that the simulation calls what a report calls.
"""

import math

import numpy as np
import pytest

from benchmarks.verdict import ALL, Line, simulate
from reports.verdict import watching
from reports.verdict.deciding import Pair
from reports.verdict.proportions import wilson
from tracking.counting.slots import AGE_EDGES

CAMPAIGNS = 10_000
SEED = 11
# The largest share of wrong calls, and the smallest share of correct calls.
PROMISED = {
    "20%, 1,000 / 1,000": (0.05, None),
    "5%, 900 / 100": (0.055, None),
    "20%, 3 x 2,000": (0.05, None),
    "20%, 1,000 / 1,000, 7 min apart as day breaks": (0.05, None),
    "20%, 5,000 / 5,000, unopened of one mailed again at 24 h": (0.05, None),
    "20 against 24%, 2,100 / 2,100, 1.25 times a fixed z test's": (0.05, 0.80),
}
PROMISES = {promise.cell.name: promise for promise in ALL}


@pytest.mark.soak
@pytest.mark.parametrize("name", PROMISED)
def test_the_verdict_keeps_its_promises(name):
    most_wrong, least_right = PROMISED[name]
    random = np.random.default_rng([SEED, list(PROMISED).index(name)])
    line = Line(PROMISES[name], simulate(PROMISES[name].cell, CAMPAIGNS, random))
    print(f"\n{line.text()}")
    assert wilson(round(line.wrong * CAMPAIGNS), CAMPAIGNS)[0] <= most_wrong
    assert wilson(round(line.wrong_by_watching.sum()), CAMPAIGNS)[0] <= 0.01
    assert least_right is None or line.right >= least_right
    assert line.kept


# --- Guard rails --------------------------------------------------------------------------------

SIZE, SLOTS = 10_000, 4


def stopped(shares, random, campaigns=4000):
    """The shares of campaigns in which the second of two groups is ever named, and the first.

    Marks have the ages of opens; each release of an age bin is checked.
    """
    chances = np.diff([0, *(0.5 + 0.5 * math.erf(math.log(e / 180) / 2.12) for e in AGE_EDGES)])
    events = [
        random.multinomial(
            SIZE // SLOTS, [*(share * chances), 1 - share * chances.sum()], (campaigns, SLOTS)
        )[..., :-1].swapaxes(1, 2)
        for share in shares
    ]
    at_risk = [SIZE // SLOTS - np.cumsum(some, axis=1) + some for some in events]
    found = []
    for g, h in ((1, 0), (0, 1)):
        pair = Pair(events[g], at_risk[g], events[h], at_risk[h])
        likelihoods = watching.log_likelihoods(pair).sum(axis=2).cumsum(axis=1)
        enough = pair.m.sum(axis=2).cumsum(axis=1) >= watching.MIN_EVENTS_OF_GUARD_RAIL
        evidence = watching.mixture(likelihoods)
        named = enough & (evidence >= watching.threshold(2))
        found.append(float(named.any(axis=1).mean()))
    return found


@pytest.mark.soak
@pytest.mark.parametrize("share", [0.001, 0.01, 0.05])
def test_a_guard_rail_names_no_group_where_nothing_differs(share):
    found = sum(stopped((share, share), np.random.default_rng(SEED)))
    print(f"\n{share:.1%} marked in both groups: one is named in {found:.2%}")
    assert found <= 0.01


@pytest.mark.soak
def test_a_guard_rail_finds_four_marks_in_a_thousand_against_one():
    right, wrong = stopped((0.001, 0.004), np.random.default_rng(SEED))
    print(f"\n0.1 against 0.4% marked: found in {right:.1%}")
    assert right >= 0.78
    assert wrong == 0
