"""Why a discount does not apply, and what would change that."""

from datetime import UTC, datetime

import pytest

from discounts.money import currency_by_code
from discounts.rules import Allowance, InactiveReason, Refusal, evaluate
from discounts.simulation import obstacles
from discounts.types import DiscountType
from tests.discounts.factories import DAY, NOW, basket, terms

KOLKATA = "Asia/Kolkata"


def said(*, cart=60_000, delivery=0, uses=0, now=NOW, **changes):
    decision = evaluate(
        terms(**changes), basket(cart, delivery), Allowance(used_today=uses), now=now
    )
    found = obstacles(decision, zone=KOLKATA, now=now)
    return [(one.reason, one.remedy) for one in found]


def test_a_discount_that_applies_has_no_obstacles():
    assert said() == []


TABLE = [
    (
        {"currency": currency_by_code("EUR")},
        "Its amounts are in EUR, and the basket's are not.",
        "Make a campaign in the shop's currency.",
    ),
    ({"inactive_reason": InactiveReason.MANUAL}, "It is switched off.", "Activate the campaign."),
    ({"used_budget_minor": 100_000}, "Its budget of ₹1,000.00 is used up.", "Raise the budget."),
    (
        {"start_date": datetime(2026, 3, 2, 18, tzinfo=UTC)},
        "It starts on 2 March 2026, 23:30 (Asia/Kolkata).",
        "Wait until then, or give it an earlier start.",
    ),
    ({"end_date": NOW}, "It ended on 2 March 2026, 17:30 (Asia/Kolkata).", "Give it a later end."),
    (
        {"is_targeted": True},
        "It is for chosen customers, and this one is not among them.",
        "Add the customer to those whom it is for.",
    ),
    (
        {"min_cart_value_minor": 64_000},
        "It is for carts from ₹640.00.",
        "Add ₹40.00 to qualify.",
    ),
    (
        {"uses": 1},
        "Used once on 2 March 2026, which is all a day allows.",
        "Again from 3 March 2026, 00:00 (Asia/Kolkata), or allow more uses a day.",
    ),
    (
        {"uses": 2, "max_usage_per_day": 2, "end_date": datetime(2026, 3, 2, 18, 30, tzinfo=UTC)},
        "Used 2 times on 2 March 2026, which is all a day allows.",
        "Allow more uses a day; it ends before the next day begins.",
    ),
    (
        {"discount_type": DiscountType.DELIVERY},
        "There is no delivery charge.",
        "Ask with a delivery charge.",
    ),
    (
        {"percentage_hundredths": 1, "cart": 100},
        "Its share of so little is nothing.",
        "Ask with a larger amount.",
    ),
]


@pytest.mark.parametrize(("changes", "reason", "remedy"), TABLE)
def test_each_obstacle_has_a_reason_and_a_remedy(changes, reason, remedy):
    assert said(**changes) == [(reason, remedy)]


def test_all_obstacles_are_listed_so_that_each_remedy_works():
    found = said(min_cart_value_minor=64_000, uses=1, is_targeted=True)
    assert [remedy[:3] for _, remedy in found] == ["Add", "Add", "Aga"]
    assert len(found) == 3


def test_a_use_counts_for_the_day_of_the_moment_that_is_asked_about():
    [(reason, _)] = said(uses=1, now=NOW + DAY / 2 + DAY / 12)
    assert "on 3 March 2026" in reason


def test_every_refusal_has_words():
    covered = {refusal for changes, _, _ in TABLE for refusal in codes(**changes)}
    assert covered == set(Refusal)


def codes(*, cart=60_000, uses=0, **changes):
    own = terms(**changes)
    return evaluate(own, basket(cart), Allowance(used_today=uses), now=NOW).obstacles
