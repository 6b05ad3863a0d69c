"""The verdict's sentences: numbers as people write them, and no contradictions."""

import pytest

from reports.verdict import wording
from reports.verdict.experiment import Goal, GuardRail
from reports.verdict.left_out import Why
from reports.verdict.proportions import Rate


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (5, "5 min"),
        (60, "1 h"),
        (90, "1 h 30 min"),
        (1440, "24 h"),
        (4320, "72 h"),
        (5040, "84 h"),
        (5760, "4 days"),
        (43200, "30 days"),
    ],
)
def test_ages(minutes, expected):
    assert wording.age(minutes) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.11, "1.11"),
        (1.004, "1.004"),
        (1.0004, "1.0004"),
        (1.00004, "1.0000"),
        (0.998, "0.998"),
        (1, "1.00"),
        (2, "2.00"),
        (1234.5, "1,234.50"),
    ],
)
def test_a_ratio_that_is_not_1_is_not_written_as_1(value, expected):
    assert wording.ratio(value) == expected


def test_a_range_without_an_end_says_at_least():
    assert wording.than_one("A", 2.43, None) == "at least 2.43 times as often as A"
    assert wording.than_one("A", 1.01, 1.43) == "1.01 to 1.43 times as often as A"


@pytest.mark.parametrize(
    ("rates", "leader", "expected"),
    [
        ([(1, 5), (2, 5)], 1, "40.0% against 20.0%"),
        ([(1, 5), (2, 5), (0, 5)], 1, "40.0% against 20.0% and 0.0%"),
        ([(1, 5), (2, 5)], 0, None),
        ([(2, 5), (2, 5)], 0, None),
        ([(3, 5), (2, 5), (1, 5)], 1, None),
        ([(20, 100), (3, 5)], 1, "60.0% against 20.0%"),
        ([(2, 5), (0, 0)], 0, None),
        ([(24_110, 100_000), (24_090, 100_000)], 0, "24.11% against 24.09%"),
    ],
)
def test_shares_are_given_only_where_they_say_the_same(rates, leader, expected):
    assert wording.against([Rate(*rate) for rate in rates], leader=leader) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([(241, 1000), (203, 1000)], ["24.1%", "20.3%"]),
        ([(24_110, 100_000), (24_090, 100_000)], ["24.11%", "24.09%"]),
        ([(241_110, 1_000_000), (241_100, 1_000_000)], ["24.111%", "24.110%"]),
        ([(24_111_100, 100_000_000), (24_111_000, 100_000_000)], ["24.111%", "24.111%"]),
        ([(1, 10), (10, 100)], ["10.0%", "10.0%"]),
        ([(0, 10), (10, 10)], ["0.0%", "100.0%"]),
    ],
)
def test_different_rates_read_differently(rates, expected):
    assert wording.percentages([Rate(*rate) for rate in rates]) == expected


@pytest.mark.parametrize(
    ("chance", "shown"),
    [(0.984, "98%"), (0.5, "50%"), (0.99, "99%"), (0.9901, "over 99%"), (1, "over 99%")],
)
def test_a_choice_now_is_never_certain(chance, shown):
    expected = f"If you had to choose now: B, {shown}. This moves around and is not the verdict."
    assert wording.choice_now("B", chance) == expected


@pytest.mark.parametrize(
    ("compared", "seen", "expected"),
    [
        (0, 0, "Too early: no clicks can be compared yet."),
        (0, 1, "Too early: 0 of 1 click can be compared yet."),
        (120, 200, "Too early: 120 of 200 clicks can be compared yet."),
        (1234, 1234, "Too early: no group is clearly ahead in 1,234 clicks."),
    ],
)
def test_what_is_missing(compared, seen, expected):
    decides = wording.decides("Thursday, 14:00")
    said = wording.too_early(Goal.CLICKED, compared=compared, seen=seen, decides=decides)
    assert said == f"{expected} Decides on Thursday, 14:00."


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, []), (1, ["1 open", "is"]), (2, ["2 opens", "are"]), (1234, ["1,234 opens", "are"])],
)
def test_events_after_the_cut_off_are_told_where_there_are_any(count, said):
    sentence = wording.after_the_cut_off(Goal.OPENED, count)
    parts = sentence.partition(" of contacts due after the cut-off ") if sentence else None
    assert parts is None or parts[2] == f"{said[1]} not compared."
    assert ([] if parts is None else [parts[0], said[1]]) == said


