"""What is known of an experiment at a moment."""

import math
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from reports.verdict.experiment import Goal
from reports.verdict.facts import NO_SLOTS, NOBODY, Facts, Moment
from reports.verdict.proportions import Rate
from reports.verdict.states import Figures, State
from tests.reports.verdict.experiments import (
    FIRST,
    GRACE,
    HOUR,
    at,
    experiment,
    group,
    plain,
    slot,
)
from tracking.counting.slots import MINUTE_MS, WEEK

CLEAR = plain((5000, 1000), (5000, 1200))
LATE = slot(900, {60: 30}, late=120)


def facts(some, minutes=240, **moment):
    return Facts(some, replace(at(minutes), **moment))


# --- What is compared ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("some", "comparable"),
    [
        (plain(), False),
        (plain((900, 9)), False),
        (plain((900, 9), (900, 9)), True),
        (plain(*[(900, 9)] * 20), True),
        (plain(*[(900, 9)] * 21), False),
        (plain((900, 9), (900, 9), slots=None), False),
    ],
)
def test_two_to_twenty_groups_are_compared_once_slots_are_fixed(some, comparable):
    found = facts(some)
    assert found.comparable is comparable
    assert found.groups == (tuple(range(len(some.groups))) if comparable else ())
    assert (found.decides_at is not None) is comparable
    assert found.table.numbers == ([0] if comparable else [])


def test_where_nothing_is_compared_nothing_is_known():
    found = facts(plain((900, 9)))
    assert found.lead == found.lead_of_any_kind == NOBODY
    assert (found.lead.group, found.lead.least_z, found.lead.pairs) == (None, 0.0, ())
    assert found.figures == Figures(None, {})
    assert (found.seen, found.seen_later, found.seen_and_released) == (0, 0, 0)
    assert (found.look_again_at, found.is_due) == (None, False)
    assert (NO_SLOTS.first_due, NO_SLOTS.width, NO_SLOTS.cut_off) == (0, WEEK, 0)


def test_groups_are_told_by_name_and_id():
    found = facts(plain((900, 9), (900, 9), goal=Goal.CLICKED))
    assert (found.names, found.ids, found.goal) == (["A", "B"], [1, 2], Goal.CLICKED)


def test_fewer_than_two_groups_that_are_left_are_none():
    assert facts(plain((900, 9), (49, 9))).groups == ()


@pytest.mark.parametrize(("groups", "like"), [(0, 1), (1, 1), (2, 2)])
def test_the_threshold_is_that_of_one_group_at_least(groups, like):
    least, other = (facts(plain((9, 0), (9, 0), groups=n)).threshold for n in (groups, like))
    assert least == other
    assert least == pytest.approx(math.log(100 * like))


# --- Watching -----------------------------------------------------------------------------------


def test_figures_are_shares_at_the_age_reached():
    rates = {1: Rate(1000, 5000), 2: Rate(1200, 5000)}
    assert facts(CLEAR, 240).figures == Figures(240, rates)
    assert facts(CLEAR, 59).figures == Figures(50, {1: Rate(0, 5000), 2: Rate(0, 5000)})
    assert facts(CLEAR, 4).figures == Figures(None, {})


def test_a_group_that_is_left_out_is_in_no_figure():
    some = plain((5000, 1000), (5000, 1200), (49, 9), groups=3)
    assert set(facts(some).figures.rates) == {1, 2}
    assert (facts(some).seen, facts(some).seen_and_released) == (2200, 2200)


def test_nothing_is_released_after_the_cut_off():
    some = experiment(
        *[group(n, slot(900, {60: 20 * n}), slot(900, {60: 30}, late=120)) for n in (1, 2)]
    )
    found = facts(some, 99_999)
    assert found.bins[0] > 30
    assert found.bins[1] == 0
    assert (found.seen, found.seen_later, found.seen_and_released) == (60, 60, 60)
    assert facts(some, 59).seen_and_released == 0


def test_machine_opens_are_led_by_themselves():
    some = experiment(
        group(1, slot(5000, {60: 1000}, machine={60: 2000})),
        group(2, slot(5000, {60: 1200}, machine={60: 1200})),
    )
    found = facts(some)
    assert (found.lead.group, found.lead_of_any_kind.group) == (1, 0)
    assert found.called(found.lead) == 1


# --- Deciding -----------------------------------------------------------------------------------

DUE = at(72 * HOUR).as_of


@pytest.mark.parametrize(
    ("as_of", "is_due", "seen_at", "said"),
    [
        (DUE - 1, False, None, "Decides on X."),
        (DUE - 1, False, DUE - 1, "Decides on X."),
        (DUE - 1, False, DUE, "It is decided once counting has caught up."),
        (DUE, True, DUE, "It is being decided."),
        (DUE, True, None, "It is being decided."),
    ],
)
def test_it_is_due_when_counting_has_reached_the_moment(as_of, is_due, seen_at, said):
    found = facts(CLEAR, as_of=as_of, seen_at=seen_at)
    assert found.decides_at == DUE
    assert found.is_due is is_due
    assert found.decides == said


def test_without_a_moment_to_decide_at_it_is_being_decided():
    assert facts(plain((900, 9))).decides == "It is being decided."


def test_moments_are_written_as_numbers_unless_told_otherwise():
    moment = Moment(as_of=DUE - 1, grace_ms=GRACE)
    assert moment.seen_at is None
    assert Facts(CLEAR, moment).decides == f"Decides on {DUE}."


