"""The verdict: every state and its sentence, their order, and the notes beside them."""

import re
from dataclasses import replace

import pytest

from reports.verdict import left_out, watching
from reports.verdict.apart import Delivered
from reports.verdict.calls import advance
from reports.verdict.experiment import Goal, GuardRail
from reports.verdict.facts import Facts
from reports.verdict.judge import stops, verdict
from reports.verdict.proportions import Rate
from reports.verdict.states import Call, Figures, State, Stored, Way
from tests.reports.verdict.experiments import (
    HOUR,
    at,
    by_age,
    experiment,
    group,
    plain,
    slot,
)

NOTHING = Stored()
CLEAR = plain((5000, 1000), (5000, 1200))
SLIGHT = plain((1000, 200), (1000, 240))
ALIKE = plain((1000, 200), (1000, 205))
LARGE_AND_ALIKE = plain((100_000, 20_000), (100_000, 20_010))
THREE = plain((1000, 200), (1000, 210), (1000, 260))
MIDDLE = plain((1000, 200), (1000, 250), (1000, 245))
FLIPPING = experiment(
    group(1, slot(5000, {60: 1000}, machine={60: 2000})),
    group(2, slot(5000, {60: 1200}, machine={60: 1200})),
)
NO_MARKS = "so we won't compare their opens."
DAY_LATE = 30 * 24 * 3_600_000


def seen(some, minutes, stored=NOTHING):
    return verdict(some, stored, at(minutes))


def decided(some):
    """As at 72 h, after having been watched at 4 h."""
    return advance(some, advance(some, NOTHING, at(240)), at(72 * HOUR))


def finally_seen(some):
    return seen(some, 72 * HOUR, decided(some))


@pytest.mark.parametrize(
    ("some", "minutes", "state", "text"),
    [
        (
            CLEAR,
            240,
            State.BETTER,
            "B is likely better so far: opened sooner, 24.0% against 20.0% within 4 h of sending. "
            "Decides on X.",
        ),
        (
            CLEAR,
            239.99,
            State.PROMISING,
            "B is ahead, but this could still be chance. Decides on X.",
        ),
        (CLEAR, 59, State.TOO_EARLY, "Too early: 0 of 2,200 opens can be compared yet."),
        (SLIGHT, 240, State.TOO_EARLY, "Too early: no group is clearly ahead in 440 opens."),
        (plain((900, 0), (900, 0)), 240, State.TOO_EARLY, "Too early: no opens can be compared"),
        (plain((900, 1), (900, 0)), 5, State.TOO_EARLY, "Too early: 0 of 1 open can be compared"),
        (plain((900, 0), (900, 60)), 240, State.PROMISING, "B is ahead"),
        (
            plain((5200, 9), (4800, 9)),
            60,
            State.GROUPS_UNBALANCED,
            f"The groups were not split as planned (5,200 / 4,800), {NO_MARKS}",
        ),
        (
            FLIPPING,
            240,
            State.FLIPS_WITHOUT_MACHINE_OPENS,
            "A leads only when machine opens are counted; without them B leads.",
        ),
        (plain((49, 9), (49, 20)), 240, State.TOO_EARLY, "Too early: the groups are too small"),
        (plain(), 240, State.TOO_EARLY, "There are no groups yet"),
        (plain((900, 9)), 240, State.TOO_EARLY, "There is only one group"),
        (plain(*[(900, 9)] * 21), 240, State.TOO_EARLY, "21 groups are too many to compare: 20"),
        (plain(*[(900, 9)] * 20), 240, State.TOO_EARLY, "Too early: no group is clearly ahead in"),
        (
            plain((900, 9), (900, 9), slots=None),
            240,
            State.TOO_EARLY,
            "Too early: groups are compared from one hour after the first contact is due.",
        ),
    ],
)
def test_before_the_decision(some, minutes, state, text):
    found = seen(some, minutes)
    assert (found.state, found.text[: len(text)]) == (state, text)
    assert found.confirmed is None
    assert found.tells_when is found.text.endswith("Decides on X.")


def test_it_is_decided_when_all_are_past_the_decision_age():
    assert seen(CLEAR, 5).decides_at == at(72 * HOUR).as_of
    assert advance(SLIGHT, NOTHING, at(72 * HOUR - 0.001)) == NOTHING
    assert advance(SLIGHT, NOTHING, at(72 * HOUR)).decision is not None
    assert seen(CLEAR, 72 * HOUR).text.endswith("It is being decided.")


