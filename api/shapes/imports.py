"""The request and response formats of contact imports."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import FormNumberField, MomentField, Plain, TextField
from api.shapes.campaigns import example
from campaigns.models import ContactImport, ImportState
from contacts.imports.columns import FIELDS
from contacts.imports.encodings import ALL, NAMES, name_of
from contacts.imports.prepare import UNKNOWN_ENCODING, outcome, progress
from contacts.imports.row_reader import LONGEST_FORMAT
from contacts.limits import MAX_PIXELS

BAD_MAPPING = (
    'Give a JSON object such as {"email": "Mail address", "name": null}; '
    f"its fields are {', '.join(FIELDS)}."
)
LONGEST_HEADER = 200
SEND_FILE = "Send a file, with its name, as the part file of multipart/form-data."
FILE_COMPLAINTS = ("required", "null", "invalid", "no_name")


@extend_schema_field({"type": "string", "example": '{"email": "Mail address", "name": null}'})
class MappingField(Plain):
    """JSON text: the column name by the contact's field, null to leave the field out."""

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        try:
            mapping = json.loads(data)
        except (TypeError, ValueError, RecursionError):
            raise serializers.ValidationError(BAD_MAPPING) from None
        if not isinstance(mapping, dict) or not mapping.keys() <= set(FIELDS):
            raise serializers.ValidationError(BAD_MAPPING)
        if not all(map(_is_header, mapping.values())):
            raise serializers.ValidationError(BAD_MAPPING)
        return mapping

    def to_representation(self, value: Mapping[str, str | None]) -> str:
        return json.dumps(value)


def _is_header(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_HEADER)


class ImportOptionsSerializer(serializers.Serializer):
    mapping = MappingField(
        required=False,
        help_text="The column of each field whose header is not recognised.",
    )
    default_group = FormNumberField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The id of the group for rows without one.",
    )
    schedule_format = TextField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_FORMAT,
        help_text="The format of scheduled_at for strptime; by default ISO 8601.",
    )
    zone = TextField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="The zone of times without one, such as Europe/Berlin.",
    )
    pixels_per_contact = FormNumberField(
        required=False, min_value=1, max_value=MAX_PIXELS, help_text="1 without it."
    )

    encoding = serializers.ChoiceField(
        required=False,
        choices=NAMES,
        error_messages={"invalid_choice": UNKNOWN_ENCODING},
        help_text="The file's encoding, if the detected one is wrong. "
        + "; ".join(f"{known.name}: {known.label}" for known in ALL),
    )


class UploadSerializer(ImportOptionsSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        error_messages=dict.fromkeys(FILE_COMPLAINTS, SEND_FILE),
        help_text="CSV or Unicode text, separated by comma, semicolon, tab or |.",
    )


@extend_schema_serializer(
    examples=[
        example(
            "An import that has ended",
            {
                "id": 7,
                "campaign": 1,
                "state": "finished",
                "message": "480 created, 17 unchanged, 3 rejected.",
                "progress": 100,
                "created": 480,
                "unchanged": 17,
                "rejected": 3,
                "file_name": "contacts.csv",
                "size": 30421,
                "encoding": "utf-8",
                "separator": ";",
                "columns": ["email", "name", None, "scheduled_at"],
                "default_group": 2,
                "schedule_format": "%d.%m.%Y %H:%M",
                "zone": "Europe/Berlin",
                "pixels_per_contact": 2,
                "created_at": "2026-02-20T10:15:00Z",
                "finished_at": "2026-02-20T10:15:04Z",
            },
        )
    ]
)
class ImportSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    campaign = serializers.IntegerField(source="campaign_id")
    state = serializers.ChoiceField(choices=ImportState.choices)
    message = serializers.SerializerMethodField(help_text="The state in a sentence.")
    progress = serializers.SerializerMethodField(help_text="Percent of the file.")
    created = serializers.IntegerField(help_text="Contacts that are new.")
    unchanged = serializers.IntegerField(help_text="Rows identical to existing contacts.")
    rejected = serializers.IntegerField(help_text="Rejected rows.")
    file_name = serializers.CharField(help_text="Empty 30 days after the import ended.")
    size = serializers.IntegerField(help_text="In bytes.")
    encoding = serializers.SerializerMethodField(
        help_text="The encoding in use: detected, or as sent."
    )
    separator = serializers.CharField(trim_whitespace=False)
    columns = serializers.ListField(
        child=serializers.CharField(allow_null=True),
        help_text="The field that each column was read as, null for none.",
    )
    default_group = serializers.IntegerField(source="default_group_id", allow_null=True)
    schedule_format = serializers.CharField()
    zone = serializers.CharField()
    pixels_per_contact = serializers.IntegerField()
    created_at = MomentField()
    finished_at = MomentField(allow_null=True)

    def get_message(self, job: ContactImport) -> str:
        return outcome(job)

    @extend_schema_field(serializers.ChoiceField(choices=NAMES))
    def get_encoding(self, job: ContactImport) -> str:
        return name_of(job.encoding)

    def get_progress(self, job: ContactImport) -> int:
        return progress(job)
