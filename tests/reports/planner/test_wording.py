"""The planner's sentences."""

import pytest

from reports.planner import wording
from reports.planner.before_launch import Apart
from reports.planner.expected import ExpectedRate, RateFrom
from reports.planner.times import GroupTimes, SlotTimes

A, B = (GroupTimes(n, n, name) for n, name in ((1, "A"), (2, "B")))


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        (
            ExpectedRate(0.203, RateFrom.PAST, 4320, 4),
            "In the last 4 mailings 20.3% opened within 72 h of sending.",
        ),
        (
            ExpectedRate(0.2, RateFrom.PAST, 4320, 1),
            "In the last mailing 20% opened within 72 h of sending.",
        ),
        (
            ExpectedRate(0.2, RateFrom.PAST, 1440, 2),
            "In the last 2 mailings 20% opened within 24 h of sending. None was decided on at "
            "72 h: expect more within 72 h, and type your own rate.",
        ),
        (
            ExpectedRate(0.2, RateFrom.PAST, 5760, 1),
            "In the last mailing 20% opened within 4 days of sending. None was decided on at "
            "72 h: expect fewer within 72 h, and type your own rate.",
        ),
        (
            ExpectedRate(0.2025, RateFrom.GIVEN, 4320),
            "Reckoned with 20.25% opening within 72 h of sending.",
        ),
        (
            ExpectedRate(0.2, RateFrom.ASSUMED, 4320),
            "There is no past mailing to go by: assuming that 20% open.",
        ),
    ],
)
def test_where_the_rate_comes_from(expected, sentence):
    assert wording.rate(expected, decision_age=4320) == sentence


@pytest.mark.parametrize(
    ("sizes", "difference", "sentence"),
    [
        (
            [1500, 1500],
            0.0439,
            "With 2 x 1,500 contacts and 20% opening you will see a difference of 4.4 points four "
            "times in five.",
        ),
        (
            [9000, 1000],
            0.01,
            "With 9,000 and 1,000 contacts and 20% opening you will see a difference of 1 point "
            "four times in five.",
        ),
        (
            [1000, 1000, 1000],
            0.0612,
            "With 3 x 1,000 contacts and 20% opening you will see four times in five which group "
            "is best if it is 6.2 points above all others.",
        ),
        (
            [50, 50],
            None,
            "With 2 x 50 contacts and 20% opening no difference is large enough to be seen four "
            "times in five.",
        ),
    ],
)
def test_what_will_be_found(sizes, difference, sentence):
    assert wording.found(sizes, share=0.2, difference=difference) == sentence


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.0439, "4.4 points"),
        (0.04401, "4.5 points"),
        (0.01, "1 point"),
        (0.00412, "0.42 points"),
        (0.0001, "0.01 points"),
        (0.3, "30 points"),
        (0.009, "0.9 points"),
        (0.0099999, "1 point"),
        (0.0123, "1.3 points"),
        (0.01000000001, "1 point"),
    ],
)
def test_differences_are_rounded_up(difference, words):
    assert wording.points(difference) == words


def test_what_is_needed():
    even = wording.needed(0.2, 0.22, number=14_000, weights=(0.5, 0.5))
    assert even == (
        "To see 20% against 22% four times in five you need 14,000 contacts, 7,000 in each group."
    )
    uneven = wording.needed(0.2, 0.22, number=38_500, weights=(0.9, 0.1))
    assert uneven == (
        "To see 20% against 22% four times in five you need 38,500 contacts, split as planned."
    )
    thirds = wording.needed(0.2, 0.22, number=1000, weights=(0.33, 0.33, 0.33))
    assert thirds.endswith("you need 1,000 contacts, 334 in each group.")


CHANCE = "The chance that this mailing sees it with the contacts at hand is"
HARDLY = "With the contacts at hand this mailing will hardly ever see it."