@pytest.mark.parametrize(
    ("some", "state", "text"),
    [
        (
            CLEAR,
            State.BETTER,
            "B is better: opened 1.11 to 1.30 times as often as A, 24.0% against 20.0% within "
            "72 h of sending.",
        ),
        (
            THREE,
            State.BETTER,
            "C is better: opened at least 1.05 times as often as any other group, 26.0% against "
            "20.0% and 21.0% within 72 h of sending.",
        ),
        (
            ALIKE,
            State.DECIDED_OPEN,
            "Decided: no clear difference. If there is one, A is opened 0.81 to 1.17 times as "
            "often.",
        ),
        (
            MIDDLE,
            State.DECIDED_OPEN,
            "Decided: no group is clearly better than all others. No group is opened more than "
            "1.48 times as often as another.",
        ),
        (
            plain((1000, 200), (1000, 200), (1000, 201)),
            State.DECIDED_OPEN,
            "Decided: no clear difference. No group is opened more than 1.21 times as often as "
            "another.",
        ),
        (
            plain((1000, 19), (1000, 20)),
            State.DECIDED_OPEN,
            "Decided: no clear difference. There are too few opens to say how large one may be.",
        ),
        (
            plain((1000, 19), (1000, 20), (1000, 18)),
            State.DECIDED_OPEN,
            "Decided: no clear difference. There are too few opens to say how large one may be.",
        ),
        (
            plain((100_000, 25_000), (100_000, 25_010), (100_000, 20_000)),
            State.DECIDED_OPEN,
            "Decided: no group is clearly better than all others. No group is opened more than ",
        ),
        (
            plain((100_000, 20_000), (100_000, 20_010), (100_000, 20_005)),
            State.NO_DIFFERENCE_WORTH_ACTING_ON,
            "No difference worth acting on: they are within 15% of each other.",
        ),
        (
            LARGE_AND_ALIKE,
            State.NO_DIFFERENCE_WORTH_ACTING_ON,
            "No difference worth acting on: they are within 15% of each other.",
        ),
        (plain((49, 9), (49, 20)), State.DECIDED_OPEN, "Decided: the groups are too small to "),
        (plain((5200, 9), (4800, 9)), State.GROUPS_UNBALANCED, "The groups were not split as "),
        (FLIPPING, State.FLIPS_WITHOUT_MACHINE_OPENS, "A leads only when machine opens are"),
    ],
)
def test_from_the_decision_on(some, state, text):
    found = finally_seen(some)
    assert (found.state, found.text[: len(text)]) == (state, text)
    assert found.decides_at is None
    assert decided(some).decision.state == state


def test_no_range_names_a_better_group_where_machine_opens_decide():
    assert decided(FLIPPING).decision.ratios == ()
    assert finally_seen(FLIPPING).ratios == ()


def test_the_ranges_beside_are_those_of_the_shares_that_were_decided_on():
    late = experiment(
        group(1, slot(1000, {60: 200, 43200: 100})), group(2, slot(1000, {60: 240, 43200: 10}))
    )
    found = seen(late, 43200, decided(late))
    assert [(one.events, one.contacts) for one in found.ranges.values()] == [
        (200, 1000),
        (240, 1000),
    ]
    assert (found.figures.age, found.probability_best[2]) == (
        4320,
        pytest.approx(0.984537, abs=1e-6),
    )


def test_a_decision_that_finds_a_group_first_is_also_the_call():
    stored = advance(SLIGHT, NOTHING, at(72 * HOUR))
    assert (stored.call.group, stored.call.way) == (2, Way.DECIDING)
    assert stored.call.figures == stored.decision.figures
    assert advance(ALIKE, NOTHING, at(72 * HOUR)).call is None


def test_chances_are_shown_from_promising_on_and_name_the_choice_of_the_moment():
    assert seen(SLIGHT, 240).probability_best is None
    found = seen(CLEAR, 240)
    assert found.probability_best[2] > 0.99
    assert found.choice_now == (
        "If you had to choose now: B, over 99%. This moves around and is not the verdict."
    )
    assert seen(plain((5200, 9), (4800, 9)), 240).choice_now is None


def test_while_watching_there_is_no_ratio():
    found = seen(CLEAR, 240)
    assert found.ratios == ()
    assert "times" not in found.text


# --- A call stays -------------------------------------------------------------------------------


