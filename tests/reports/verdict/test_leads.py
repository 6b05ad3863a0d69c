"""Who leads, and when watching or deciding may call a group."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from reports.verdict import deciding
from reports.verdict.cells import Counters, Reached
from reports.verdict.deciding import Pair, z_of
from reports.verdict.leads import A_TIE, Lead, decided_call, lead, lead_of_cells, watched_call
from reports.verdict.watching import log_evidence
from tests.reports.verdict.cells import least_evidence
from tracking.counting.slots import bins_until

CONTACTS = np.array([[1000.0, 1000.0, 1000.0]])
EVENTS = np.array([[200.0, 210.0, 260.0]])
TIED = np.array([[260.0, 210.0, 260.0]])
ALL = (0, 1, 2)


def pair(x_g, x_h, *, contacts=1000):
    return Pair.of([[x_g, x_h]], [[contacts, contacts]], g=0, h=1)


# --- Who leads ----------------------------------------------------------------------------------


def test_the_group_above_all_others_leads_by_the_smallest_z():
    found = lead(EVENTS, CONTACTS, ALL)
    others = [z_of(Pair.of(EVENTS, CONTACTS, g=2, h=h)) for h in (0, 1)]
    assert found.group == 2
    assert found.least_z == min(others) == others[1]
    assert [float(one.x_h[0]) for one in found.pairs] == [200, 210]
    assert {float(one.x_g[0]) for one in found.pairs} == {260}


def test_only_the_given_groups_are_compared_and_indices_stay():
    found = lead(EVENTS, CONTACTS, (1, 0))
    assert (found.group, len(found.pairs)) == (1, 1)
    assert float(found.pairs[0].x_h[0]) == 200


def test_where_several_tie_nobody_leads():
    found = lead(TIED, CONTACTS, ALL)
    assert (found.group, found.least_z, found.pairs) == (None, 0.0, ())
    assert found.fewest_events() == 0.0
    assert not found.reaches(-1.0)


@pytest.mark.parametrize(("part", "leads"), [(0.5, False), (2.0, True)])
def test_groups_tie_where_z_differs_by_less_than_rounding(part, leads):
    """The standard deviation of the events, of which each group has half, is 9.685."""
    events = np.array([[250.0, 250.0 + part * A_TIE * 9.685]])
    assert (lead(events, CONTACTS[:, :2], (0, 1)).group == 1) is leads


def test_a_tie_is_a_billionth():
    assert A_TIE == 1e-9


def test_evidence_and_events_are_those_of_the_closest_group():
    found = lead(EVENTS, CONTACTS, ALL)
    least = least_evidence(found)
    assert least == float(log_evidence(found.pairs[1])) < float(log_evidence(found.pairs[0]))
    assert found.reaches(least)
    assert not found.reaches(np.nextafter(least, 99))
    assert found.fewest_events() == 460


def test_cells_without_events_say_nothing():
    events = np.array([[0.0, 0.0, 0.0], *EVENTS])
    at_risk = np.array([[9.0, 9.0, 9.0], *CONTACTS])
    found = lead_of_cells(Counters(events, at_risk), ALL)
    assert (found.group, found.least_z) == (2, lead(EVENTS, CONTACTS, ALL).least_z)
    assert [one.x_g.tolist() for one in found.pairs] == [[260], [260]]


def test_cells_with_events_in_one_group_alone_are_kept():
    events = np.array([[0.0, 0.0, 60.0]])
    assert lead_of_cells(Counters(events, CONTACTS), ALL).group == 2


def test_a_lead_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        lead(EVENTS, CONTACTS, ALL).group = 1


# --- Calls --------------------------------------------------------------------------------------


def reached(minutes):
    return Reached(bins_until(minutes) if minutes else 0, np.ones(1, dtype=bool))


@pytest.mark.parametrize(
    ("one", "minutes", "called"),
    [
        (Lead(5, 9.0, (pair(70, 30),)), 240, 5),
        (Lead(5, 9.0, (pair(70, 30),)), 210, None),
        (Lead(5, 9.0, (pair(70, 30),)), 0, None),
        (Lead(5, 9.0, (pair(69, 30),)), 240, None),
        (Lead(5, 9.0, (pair(70, 30), pair(69, 30))), 240, None),
        (Lead(None, 0.0, ()), 240, None),
    ],
)
def test_watching_calls_with_a_hundred_events_from_four_hours_on(one, minutes, called):
    assert watched_call(one, threshold=1.0, at=reached(minutes)) == called


def test_watching_calls_where_the_evidence_reaches_the_threshold():
    one = Lead(5, 9.0, (pair(120, 60),))
    least = least_evidence(one)
    assert watched_call(one, threshold=least, at=reached(240)) == 5
    assert watched_call(one, threshold=np.nextafter(least, 99), at=reached(240)) is None


@pytest.mark.parametrize(
    ("least_z", "pairs", "called"),
    [
        (deciding.BOUND, (pair(70, 30),), 5),
        (np.nextafter(deciding.BOUND, 0), (pair(70, 30),), None),
        (9.0, (pair(30, 9),), None),
        (9.0, (pair(70, 30), pair(30, 9)), None),
        (9.0, (pair(70, 30), pair(80, 20)), 5),
    ],
)
def test_deciding_calls_from_its_bound_on_where_there_is_enough_of_everything(
    least_z, pairs, called
):
    assert decided_call(Lead(5, least_z, pairs)) == called


def test_deciding_calls_nobody_where_nobody_leads():
    assert decided_call(Lead(None, 9.0, ())) is None
