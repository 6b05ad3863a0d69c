"""The sentence on the day on which a budget runs out."""

from datetime import UTC, datetime, timedelta

import pytest

from discounts.performance.forecast_text import outlook
from discounts.rules import InactiveReason
from tests.discounts.factories import terms

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
WEEK = [80, 90, 140, 100, 80, 120, 90]


def said(complete, *, left=1000, **changes):
    own = terms(
        start_date=NOW - 10 * DAY,
        **{"end_date": END, "total_budget_minor": 10_000, "used_budget_minor": 10_000 - left}
        | changes,
    )
    return outlook(own, complete, zone="UTC", now=NOW)


@pytest.mark.parametrize(
    ("changes", "title", "sentence"),
    [
        ({"left": 0}, "Is used up", "The budget is used up."),
        ({"left": 0, "end_date": NOW}, "Is used up", "The budget is used up."),
        (
            {"end_date": NOW},
            "Has ended, ₹10.00 left",
            "The campaign ended on 20 March 2026, 12:00 (UTC); ₹10.00 were left.",
        ),
        (
            {"inactive_reason": InactiveReason.MANUAL},
            "Switched off",
            "The campaign is switched off: it uses nothing.",
        ),
    ],
)
def test_a_campaign_that_uses_nothing_more_has_no_forecast(changes, title, sentence):
    found = said(WEEK, **changes)
    assert (found.title, found.sentence, found.basis) == (title, sentence, "")


def test_a_planned_campaign_says_when_it_begins():
    own = terms(start_date=NOW + DAY, end_date=END)
    found = outlook(own, [], zone="UTC", now=NOW)
    assert found.sentence == "The campaign starts on 21 March 2026, 12:00 (UTC)."


@pytest.mark.parametrize(
    ("days", "words"), [(0, "0 complete days"), (1, "1 complete day"), (6, "6 complete days")]
)
def test_a_few_days_are_too_early(days, words):
    found = said([100] * days)
    assert found.title == "Too early to say"
    assert found.sentence.startswith(f"Too early to say after {words}. A forecast needs 7 ")


def test_days_without_usages_give_no_date():
    found = said([500] + [0] * 7)
    assert (
        found.sentence
        == "Nothing was used in the last 7 complete days, so the budget does not run out."
    )


@pytest.mark.parametrize(
    ("spent", "end", "title", "sentence"),
    [
        (
            WEEK,
            30,
            "Used up from 28 March 2026 to 2 April 2026",
            "The budget is used up around 30 March 2026, between 28 March 2026 and 2 April 2026; "
            "the campaign ends on 19 April 2026, 12:00 (UTC).",
        ),
        (
            [250] * 7,
            30,
            "Used up on 24 March 2026",
            "The budget is used up on 24 March 2026; the campaign ends on 19 April 2026, 12:00 "
            "(UTC).",
        ),
        (
            WEEK,
            11,
            "Used up around 30 March 2026",
            "The budget is likely used up around 30 March 2026: on 28 March 2026 at the earliest, "
            "perhaps not before the campaign ends on 31 March 2026, 12:00 (UTC).",
        ),
        (
            WEEK,
            9,
            "Likely lasts until the end",
            "The budget likely outlasts the campaign, which ends on 29 March 2026, 12:00 (UTC), "
            "but may be used up from 28 March 2026 on.",
        ),
        (
            WEEK,
            5,
            "Lasts until the end",
            "The budget very likely outlasts the campaign, until 25 March 2026, 12:00 (UTC).",
        ),
    ],
)
def test_the_range_ends_with_the_campaign(spent, end, title, sentence):
    found = said(spent, end_date=NOW + end * DAY)
    assert (found.title, found.sentence) == (title, sentence)
    assert found.basis.startswith("From the last 7 complete days, which used ₹")
    assert "nine times in ten" in found.basis


def test_days_are_those_of_the_zone():
    own = terms(start_date=NOW - 10 * DAY, end_date=END, used_budget_minor=99_000)
    found = outlook(own, [250] * 7, zone="Asia/Tokyo", now=NOW + DAY / 6)
    assert found.title == "Used up on 25 March 2026"
