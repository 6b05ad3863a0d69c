"""The planner's sentences."""

import pytest

from reports.planner import wording
from reports.planner.before_launch import Apart
from reports.planner.expected import ExpectedRate, RateFrom
from reports.planner.times import GroupTimes

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
    assert uneven.endswith("you need 38,500 contacts, split as planned.")


@pytest.mark.parametrize(
    ("chance", "words"), [(0.001, "hardly ever"), (0.31, "is 31%."), (0.999, "is over 99%.")]
)
def test_the_chance_of_the_contacts_at_hand(chance, words):
    assert words in wording.chance(chance)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (9, "9 minutes"),
        (2.4, "2.4 minutes"),
        (1, "1 minute"),
        (119, "119 minutes"),
        (150, "2.5 hours"),
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
    assert wording.apart([]) == []
    assert wording.apart([Apart(A, B, 9.0, False)] * 5)[3:] == [
        "2 more pairs of groups are sent apart, too."
    ]
    assert wording.apart([Apart(A, B, 9.0, False)] * 4)[3:] == [
        "1 more pair of groups is sent apart, too."
    ]


def test_who_takes_no_part():
    assert wording.unscheduled(1).startswith("1 contact has no schedule")
    assert wording.unscheduled(1200).startswith("1,200 contacts have no schedule")
    assert wording.late(1).startswith("1 contact is due after the cut-off")
    assert wording.late(2).startswith("2 contacts are due after the cut-off")