# --- Each sentence in full ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (wording.too_many_groups(21, limit=20), "21 groups are too many to compare: 20 at most."),
        (
            wording.promising("B", ahead=True, goal=Goal.OPENED, decides="It is being decided."),
            "B is ahead, but this could still be chance. It is being decided.",
        ),
        (
            wording.promising("B", ahead=False, goal=Goal.CLICKED, decides="Decides on X."),
            "B is clicked sooner where contacts were due at the same time, but this could still "
            "be chance. Decides on X.",
        ),
        (
            wording.watched("B", goal=Goal.OPENED, shares="24.0% against 20.0%", minutes=240),
            "B is likely better so far: opened sooner, 24.0% against 20.0% within 4 h of sending.",
        ),
        (
            wording.watched("B", goal=Goal.ORDERED, shares=None, minutes=240),
            "B is likely better so far: ordered sooner than others due at the same time.",
        ),
        (
            wording.watched("B", goal=Goal.ORDERED, shares="24.0% against 20.0%", minutes=None),
            "B is likely better so far: ordered sooner than others due at the same time.",
        ),
        (
            wording.better(
                "B", goal=Goal.OPENED, compared="twice as A", shares="2% against 1%", minutes=60
            ),
            "B is better: opened twice as A, 2% against 1% within 1 h of sending.",
        ),
        (
            wording.better("B", goal=Goal.OPENED, compared="twice as A", shares=None, minutes=60),
            "B is better: opened twice as A, within 1 h.",
        ),
        (wording.than_any(1.05), "at least 1.05 times as often as any other group"),
        (
            wording.too_few_for_a_range(Goal.OPENED),
            "Decided: no clear difference. There are too few opens to say how large one may be.",
        ),
        (
            wording.if_there_is_one("A", 0.81, 1.17, goal=Goal.OPENED),
            "Decided: no clear difference. If there is one, A is opened 0.81 to 1.17 times as "
            "often.",
        ),
        (
            wording.at_most(1.48, goal=Goal.OPENED, some_differ=True),
            "Decided: no group is clearly better than all others. No group is opened more than "
            "1.48 times as often as another.",
        ),
        (
            wording.at_most(None, goal=Goal.OPENED, some_differ=True),
            "Decided: no group is clearly better than all others.",
        ),
        (
            wording.at_most(None, goal=Goal.OPENED, some_differ=False),
            "Decided: no clear difference.",
        ),
        (
            wording.no_difference(1.15),
            "No difference worth acting on: they are within 15% of each other.",
        ),
        (
            wording.no_difference(2),
            "No difference worth acting on: they are within 100% of each other.",
        ),
        (
            wording.not_confirmed(minutes=4320, name="B", goal=Goal.OPENED, decided="So."),
            "Not confirmed at 72 h: B was opened sooner. So.",
        ),
        (
            wording.flips(with_machine="A", without="B", goal=Goal.OPENED),
            "A leads only when machine opens are counted; without them B leads.",
        ),
        (
            wording.unbalanced(Why.SPLIT, goal=Goal.OPENED, figures=["5,200", "4,800"]),
            "The groups were not split as planned (5,200 / 4,800), so we won't compare their "
            "opens.",
        ),
        (
            wording.unbalanced(Why.MARKED_BEFORE, goal=Goal.CLICKED, figures=["A 3.0%", "B 0.0%"]),
            "Too different shares of the groups were marked before they were due (bounced and so "
            "on): A 3.0% / B 0.0%, so we won't compare their clicks.",
        ),
        (
            wording.unbalanced(Why.MARKED_AFTER, goal=Goal.CLICKED, figures=["A 3.0%", "B 0.0%"]),
            "Too different shares of the groups were marked after they were due (bounced and so "
            "on): A 3.0% / B 0.0%, so we won't compare their clicks.",
        ),
        (
            wording.sent_apart(["A", "B"], goal=Goal.OPENED),
            "A and B were not sent to at the same times, so we won't compare their opens.",
        ),
        (
            wording.too_late(["A", "B", "C"], goal=Goal.OPENED),
            "Too few contacts of A, B and C are due by the cut-off, so we won't compare the "
            "groups' opens.",
        ),
        (
            wording.mailed_again(1),
            "1 contact was mailed again: it takes no part in the comparison, nor do those sent to "
            "at the same times in the decision.",
        ),
        (
            wording.mailed_again(1200),
            "1,200 contacts were mailed again: they take no part in the comparison, nor do those "
            "sent to at the same times in the decision.",
        ),
        (
            wording.now_within("2% against 1%", 600),
            "By now: 2% against 1% within 10 h of sending.",
        ),
        (
            wording.changed_since([wording.change("B", Rate(1200, 5000), Rate(1010, 5000))]),
            "Counts have changed since it was decided: B 1,200 of 5,000 then, 1,010 of 5,000 now.",
        ),
        (
            wording.stop("B", GuardRail.COMPLAINTS, shares="2% against 1%"),
            "Stop B: more of its contacts complain, 2% against 1%.",
        ),
        (wording.stop("B", GuardRail.BOUNCES, shares=None), "Stop B: more of its mails bounce."),
        (
            wording.stop("B", GuardRail.WITHDRAWALS, shares=None),
            "Stop B: more of its contacts withdraw.",
        ),
        (
            wording.stop("B", GuardRail.CONSENT, shares="2.0% against 0.3%"),
            "Stop B: more of its people withdrew consent, 2.0% against 0.3%.",
        ),
    ],
)
def test_sentences(sentence, expected):
    assert sentence == expected


