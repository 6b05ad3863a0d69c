"""The request and response formats of customers and discount campaigns.

Amounts are numbers with the decimals of their currency; internally they are minor units.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import (
    ChoiceField,
    IdField,
    MomentField,
    NumberField,
    TextField,
    TrueOrFalseField,
)
from api.shapes.campaigns import example
from discounts.amounts import read_amount, round_amount
from discounts.campaigns.terms import (
    MOST_USES_PER_DAY,
    NAME_LENGTH,
    PERCENTAGE,
    SMALLEST_AND_LARGEST,
    ZONE_LENGTH,
    is_zone,
)
from discounts.currencies import shop_currency
from discounts.customers import NAME_LENGTH as CUSTOMER_NAME_LENGTH
from discounts.models import Customer, DiscountCampaign, DiscountUsage
from discounts.money import PERCENT_DIGITS, to_decimal
from discounts.queries import reason_now
from discounts.rules import InactiveReason, Status
from discounts.targets import SHOWN_CUSTOMERS, Targets
from discounts.types import DiscountType
from foundation.parsing import BadValue, read_id
from foundation.personal_data.addresses import EMAIL_LENGTH

DESCRIPTION_LENGTH = 5000
MOST_TARGETS = 1_000_000
# Replaces the e-mail and name of an erased customer.
ERASED = "erased"
TYPES = [kind.value for kind in DiscountType]
WHENCE = " or ".join(f"from the {kind.facts.what}" for kind in DiscountType)
STATUSES = [status.value for status in Status]
REASONS = [reason.value for reason in InactiveReason]


# --- Fields ---------------------------------------------------------------------------------


class AmountField(serializers.Field):
    """A number with a limited number of decimals, converted to minor units.

    The decimals are those of the row's campaign, or of the shop's currency if there is no row yet.
    With `rounded`, additional decimals are rounded half up.
    """

    def __init__(
        self, *, smallest: int, largest: int, rounded: bool = False, **kwargs: Any
    ) -> None:
        self.smallest, self.largest, self.rounded = smallest, largest, rounded
        super().__init__(**kwargs)
        digits = self.digits_of(None)
        least, most, unit = (
            float(to_decimal(minor, digits=digits)) for minor in (smallest, largest, 1)
        )
        schema: dict[str, object] = {"type": "number", "format": "double"}
        schema |= {"minimum": least, "maximum": most}
        if not rounded:
            schema["multipleOf"] = unit
        extend_schema_field(schema)(self)  # type: ignore[type-var]  # it takes fields, too

    def digits_of(self, row: DiscountCampaign | DiscountUsage | None) -> int:
        if row is None:
            return shop_currency().digits
        campaign = row.campaign if isinstance(row, DiscountUsage) else row
        return campaign.currency_digits

    def to_internal_value(self, data: object) -> int:
        digits = self.digits_of(getattr(self.parent, "instance", None))
        read = round_amount if self.rounded else read_amount
        try:
            return read(data, smallest=self.smallest, largest=self.largest, digits=digits)
        except BadValue as error:
            raise serializers.ValidationError(str(error)) from None

    def get_attribute(
        self, instance: DiscountCampaign | DiscountUsage
    ) -> int | float | Decimal | None:
        return shown_number(super().get_attribute(instance), digits=self.digits_of(instance))

    def to_representation(self, value: object) -> object:
        return value


class PercentageField(AmountField):
    """A percentage, converted to hundredths."""

    def digits_of(self, row: DiscountCampaign | DiscountUsage | None) -> int:
        return PERCENT_DIGITS


def shown_number(whole: int | None, *, digits: int) -> int | float | Decimal | None:
    """An amount as a JSON number; a float if its shortest representation is exact."""
    if whole is None or not digits:
        return whole
    exact = to_decimal(whole, digits=digits)
    shown = float(exact)
    return shown if Decimal(str(shown)) == exact else exact


def amount(name: str, **kwargs: Any) -> AmountField:
    """A campaign's amount or percentage by field name, within its limits."""
    smallest, largest = SMALLEST_AND_LARGEST[name]
    kind, unit = (PercentageField, "hundredths") if name == PERCENTAGE else (AmountField, "minor")
    return kind(smallest=smallest, largest=largest, source=f"{name}_{unit}", **kwargs)


def shown_amount(source: str, **kwargs: Any) -> AmountField:
    """An amount in responses only."""
    largest = SMALLEST_AND_LARGEST["total_budget"][1]
    return AmountField(smallest=0, largest=largest, source=source, read_only=True, **kwargs)


@extend_schema_field({"type": "array", "items": {"type": "integer", "minimum": 1}})
class IdsField(serializers.Field):
    """A list of ids, optimised for a hundred thousand of them."""

    def to_internal_value(self, data: object) -> list[int]:
        if not isinstance(data, list):
            raise serializers.ValidationError("Give a list of ids.")
        if len(data) > MOST_TARGETS:
            raise serializers.ValidationError(f"Give at most {MOST_TARGETS:,} ids.")
        try:
            return [read_id(value) for value in data]
        except BadValue:
            raise serializers.ValidationError("Give ids: whole numbers from 1.") from None

    def to_representation(self, value: object) -> object:
        return value


# --- Customers ------------------------------------------------------------------------------

CUSTOMER = {"email": "ann@example.com", "name": "Ann Lee"}
CUSTOMER_ANSWER = {"id": 1, **CUSTOMER, "created_at": "2026-02-20T10:00:00Z"}


