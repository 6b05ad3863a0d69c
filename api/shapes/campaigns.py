"""The request and response formats of campaigns, groups and contacts."""

from decimal import Decimal

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from api.base.fields import (
    ID_SCHEMA,
    ChoiceField,
    DecimalField,
    IdField,
    MomentField,
    NumberField,
    TextField,
    TrueOrFalseField,
    UuidField,
)
from campaigns import modes
from campaigns.models import DECISION_AGES, DEFAULT_DECISION_AGE, GOALS, NotSentReason
from campaigns.roles import CHOICES
from contacts.fields import DRAW
from contacts.limits import EXTERNAL_ID_LENGTH, NAME_LENGTH
from foundation.parsing import LANGUAGE_LENGTH
from foundation.personal_data.addresses import EMAIL_LENGTH

DESCRIPTION_LENGTH = 5000
DRAW_HELP = (
    'A group of that campaign, or "draw": PixelTrack draws it by the planned shares of the groups '
    "that are not archived, within each mail service and among those who opened before, never "
    "opened, or are new. A contact that the campaign has already is never drawn again."
)
AGES = ", ".join(str(minutes) for minutes, _ in DECISION_AGES)
CONTACT = {
    "campaign": 1,
    "group": 2,
    "scheduled_at": "2026-03-02T09:00:00+01:00",
    "email": "ann@example.com",
    "name": "Ann Lee",
    "external_id": "crm-1042",
    "locale": "de-AT",
}
CONTACT_ANSWER = {
    "uuid": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479",
    **CONTACT,
    "scheduled_at": "2026-03-02T08:00:00Z",
    "not_sent_at": None,
    "not_sent_reason": None,
    "resent_at": None,
    "created_at": "2026-02-20T10:15:00Z",
    "erased_at": None,
}


def example(
    summary: str, value: object, *, request_only: bool = False, response_only: bool = False
) -> OpenApiExample:
    return OpenApiExample(
        summary, value=value, request_only=request_only, response_only=response_only
    )


CAMPAIGN = {
    "name": "Spring sale",
    "description": "Two subject lines.",
    "start_at": "2026-03-01T00:00:00Z",
    "end_at": "2026-03-31T00:00:00Z",
    "goal": "opened",
    "decision_age": 4320,
    "cut_off_at": None,
    "tracking_mode": None,
    "never_asked": None,
}


CAMPAIGN_ANSWER = {
    "id": 1,
    **CAMPAIGN,
    "mixing_since": None,
    "created_at": "2026-02-20T10:00:00Z",
    "archived_at": None,
}


@extend_schema_serializer(
    examples=[
        example("A campaign to send", CAMPAIGN, request_only=True),
        example(
            "A campaign",
            CAMPAIGN_ANSWER,
            response_only=True,
        ),
    ]
)
class CampaignSerializer(serializers.Serializer):
    id = IdField(read_only=True)
    name = TextField(max_length=200, help_text="Unique among the campaigns that are not archived.")
    description = TextField(max_length=DESCRIPTION_LENGTH, allow_blank=True, required=False)
    start_at = MomentField(help_text="A time without a zone is in the server's zone.")
    end_at = MomentField(help_text="After start_at.")
    goal = ChoiceField(
        choices=GOALS,
        required=False,
        help_text="The event that groups are compared by. It stays once the first contact is due.",
    )
    decision_age = NumberField(
        required=False,
        min_value=DECISION_AGES[0][0],
        max_value=DECISION_AGES[-1][0],
        help_text="Minutes after its due time up to which a contact's opens decide which group "
        f"does better: {AGES}; {DEFAULT_DECISION_AGE} if left out. The pages call it "
        "“Decides after”. It stays once the first contact is due.",
    )
    cut_off_at = MomentField(
        required=False,
        allow_null=True,
        help_text="Contacts that fall due later are not decided on; null takes all that are "
        "planned by one hour after the first is due. It stays from then on.",
    )
    mixing_since = MomentField(
        read_only=True,
        allow_null=True,
        help_text="Since when its schedule is being mixed; null while it is not.",
    )
    tracking_mode = ChoiceField(
        choices=modes.CHOICES,
        required=False,
        allow_null=True,
        help_text="How far contacts may be measured; null is as far as the installation allows, "
        "which a campaign can only narrow.",
    )
    never_asked = ChoiceField(
        choices=modes.CHOICES,
        required=False,
        allow_null=True,
        help_text="The same for contacts who neither agreed nor refused.",
    )
    last_day_confirmed = TrueOrFalseField(
        write_only=True,
        required=False,
        help_text="true to turn the mode last_day on. It says that the campaign is for this alone: "
        f"{modes.LAST_DAY_PURPOSE}. Not for Italy.",
    )
    created_at = MomentField(read_only=True)
    archived_at = MomentField(read_only=True, allow_null=True)