def call_of(number, rates, age=240):
    figures = Figures(age, {at + 1: Rate(*rate) for at, rate in enumerate(rates)})
    return Stored(Call(at(age).as_of, Goal.OPENED, Way.WATCHING, number, figures))


def test_a_call_stays_when_later_opens_speak_against_it():
    """27% of correct calls disappeared later."""
    stored = advance(CLEAR, NOTHING, at(240))
    later = experiment(
        group(1, slot(5000, {60: 1000, 600: 700})), group(2, slot(5000, {60: 1200, 600: 480}))
    )
    assert advance(later, stored, at(600)) == stored
    found = seen(later, 600, stored)
    assert (found.state, found.leader, found.preliminary) == (State.BETTER, 2, True)
    assert "24.0% against 20.0% within 4 h" in found.text
    assert "By now: 33.6% against 34.0% within 10 h of sending." in found.beside
    assert found.figures == stored.call.figures
    assert [(one.events, one.contacts) for one in found.ranges.values()] == [
        (1000, 5000),
        (1200, 5000),
    ]


def test_no_date_is_promised_where_the_groups_are_not_compared():
    assert seen(plain((5200, 9), (4800, 9)), 240).decides_at is None
    assert seen(plain((1000, 9), (1000, 9)), 240).decides_at is not None


@pytest.mark.parametrize(
    ("some", "minutes", "dated"),
    [
        # More contacts make no split that is unbalanced a balanced one.
        (plain((5200, 9), (4800, 9), last=9000), 240, False),
        # Until the cut-off is over, contacts may bring groups that are apart together.
        (experiment(group(1, slot(900, {})), group(2, slot(900, {}, late=14)), last=99), 95, True),
        (experiment(group(1, slot(900, {})), group(2, slot(900, {}, late=14)), last=99), 96, False),
    ],
)
def test_a_date_is_promised_while_groups_may_still_be_compared(some, minutes, dated):
    assert (seen(some, minutes).decides_at is not None) is dated


def test_a_call_is_decided_even_if_the_groups_are_not_compared_any_more():
    stored = call_of(2, [(1000, 5000), (1200, 5000)])
    assert seen(plain((5200, 9), (4800, 9)), 240, stored).decides_at is not None


def test_a_moment_that_has_passed_waits_for_counting():
    at_240 = at(240)
    for now, said in ((0, "Decides on X."), (DAY_LATE, "once counting has caught up.")):
        found = verdict(CLEAR, NOTHING, replace(at_240, seen_at=at_240.as_of + now))
        assert found.text.endswith(said)
        assert found.tells_when


@pytest.mark.parametrize("some", [plain((5200, 9), (4800, 9)), FLIPPING, plain((9, 1), (9, 1))])
def test_a_call_takes_precedence_over_every_state(some):
    found = seen(some, 240, call_of(2, [(1000, 5000), (1200, 5000)]))
    assert (found.state, found.leader) == (State.BETTER, 2)


def test_an_imbalance_is_said_beside_a_call():
    found = seen(plain((5200, 9), (4800, 9)), 240, call_of(2, [(1000, 5000), (1200, 5000)]))
    assert f"The groups were not split as planned (5,200 / 4,800), {NO_MARKS}" in found.beside


@pytest.mark.parametrize(
    ("some", "leader", "decision"),
    [
        (ALIKE, 1, "Decided: no clear difference. If there is one, A is opened 0.81 to 1.17 times"),
        (SLIGHT, 2, "B is better: opened 1.01 to 1.43 times as often as A"),
    ],
)
def test_a_call_that_the_decision_does_not_find_is_not_confirmed(some, leader, decision):
    stored = advance(some, call_of(1, [(150, 1000), (100, 1000)]), at(72 * HOUR))
    found = seen(some, 72 * HOUR, stored)
    assert (found.state, found.leader, found.confirmed) == (State.BETTER, leader, False)
    assert found.decision.group == stored.decision.group
    assert found.text.startswith(f"Not confirmed at 72 h: A was opened sooner. {decision}")


def test_a_call_of_a_group_that_was_deleted_names_its_number():
    found = seen(ALIKE, 240, call_of(3, [(150, 1000), (100, 1000), (200, 1000)]))
    assert found.text.startswith("Group 3 is likely better so far: ")


def test_without_contacts_in_a_group_no_chances_are_shown():
    found = seen(ALIKE, 240, call_of(1, [(0, 0), (100, 1000)]))
    assert found.ranges[1] is None
    assert found.ranges[2].contacts == 1000
    assert (found.probability_best, found.choice_now) == (None, None)


