"""The verdict: every state, the first that matches, and what is shown beside it."""

import math

import pytest

from reports.verdict import sentences
from reports.verdict.decide import Facts, Finding, Range, State, Verdict, verdict
from tests.tracking.counts import C1, C2, GRACE, MINUTE, SAME, SENT, THREE, at
from tests.tracking.counts import make_group as group
from tests.tracking.counts import make_groups as groups

DAY = 1440
TOO_EARLY, PROMISING = State.TOO_EARLY, State.PROMISING
LIKELY_BETTER, SAME_STATE = State.LIKELY_BETTER, State.NO_DIFFERENCE_WORTH_ACTING_ON
FLIPS, UNBALANCED = State.FLIPS_WITHOUT_MACHINE_OPENS, State.GROUPS_UNBALANCED


def verdict_at(minutes, some) -> Verdict:
    return verdict(some, now=at(minutes), grace_seconds=GRACE)


def pair(contacts, a, b, *, machine_a=None, machine_b=None):
    """Groups A and B with these opens by age bin, and with machine opens these."""
    return [
        group(1, contacts, a, with_machine=machine_a),
        group(2, contacts, b, with_machine=machine_b),
    ]


STATES = [
    # The worked examples.
    ("C1 at 4 h", groups(C1), 240, PROMISING),
    ("C2 at 4 h", groups(C2), 240, LIKELY_BETTER),
    ("C2 at 3 h", groups(C2), 180, PROMISING),
    ("C2 split badly", [group(1, 5200, [1000]), group(2, 4800, [1200])], 240, UNBALANCED),
    ("three groups", groups(THREE), 240, LIKELY_BETTER),
    ("alike", groups(SAME), 240, SAME_STATE),
    # The minimum, just missed and just met.
    ("99 opens", pair(1000, [50], [49]), 240, TOO_EARLY),
    ("99 opens of a clear difference", pair(1000, [0], [99]), 240, TOO_EARLY),
    ("100 opens of a clear difference", pair(1000, [0], [100]), 240, LIKELY_BETTER),
    ("199 contacts", pair(199, [10], [150]), 240, TOO_EARLY),
    ("200 contacts", pair(200, [10], [150]), 240, LIKELY_BETTER),
    ("a clear difference at 50 min", groups(C2), 50, TOO_EARLY),
    ("a clear difference just before 60 min", groups(C2), 59.99, TOO_EARLY),
    ("a clear difference at 60 min", groups(C2), 60, PROMISING),
    ("a clear difference just before 4 h", groups(C2), 239.99, PROMISING),
    # A bad split comes before everything.
    ("a bad split too early", [group(1, 5200, [10]), group(2, 4800, [12])], 5, UNBALANCED),
    ("a bad split of a few", [group(1, 60, []), group(2, 10, [])], 5, UNBALANCED),
    ("a tolerable split", [group(1, 5100, [1000]), group(2, 4900, [1000])], 240, TOO_EARLY),
    # Leads that only machines make.
    (
        "B without, A with",
        pair(5000, [1000], [1200], machine_a=[2000], machine_b=[1200]),
        240,
        FLIPS,
    ),
    (
        "B without by a little, A with",
        pair(5000, [1000], [1001], machine_a=[2000], machine_b=[1001]),
        60,
        FLIPS,
    ),
    (
        "B without, A with by a little",
        pair(5000, [1000], [1200], machine_a=[1201], machine_b=[1200]),
        240,
        FLIPS,
    ),
    (
        "nobody without, A with",
        pair(5000, [1000], [1000], machine_a=[2000], machine_b=[1000]),
        240,
        FLIPS,
    ),
    (
        "neither with nor without is there a call",
        pair(1000, [200], [201], machine_a=[250], machine_b=[240]),
        240,
        TOO_EARLY,
    ),
    (
        "B both ways",
        pair(5000, [1000], [1200], machine_a=[1500], machine_b=[1700]),
        240,
        LIKELY_BETTER,
    ),
    (
        "machines alone make B's lead large",
        pair(1000, [200], [202], machine_a=[300], machine_b=[500]),
        240,
        TOO_EARLY,
    ),
    (
        "a flip below the minimum",
        pair(5000, [40], [59], machine_a=[2000], machine_b=[59]),
        240,
        TOO_EARLY,
    ),
    # Small differences, for sure.
    ("better, and within 15 %", pair(200_000, [40_000], [42_000]), 240, LIKELY_BETTER),
    ("the same at 3 h", pair(200_000, [40_000], [42_000]), 180, SAME_STATE),
    ("ahead, and within 15 %", pair(100_000, [20_000], [20_370]), 240, SAME_STATE),
    (
        "two alike, the third not",
        [group(1, 20_000, [4000]), group(2, 20_000, [4000]), group(3, 20_000, [4400])],
        180,
        PROMISING,
    ),
    # Nothing, yet or at all.
    ("even at 4 h", pair(1000, [200], [200]), 240, TOO_EARLY),
    ("even at 60 h", pair(1000, [200], [200]), 60 * 60, TOO_EARLY),
    ("even at 72 h", pair(1000, [200], [200]), 72 * 60, TOO_EARLY),
    ("hardly ahead", pair(1000, [200], [249]), 240, TOO_EARLY),
    ("just ahead", pair(1000, [200], [250]), 240, PROMISING),
    ("ahead at 72 h", groups(C1), 72 * 60, PROMISING),
    ("nothing sent", pair(0, [], []), 240, TOO_EARLY),
]