GROUP = {
    "campaign": 1,
    "number": 2,
    "name": "B: a question",
    "planned_share": 50.0,
    "role": "variant",
}
GROUP_ANSWER = {
    "id": 2,
    **GROUP,
    "description": "",
    "winner": None,
    "winner_given_at": None,
    "archived_at": None,
}


@extend_schema_serializer(
    examples=[
        example("A group to send", GROUP, request_only=True),
        example(
            "A group",
            GROUP_ANSWER,
            response_only=True,
        ),
    ]
)
class GroupSerializer(serializers.Serializer):
    id = IdField(read_only=True)
    campaign = IdField(source="campaign_id", help_text="It never changes.")
    number = NumberField(min_value=1, max_value=2**31 - 1, help_text="Unique in the campaign.")
    name = TextField(max_length=100, help_text="Unique in the campaign, in any case.")
    description = TextField(max_length=DESCRIPTION_LENGTH, allow_blank=True, required=False)
    planned_share = DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=Decimal(100),
        allow_null=True,
        required=False,
        help_text="A percentage; null where the groups share evenly.",
    )
    role = serializers.ChoiceField(
        choices=CHOICES,
        required=False,
        help_text="What the group is for; it stays once the group has contacts. Variants are "
        "compared. The rest waits for the winner, and its contacts are due once they are given it. "
        "The control group gets no mail: it is in no merge list and in no rate. A campaign has one "
        "rest and one control group at most.",
    )
    winner = IdField(
        source="winner_id",
        read_only=True,
        allow_null=True,
        help_text="Of the rest: the variant whose e-mail it gets, null while it waits.",
    )
    winner_given_at = MomentField(
        read_only=True,
        allow_null=True,
        help_text="When all contacts of the rest had their due times.",
    )
    archived_at = MomentField(read_only=True, allow_null=True)


@extend_schema_field({"oneOf": [ID_SCHEMA, {"type": "string", "enum": [DRAW]}]})
class GroupOrDrawField(IdField):
    """A group's id, or DRAW."""


# Described here, read by `contacts.fields`.
class ContactFields(serializers.Serializer):
    """The fields of a contact in a request."""

    uuid = UuidField(required=False, help_text="Generated if left out; it never changes.")
    campaign = IdField(source="campaign_id", help_text="It never changes.")
    group = IdField(source="group_id", help_text="A group of that campaign.")
    scheduled_at = MomentField(
        allow_null=True,
        required=False,
        help_text="When the e-mail is to be sent; without a zone it is in the server's.",
    )
    email = serializers.EmailField(
        max_length=EMAIL_LENGTH,
        allow_null=True,
        required=False,
        help_text="Stored encrypted; one contact per address and campaign.",
    )
    name = serializers.CharField(
        max_length=NAME_LENGTH, allow_null=True, required=False, help_text="Stored encrypted."
    )
    external_id = serializers.CharField(
        max_length=EXTERNAL_ID_LENGTH,
        allow_null=True,
        required=False,
        help_text="Your own key of this contact, unique in the campaign.",
    )
    locale = serializers.CharField(
        max_length=LANGUAGE_LENGTH,
        allow_null=True,
        required=False,
        help_text="The person's language, as a BCP 47 tag such as de or de-AT.",
    )


@extend_schema_serializer(
    examples=[
        example("A contact to send", CONTACT),
        example("A contact whose group is drawn", CONTACT | {"group": DRAW}),
    ]
)
class NewContactFields(ContactFields):
    """The fields of a new contact."""

    group = GroupOrDrawField(help_text=DRAW_HELP)


@extend_schema_serializer(
    examples=[
        example("A contact to send", CONTACT, request_only=True),
        example("A contact", CONTACT_ANSWER, response_only=True),
    ]
)
class ContactSerializer(ContactFields):
    """A recipient of a campaign; e-mail and name are null if erased."""

    not_sent_at = MomentField(read_only=True, allow_null=True)
    not_sent_reason = serializers.ChoiceField(
        choices=NotSentReason.choices, read_only=True, allow_null=True
    )
    resent_at = MomentField(
        read_only=True, allow_null=True, help_text="When the contact was mailed again, first."
    )
    created_at = MomentField(read_only=True)
    erased_at = MomentField(
        read_only=True, allow_null=True, help_text="When the personal data were erased."
    )


@extend_schema_serializer(
    examples=[
        example("A contact to send", CONTACT, request_only=True),
        example("A contact", {**CONTACT_ANSWER, "warnings": []}, response_only=True),
    ]
)
class SavedContactSerializer(ContactSerializer):
    """A contact after it was saved."""

    warnings = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Warnings about accepted values, such as a schedule outside the campaign.",
    )