@pytest.mark.parametrize(
    ("chance", "sentence"),
    [
        (0.001, HARDLY),
        (0.005, HARDLY),
        (0.00501, f"{CHANCE} 1%."),
        (0.31, f"{CHANCE} 31%."),
        (0.9949, f"{CHANCE} 99%."),
        (0.995, f"{CHANCE} over 99%."),
    ],
)
def test_the_chance_of_the_contacts_at_hand(chance, sentence):
    assert wording.chance(chance) == sentence


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (9, "9 minutes"),
        (2.4, "2.4 minutes"),
        (1, "1 minute"),
        (0.4, "0.4 minutes"),
        (4.96, "5 minutes"),
        (5, "5 minutes"),
        (5.4, "5 minutes"),
        (119, "119 minutes"),
        (120, "2 hours"),
        (150, "2.5 hours"),
        (2879, "48 hours"),
        (2880, "2 days"),
        (3000, "2.1 days"),
    ],
)
def test_spans(minutes, words):
    assert wording.span(minutes) == words


def test_what_is_wrong_with_a_schedule():
    assert wording.apart([Apart(A, B, 9.0, False)]) == [
        "A is sent 9 minutes before B on average: their opens could not be compared."
    ]
    assert wording.apart([Apart(A, B, 0.0, True)]) == [
        "A and B are sent at other times than each other: their opens could not be compared."
    ]
    assert wording.apart([Apart(A, B, 0.04, True)])[0].startswith("A and B are sent at other ")
    assert wording.apart([Apart(A, B, 0.06, True)])[0].startswith("A is sent 0.1 minutes before B")
    assert wording.apart([]) == []
    assert wording.apart([Apart(A, B, 9.0, False)] * 5)[3:] == [
        "2 more pairs of groups are sent apart, too."
    ]
    assert wording.apart([Apart(A, B, 9.0, False)] * 4)[3:] == [
        "1 more pair of groups is sent apart, too."
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (wording.NOTHING_SCHEDULED, "No contact is scheduled yet."),
        (
            wording.too_much(1.0),
            "Nothing can be above 100%, so there is no difference to see.",
        ),
        (
            wording.too_much(0.99512),
            "99.51% and that many points are more than 100%: give at most 0.49.",
        ),
        (
            wording.too_much(0.995),
            "99.5% and that many points are more than 100%: give at most 0.5.",
        ),
        (
            wording.usual("To see it you need 100 contacts."),
            "As an example, a tenth more: to see it you need 100 contacts.",
        ),
        (
            wording.whole_list(14_000, part=0.2),
            "These are in the groups that are compared, 20% of the whole list: it must have about "
            "70,000.",
        ),
        (
            wording.whole_list(14_000, part=0.3),
            "These are in the groups that are compared, 30% of the whole list: it must have about "
            "46,700.",
        ),
        (
            wording.too_small(GroupTimes(1, 1, "A", {0: SlotTimes(49, 0, 0)})),
            "A is too small to compare: 49 of at least 50 scheduled contacts.",
        ),
        (
            wording.too_small(GroupTimes(1, 1, "A", {0: SlotTimes(40, 0, 0)}, unmeasured=4960)),
            "A is too small to compare: 40 of its 5,000 scheduled contacts may be measured, at "
            "least 50 must be.",
        ),
        (
            wording.measured(3000, of=10_000),
            "Only 3,000 of 10,000 scheduled contacts may be measured: the plan is about these.",
        ),
        (
            wording.measured(0, of=10_000),
            "None of the 10,000 scheduled contacts may be measured: no opens will be compared.",
        ),
        (
            wording.whole_list(14_000, part=0.1, partly=True),
            "These are in the groups that are compared and may be measured, 10% of the whole "
            "list: it must have about 140,000.",
        ),
        (
            wording.unscheduled(1),
            "1 contact has no schedule: it takes no part until it has one.",
        ),
        (
            wording.unscheduled(1200),
            "1,200 contacts have no schedule: they take no part until they have one.",
        ),
        (wording.late(1), "1 contact is due after the cut-off, and not decided on."),
        (wording.late(1200), "1,200 contacts are due after the cut-off, and not decided on."),
    ],
)
def test_sentences(sentence, expected):
    assert sentence == expected


def test_three_pairs_are_named_at_most():
    said = wording.apart([Apart(A, B, 9.0, False)] * 3)
    assert len(said) == 3
    assert set(said) == {
        "A is sent 9 minutes before B on average: their opens could not be compared."
    }
