"""`benchmarks.verdict` finds for many campaigns at once what a report says of each."""

import numpy as np
import pytest

from benchmarks.verdict_looks import NOBODY, look
from benchmarks.verdict_model import DECISION_AGE, Cell, make
from reports.verdict.calls import advance
from reports.verdict.states import Stored, Way
from tests.reports.verdict.experiments import FIRST, GRACE, at, experiment, group, slot
from tracking.counting.slots import AGE_EDGES

CAMPAIGNS = 12
SLOTS = 2
DIFFERENT = Cell("", (700, 900), (0.2, 0.29), slots=SLOTS)
EQUAL = Cell("", (300, 300, 300), (0.4, 0.4, 0.4), slots=SLOTS)


def experiment_of(campaigns, number):
    counts, contacts = campaigns.opens[number].astype(int), campaigns.contacts[number].astype(int)
    groups = [
        group(
            g + 1,
            *[
                slot(int(contacts[s, g]), counts[s, :, g].tolist(), latest_due=FIRST + 14)
                for s in range(SLOTS)
            ],
            planned_share=100 * campaigns.cell.sizes[g] / sum(campaigns.cell.sizes),
        )
        for g in range(campaigns.cell.groups)
    ]
    return experiment(*groups, last=15 * SLOTS - 1)


def looked_at(some):
    """The moments at which a cell is released, up to the decision."""
    ages = {15 * (s + 1) - 1 + edge for s in range(SLOTS) for edge in AGE_EDGES}
    stored, last = Stored(), 15 * SLOTS - 1 + DECISION_AGE
    for age in sorted(one for one in ages if one <= last):
        stored = advance(some, stored, at(age))
    return stored


@pytest.mark.parametrize("cell", [DIFFERENT, EQUAL], ids=["different", "equal"])
def test_both_call_the_same(cell):
    campaigns = make(cell, CAMPAIGNS, np.random.default_rng(5))
    outcome = look(campaigns)
    for number in range(CAMPAIGNS):
        stored = looked_at(experiment_of(campaigns, number))
        watched = stored.call and stored.call.way == Way.WATCHING
        expected = stored.call.group - 1 if watched else NOBODY
        assert outcome.watched[number] == expected
        decided = stored.decision.group
        assert outcome.decided[number] == (NOBODY if decided is None else decided - 1)
    assert GRACE == 180_000
    if cell is DIFFERENT:
        assert (outcome.watched == 1).sum() >= 2
        assert (outcome.decided == 1).sum() > (outcome.watched == 1).sum()
