"""Which terms are valid: a table of changes and the fields for which they are refused."""

from types import SimpleNamespace

import pytest

from discounts.campaigns import terms
from discounts.campaigns.terms import check, digits_of, zones
from discounts.models import DiscountCampaign
from foundation.errors import InvalidInput
from tests.discounts.factories import NOW, campaign_values

LARGEST = 2**53 - 1
DEFAULTS = {
    "discount_flat_minor": None,
    "max_discount_amount_minor": None,
    "min_cart_value_minor": 0,
    "timezone": "UTC",
    "used_budget_minor": 0,
    "currency_digits": 2,
    "max_usage_per_customer_per_day": 1,
}


def complaint(**changes):
    with pytest.raises(InvalidInput) as caught:
        check(SimpleNamespace(**DEFAULTS | campaign_values(**changes)))
    return caught.value


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"discount_percentage_hundredths": 1},
        {"discount_percentage_hundredths": 10_000},
        {"discount_flat_minor": 1},
        {"discount_flat_minor": LARGEST},
        {"max_discount_amount_minor": 1},
        {"max_discount_amount_minor": LARGEST},
        {"min_cart_value_minor": LARGEST},
        {"total_budget_minor": 1},
        {"total_budget_minor": LARGEST},
        {"total_budget_minor": 700, "used_budget_minor": 700},
        {"timezone": "America/Argentina/ComodRivadavia"},
        {"max_usage_per_customer_per_day": 1_000_000},
        {"name": "x"},
        {"name": "x" * 200},
        {"name": f" {'x' * 200} "},
    ],
)
def test_valid_terms_are_accepted(changes):
    check(SimpleNamespace(**DEFAULTS | campaign_values(**changes)))


@pytest.mark.parametrize(
    ("rule", "fields", "changes", "sentence"),
    [
        (
            "no_kind",
            [],
            {"discount_percentage_hundredths": None},
            "Either discount_percentage or discount_flat must be provided",
        ),
        (
            "two_kinds",
            [],
            {"discount_flat_minor": 1, "discount_percentage_hundredths": 1},
            "Cannot specify both discount_percentage and discount_flat",
        ),
        (
            "end_before_start",
            ["end_date"],
            {"end_date": NOW, "start_date": NOW},
            "end_date must be after start_date",
        ),
        (
            "budget_below_used",
            ["total_budget"],
            {"total_budget_minor": 699, "used_budget_minor": 700},
            "total_budget can't be less than the 7.00 that are used already",
        ),
    ],
)
def test_an_error_across_fields_is_the_whole_sentence(rule, fields, changes, sentence):
    found = complaint(**changes)
    assert (found.rule, found.detail) == (rule, sentence)
    assert found.errors == {field: [sentence] for field in fields}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"discount_percentage_hundredths": 0}, "Give a number between 0.01 and 100.00."),
        (
            {"discount_percentage_hundredths": 0, "currency_digits": 0},
            "Give a number between 0.01 and 100.00.",
        ),
        ({"total_budget_minor": 0}, "Give a number between 0.01 and 90071992547409.91."),
        (
            {"total_budget_minor": 0, "currency_digits": 0},
            "Give a number between 1 and 9007199254740991.",
        ),
        ({"min_cart_value_minor": -1}, "Give a number between 0.00 and 90071992547409.91."),
        ({"name": ""}, "Give a name of 1 to 200 characters."),
        ({"discount_type": "postage"}, "Say cart or delivery."),
        ({"timezone": "x"}, "Give a time zone such as Europe/Berlin."),
        (
            {"max_usage_per_customer_per_day": 0},
            "Give a whole number between 1 and 1,000,000.",
        ),
    ],
)
def test_a_bad_field_says_what_it_may_be(changes, sentence):
    found = complaint(**changes)
    assert (found.rule, list(found.errors.values())) == ("field_limits", [[sentence]])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"discount_percentage_hundredths": 0}, "discount_percentage"),
        ({"discount_percentage_hundredths": 10_001}, "discount_percentage"),
        ({"discount_flat_minor": 0}, "discount_flat"),
        ({"discount_flat_minor": LARGEST + 1}, "discount_flat"),
        ({"max_discount_amount_minor": 0}, "max_discount_amount"),
        ({"min_cart_value_minor": -1}, "min_cart_value"),
        ({"total_budget_minor": 0}, "total_budget"),
        ({"total_budget_minor": LARGEST + 1}, "total_budget"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"discount_type": "postage"}, "discount_type"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "Europe"}, "timezone"),
        ({"timezone": "right/Europe/Berlin"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"max_usage_per_customer_per_day": 0}, "max_usage_per_customer_per_day"),
        ({"max_usage_per_customer_per_day": 1_000_001}, "max_usage_per_customer_per_day"),
    ],
)
def test_an_invalid_field_is_named_as_it_was_sent(changes, field):
    assert list(complaint(**changes).errors) == [field]


def test_every_bad_field_is_named():
    found = complaint(name="", total_budget_minor=0, timezone="x")
    assert set(found.errors) == {"name", "total_budget", "timezone"}


def test_a_percentage_has_two_decimals_and_an_amount_its_currencys():
    assert digits_of("discount_percentage", currency_digits=3) == 2
    assert digits_of("discount_flat", currency_digits=3) == 3


@pytest.mark.parametrize(
    ("column", "longest"), [("name", terms.NAME_LENGTH), ("timezone", terms.ZONE_LENGTH)]
)
def test_a_valid_text_may_be_as_long_as_its_column(column, longest):
    assert DiscountCampaign._meta.get_field(column).max_length == longest


def test_the_zone_of_the_machine_is_not_offered(monkeypatch):
    known = {"Europe/Berlin", "UTC", "localtime", "Factory"}
    monkeypatch.setattr(terms, "available_timezones", lambda: known)
    assert zones.__wrapped__() == {"Europe/Berlin", "UTC"}