def test_nobody_is_added_once_the_minute_of_the_cut_off_is_over():
    over = (FIRST + 100) * MINUTE_MS
    some = experiment(*CLEAR.groups, last=99)
    assert facts(some, as_of=over - 1).is_past_cut_off is False
    assert facts(some, as_of=over).is_past_cut_off is True
    assert facts(plain((900, 9), (900, 9), slots=None), as_of=over).is_past_cut_off is False


def test_it_is_looked_at_again_when_the_next_cell_is_released_or_it_is_decided():
    assert facts(CLEAR, 240).look_again_at == at(300).as_of
    assert facts(CLEAR, 60 * HOUR).look_again_at == DUE
    assert facts(CLEAR, 72 * HOUR).look_again_at == at(96 * HOUR).as_of
    assert facts(CLEAR, 43_200).look_again_at is None
    far = experiment(*CLEAR.groups, last=60_000, decision_age=240)
    assert facts(far, 43_200).look_again_at == far_end(60_000)


def test_time_changes_what_is_said_at_the_cut_off_too():
    over = (FIRST + 100) * MINUTE_MS
    some = experiment(*CLEAR.groups, last=99)
    assert facts(some, as_of=over - 1).changes_at == over
    assert facts(some, as_of=over).changes_at == facts(some, as_of=over).look_again_at > over
    assert facts(some, 43_200).changes_at is None
    assert facts(CLEAR, 240).changes_at == at(300).as_of
    assert facts(plain((900, 9), (900, 9), slots=None)).changes_at is None


def far_end(last):
    """When it is decided where the cut-off comes last."""
    return (FIRST + last + 1) * MINUTE_MS + GRACE


def test_figures_of_the_decision_leave_out_slots_with_a_second_sending():
    again = slot(400, {60: 90}, resent=True)
    some = experiment(
        group(1, slot(900, {60: 90, 4320: 9, 5760: 50}), again),
        group(2, slot(900, {60: 99}), slot(400, {60: 80})),
        last=29,
    )
    found = facts(some, 9999)
    assert found.decision_figures == Figures(4320, {1: Rate(99, 900), 2: Rate(99, 900)})
    assert found.figures_to_decide_on([1]) == Figures(4320, {2: Rate(179, 1300)})
    assert found.decided_contacts.tolist() == [[900, 900]]
    assert found.decided_events(found.table.counted).tolist() == [[99, 99]]
    assert found.decision_lead(found.table.counted).group is None


def test_the_lead_to_decide_on_is_that_of_the_groups_compared():
    some = plain((49, 49), (5000, 1000), (5000, 1200), groups=3)
    found = facts(some, 72 * HOUR)
    assert found.decision_lead(found.table.counted).group == 2


# --- In words -----------------------------------------------------------------------------------


def test_shares_are_told_where_they_say_that_the_group_leads():
    found = facts(CLEAR)
    assert found.against(found.figures, 1) == "24.0% against 20.0%"
    assert found.against(found.figures, 0) is None
    assert found.against(Figures(240, {1: Rate(1, 2)}), 1) is None


@pytest.mark.parametrize(
    ("groups", "blocked"),
    [
        (CLEAR.groups, None),
        (plain((49, 9), (49, 9)).groups, None),
        (
            plain((5200, 9), (4800, 9), (49, 1)).groups,
            (
                State.GROUPS_UNBALANCED,
                "The groups were not split as planned (5,200 / 4,800), so we won't compare their "
                "opens.",
            ),
        ),
        (
            (
                group(1, slot(4850, {}), marked_before=150),
                group(2, slot(5000, {})),
                group(3, slot(49, {}), marked_before=9),
            ),
            (
                State.GROUPS_UNBALANCED,
                "Too different shares of the groups were marked before they were due (bounced "
                "and so on): A 3.0% / B 0.0%, so we won't compare their opens.",
            ),
        ),
        (
            (group(1, slot(5000, {}), marked_after=500), group(2, slot(5000, {}))),
            (
                State.GROUPS_UNBALANCED,
                "Too different shares of the groups were marked after they were due (bounced and "
                "so on): A 10.0% / B 0.0%, so we won't compare their opens.",
            ),
        ),
        (
            (group(1, slot(900, {})), group(2, slot(900, {}, late=14)), group(3, slot(9, {}))),
            (
                State.SENT_APART,
                "A and B were not sent to at the same times, so we won't compare their opens.",
            ),
        ),
        (
            (group(1, slot(900, {})), group(2, None, LATE), group(3, slot(9, {}))),
            (
                State.SENT_APART,
                "Too few contacts of B are due by the cut-off, so we won't compare the groups' "
                "opens.",
            ),
        ),
        (
            (group(1, slot(900, {})), group(2, slot(49, {}), LATE), group(3, None, LATE)),
            (
                State.SENT_APART,
                "Too few contacts of B and C are due by the cut-off, so we won't compare the "
                "groups' opens.",
            ),
        ),
        (
            (group(1, None, LATE), group(2, slot(50, {})), group(3, None, LATE)),
            (
                State.SENT_APART,
                "Too few contacts of A and C are due by the cut-off, so we won't compare the "
                "groups' opens.",
            ),
        ),
    ],
)
def test_why_groups_cannot_be_compared(groups, blocked):
    assert facts(experiment(*groups)).blocked() == blocked


@pytest.mark.parametrize("one", [at(1), facts(CLEAR)])
def test_what_is_known_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)
