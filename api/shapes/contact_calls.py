"""The request and response formats of calls for many contacts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import (
    ChoiceField,
    IdField,
    ListField,
    MomentField,
    NumberField,
    TextField,
    TrueOrFalseField,
    UuidField,
)
from api.shapes.campaigns import (
    CONTACT,
    CONTACT_ANSWER,
    NewContactFields,
    example,
)
from campaigns.models import NOT_SENT_MARKS
from contacts.limits import MAX_PIXELS, MAX_ROWS, MAX_SHIFT_MINUTES
from foundation.personal_data.addresses import EMAIL_LENGTH

SAY_REASON = "Say bounced or withdrawn."


@extend_schema_field(NewContactFields(many=True))
class RowsField(ListField):
    """Any list: `contacts.create` reads its items, so that an invalid row affects no other."""

    def to_internal_value(self, data: object) -> list[object]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        return data


@extend_schema_serializer(
    examples=[
        example(
            "Two contacts with a pixel each",
            {
                "contacts": [
                    CONTACT,
                    {"campaign": 1, "group": "draw", "email": "bob@example.com"},
                ],
                "pixels_per_contact": 1,
            },
        )
    ]
)
class BulkSerializer(serializers.Serializer):
    contacts = RowsField(help_text=f"At most {MAX_ROWS:,}.")
    pixels_per_contact = NumberField(min_value=1, max_value=MAX_PIXELS, default=1)


class NewPixelSerializer(serializers.Serializer):
    uuid = UuidField()
    number = serializers.IntegerField()
    url = serializers.URLField()
    html = serializers.CharField()


class BulkResultSerializer(serializers.Serializer):
    """Either uuid, group and pixels, or code and errors."""

    index = serializers.IntegerField(help_text="The contact's position in the call, from 0.")
    uuid = UuidField(required=False)
    group = IdField(required=False, help_text="The contact's group, as sent or as drawn.")
    pixels = NewPixelSerializer(
        many=True,
        required=False,
        allow_null=True,
        help_text="null if this contact may not be measured: put no pixel into its e-mail. In the "
        "mode shared it is the pixel of the whole group, null in groups with fewer than 10 such "
        "contacts.",
    )
    consent_url = serializers.URLField(
        required=False,
        allow_null=True,
        help_text="The page on which this contact agrees or withdraws; null until it is set up, "
        "and without the permission consent.add_decision.",
    )
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    code = serializers.CharField(
        required=False,
        help_text="taken: another contact has such a value; archived: unarchive first; or invalid.",
    )
    errors = serializers.DictField(  # type: ignore[assignment]  # it is taken for a field
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


CONSENT_URL = "https://mail.example.com/privacy/bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7"
PIXEL_URL = "https://mail.example.com/pixel/0b7a3c52-9d7e-4f3b-8a56-3f6f0a4f2d11.gif"


@extend_schema_serializer(
    examples=[
        example(
            "One created, one refused",
            {
                "created": 1,
                "failed": 1,
                "results": [
                    {
                        "index": 0,
                        "uuid": CONTACT_ANSWER["uuid"],
                        "group": 2,
                        "pixels": [
                            {
                                "uuid": "0b7a3c52-9d7e-4f3b-8a56-3f6f0a4f2d11",
                                "number": 1,
                                "url": PIXEL_URL,
                                "html": f'<img src="{PIXEL_URL}" width="1" height="1" alt="">',
                            }
                        ],
                        "consent_url": CONSENT_URL,
                    },
                    {
                        "index": 1,
                        "code": "invalid",
                        "errors": {"group": ["Group 1 belongs to another campaign."]},
                    },
                ],
            },
        )
    ]
)
class BulkAnswerSerializer(serializers.Serializer):
    created = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkResultSerializer(many=True, help_text="In the order sent.")


@extend_schema_serializer(
    examples=[
        example("Everything an hour later", {"shift_minutes": 60}),
        example("Everything at once", {"scheduled_at": "2026-03-02T09:00:00+01:00"}),
    ]
)
class RescheduleSerializer(serializers.Serializer):
    """Exactly one of the two."""

    scheduled_at = MomentField(required=False)
    shift_minutes = NumberField(
        min_value=-MAX_SHIFT_MINUTES,
        max_value=MAX_SHIFT_MINUTES,
        required=False,
        help_text="Later by so many minutes, or earlier where negative.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Give either scheduled_at or shift_minutes.")
        return attrs


@extend_schema_serializer(
    examples=[
        example(
            "Rescheduled, except opened ones",
            {"rescheduled": 480, "frozen": 20, "outside_dates": 0},
        )
    ]
)
class RescheduledSerializer(serializers.Serializer):
    rescheduled = serializers.IntegerField(help_text="Contacts with a new schedule.")
    frozen = serializers.IntegerField(help_text="Opened contacts, which keep their schedule.")
    outside_dates = serializers.IntegerField(
        help_text="Contacts of the group now scheduled outside the campaign's dates."
    )


@extend_schema_serializer(
    examples=[
        example(
            "One by uuid, one by address",
            {
                "campaign": 1,
                "contacts": [CONTACT_ANSWER["uuid"]],
                "emails": ["bob@example.com"],
                "reason": "bounced",
            },
        )
    ]
)
class NotSentSerializer(serializers.Serializer):
    campaign = IdField()
    contacts = ListField(child=UuidField(), max_length=MAX_ROWS, required=False)
    emails = ListField(
        child=TextField(max_length=EMAIL_LENGTH), max_length=MAX_ROWS, required=False
    )
    reason = ChoiceField(choices=NOT_SENT_MARKS, required=False)
    undo = TrueOrFalseField(default=False, help_text="true removes the mark.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("contacts") and not attrs.get("emails"):
            raise serializers.ValidationError("Give contacts or emails.")
        if not attrs["undo"] and "reason" not in attrs:
            raise serializers.ValidationError({"reason": [SAY_REASON]})
        return attrs


@extend_schema_serializer(
    examples=[
        example(
            "One was marked",
            {"marked": 1, "unchanged": 0, "unknown_contacts": [], "unknown_emails": [0]},
        )
    ]
)
class NotSentAnswerSerializer(serializers.Serializer):
    marked = serializers.IntegerField(help_text="Contacts marked, or unmarked with undo.")
    unchanged = serializers.IntegerField(help_text="Contacts that were not changed.")
    unknown_contacts = serializers.ListField(
        child=serializers.IntegerField(), help_text="Positions in contacts, from 0."
    )
    unknown_emails = serializers.ListField(
        child=serializers.IntegerField(), help_text="Positions in emails, from 0."
    )


@extend_schema_serializer(
    examples=[
        example("One contact", {"campaign": 1, "contacts": [CONTACT_ANSWER["uuid"]]}),
    ]
)
class ResentSerializer(serializers.Serializer):
    campaign = IdField()
    contacts = ListField(
        child=UuidField(),
        min_length=1,
        max_length=MAX_ROWS,
        error_messages={"min_length": "Give at least one contact."},
        help_text=f"At most {MAX_ROWS:,} uuids: repeat the call for more.",
    )


@extend_schema_serializer(
    examples=[
        example("It was recorded", {"marked": 1, "unchanged": 0, "unknown_contacts": []}),
    ]
)
class ResentAnswerSerializer(serializers.Serializer):
    marked = serializers.IntegerField(help_text="Contacts recorded as mailed again just now.")
    unchanged = serializers.IntegerField(
        help_text="Recorded before, not due yet, marked as not sent, or erased."
    )
    unknown_contacts = serializers.ListField(
        child=serializers.IntegerField(), help_text="Positions in contacts, from 0."
    )