@extend_schema_serializer(
    examples=[
        example("A customer to send", CUSTOMER, request_only=True),
        example("A customer", CUSTOMER_ANSWER, response_only=True),
    ]
)
class CustomerSerializer(serializers.Serializer):
    id = IdField(read_only=True)
    # The core parses the address: it accepts more forms than a pattern could.
    email = TextField(
        max_length=EMAIL_LENGTH,
        help_text="Stored encrypted; one customer per address, in whatever case.",
    )
    name = TextField(max_length=CUSTOMER_NAME_LENGTH, help_text="Stored encrypted.")
    created_at = MomentField(read_only=True)

    def to_representation(self, customer: Customer) -> dict[str, object]:
        return super().to_representation(customer) | shown_person(customer)


def shown_person(customer: Customer) -> dict[str, str]:
    """E-mail and name, or their placeholder."""
    email, name = customer.email, customer.name
    if customer.erased_at is not None or email is None or name is None:
        return {"email": ERASED, "name": ERASED}
    return {"email": email, "name": name}


# --- Campaigns ------------------------------------------------------------------------------

CAMPAIGN = {
    "name": "Spring sale",
    "description": "A third off, up to 300.",
    "discount_type": "cart",
    "discount_percentage": 35,
    "start_date": "2026-03-01T00:00:00Z",
    "end_date": "2026-04-01T00:00:00Z",
    "total_budget": 10000,
    "max_usage_per_customer_per_day": 1,
    "min_cart_value": 100,
    "max_discount_amount": 300,
    "is_targeted": True,
    "target_customer_ids": [1],
    "timezone": "Asia/Kolkata",
}
CAMPAIGN_ANSWER = {
    "id": 1,
    **CAMPAIGN,
    "discount_flat": None,
    "currency": "INR",
    "currency_digits": 2,
    "status": "active",
    "inactive_reason": None,
    "used_budget": 210.0,
    "created_at": "2026-02-20T10:00:00Z",
    "updated_at": "2026-02-20T10:00:00Z",
    "targeted_customers": [CUSTOMER_ANSWER],
    "targeted_customers_count": 1,
}


@extend_schema_serializer(
    examples=[
        example("A campaign to send", CAMPAIGN, request_only=True),
        example("A campaign", CAMPAIGN_ANSWER, response_only=True),
    ]
)
class DiscountCampaignSerializer(serializers.Serializer):
    """Exactly one of `discount_percentage` and `discount_flat` is set.

    Amounts are in `currency`: the server's when the campaign was created, permanently.
    """

    id = IdField(read_only=True)
    name = TextField(max_length=NAME_LENGTH)
    description = TextField(
        max_length=DESCRIPTION_LENGTH, allow_blank=True, allow_null=True, required=False
    )
    discount_type = ChoiceField(choices=TYPES, help_text=f"Whether it takes {WHENCE}.")
    discount_percentage = amount("discount_percentage", allow_null=True, required=False)
    discount_flat = amount("discount_flat", allow_null=True, required=False)
    start_date = MomentField(help_text="A time without a zone is in the server's zone.")
    end_date = MomentField(help_text="After start_date; the campaign applies until just before.")
    total_budget = amount("total_budget", help_text="At least what is already used.")
    max_usage_per_customer_per_day = NumberField(
        min_value=1, max_value=MOST_USES_PER_DAY, required=False, help_text="1 if left out."
    )
    min_cart_value = amount("min_cart_value", required=False, help_text="0 if left out.")
    max_discount_amount = amount(
        "max_discount_amount", allow_null=True, required=False, help_text="null: no cap."
    )
    is_targeted = TrueOrFalseField(
        required=False, help_text="Whether only target_customer_ids get it; false if left out."
    )
    target_customer_ids = IdsField(required=False, help_text="Customers, in the order of ids.")
    timezone = TextField(
        max_length=ZONE_LENGTH,
        allow_null=True,
        required=False,
        help_text="Its midnight starts a customer's day; the server's if left out.",
    )
    currency = serializers.CharField(read_only=True, help_text="Of every amount: ISO 4217.")
    currency_digits = serializers.IntegerField(
        read_only=True, min_value=0, help_text="How many decimals the amounts may have."
    )
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    inactive_reason = serializers.ChoiceField(choices=REASONS, read_only=True, allow_null=True)
    used_budget = shown_amount("used_budget_minor")
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)
    targeted_customers = CustomerSerializer(
        many=True, read_only=True, help_text=f"The first {SHOWN_CUSTOMERS} of them."
    )
    targeted_customers_count = serializers.IntegerField(read_only=True, min_value=0)

    def validate_description(self, value: str | None) -> str:
        return value or ""

    def validate_timezone(self, value: str | None) -> str | None:
        if value is not None and not is_zone(value):
            raise serializers.ValidationError("Give a time zone such as Europe/Berlin.")
        return value


@extend_schema_serializer(component_name="DiscountCampaign")
class WrittenDiscountCampaignSerializer(DiscountCampaignSerializer):
    """Give either `discount_percentage` or `discount_flat`."""

    status = ChoiceField(
        choices=STATUSES,
        required=False,
        help_text="inactive switches it off until it is set to active again.",
    )


def described(campaign: DiscountCampaign, targets: Targets, *, now: datetime) -> dict[str, object]:
    """A campaign in its serializer's format, with its current status."""
    reason = reason_now(campaign, now=now)
    campaign.inactive_reason = reason and reason.value
    campaign.status = (Status.ACTIVE if reason is None else Status.INACTIVE).value
    # In responses only.
    vars(campaign).update(
        target_customer_ids=targets.ids,
        targeted_customers=targets.customers,
        targeted_customers_count=targets.count,
    )
    return DiscountCampaignSerializer(campaign).data
