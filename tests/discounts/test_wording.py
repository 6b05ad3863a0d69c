"""Sentences on discounts for customers and shops."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from discounts import wording
from discounts.money import LARGEST_MINOR, Currency, currency_by_code
from discounts.rules import Allowance, Refusal, evaluate
from tests.discounts.factories import NOW, basket, terms

HERE = {"zone": "Asia/Kolkata"}


def decide(*, cart=60_000, delivery=0, uses=0, **changes):
    return evaluate(terms(**changes), basket(cart, delivery), Allowance(used_today=uses), now=NOW)


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("INR", "₹1,23,456.78"),
        ("EUR", "€123,456.78"),
        ("USD", "$123,456.78"),
        ("JPY", "¥12,345,678"),
        ("KRW", "₩12,345,678"),
        ("VND", "₫12,345,678"),
        ("IDR", "Rp 12.345.678"),
        ("KWD", "KWD 12,345.678"),
        ("CHF", "CHF 123'456.78"),
    ],
)
def test_money_in_its_currency(currency, text):
    found = wording.money(12_345_678, currency=currency_by_code(currency))
    assert found.replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("currency", "locale", "text"),
    [
        ("INR", "hi_IN", "₹1,23,456.78"),
        ("EUR", "de_DE", "123.456,78 €"),
        ("IDR", "id_ID", "Rp 12.345.678"),
        ("VND", "vi_VN", "12.345.678 ₫"),
        ("JPY", "ja_JP", "￥12,345,678"),
        ("KRW", "ko_KR", "₩12,345,678"),
    ],
)
def test_money_as_a_locale_writes_it(currency, locale, text):
    found = wording.money(12_345_678, currency=currency_by_code(currency, locale=locale))
    assert found.replace("\N{NO-BREAK SPACE}", " ") == text


def test_stored_decimals_are_shown_even_if_the_currency_has_others_now():
    assert wording.money(121_050, currency=Currency("JPY", 2)) == "¥1,210.50"


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        (0, "₹90,07,19,92,54,74,09,91"),
        (2, "₹90,07,19,92,54,74,09.91"),
        (3, "₹9,00,71,99,25,47,40.991"),
    ],
)
def test_the_largest_amount_is_shown_to_its_last_digit(digits, text):
    found = wording.money(LARGEST_MINOR, currency=Currency("INR", digits, "en_IN"))
    assert found.replace(",", "") == text.replace(",", "")


@pytest.mark.parametrize(
    ("hundredths", "text"), [(3500, "35%"), (1250, "12.5%"), (1, "0.01%"), (10_000, "100%")]
)
def test_percentages(hundredths, text):
    assert wording.percentage(hundredths) == text


def test_savings_of_a_percentage():
    decision = decide(percentage_hundredths=3500)
    assert wording.savings(decision) == "35% off (₹210.00)"


def test_savings_of_a_flat_amount_are_what_is_saved():
    decision = decide(percentage_hundredths=None, flat_minor=5000, cart=3000)
    assert wording.savings(decision) == "₹30.00 off"


REASONS = [
    ({"min_cart_value_minor": 64_000}, "min_cart_value", "add ₹40.00 to qualify"),
    ({"used_budget_minor": 100_000}, "budget_exhausted", "the budget is used up"),
    ({"is_targeted": True}, "not_targeted", "only for the campaign's target customers"),
    ({"uses": 1}, "daily_limit", "used once today, which is all a day allows; try again tomorrow"),
    (
        {"uses": 2, "max_usage_per_day": 2},
        "daily_limit",
        "used 2 times today, which is all a day allows; try again tomorrow",
    ),
    (
        {"start_date": datetime(2026, 3, 2, 18, tzinfo=UTC)},
        "not_started",
        "starts on 2 March 2026, 23:30 (Asia/Kolkata)",
    ),
    (
        {"end_date": datetime(2026, 3, 2, 11, tzinfo=UTC)},
        "ended",
        "ended on 2 March 2026, 16:30 (Asia/Kolkata)",
    ),
]


@pytest.mark.parametrize(("changes", "code", "sentence"), REASONS)
def test_why_a_basket_gets_nothing(changes, code, sentence):
    decision = decide(**changes)
    assert decision.refusal == code
    assert wording.refusal(decision, **HERE) == sentence


SUMMARIES = [
    (
        {"percentage_hundredths": 2000, "max_discount_minor": 50_000},
        "20% off the cart, at most ₹500.00",
        "for everybody; each customer once a day; budget ₹1,000.00, of which ₹0.00 is used.",
    ),
    (
        {"min_cart_value_minor": 100_000, "max_usage_per_day": 3, "used_budget_minor": 1234},
        "10% off the cart, for carts from ₹1,000.00",
        "for everybody; each customer up to 3 times a day; budget ₹1,000.00, of which ₹12.34 is "
        "used.",
    ),
    (
        {
            "discount_type": "delivery",
            "percentage_hundredths": None,
            "flat_minor": 5000,
            "is_targeted": True,
        },
        "₹50.00 off the delivery charge",
        "for 1,234 chosen customers; each customer once a day; budget ₹1,000.00, of which ₹0.00 "
        "is used.",
    ),
]


@pytest.mark.parametrize(("changes", "begins", "ends"), SUMMARIES)
def test_a_campaign_in_one_sentence(changes, begins, ends):
    found = wording.summary(terms(**changes), **HERE, targets=1234)
    dates = "from 1 March 2026, 17:30 until 3 March 2026, 17:30 (Asia/Kolkata)"
    assert found == f"{begins}; {dates}; {ends}"


def test_one_customer_is_singular():
    found = wording.summary(terms(is_targeted=True), **HERE, targets=1)
    assert "; for 1 chosen customer; " in found


def test_every_reason_has_its_words():
    for refusal in Refusal:
        assert wording.refusal(replace(decide(), refusal=refusal), **HERE)