@pytest.mark.parametrize(
    ("goal", "one", "many"),
    [
        (Goal.OPENED, "1 open", "2 opens"),
        (Goal.CLICKED, "1 click", "2 clicks"),
        (Goal.REDEEMED, "1 redemption", "2 redemptions"),
        (Goal.ORDERED, "1 order", "2 orders"),
    ],
)
def test_events_of_each_goal(goal, one, many):
    assert (wording.events(goal, 1), wording.events(goal, 2)) == (one, many)
    assert wording.events(goal, 0) == many.replace("2", "0")


@pytest.mark.parametrize(
    ("measured", "of", "said", "decided"),
    [
        (60, 60, wording.TOO_SMALL, wording.DECIDED_TOO_SMALL),
        (
            40,
            5000,
            "Too few to compare: only 40 of 5,000 contacts may be measured.",
            "Decided: too few to compare: only 40 of 5,000 contacts may be measured.",
        ),
        (
            0,
            5000,
            "Nothing to compare: none of the 5,000 contacts may be measured.",
            "Decided: nothing to compare: none of the 5,000 contacts may be measured.",
        ),
    ],
)
def test_too_small_says_of_how_many_may_be_measured(measured, of, said, decided):
    assert wording.too_small(measured, of=of) == said
    assert wording.too_small(measured, of=of, is_decided=True) == decided


def test_a_group_left_out_for_its_size_says_how_many_may_be_measured():
    assert wording.left_out("Blue", Why.TOO_SMALL, measured=40, of=5000) == (
        "Blue is too small to compare: only 40 of its 5,000 contacts may be measured."
    )
    assert wording.left_out("Blue", Why.TOO_SMALL, measured=40, of=40) == (
        "Blue is too small to compare."
    )


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (Why.TOO_SMALL, "Blue is too small to compare."),
        (
            Why.TOO_LATE,
            "Blue is not compared: too few of its contacts are due by the cut-off.",
        ),
        (Why.SENT_APART, "Blue is not compared: it was sent to at other times."),
        (Why.SPLIT, "Blue is not compared: its size is not the planned one."),
        (
            Why.MARKED_BEFORE,
            "Blue is not compared: another share of it was marked (bounced and so on).",
        ),
        (
            Why.MARKED_AFTER,
            "Blue is not compared: another share of it was marked (bounced and so on).",
        ),
    ],
)
def test_a_group_that_is_left_out_is_told_with_the_reason(why, expected):
    assert wording.left_out("Blue", why) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_lists(parts, expected):
    assert wording.listed(parts) == expected


def test_a_stored_sentence_is_given_the_names_of_today():
    text = f"{wording.placeholder(2)} is better than {wording.placeholder(13)}, {{group}} and {{2}}"
    assert text.startswith("{group 2} is")
    names = {2: "B", 13: "M {group 2}"}
    said = wording.named(text, names.__getitem__)
    assert said == "B is better than M {group 2}, {group} and {2}"
