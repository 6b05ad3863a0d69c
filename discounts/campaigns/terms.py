"""Validates the terms of a discount campaign; pure.

Errors use the API's field names: `total_budget`, not the column that holds it.
"""

from datetime import datetime
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

from discounts.money import LARGEST_MINOR, PERCENT_DIGITS, to_decimal
from discounts.rules import WHOLE_PERCENTAGE
from discounts.types import DiscountType
from foundation.errors import InvalidInput

NAME_LENGTH = 200
ZONE_LENGTH = 64
MOST_USES_PER_DAY = 1_000_000
# The local zone of the reading machine, and the placeholder of an unconfigured one.
NO_PLACES = {"localtime", "Factory"}
PERCENTAGE = "discount_percentage"
# The limits of each amount in minor units; of the percentage in hundredths.
SMALLEST_AND_LARGEST = {
    PERCENTAGE: (1, WHOLE_PERCENTAGE),
    "discount_flat": (1, LARGEST_MINOR),
    "max_discount_amount": (1, LARGEST_MINOR),
    "min_cart_value": (0, LARGEST_MINOR),
    "total_budget": (1, LARGEST_MINOR),
}


class CampaignTerms(Protocol):
    """The columns of a campaign that are validated."""

    name: str
    discount_type: str
    discount_percentage_hundredths: int | None
    discount_flat_minor: int | None
    max_discount_amount_minor: int | None
    min_cart_value_minor: int
    start_date: datetime
    end_date: datetime
    timezone: str
    total_budget_minor: int
    used_budget_minor: int
    currency_digits: int
    max_usage_per_customer_per_day: int


def check(campaign: CampaignTerms) -> None:
    """Raises InvalidInput for the first broken rule across fields, or for all invalid single
    fields.
    """
    _check_kind(campaign)
    if campaign.end_date <= campaign.start_date:
        raise InvalidInput.field(
            "end_date", "end_date must be after start_date", rule="end_before_start"
        )
    errors = _field_errors(campaign)
    if errors:
        raise InvalidInput.fields(
            {name: [sentence] for name, sentence in errors.items()}, rule="field_limits"
        )
    if campaign.total_budget_minor < campaign.used_budget_minor:
        used = to_decimal(campaign.used_budget_minor, digits=campaign.currency_digits)
        raise InvalidInput.field(
            "total_budget",
            f"total_budget can't be less than the {used} that are used already",
            rule="budget_below_used",
        )


@cache
def zones() -> frozenset[str]:
    """The names of the time zones a campaign may have, such as Europe/Berlin.

    Without alternative sets such as those with leap seconds ("right/Europe/Berlin").
    """
    return frozenset(available_timezones() - NO_PLACES)


def is_zone(name: str) -> bool:
    return name in zones()


def digits_of(name: str, *, currency_digits: int) -> int:
    """How many decimals the field of that name has."""
    return PERCENT_DIGITS if name == PERCENTAGE else currency_digits


def _check_kind(campaign: CampaignTerms) -> None:
    percentage, flat = campaign.discount_percentage_hundredths, campaign.discount_flat_minor
    if percentage is None and flat is None:
        raise InvalidInput(
            "Either discount_percentage or discount_flat must be provided", rule="no_kind"
        )
    if percentage is not None and flat is not None:
        raise InvalidInput(
            "Cannot specify both discount_percentage and discount_flat", rule="two_kinds"
        )


def _field_errors(campaign: CampaignTerms) -> dict[str, str]:
    wholes = {
        PERCENTAGE: campaign.discount_percentage_hundredths,
        "discount_flat": campaign.discount_flat_minor,
        "max_discount_amount": campaign.max_discount_amount_minor,
        "min_cart_value": campaign.min_cart_value_minor,
        "total_budget": campaign.total_budget_minor,
    }
    errors = {}
    for name, (smallest, largest) in SMALLEST_AND_LARGEST.items():
        whole = wholes[name]
        if whole is not None and not smallest <= whole <= largest:
            digits = digits_of(name, currency_digits=campaign.currency_digits)
            least, most = (to_decimal(bound, digits=digits) for bound in (smallest, largest))
            errors[name] = f"Give a number between {least} and {most}."
    if not 1 <= len(campaign.name.strip()) <= NAME_LENGTH:
        errors["name"] = f"Give a name of 1 to {NAME_LENGTH} characters."
    if campaign.discount_type not in list(DiscountType):
        errors["discount_type"] = f"Say {' or '.join(DiscountType)}."
    if not is_zone(campaign.timezone):
        errors["timezone"] = "Give a time zone such as Europe/Berlin."
    if not 1 <= campaign.max_usage_per_customer_per_day <= MOST_USES_PER_DAY:
        limits = f"1 and {MOST_USES_PER_DAY:,}"
        errors["max_usage_per_customer_per_day"] = f"Give a whole number between {limits}."
    return errors
