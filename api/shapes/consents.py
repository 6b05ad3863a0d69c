"""The request and response formats of decisions about being measured."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import MomentField, UuidField
from api.shapes.campaigns import CONTACT_ANSWER, example
from api.shapes.contact_calls import RowsField
from consent.models import ANSWERS, Way
from consent.reading import PROOF_LENGTH
from consent.reports import MAX_ROWS
from consent.words import Outcome

TEXT = "We measure whether you open our e-mails, to send you fewer that you don't read."
OUTCOMES = [outcome.value for outcome in Outcome]


class ReportedDecisionSerializer(serializers.Serializer):
    """A decision, and whose: `email`, or `contact`, or `campaign` and `external_id`."""

    email = serializers.EmailField(required=False, help_text="The person, in all campaigns.")
    contact = UuidField(required=False)
    campaign = serializers.IntegerField(required=False)
    external_id = serializers.CharField(required=False)
    consent_opens = serializers.ChoiceField(
        required=False,
        choices=ANSWERS,
        help_text="Whether this person's opens may be measured. Give it, consent_clicks or both.",
    )
    consent_clicks = serializers.ChoiceField(
        required=False,
        choices=ANSWERS,
        help_text="Whether it may be measured which links this person follows.",
    )
    consent_at = MomentField(
        required=False,
        help_text="When it was decided. A yes needs it; a no without it is given now.",
    )
    consent_text = serializers.CharField(
        required=False,
        help_text="The text that the person agreed to, or the SHA-256 in hex of one that was sent "
        "before. A yes needs it.",
    )
    consent_proof = serializers.CharField(
        required=False,
        max_length=PROOF_LENGTH,
        help_text="What proves a yes, such as an entry of a form. After a no, a yes needs it. "
        "Don't put personal data here: it is never erased.",
    )


@extend_schema_field(ReportedDecisionSerializer(many=True))
class DecisionRowsField(RowsField):
    """Any list: `consent.reports` reads its items, so that an invalid row affects no other."""


@extend_schema_serializer(
    examples=[
        example(
            "One agreed, one withdrew",
            {
                "decisions": [
                    {
                        "email": "ann@example.com",
                        "consent_opens": "granted",
                        "consent_clicks": "granted",
                        "consent_at": "2026-03-01T09:00:00+01:00",
                        "consent_text": TEXT,
                    },
                    {"contact": CONTACT_ANSWER["uuid"], "consent_opens": "denied"},
                ]
            },
        )
    ]
)
class DecisionsSerializer(serializers.Serializer):
    decisions = DecisionRowsField(help_text=f"At most {MAX_ROWS:,}.")


class DecisionResultSerializer(serializers.Serializer):
    """Either outcome, or code and errors; both where of a row with errors a no was recorded."""

    index = serializers.IntegerField(help_text="The decision's position in the call, from 0.")
    outcome = serializers.ChoiceField(
        choices=OUTCOMES,
        required=False,
        help_text="stored; unchanged, for a repetition; or agreed_later, for a no that is older "
        "than a proven yes.",
    )
    code = serializers.CharField(
        required=False, help_text="withdrew: a yes that does not count after a no; or invalid."
    )
    errors = serializers.DictField(  # type: ignore[assignment]  # it is taken for a field
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


@extend_schema_serializer(
    examples=[
        example(
            "One recorded, one refused",
            {
                "recorded": 1,
                "failed": 1,
                "results": [
                    {"index": 0, "outcome": "stored"},
                    {
                        "index": 1,
                        "code": "withdrew",
                        "errors": {"consent_opens": ["This person withdrew on 3 May 2026. ..."]},
                    },
                ],
            },
        )
    ]
)
class DecisionsAnswerSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(help_text="Rows without errors, repetitions included.")
    failed = serializers.IntegerField()
    results = DecisionResultSerializer(many=True, help_text="In the order sent.")


class ConsentSerializer(serializers.Serializer):
    """A decision of a person that is in force: about opens, clicks, or both at once."""

    email = serializers.EmailField(
        default=None,
        allow_null=True,
        read_only=True,
        help_text="null if no contact has the address, and for contacts without one.",
    )
    contact = UuidField(
        source="contact_id",
        allow_null=True,
        read_only=True,
        help_text="The contact, where the person has no address.",
    )
    consent_opens = serializers.ChoiceField(
        source="opens",
        choices=ANSWERS,
        allow_null=True,
        read_only=True,
        help_text="null where another entry, or none, tells it.",
    )
    consent_clicks = serializers.ChoiceField(
        source="clicks", choices=ANSWERS, allow_null=True, read_only=True, help_text="Likewise."
    )
    consent_at = MomentField(source="decided_at", read_only=True)
    in_force_since = MomentField(source="since", read_only=True)
    way = serializers.ChoiceField(choices=Way.choices, read_only=True)


@extend_schema_serializer(
    examples=[
        example(
            "One who withdrew",
            {
                "decisions": [
                    {
                        "email": "ann@example.com",
                        "contact": None,
                        "consent_opens": "denied",
                        "consent_clicks": "denied",
                        "consent_at": "2026-05-03T08:00:00Z",
                        "in_force_since": "2026-05-03T08:00:01Z",
                        "way": "api",
                    }
                ],
                "next_changed_since": "WzQyXQ==",
            },
        )
    ]
)
class ConsentListSerializer(serializers.Serializer):
    decisions = ConsentSerializer(many=True)
    next_changed_since = serializers.CharField(help_text="For the next call.")