def test_a_call_that_the_decision_finds_is_confirmed():
    found = finally_seen(CLEAR)
    assert (found.confirmed, found.preliminary) == (True, False)
    stored = advance(SLIGHT, NOTHING, at(72 * HOUR))
    assert seen(SLIGHT, 72 * HOUR, stored).confirmed is None


def test_changes_after_the_decision_are_named_and_decide_nothing():
    stored = decided(CLEAR)
    fewer = plain((5000, 1000), (5000, 1010))
    found = seen(fewer, 72 * HOUR, stored)
    assert found.text == finally_seen(CLEAR).text
    assert stored.decision.text.startswith("{group 2} is better: ")
    assert found.beside[0] == (
        "Counts have changed since it was decided: B 1,200 of 5,000 then, 1,010 of 5,000 now."
    )
    assert advance(fewer, stored, at(9999)) == stored


def test_of_groups_that_are_not_compared_any_more_no_change_is_named():
    for later in (plain((5000, 1000)), plain((5000, 1000), (5000, 1200), slots=None)):
        found = seen(later, 72 * HOUR, decided(CLEAR))
        assert [said for said in found.beside if "changed" in said] == []


def test_what_stopped_a_decision_is_not_repeated_beside_it():
    uneven = plain((5200, 9), (4800, 9))
    assert finally_seen(uneven).beside == ()
    assert seen(uneven, 240).beside == ()
    text = f"The groups were not split as planned (5,200 / 4,800), {NO_MARKS}"
    assert text in seen(uneven, 72 * HOUR, decided(ALIKE)).beside


def test_contacts_mailed_again_are_counted_beside_the_verdict():
    again = [replace(one, mailed_again=3) for one in ALIKE.groups]
    some = replace(ALIKE, groups=again)
    said = "6 contacts were mailed again: they take no part in the comparison, nor do those sent "
    assert any(text.startswith(said) for text in seen(some, 240).beside)
    assert any(text.startswith(said) for text in finally_seen(some).beside)
    assert not any("mailed again" in text for text in seen(ALIKE, 240).beside)


def test_a_decision_on_nobody_says_by_itself_that_contacts_were_mailed_again():
    again = slot(900, {60: 90}, left={120: 400}, resent=True)
    some = experiment(*[group(number, again, mailed_again=400) for number in (1, 2)])
    assert any("mailed again" in text for text in seen(some, 240).beside)
    found = finally_seen(some)
    assert "Contacts were mailed again too early" in found.text
    assert found.beside == ()


# --- Sentences and the figures beside them ------------------------------------------------------


@pytest.mark.parametrize("opens", [77, 85])
def test_opens_that_cannot_be_compared_yet_are_mentioned(opens):
    """It said "0 opens so far" beside 77 or 85 unique opens."""
    found = seen(plain((1350, opens - 40), (1350, 40)), 5)
    assert found.text == f"Too early: 0 of {opens} opens can be compared yet. Decides on X."


@pytest.mark.parametrize(
    ("opens", "later", "minutes", "said"),
    [
        (40, 30, 5, "0 of 80 opens can be compared yet. 60 opens of contacts due after the "),
        (40, 30, 240, "no group is clearly ahead in 80 opens. 60 opens of contacts due after the "),
        (
            0,
            30,
            240,
            "no opens can be compared yet. 60 opens of contacts due after the cut-off are ",
        ),
        (40, 0, 5, "0 of 80 opens can be compared yet. Decides on X."),
    ],
)
def test_opens_after_the_cut_off_are_not_promised(opens, later, minutes, said):
    some = experiment(
        *[group(at, slot(900, {60: opens}), slot(900, {60: later}, late=120)) for at in (1, 2)]
    )
    assert seen(some, minutes).text.startswith(f"Too early: {said}")


def test_one_open_after_the_cut_off_is_one():
    late = slot(900, {60: 1}, late=120)
    some = experiment(group(1, slot(900, {}), late), group(2, slot(900, {})))
    said = "1 open of contacts due after the cut-off is not compared. Decides on X."
    assert seen(some, 5).text.endswith(said)


def test_a_file_sorted_by_group_is_compared_where_all_are_due_together():
    """12,000 contacts each, 19.4 against 28.4%: it said "Finished, no clear difference"."""
    some = plain((12_000, 2328), (12_000, 3408))
    assert "28.4% against 19.4%" in seen(some, 240).text
    assert finally_seen(some).leader == 2