@pytest.mark.parametrize(
    ("some", "minutes", "state"), [pytest.param(*row[1:], id=row[0]) for row in STATES]
)
def test_the_first_state_that_matches(some, minutes, state):
    assert verdict_at(minutes, some).state == state


TEXTS = [
    (
        [group(1, 5200, [1000]), group(2, 4800, [1200])],
        240,
        "The groups were not split as planned (5,200 / 4,800), so we won't compare them.",
    ),
    (pair(1000, [40], [44]), 240, "Too early: 84 opens so far."),
    (pair(1000, [600], [634]), 50, "Too early: 1,234 opens so far."),
    (
        pair(5000, [1000], [1200], machine_a=[2000], machine_b=[1200]),
        240,
        "A leads only when automatic opens are counted; without them B leads.",
    ),
    (
        pair(5000, [1015], [1205]),
        240,
        "B is likely better: 24.1% against 20.3% opened within 4 h of sending.",
    ),
    (
        groups(THREE),
        300,
        "C is likely better: 22.0% against 15.0% and 16.0% opened within 5 h of sending.",
    ),
    (
        groups(SAME),
        240,
        "No difference worth acting on: they are within 15% of each other.",
    ),
    (
        groups(C1),
        240,
        "B is ahead, but this could still be chance; about 230 more opens needed.",
    ),
    (
        pair(1000, [200], [261]),
        240,
        "B is ahead, but this could still be chance; about 310 more opens needed.",
    ),
    (
        groups(C1),
        7 * DAY,
        "B is ahead, but this could still be chance; unlikely to be settled.",
    ),
    (
        groups(C2),
        180,
        "B is ahead, but this could still be chance; we can tell from 4 h after sending.",
    ),
    (pair(1000, [200], [200]), 60 * 60, "Too early: 400 opens so far."),
    (pair(1000, [200], [200]), 72 * 60, "Finished, no clear difference."),
    ([group(1, 1000, [200])], 240, "There is only one group, so there is nothing to compare."),
    ([], 240, "There are no groups yet, so there is nothing to compare."),
    (
        [group(number, 1000, [200]) for number in range(1, 22)],
        240,
        "21 groups are too many to compare: 20 at most.",
    ),
]


@pytest.mark.parametrize(("some", "minutes", "text"), TEXTS)
def test_what_is_said(some, minutes, text):
    assert verdict_at(minutes, some).text == text


