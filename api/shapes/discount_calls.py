"""The request and response formats of the discount calls: offers, apply, cancel, history."""

import re
from functools import partial

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.base.fields import IdField, MomentField
from api.shapes.campaigns import example
from api.shapes.discounts import (
    CUSTOMER,
    TYPES,
    AmountField,
    shown_amount,
    shown_number,
    shown_person,
)
from discounts import wording
from discounts.currencies import shop_currency
from discounts.models import DiscountUsage
from discounts.money import LARGEST_MINOR, PERCENT_DIGITS
from discounts.queries import MOST_REFUSED, Offer, Offers
from discounts.rules import Refusal
from discounts.types import DiscountType
from foundation.errors import InvalidInput

LONGEST_KEY = 255
REFUSALS = [refusal.value for refusal in Refusal]
KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


def read_idempotency_key(text: str | None) -> str | None:
    """The header's value, None if it was not sent; raises InvalidInput."""
    if text is not None and not KEY.fullmatch(text):
        sentence = f"Give 1 to {LONGEST_KEY} letters, digits or signs without blanks."
        raise InvalidInput.field("Idempotency-Key", sentence)
    return text


# --- Calls ----------------------------------------------------------------------------------

ROUNDED = "Rounded half up to the minor unit of the server's currency; 0.1 + 0.2 may be sent."
BASKET = {"customer_id": 1, "cart_value": 600, "delivery_charge": 40}


class _BasketSerializer(serializers.Serializer):
    customer_id = IdField()
    cart_value = AmountField(
        smallest=1,
        largest=LARGEST_MINOR,
        rounded=True,
        source="cart_value_minor",
        help_text=ROUNDED,
    )
    delivery_charge = AmountField(
        smallest=0,
        largest=LARGEST_MINOR,
        rounded=True,
        source="delivery_charge_minor",
        required=False,
        help_text=f"0 if left out. {ROUNDED}",
    )

    def validate(self, basket: dict) -> dict:
        return basket | {"currency": shop_currency()}


@extend_schema_serializer(examples=[example("A basket", BASKET, request_only=True)])
class BasketSerializer(_BasketSerializer):
    """A customer's basket."""


@extend_schema_serializer(
    examples=[example("Apply a campaign", {"campaign_id": 1, **BASKET}, request_only=True)]
)
class ApplySerializer(_BasketSerializer):
    """A basket and the campaign to apply."""

    campaign_id = IdField()


@extend_schema_serializer(examples=[example("Cancel", {"usage_id": 1}, request_only=True)])
class CancelSerializer(serializers.Serializer):
    usage_id = IdField()


# --- Usages ---------------------------------------------------------------------------------

USAGE = {
    "id": 1,
    "campaign_id": 1,
    "customer_id": 1,
    "discount_amount": 210.0,
    "original_amount": 600.0,
    "final_amount": 390.0,
    "currency": "INR",
    "used_at": "2026-03-02T12:00:00Z",
    "cancelled_at": None,
    "campaign_name": "Spring sale",
    "discount_type": "cart",
    "customer_name": CUSTOMER["name"],
    "customer_email": CUSTOMER["email"],
    "applied_by": "shop",
    "cancelled_by": None,
}


def _user_name(field: str, help_text: str) -> serializers.CharField:
    """The name of the user in a field of the usage, null if there is none."""
    return serializers.CharField(
        source=f"{field}.username", allow_null=True, read_only=True, help_text=help_text
    )


@extend_schema_serializer(examples=[example("A usage", USAGE, response_only=True)])
class UsageSerializer(serializers.Serializer):
    """An applied discount; `original_amount` is the cart value or delivery charge."""

    id = IdField(read_only=True)
    campaign_id = IdField(read_only=True)
    customer_id = IdField(read_only=True)
    discount_amount = shown_amount("discount_amount_minor")
    original_amount = shown_amount("original_amount_minor")
    final_amount = shown_amount("final_amount_minor")
    currency = serializers.CharField(
        source="campaign.currency", read_only=True, help_text="Of the amounts: the campaign's."
    )
    used_at = MomentField(read_only=True)
    cancelled_at = MomentField(read_only=True, allow_null=True)
    campaign_name = serializers.CharField(source="campaign.name", read_only=True)
    discount_type = serializers.ChoiceField(choices=TYPES, read_only=True)
    customer_name = serializers.SerializerMethodField(help_text='"erased" once it was.')
    customer_email = serializers.SerializerMethodField(help_text='"erased" once it was.')
    applied_by = _user_name("applied_by", "Who applied it; null where that is not known any more.")
    cancelled_by = _user_name("cancelled_by", "Who cancelled it; null as well where nobody did.")

    def get_customer_name(self, usage: DiscountUsage) -> str:
        return shown_person(usage.customer)["name"]

    def get_customer_email(self, usage: DiscountUsage) -> str:
        return shown_person(usage.customer)["email"]


@extend_schema_serializer(
    examples=[example("A history", {"Count": 1, "value": [USAGE]}, response_only=True)], many=False
)
class HistorySerializer(serializers.Serializer):
    """`Count` is the total number, whatever skip and limit."""

    Count = serializers.IntegerField(read_only=True, min_value=0)
    value = UsageSerializer(many=True, read_only=True)


