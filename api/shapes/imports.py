"""The request and response formats of contact imports."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import ID_SCHEMA, FormNumberField, MomentField, Plain, TextField
from api.shapes.campaigns import example
from campaigns.models import ContactImport, ImportState
from contacts.fields import DRAW, Choice
from contacts.imports.columns import FIELDS
from contacts.imports.drawn import drawn_ids
from contacts.imports.encodings import ALL, NAMES, name_of
from contacts.imports.outcome import outcome, progress
from contacts.imports.prepare import UNKNOWN_ENCODING
from contacts.imports.row_reader import LONGEST_FORMAT
from contacts.limits import MAX_PIXELS
from foundation.parsing import LARGEST_ID

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


@extend_schema_field({"oneOf": [ID_SCHEMA, {"type": "string", "enum": [DRAW]}]})
class DefaultGroupField(Plain):
    """A group's id in a form, where every value is a text, or DRAW."""

    default_error_messages = {"invalid": "Give the id of a group, or draw."}

    def to_internal_value(self, data: object) -> Choice:
        if data == DRAW:
            return DRAW
        if not isinstance(data, str) or not (data.isascii() and data.isdigit()):
            self.fail("invalid")
        if len(data) > len(str(LARGEST_ID)) or not 1 <= int(data) <= LARGEST_ID:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: Choice) -> Choice:
        return value


class DrawnSerializer(serializers.Serializer):
    group = serializers.IntegerField()
    contacts = serializers.IntegerField()


class ImportOptionsSerializer(serializers.Serializer):
    mapping = MappingField(
        required=False,
        help_text="The column of each field whose header is not recognised.",
    )
    default_group = DefaultGroupField(
        required=False,
        help_text="The id of the group for rows that name none, or draw: PixelTrack draws it by "
        "the planned shares. Without it rows are drawn where no column names their group.",
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
                "repeated": 0,
                "rejected": 3,
                "removed": 0,
                "file_name": "contacts.csv",
                "size": 30421,
                "encoding": "utf-8",
                "separator": ";",
                "columns": ["email", "name", None, "scheduled_at"],
                "default_group": "draw",
                "drawn": [{"group": 1, "contacts": 240}, {"group": 2, "contacts": 240}],
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
    progress = serializers.SerializerMethodField(
        help_text="Percent of the file, or of the contacts to be removed."
    )
    created = serializers.IntegerField(help_text="Contacts that are new.")
    unchanged = serializers.IntegerField(help_text="Rows identical to existing contacts.")
    repeated = serializers.IntegerField(help_text="Rows of a contact that the same file made.")
    rejected = serializers.IntegerField(help_text="Rejected rows.")
    removed = serializers.IntegerField(help_text="Created contacts that undoing removed again.")
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
    default_group = serializers.SerializerMethodField(
        help_text="What rows get that name no group: a group, or draw; null for nothing."
    )
    drawn = serializers.SerializerMethodField(
        help_text="How many contacts were drawn so far for each group, by its number."
    )
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

    @extend_schema_field(
        {"oneOf": [ID_SCHEMA, {"type": "string", "enum": [DRAW]}, {"type": "null"}]}
    )
    def get_default_group(self, job: ContactImport) -> Choice | None:
        return DRAW if job.draws_groups else job.default_group_id

    @extend_schema_field(DrawnSerializer(many=True))
    def get_drawn(self, job: ContactImport) -> list[dict[str, int]]:
        return [{"group": g, "contacts": contacts} for g, contacts in drawn_ids(job)]

    def get_progress(self, job: ContactImport) -> int:
        return progress(job)