def test_a_file_sorted_by_group_that_is_sent_in_its_order_is_not_compared():
    slots = [slot(1200, {60: 300})] * 10
    some = experiment(group(1, *slots), group(2, *[None] * 10, *slots), last=299)
    found = seen(some, 999)
    text = "A and B were not sent to at the same times, so we won't compare their opens."
    assert (found.state, found.text) == (State.SENT_APART, text)
    assert seen(some, 9999, advance(some, NOTHING, at(9999))).text == text


@pytest.mark.parametrize("by_hours", [True, False])
def test_a_second_sending_makes_no_winner(by_hours):
    """The unopened of one of two equal groups mailed again: "100.0% against 19.4%"."""
    unopened = {1440 if by_hours else 120: 1350 - 266}
    again = slot(1350, {60: 262, 240: 4}, left=unopened, resent=True)
    once = slot(1350, {60: 262, 240: 4, 2880: 60})
    some = experiment(group(1, again), group(2, once))
    for minutes in (240, 480, 1440, 2880):
        found = seen(some, minutes)
        assert found.state in (State.TOO_EARLY, State.PROMISING)
        assert all(one.events < 400 for one in found.ranges.values() if one)
    last = finally_seen(some)
    assert last.state == State.DECIDED_OPEN
    assert last.text == (
        "Decided: no clear difference. Contacts were mailed again too early for a comparison."
    )


def test_groups_half_an_hour_apart_are_not_compared():
    """A/A groups sent 30 minutes apart were called in 3 to 65% of runs."""
    in_one_slot = experiment(
        group(1, slot(5000, {60: 1000})), group(2, slot(5000, {60: 1200}, late=30)), last=6000
    )
    in_slots_of_their_own = experiment(
        group(1, slot(5000, {60: 1000})), group(2, None, None, slot(5000, {60: 1200})), last=30
    )
    for some in (in_one_slot, in_slots_of_their_own):
        assert seen(some, 999).state == State.SENT_APART


def test_contacts_after_the_cut_off_call_no_group():
    """Equal up to it; then one group is mailed five days before the other, in one slot."""
    regular = {60: 1000}
    morning = slot(5000, {20160: 500})
    evening = slot(5000, {60: 400, 20160: 1500}, late=5 * 1440)
    some = experiment(
        group(1, slot(5000, regular), morning), group(2, slot(5000, regular), evening)
    )
    found = seen(some, 60_000)
    assert (found.state, found.leader) == (State.TOO_EARLY, None)
    assert advance(some, NOTHING, at(60_000)).call is None


def test_shares_that_say_the_opposite_are_explained():
    """In each slot B has more opens, but most of B's contacts lie in the slot of few."""
    some = experiment(
        group(1, slot(9000, {60: 3600}), slot(1000, {60: 50})),
        group(2, slot(1000, {60: 500}), slot(9000, {60: 700})),
        last=29,
    )
    watched = seen(some, 300)
    assert (watched.state, watched.leader) == (State.BETTER, 2)
    assert "%" not in watched.text
    assert watched.probability_best is None
    found = seen(some, 5000, advance(some, NOTHING, at(5000)))
    assert (found.state, found.leader) == (State.BETTER, 2)
    assert "%" not in found.text
    misleading = "The shares over all contacts are no guide here, since the groups were sent to at "
    assert any(said.startswith(misleading) for said in found.beside)


def test_a_group_that_is_ahead_only_within_slots_is_not_said_to_be_ahead():
    some = experiment(
        group(1, slot(2250, {60: 900}), slot(250, {60: 12})),
        group(2, slot(250, {60: 125}), slot(2250, {60: 175})),
        last=29,
    )
    found = seen(some, 300)
    assert found.state == State.PROMISING
    assert found.text.startswith("B is opened sooner where contacts were due at the same time, but")


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (Goal.CLICKED, "B is likely better so far: clicked sooner"),
        (Goal.ORDERED, "B is likely better so far: ordered sooner"),
    ],
)
def test_the_goal_gives_the_words(goal, text):
    some = plain((5000, 1000), (5000, 1200), goal=goal)
    assert seen(some, 240).text.startswith(text)
    early = seen(some, 5).text
    assert re.search(r"0 of 2,200 (clicks|orders) can be compared yet", early)


