"""The request and response formats of giving the winner to the rest."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import IdField, MomentField, TrueOrFalseField
from api.shapes.campaigns import example
from campaigns.models import Group
from contacts.schedules.winner import warnings
from contacts.schedules.winner_times import first_due


@extend_schema_serializer(
    examples=[
        example("As called, from now on or as planned", {}),
        example(
            "Another variant, from a moment on",
            {"winner": 1, "start_at": "2026-03-05T14:00:00+01:00"},
        ),
    ]
)
class WinnerSerializer(serializers.Serializer):
    winner = IdField(
        required=False,
        help_text="The variant whose e-mail the rest gets; the one that was called or decided on "
        "if left out. Another one may be named, with a warning.",
    )
    start_at = MomentField(
        required=False,
        help_text="When the first contact of the rest is due, at once where that has passed; the "
        "others keep their distance to it, and those without a schedule are due with the first. "
        "If left out, the rest goes out as planned, or from now on where its first time has "
        "passed.",
    )
    allow_outside_dates = TrueOrFalseField(
        default=False,
        help_text="Whether the first contact may be due outside the campaign's dates: there is no "
        "way back from a wrong year.",
    )


@extend_schema_serializer(
    examples=[
        example(
            "Given, and all contacts are due",
            {
                "group": 3,
                "winner": 2,
                "preliminary": False,
                "start_at": "2026-03-05T13:00:00Z",
                "finished": True,
                "warnings": [],
            },
        )
    ]
)
class GivenSerializer(serializers.Serializer):
    group = IdField(source="id", help_text="The rest.")
    winner = IdField(source="winner_id", help_text="The variant whose e-mail it gets.")
    preliminary = serializers.BooleanField(
        source="winner_is_preliminary",
        help_text="Whether nothing was decided yet when it was given.",
    )
    start_at = serializers.SerializerMethodField(
        help_text="When the first contact of the rest is due, as it is scheduled now."
    )
    finished = serializers.SerializerMethodField(
        help_text="Whether every contact of the rest has its due time."
    )
    warnings = serializers.SerializerMethodField(
        help_text="What to know, such as that the verdict names another group."
    )

    @extend_schema_field(MomentField)
    def get_start_at(self, rest: Group) -> object:
        return MomentField().to_representation(first_due(rest))

    def get_finished(self, rest: Group) -> bool:
        return rest.winner_given_at is not None

    def get_warnings(self, rest: Group) -> list[str]:
        return warnings(rest)