# --- Offers ---------------------------------------------------------------------------------


class OfferSerializer(serializers.Serializer):
    """A discount that the basket may get: a percentage or a flat amount."""

    campaign_id = IdField()
    campaign_name = serializers.CharField()
    discount_type = serializers.ChoiceField(choices=TYPES)
    discount_percentage = serializers.FloatField(allow_null=True)
    discount_flat = serializers.FloatField(allow_null=True)
    discount_amount = serializers.FloatField()
    original_amount = serializers.FloatField()
    final_amount = serializers.FloatField()
    is_best = serializers.BooleanField(help_text="True for the first of each kind.")


class BestSerializer(serializers.Serializer):
    campaign_id = IdField()
    discount_amount = serializers.FloatField()
    savings = serializers.CharField(help_text="In words, in the server's currency.")


class NotEligibleSerializer(serializers.Serializer):
    campaign_id = IdField()
    code = serializers.ChoiceField(choices=REFUSALS)
    detail = serializers.CharField(help_text="Why not, and what would help.")


_OFFER = {
    "campaign_id": 1,
    "campaign_name": "Spring sale",
    "discount_type": "cart",
    "discount_percentage": 35.0,
    "discount_flat": None,
    "discount_amount": 210.0,
    "original_amount": 600.0,
    "final_amount": 390.0,
    "is_best": True,
}
AVAILABLE = {
    "currency": "INR",
    "cart_discounts": [_OFFER],
    "delivery_discounts": [],
    "best_cart_discount": {
        "campaign_id": 1,
        "discount_amount": 210.0,
        "savings": "35% off (₹210.00)",
    },
    "best_delivery_discount": None,
}


@extend_schema_serializer(
    examples=[
        example("What a basket may get", AVAILABLE, response_only=True),
        example(
            "With explain=true",
            AVAILABLE
            | {
                "not_eligible": [
                    {
                        "campaign_id": 2,
                        "code": "min_cart_value",
                        "detail": "add ₹40.00 to qualify",
                    }
                ]
            },
            response_only=True,
        ),
    ]
)
class AvailableSerializer(serializers.Serializer):
    """Best first: the largest discount, then the earlier end, then the lower id.

    Only campaigns in the server's currency apply: amounts of different ones are never compared.
    """

    currency = serializers.CharField(help_text="Of every amount: the server's.")
    not_eligible = NotEligibleSerializer(
        many=True,
        required=False,
        help_text=f"Only with explain=true; the newest {MOST_REFUSED} campaigns.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Two for each type of discount: all offers, and the best."""
        own = super().get_fields()
        return {
            "currency": own["currency"],
            **{_list_name(kind): OfferSerializer(many=True) for kind in DiscountType},
            **{_best_name(kind): BestSerializer(allow_null=True) for kind in DiscountType},
            "not_eligible": own["not_eligible"],
        }


def _list_name(kind: DiscountType) -> str:
    return f"{kind}_discounts"


def _best_name(kind: DiscountType) -> str:
    return f"best_{kind}_discount"


def described_offers(offers: Offers, *, explain: bool) -> dict[str, object]:
    """Offers in the format of AvailableSerializer."""
    answer: dict[str, object] = {
        "currency": shop_currency().code,
        **{_list_name(kind): _ranked(ranked) for kind, ranked in offers.by_type.items()},
        **{_best_name(kind): _best(ranked) for kind, ranked in offers.by_type.items()},
    }
    if explain:
        answer["not_eligible"] = [
            _refused(offer, offer.decision.refusal)
            for offer in offers.refused
            if offer.decision.refusal
        ]
    return answer


def _ranked(offers: list[Offer]) -> list[dict[str, object]]:
    return [_offer(offer) | {"is_best": n == 0} for n, offer in enumerate(offers)]


def _offer(offer: Offer) -> dict[str, object]:
    campaign, decision = offer.campaign, offer.decision
    shown = partial(shown_number, digits=campaign.currency_digits)
    hundredths = campaign.discount_percentage_hundredths
    return {
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "discount_type": campaign.discount_type,
        "discount_percentage": shown_number(hundredths, digits=PERCENT_DIGITS),
        "discount_flat": shown(campaign.discount_flat_minor),
        "discount_amount": shown(decision.discount_minor),
        "original_amount": shown(decision.original_minor),
        "final_amount": shown(decision.final_minor),
    }


def _best(offers: list[Offer]) -> dict[str, object] | None:
    if not offers:
        return None
    decision = offers[0].decision
    digits = decision.terms.currency.digits
    return {
        "campaign_id": decision.terms.campaign_id,
        "discount_amount": shown_number(decision.discount_minor, digits=digits),
        "savings": wording.savings(decision),
    }


def _refused(offer: Offer, refusal: Refusal) -> dict[str, object]:
    return {
        "campaign_id": offer.campaign.id,
        "code": refusal.value,
        "detail": wording.refusal(offer.decision, zone=offer.campaign.timezone),
    }