@pytest.mark.parametrize(("sizes", "existing"), [((), 2), ((900,), 2), ((), 5)])
def test_groups_without_scheduled_contacts_still_count_as_groups(sizes, existing):
    """ "There is only one group" stood beside a table of two."""
    some = plain(*[(size, 9) for size in sizes], existing=existing)
    found = seen(some, 240)
    assert found.state == State.TOO_EARLY
    assert found.text == (
        "Too early: only one group has contacts that are scheduled."
        if sizes
        else "Too early: no group has contacts that are scheduled."
    )


@pytest.mark.parametrize(("sizes", "existing"), [((), 0), ((900,), 0), ((), 1), ((900,), 1)])
def test_a_campaign_with_fewer_than_two_groups_has_nothing_to_compare(sizes, existing):
    found = seen(plain(*[(size, 9) for size in sizes], existing=existing), 240)
    assert found.text.endswith("so there is nothing to compare.")
    assert ("only one group" in found.text) == bool(sizes or existing)


# --- Who is left out ----------------------------------------------------------------------------


def test_a_group_that_is_too_small_is_named_and_the_others_are_compared():
    some = plain((5000, 1000), (5000, 1200), (49, 3), groups=3)
    found = seen(some, 240)
    assert (found.state, found.leader) == (State.BETTER, 2)
    assert "C is too small to compare." in found.beside
    assert set(found.ranges) == {1, 2}


def test_a_group_of_the_decision_is_not_said_to_be_left_out():
    """Marks that came later stood beside "C is better" as "C is not compared"."""
    stored = decided(THREE)
    marked = replace(THREE.groups[2], marked_after=100)
    small = group(4, slot(9, {}))
    later = replace(THREE, groups=(*THREE.groups[:2], marked, small))
    found = seen(later, 72 * HOUR, stored)
    assert found.leader == 3
    assert [said for said in found.beside if said.startswith("C is")] == []
    assert "D is too small to compare." in found.beside


def test_a_group_that_is_left_out_delays_no_other():
    late = group(3, *[None] * 40, slot(49, {}))
    some = experiment(*CLEAR.groups, late, last=40 * 15, groups=2)
    assert (seen(some, 240).state, seen(some, 240).leader) == (State.BETTER, 2)


LATE = experiment(
    group(1, slot(12_000, {60: 2400})), group(2, None, slot(12_000, {60: 2400}, late=120))
)


@pytest.mark.parametrize("minutes", [240, 20_000])
def test_a_group_due_only_after_the_cut_off_is_not_called_small(minutes):
    """12,000 contacts that were imported two hours later: "too small to compare"."""
    found = seen(LATE, minutes, advance(LATE, NOTHING, at(minutes)))
    assert found.state == State.SENT_APART
    assert found.text == (
        "Too few contacts of B are due by the cut-off, so we won't compare the groups' opens."
    )


def test_where_all_groups_are_due_after_the_cut_off_none_is_called_small():
    """Except a few contacts sent as a trial."""
    rest = slot(5000, {60: 900}, late=120)
    some = experiment(group(1, slot(5, {}), rest), group(2, slot(5, {}), rest))
    assert seen(some, 240).text == (
        "Too few contacts of A and B are due by the cut-off, so we won't compare the groups' opens."
    )


def test_a_group_due_only_after_the_cut_off_is_named_beside():
    some = experiment(*CLEAR.groups, group(3, None, slot(5000, {}, late=120)))
    found = seen(some, 240)
    assert (found.state, found.leader) == (State.BETTER, 2)
    said = "C is not compared: too few of its contacts are due by the cut-off."
    assert said in found.beside


def test_the_sizes_of_an_uneven_split_are_those_of_the_groups_that_are_on_time():
    uneven = plain((5200, 9), (4800, 9)).groups
    some = experiment(*uneven, group(3, None, slot(5000, {}, late=120)))
    assert "split as planned (5,200 / 4,800), " in seen(some, 240).text


def test_a_second_sending_of_a_group_that_is_left_out_hides_nothing_of_the_others():
    again = slot(49, {60: 9}, left={120: 40}, resent=True)
    some = experiment(*CLEAR.groups, group(3, again))
    found = seen(some, 240)
    assert (found.leader, found.figures.rates[2]) == (2, Rate(1200, 5000))
    assert finally_seen(some).text.startswith("B is better: opened 1.11 to 1.30 times as often")


