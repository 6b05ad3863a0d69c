"""The format of the list of people without a sign."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.base.fields import MomentField
from api.shapes.campaigns import example
from reports.inactive.rules import Doubt


class InactivePersonSerializer(serializers.Serializer):
    email = serializers.EmailField(
        allow_null=True, help_text="null if the contacts were erased during the call."
    )
    mails = serializers.IntegerField(
        source="found.mails", help_text="Contacts of this person that were mailed since then."
    )
    last_sign_at = MomentField(
        source="found.last_sign_at",
        allow_null=True,
        help_text="The last known open by a person, before `since`; null without one.",
    )
    doubt = serializers.ChoiceField(
        source="found.doubt",
        choices=[doubt.value for doubt in Doubt],
        help_text="Why it may be wrong. not_measured: this person refused, agreed too late or was "
        "forgotten; never_asked: not measured either; machine_only: machines opened, and a person "
        "may be behind them; images_off: measured, and nothing was loaded.",
    )


@extend_schema_serializer(
    examples=[
        example(
            "One of whom machines opened something",
            {
                "people": [
                    {
                        "email": "ann@example.com",
                        "mails": 7,
                        "last_sign_at": "2025-11-03T08:00:00Z",
                        "doubt": "machine_only",
                    }
                ],
                "next_after": None,
            },
        )
    ]
)
class InactiveListSerializer(serializers.Serializer):
    people = InactivePersonSerializer(many=True)
    next_after = serializers.CharField(
        allow_null=True, help_text="For the next call; null at the end."
    )
