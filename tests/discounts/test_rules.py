"""Who gets which discount: tables of terms, baskets and decisions."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from discounts.rules import (
    Allowance,
    Basket,
    Decision,
    InactiveReason,
    Refusal,
    Status,
    Terms,
    best_first,
    evaluate,
    inactive_reason,
    local_day,
    start_of_day,
)
from discounts.types import DiscountType
from tests.discounts.factories import DAY, INR, NOW, basket, terms

MICROSECOND = timedelta(microseconds=1)


def decide(own_terms, own_basket=None, *, now=NOW, target=False, used=0):
    allowance = Allowance(is_target=target, used_today=used)
    return evaluate(own_terms, own_basket or basket(), allowance, now=now)


# As they are stored and as the API names them.
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (Status, "active inactive"),
        (InactiveReason, "manual budget_exhausted expired"),
        (
            Refusal,
            "other_currency inactive budget_exhausted not_started ended not_targeted "
            "min_cart_value daily_limit no_discount",
        ),
    ],
)
def test_refusals_have_the_names_that_are_stored_in_the_order_of_the_checks(words, expected):
    assert " ".join(words) == expected


@pytest.mark.parametrize("kind", [Terms, Basket, Allowance, Decision])
def test_facts_and_decisions_are_frozen_and_named_field_by_field(kind):
    assert kind.__dataclass_params__.frozen
    assert all(field.kw_only for field in fields(kind))


def test_facts_that_are_not_given_have_empty_defaults():
    assert Basket(currency=INR, cart_value_minor=7).delivery_charge_minor == 0
    assert Allowance() == Allowance(is_target=False, used_today=0)
    decision = Decision(terms=terms(), refusal=None, original_minor=7)
    assert (decision.discount_minor, decision.shortfall_minor, decision.obstacles) == (0, 0, ())


@pytest.mark.parametrize(
    ("digits", "cart", "delivery"), [(0, 19, 5), (1, 199, 50), (2, 1999, 509), (4, 199_900, 50_900)]
)
def test_a_basket_is_told_in_other_decimals_and_never_rounded_up(digits, cart, delivery):
    other = replace(INR, digits=digits)
    assert basket(1999, 509).with_digits(digits) == basket(cart, delivery, other)


@pytest.mark.parametrize(
    ("changes", "own_basket", "discount"),
    [
        ({}, basket(10_000), 1000),
        ({"percentage_hundredths": 1250}, basket(10_000), 1250),
        # Half a minor unit is rounded up, less than half down.
        ({"percentage_hundredths": 1250}, basket(20), 3),
        ({"percentage_hundredths": 1250}, basket(19), 2),
        ({"percentage_hundredths": 1}, basket(5000), 1),
        ({"percentage_hundredths": 10_000}, basket(1), 1),
        ({"percentage_hundredths": 10_000}, basket(10**10 - 1), 100_000),
        ({"max_discount_minor": 700}, basket(10_000), 700),
        ({"max_discount_minor": 1000}, basket(10_000), 1000),
        ({"percentage_hundredths": None, "flat_minor": 300}, basket(10_000), 300),
        ({"percentage_hundredths": None, "flat_minor": 300}, basket(200), 200),
        (
            {"percentage_hundredths": None, "flat_minor": 300, "max_discount_minor": 100},
            basket(),
            100,
        ),
        ({"used_budget_minor": 99_400}, basket(10_000), 600),
        ({"used_budget_minor": 99_999}, basket(10_000), 1),
        ({"min_cart_value_minor": 10_000}, basket(10_000), 1000),
        ({"discount_type": DiscountType.DELIVERY}, basket(10_000, 500), 50),
        (
            {
                "discount_type": DiscountType.DELIVERY,
                "percentage_hundredths": None,
                "flat_minor": 800,
            },
            basket(10_000, 500),
            500,
        ),
    ],
)
def test_the_discount_is_the_least_of_its_limits(changes, own_basket, discount):
    decision = decide(terms(**changes), own_basket)
    assert (decision.refusal, decision.discount_minor) == (None, discount)
    assert decision.final_minor == decision.original_minor - discount


@pytest.mark.parametrize(
    ("changes", "facts", "refusal"),
    [
        ({"inactive_reason": InactiveReason.MANUAL}, {}, "inactive"),
        (
            {"inactive_reason": InactiveReason.BUDGET_EXHAUSTED, "used_budget_minor": 100_000},
            {},
            "budget_exhausted",
        ),
        ({"used_budget_minor": 100_000}, {}, "budget_exhausted"),
        ({"start_date": NOW + MICROSECOND}, {}, "not_started"),
        ({"start_date": NOW}, {}, None),
        ({"end_date": NOW}, {}, "ended"),
        ({"end_date": NOW + MICROSECOND}, {}, None),
        ({"end_date": NOW, "inactive_reason": InactiveReason.EXPIRED}, {}, "ended"),
        # The sweep's mark alone decides nothing.
        ({"inactive_reason": InactiveReason.EXPIRED}, {}, None),
        ({"is_targeted": True}, {}, "not_targeted"),
        ({"is_targeted": True}, {"target": True}, None),
        ({"min_cart_value_minor": 10_001}, {}, "min_cart_value"),
        ({"discount_type": DiscountType.DELIVERY}, {"own_basket": basket(9, 900)}, None),
        (
            {"discount_type": DiscountType.DELIVERY, "min_cart_value_minor": 10},
            {"own_basket": basket(9, 900)},
            "min_cart_value",
        ),
        ({}, {"used": 1}, "daily_limit"),
        ({"max_usage_per_day": 2}, {"used": 1}, None),
        ({"max_usage_per_day": 2}, {"used": 3}, "daily_limit"),
        ({"discount_type": DiscountType.DELIVERY}, {}, "no_discount"),
        ({"percentage_hundredths": 1}, {"own_basket": basket(4999)}, "no_discount"),
    ],
)
def test_the_refusal_names_the_reason(changes, facts, refusal):
    assert decide(terms(**changes), **facts).refusal == refusal


# Each makes one check fail; they are in the order of the checks.
FAILING = [
    ("inactive", {"inactive_reason": InactiveReason.MANUAL}),
    ("budget_exhausted", {"used_budget_minor": 100_000}),
    ("not_started", {"start_date": NOW + DAY}),
    ("ended", {"end_date": NOW - DAY}),
    ("not_targeted", {"is_targeted": True}),
    ("min_cart_value", {"min_cart_value_minor": 20_000}),
    ("daily_limit", {"max_usage_per_day": 0}),
    ("no_discount", {"discount_type": DiscountType.DELIVERY}),
]


@pytest.mark.parametrize("position", range(len(FAILING)))
def test_the_first_check_that_fails_is_the_refusal(position):
    changes = {}
    for _, change in FAILING[position:]:
        changes |= change
    assert decide(terms(**changes)).refusal == FAILING[position][0]


def test_the_shortfall_is_what_the_cart_lacks():
    decision = decide(terms(min_cart_value_minor=14_000))
    assert decision.shortfall_minor == 4000
    assert decide(terms()).shortfall_minor == 0
    assert decide(terms(min_cart_value_minor=14_000, end_date=NOW)).shortfall_minor == 4000


@pytest.mark.parametrize("position", range(len(FAILING)))
def test_every_check_that_fails_is_listed(position):
    changes = {}
    for _, change in FAILING[position:]:
        changes |= change
    told = decide(terms(**changes)).obstacles
    assert list(told) == [refusal for refusal, _ in FAILING[position:]]


@pytest.mark.parametrize(("used", "exhausts"), [(99_001, True), (99_000, True), (98_999, False)])
def test_a_discount_of_all_that_is_left_exhausts_the_budget(used, exhausts):
    assert decide(terms(used_budget_minor=used)).exhausts is exhausts


def test_the_best_comes_first_then_the_earlier_end_then_the_lower_id():
    largest = decide(terms(campaign_id=9, percentage_hundredths=1001, end_date=NOW + 9 * DAY))
    sooner = decide(terms(campaign_id=8, end_date=NOW + DAY))
    lower = decide(terms(campaign_id=2, end_date=NOW + 2 * DAY))
    higher = decide(terms(campaign_id=10, end_date=NOW + 2 * DAY))
    refused = decide(terms(campaign_id=1, inactive_reason=InactiveReason.MANUAL))
    ranked = best_first([higher, refused, lower, sooner, largest])
    assert ranked == [largest, sooner, lower, higher]


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-02T23:59:59.999999+00:00", "UTC", date(2026, 3, 2)),
        ("2026-03-03T00:00:00+00:00", "UTC", date(2026, 3, 3)),
        ("2026-03-02T18:29:59+00:00", "Asia/Kolkata", date(2026, 3, 2)),
        ("2026-03-02T18:30:00+00:00", "Asia/Kolkata", date(2026, 3, 3)),
        ("2026-03-02T11:00:00+00:00", "Pacific/Kiritimati", date(2026, 3, 3)),
        ("2026-03-02T11:00:00+00:00", "Etc/GMT+12", date(2026, 3, 1)),
        # Berlin's day of 23 hours, then its day of 25.
        ("2026-03-28T22:59:59+00:00", "Europe/Berlin", date(2026, 3, 28)),
        ("2026-03-28T23:00:00+00:00", "Europe/Berlin", date(2026, 3, 29)),
        ("2026-03-29T21:59:59+00:00", "Europe/Berlin", date(2026, 3, 29)),
        ("2026-03-29T22:00:00+00:00", "Europe/Berlin", date(2026, 3, 30)),
        ("2026-10-24T22:00:00+00:00", "Europe/Berlin", date(2026, 10, 25)),
        ("2026-10-25T22:59:59+00:00", "Europe/Berlin", date(2026, 10, 25)),
        ("2026-10-25T23:00:00+00:00", "Europe/Berlin", date(2026, 10, 26)),
        # Cairo's clocks go forward at midnight: the day begins at 1:00.
        ("2026-04-23T22:00:00+00:00", "Africa/Cairo", date(2026, 4, 24)),
        ("2026-04-23T21:59:59+00:00", "Africa/Cairo", date(2026, 4, 23)),
    ],
)
def test_the_day_is_that_of_the_campaigns_zone(moment, zone, day):
    assert local_day(datetime.fromisoformat(moment), zone=zone) == day


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        (date(2026, 3, 2), "UTC", "2026-03-02T00:00:00+00:00"),
        (date(2026, 3, 3), "Asia/Kolkata", "2026-03-02T18:30:00+00:00"),
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00:00+00:00"),
        (date(2026, 3, 30), "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
    ],
)
def test_a_day_begins_at_the_midnight_of_the_campaigns_zone(day, zone, moment):
    assert start_of_day(day, zone=zone) == datetime.fromisoformat(moment)
    assert start_of_day(day, zone=zone).tzinfo is UTC


def test_the_day_does_not_depend_on_the_zone_the_moment_is_given_in():
    utc = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert local_day(utc.astimezone(), zone="Asia/Kolkata") == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("off", "used", "ended", "reason"),
    [
        (False, 9, False, None),
        (True, 9, False, "manual"),
        (True, 10, True, "manual"),
        (False, 10, False, "budget_exhausted"),
        (False, 10, True, "budget_exhausted"),
        (False, 9, True, "expired"),
    ],
)
def test_a_persons_choice_comes_before_the_budget_and_the_budget_before_the_dates(
    off, used, ended, reason
):
    end_date = NOW if ended else NOW + MICROSECOND
    facts = {"used_minor": used, "total_minor": 10, "end_date": end_date, "now": NOW}
    assert inactive_reason(switched_off=off, **facts) == reason