def test_slots_of_a_group_that_is_left_out_do_not_count_for_the_decision():
    again = slot(900, {60: 90}, left={120: 400}, resent=True)
    some = experiment(group(1, again), group(2, again), group(3, None, slot(49, {})), last=29)
    found = advance(some, NOTHING, at(5000)).decision
    assert "Contacts were mailed again too early" in found.text


def test_leaving_a_group_out_after_the_decision_is_not_a_change():
    """Slots that were not decided on for a second sending of C stay out of the comparison."""
    first, again = slot(900, {60: 90}), slot(900, {60: 90}, left={120: 400}, resent=True)
    groups = (group(1, first, first), group(2, first, first), group(3, first, again))
    some = experiment(*groups, last=29)
    stored = advance(some, NOTHING, at(5000))
    marked = replace(some, groups=(*groups[:2], replace(groups[2], marked_after=200)))
    assert [said for said in seen(marked, 5000, stored).beside if "changed" in said] == []


def test_a_call_outlives_the_groups_it_was_made_of():
    found = seen(plain((5000, 1000)), 240, call_of(1, [(1200, 5000), (1000, 5000)]))
    assert (found.state, found.leader) == (State.BETTER, 1)
    assert found.text.endswith("within 4 h of sending.")


def test_the_bound_is_that_of_the_groups_at_the_launch():
    some = plain((5000, 1000), (5000, 1200), groups=5)
    assert Facts(some, at(240)).threshold == pytest.approx(6.214608, abs=1e-6)


def test_what_is_decided_is_shown_without_watching_again(monkeypatch):
    stored = decided(CLEAR)
    monkeypatch.setattr(watching, "log_evidence", None)
    assert seen(CLEAR, 72 * HOUR, stored).leader == 2


def test_marks_that_differ_are_an_imbalance_in_the_goals_words():
    some = [slot(4850, {60: 900}), slot(5000, {60: 900})]
    before = experiment(group(1, some[0], marked_before=150), group(2, some[1]))
    found = seen(before, 240)
    assert found.state == State.GROUPS_UNBALANCED
    assert found.text == (
        "Too different shares of the groups were marked before they were due (bounced and so "
        f"on): A 3.0% / B 0.0%, {NO_MARKS}"
    )
    after = experiment(group(1, some[1], marked_after=150), group(2, some[1]))
    assert "marked after they were due" in seen(after, 240).text


def test_a_call_assumes_that_mails_leave_on_time_unless_deliveries_are_told():
    said = "This assumes that mails leave on time."
    assert said in seen(CLEAR, 240).beside
    told = [
        group(at, slot(5000, {60: opens}), delivered=Delivered(4000, 1.0))
        for at, opens in ((1, 1000), (2, 1200))
    ]
    assert said not in seen(experiment(*told), 240).beside


def test_a_call_assumes_it_unless_deliveries_of_all_groups_are_told():
    told = [
        group(at, slot(5000, {60: opens}), delivered=delivered)
        for at, opens, delivered in (
            (1, 1000, Delivered(4000, 1.0)),
            (2, 1300, Delivered(4000, 1.0)),
            (3, 1000, None),
        )
    ]
    found = seen(experiment(*told), 240)
    assert found.leader == 2
    assert "This assumes that mails leave on time." in found.beside


def test_deliveries_that_are_told_to_be_late_are_apart():
    told = [
        group(at, slot(5000, {60: 1000 * at}), delivered=Delivered(4000, delay))
        for at, delay in ((1, 0.0), (2, 11.0))
    ]
    assert seen(experiment(*told), 240).state == State.SENT_APART


# --- Guard rails --------------------------------------------------------------------------------


def railed(*complaints, **fields):
    return experiment(
        *[
            group(
                number,
                slot(10_000, {60: 2000}, guard_rails={GuardRail.COMPLAINTS: by_age({20: count})}),
                **fields,
            )
            for number, count in enumerate(complaints, start=1)
        ]
    )


@pytest.mark.parametrize(
    ("complaints", "stopped"),
    [((10, 40), [2]), ((40, 10), [1]), ((10, 15), []), ((0, 20), [2]), ((0, 0), [])],
)
def test_a_group_with_clearly_more_complaints_is_to_be_stopped(complaints, stopped):
    found = seen(railed(*complaints), 20)
    assert [stop.group for stop in found.stops] == stopped
    many, few = (f"{100 * count / 10_000:.1f}%" for count in sorted(complaints, reverse=True))
    said = f"more of its contacts complain, {many} against {few}."
    assert all(stop.text == f"Stop {'?AB'[stop.group]}: {said}" for stop in found.stops)