def test_a_verdict_shows_what_it_stands_on():
    found = verdict_at(240, groups(C1))
    assert (found.leader, found.more_opens, found.age_minutes) == (2, 230, 240)
    assert found.evidence == pytest.approx(2.804625, abs=5e-7)
    assert found.threshold == pytest.approx(3.688879, abs=5e-7)
    assert (found.ranges[1].opened, found.ranges[1].contacts) == (120, 1000)
    assert found.ranges[2].low < 0.17 < found.ranges[2].high
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("count", "threshold"), [(2, 3.688879), (3, 4.094345), (4, 4.382027), (5, 4.605170)]
)
def test_more_groups_need_more_evidence(count, threshold):
    some = [group(number, 1000, [200]) for number in range(1, count + 1)]
    assert verdict_at(240, some).threshold == pytest.approx(threshold, abs=5e-7)


def test_chances_to_be_best_stand_beside_a_verdict():
    found = verdict_at(72 * 60, pair(1000, [200], [240]))
    assert found.probability_best == {
        1: pytest.approx(0.015463, abs=1e-6),
        2: pytest.approx(0.984537, abs=1e-6),
    }
    assert found.choice_now.startswith("If you had to choose now: B, 98 %.")


@pytest.mark.parametrize(
    "some",
    [
        pair(1000, [40], [44]),
        pair(1000, [200], [200]),
        [group(1, 5200, [1000]), group(2, 4800, [1200])],
        [group(1, 1000, [200])],
        [],
    ],
)
def test_chances_are_hidden_while_it_is_too_early_or_nothing_is_compared(some):
    found = verdict_at(240, some)
    assert (found.probability_best, found.choice_now) == (None, None)


def test_chances_are_shown_once_all_is_finished():
    assert verdict_at(72 * 60, pair(1000, [200], [200])).probability_best is not None


def test_ranges_are_shown_however_early():
    found = verdict_at(5, pair(1000, [40], [44]))
    assert (found.ranges[2].opened, found.ranges[2].contacts) == (44, 1000)
    assert verdict_at(4.9, pair(1000, [40], [44])).ranges == {1: None, 2: None}


def test_opens_younger_than_the_grace_are_not_waited_for_twice():
    some = groups(C2)
    released = SENT + 240 * MINUTE
    assert verdict(some, now=released, grace_seconds=0).state == LIKELY_BETTER
    assert verdict(some, now=released, grace_seconds=1).state == PROMISING


def test_the_threshold_of_one_group_is_a_number():
    assert math.isfinite(verdict_at(240, [group(1, 1000, [200])]).threshold)


def test_states_are_called_as_the_api_calls_them():
    assert " ".join(State) == (
        "groups_unbalanced too_early flips_without_machine_opens likely_better "
        "no_difference_worth_acting_on promising"
    )


@pytest.mark.parametrize("kind", [Facts, Finding, Range, Verdict])
def test_what_is_decided_is_frozen(kind):
    assert kind.__dataclass_params__.frozen


HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("medians", "warned"),
    [
        ([], False),
        ([None, None], False),
        ([SENT, None], False),
        ([SENT], False),
        ([SENT, SENT + 2 * HOUR_MS], False),
        ([SENT, SENT + 2 * HOUR_MS + 1], True),
        ([SENT + 2 * HOUR_MS + 1, None, SENT], True),
        ([SENT, SENT + HOUR_MS, SENT + 2 * HOUR_MS], False),
    ],
)
def test_groups_that_were_sent_to_hours_apart_are_warned_of(medians, warned):
    some = [
        group(number, 1000, [200], median_sent_at=median)
        for number, median in enumerate(medians, start=1)
    ]
    assert verdict_at(240, some).warnings == ((sentences.FAR_APART,) if warned else ())


def test_as_many_groups_as_are_allowed_are_compared():
    some = [group(number, 1000, [200 + 2 * number]) for number in range(1, 21)]
    assert verdict_at(240, some).leader == 20
    assert verdict_at(240, some).text.startswith("Too early")
