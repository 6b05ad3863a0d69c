"""Strict fields of bodies and filters of lists, with helpful error messages."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.parsing import (
    NO_TEXT,
    REQUIRED,
    BadValue,
    is_storable,
    read_flag,
    read_id,
    read_text,
    read_uuid,
    with_plus,
)
from foundation.project_time import project_moment

ID_SCHEMA = {"type": "integer", "format": "int64", "minimum": 1}
LONGEST_TEXT = 200
# The framework's own messages say what is wrong, not what to do.
SENTENCES = {
    "required": REQUIRED,
    "null": "Give a value, not null.",
    "blank": "Give a text that is not blank.",
    "min_length": "Give at least {min_length} characters.",
    "max_length": "Give at most {max_length} characters.",
    "min_value": "Give a number of at least {min_value}.",
    "max_value": "Give a number of at most {max_value}.",
    "max_digits": "Give a number of at most {max_digits} digits.",
    "max_decimal_places": "Give at most {max_decimal_places} decimals.",
    "max_whole_digits": "Give at most {max_whole_digits} digits before the decimal point.",
    "max_string_length": "Give a shorter number.",
    "not_a_list": "Give a list.",
}


# --- Bodies ---------------------------------------------------------------------------------


class Plain(serializers.Field):
    """A mixin for the framework's fields with the messages of SENTENCES."""

    default_error_messages = {**SENTENCES}


class _Field(Plain):
    """Uses a reader of `foundation.parsing`."""

    reader: Callable[[object], object]

    def to_internal_value(self, data: object) -> object:
        try:
            return type(self).reader(data)
        except BadValue as error:
            raise serializers.ValidationError(str(error)) from None

    def to_representation(self, value: object) -> object:
        return value


@extend_schema_field(ID_SCHEMA)
class IdField(_Field):
    reader = staticmethod(read_id)


@extend_schema_field(OpenApiTypes.UUID)
class UuidField(_Field):
    reader = staticmethod(read_uuid)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(_Field):
    reader = staticmethod(project_moment)


class TextField(Plain, serializers.CharField):
    """A text; numbers are invalid."""

    default_error_messages = {"invalid": "Give a text.", "no_text": NO_TEXT}

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not is_storable(data):
            self.fail("no_text")
        text: str = super().to_internal_value(data)
        return text


class FormNumberField(Plain, serializers.IntegerField):
    """A whole number in a form, where every value is a text."""

    default_error_messages = {"invalid": "Give a whole number."}


class NumberField(Plain, serializers.IntegerField):
    """A whole number; texts are invalid."""

    default_error_messages = {"invalid": "Give a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str):
            self.fail("invalid")
        # 1e3 is a whole number, too.
        if isinstance(data, Decimal) and data.adjusted() < 20 and data == data.to_integral_value():
            data = int(data)
        number: int = super().to_internal_value(data)
        return number


class DecimalField(Plain, serializers.DecimalField):
    """A number with decimals; texts are invalid."""

    default_error_messages = {"invalid": "Give a number."}

    def validate_empty_values(self, data: object) -> tuple[bool, Any]:
        if isinstance(data, str):
            self.fail("invalid")
        return super().validate_empty_values(data)


class FormDecimalField(Plain, serializers.DecimalField):
    """A number with decimals in a query, where every value is a text."""

    default_error_messages = {"invalid": "Give a number."}


class TrueOrFalseField(Plain, serializers.BooleanField):
    """A boolean; texts and numbers are invalid."""

    default_error_messages = {"invalid": "Say true or false."}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ChoiceField(Plain, serializers.ChoiceField):
    """One of several words; the framework's own message repeats the input."""

    def __init__(self, choices: Sequence[str | tuple[str, object]], **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        *some, last = map(str, self.choices)
        sentence = f"Say {', '.join(some)} or {last}." if some else f"Say {last}."
        self.error_messages |= {"invalid_choice": sentence, "null": sentence}


class ListField(Plain, serializers.ListField):
    default_error_messages = {"max_length": "Give at most {max_length} values."}


# --- Lists ----------------------------------------------------------------------------------


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


class _FormField(forms.Field):
    """Uses a reader for the text of a query; an empty text is ignored, or read too."""

    def __init__(
        self, *, reader: Callable[[str], object], reads_empty: bool, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.reader = reader
        self.reads_empty = reads_empty

    def to_python(self, value: str | None) -> object:
        if value is None or (value == "" and not self.reads_empty):
            return None
        try:
            return self.reader(value)
        except BadValue as error:
            raise forms.ValidationError(str(error)) from None


class ReadingFilter(filters.Filter):
    """Reads its value with `reader`; documented with `schema` among a list's parameters."""

    field_class = _FormField
    reader: Callable[[str], object]
    schema: dict[str, object]
    reads_empty = False

    def __init__(self, *, help_text: str, **kwargs: Any) -> None:
        super().__init__(
            reader=type(self).reader, reads_empty=self.reads_empty, help_text=help_text, **kwargs
        )
        extend_schema_field(self.schema | {"description": help_text})(self)


class IdFilter(ReadingFilter):
    reader = staticmethod(lambda text: read_id(_number(text)))
    schema = ID_SCHEMA


class UuidFilter(ReadingFilter):
    reader = staticmethod(read_uuid)
    schema = {"type": "string", "format": "uuid"}


class MomentFilter(ReadingFilter):
    reader = staticmethod(lambda text: project_moment(with_plus(text)))
    schema = {"type": "string", "format": "date-time"}


class TextFilter(ReadingFilter):
    reader = staticmethod(lambda text: read_text(text, longest=LONGEST_TEXT))
    schema = {"type": "string", "maxLength": LONGEST_TEXT}


class FlagFilter(ReadingFilter):
    """True: only rows with the time set; false: only rows without it."""

    reader = staticmethod(read_flag)
    schema = {"type": "boolean"}

    def filter(self, queryset: QuerySet, value: bool | None) -> QuerySet:
        if value is None:
            return queryset
        return queryset.filter(**{f"{self.field_name}__isnull": not value})


class ArchivedFilter(FlagFilter):
    """Lists archived rows only on request."""

    def filter(self, queryset: QuerySet, value: bool | None) -> QuerySet:
        return super().filter(queryset, bool(value))