@pytest.mark.parametrize(("complaints", "stopped"), [(9, []), (10, [2])])
def test_ten_events_are_needed_to_stop_a_group(complaints, stopped):
    """In a group of a tenth they would be evidence enough."""
    sizes = ((90_000, 90, 0), (10_000, 10, complaints))
    some = [
        group(
            number,
            slot(size, {60: 900}, guard_rails={GuardRail.COMPLAINTS: by_age({20: count})}),
            planned_share=share,
        )
        for number, (size, share, count) in enumerate(sizes, start=1)
    ]
    assert [stop.group for stop in seen(experiment(*some), 20).stops] == stopped


def test_without_a_guard_rail_no_group_to_stop_is_looked_for(monkeypatch):
    monkeypatch.setattr(left_out, "watched", None)
    assert stops(Facts(CLEAR, at(240))) == ()


def test_complaints_after_the_cut_off_stop_no_group():
    many, none = ({GuardRail.COMPLAINTS: by_age({20: count})} for count in (60, 0))
    some = experiment(
        group(1, slot(5000, {}), slot(5000, {}, guard_rails=none)),
        group(2, slot(5000, {}), slot(5000, {}, guard_rails=many, late=5 * 1440)),
    )
    assert seen(some, 60_000).stops == ()


def test_shares_of_a_guard_rail_are_of_slots_that_are_over():
    some = experiment(
        *[
            group(
                number,
                slot(10_000, {}, guard_rails={GuardRail.COMPLAINTS: by_age({5: count})}),
                slot(10_000, {}),
            )
            for number, count in ((1, 10), (2, 40))
        ],
        last=29,
    )
    assert [stop.text for stop in seen(some, 20).stops] == [
        "Stop B: more of its contacts complain, 0.4% against 0.1%."
    ]


def test_shares_of_a_guard_rail_are_of_slots_that_reached_the_first_age_too():
    rails = [{GuardRail.COMPLAINTS: by_age({5: count})} for count in (10, 40)]
    some = experiment(
        *[group(n, slot(10_000, {}, late=9, guard_rails=rail)) for n, rail in enumerate(rails, 1)]
    )
    assert [stop.text for stop in seen(some, 14).stops] == [
        "Stop B: more of its contacts complain, 0.4% against 0.1%."
    ]


def test_an_imbalance_does_not_hide_a_guard_rail():
    rail = {GuardRail.BOUNCES: by_age({20: 300})}
    none = {GuardRail.BOUNCES: by_age({20: 1})}
    some = experiment(
        group(1, slot(5000, {60: 900}, guard_rails=none), marked_after=1),
        group(2, slot(5000, {60: 900}, guard_rails=rail), marked_after=300),
    )
    found = seen(some, 60)
    assert found.state == State.GROUPS_UNBALANCED
    assert [stop.text for stop in found.stops] == [
        "Stop B: more of its mails bounce, 6.0% against 0.0%."
    ]


def test_a_guard_rail_leaves_out_shares_that_say_the_opposite():
    """In each slot B has more, but most of B's contacts lie in the slot of few."""
    some = experiment(
        *[
            group(
                number,
                *[
                    slot(size, {}, guard_rails={GuardRail.WITHDRAWALS: by_age({20: count})})
                    for size, count in slots
                ],
            )
            for number, slots in ((1, [(9000, 900), (1000, 1)]), (2, [(1000, 250), (9000, 90)]))
        ],
        last=29,
    )
    assert [stop.text for stop in seen(some, 60).stops] == [
        "Stop B: more of its contacts withdraw."
    ]


def test_a_guard_rail_is_shown_beside_every_state():
    rails = [{GuardRail.BOUNCES: by_age({20: count})} for count in (10, 60)]
    some = experiment(
        *[
            group(at, slot(5000, {60: opens}, guard_rails=rail))
            for at, opens, rail in ((1, 1000, rails[0]), (2, 1200, rails[1]))
        ]
    )
    for minutes, stored in ((20, NOTHING), (240, NOTHING), (72 * HOUR, decided(some))):
        with_rail, without = seen(some, minutes, stored), seen(CLEAR, minutes, stored)
        assert [stop.group for stop in with_rail.stops] == [2]
        assert replace(with_rail, stops=()) == without
