"""A campaign's performance in words."""

from datetime import date

import pytest

from discounts.performance.in_words import days_summary, pace_summary, reason_in_words, share
from discounts.performance.pace import DayOfUse
from discounts.rules import Refusal
from tests.discounts.factories import DAY, NOW, terms


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 100_000, "0.0%"),
        (1, 100_000, "under 0.1%"),
        (24_680, 100_000, "24.6%"),
        (99_999, 100_000, "99.9%"),
        (100_000, 100_000, "100.0%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_everything(part, whole, words):
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("used", "ends"),
    [
        (60_000, "(60.0%), ₹100.00 more than at an even pace (₹500.00)."),
        (40_000, "(40.0%), ₹100.00 less than at an even pace (₹500.00)."),
        (50_000, "(50.0%), exactly at an even pace."),
    ],
)
def test_the_budget_against_an_even_pace(used, ends):
    assert pace_summary(terms(), used, now=NOW).endswith(ends)


def test_before_the_start_there_is_no_pace():
    said = pace_summary(terms(), 0, now=NOW - 2 * DAY)
    assert said == "₹0.00 of ₹1,000.00 are used (0.0%); the campaign has not started."


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ([], "Nobody has used it yet."),
        ([0], "Nobody has used it yet."),
        ([1], "1 redemption on 1 day; the busiest was 1 March 2026 (1)."),
        ([2, 0, 1200], "1,202 redemptions on 2 days; the busiest was 3 March 2026 (1,200)."),
    ],
)
def test_the_redemptions_in_a_sentence(uses, words):
    days = [
        DayOfUse(day=date(2026, 3, n), redemptions=count, spent_minor=count, cancelled=0)
        for n, count in enumerate(uses, start=1)
    ]
    assert days_summary(days) == words


def test_every_refusal_has_its_reason():
    assert len({reason_in_words(refusal) for refusal in Refusal}) == len(Refusal)
