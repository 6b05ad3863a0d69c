"""Fields of bodies and filters of lists that read ids, uuids and moments strictly."""

from collections.abc import Callable

from django import forms
from django.utils import timezone
from django_filters import filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pixeltrack.values import BadValue, read_id, read_moment, read_text, read_uuid


def project_moment(value: object):
    """A moment; one without a zone is taken in the project's."""
    return read_moment(value, zone=timezone.get_default_timezone())


# --- Bodies ---------------------------------------------------------------------------------


class _Field(serializers.Field):
    """Hands a value to a reader of `pixeltrack.values`."""

    reader: Callable[[object], object]

    def to_internal_value(self, data):
        try:
            return type(self).reader(data)
        except BadValue as error:
            raise serializers.ValidationError(str(error)) from None

    def to_representation(self, value):
        return value


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 2**63 - 1})
class IdField(_Field):
    reader = staticmethod(read_id)


@extend_schema_field(OpenApiTypes.UUID)
class UuidField(_Field):
    reader = staticmethod(read_uuid)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(_Field):
    reader = staticmethod(project_moment)


# --- Lists ----------------------------------------------------------------------------------


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadValue("Say true or false.")
    return text == "true"


def _with_plus(text: str) -> str:
    """A plus sign that was not escaped in the address arrives as a blank."""
    return text.replace(" ", "+") if "T" in text else text


class _FormField(forms.Field):
    """Hands the text of a query to a reader."""

    def __init__(self, *, reader: Callable[[str], object], **kwargs):
        super().__init__(**kwargs)
        self.reader = reader

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return self.reader(value)
        except BadValue as error:
            raise forms.ValidationError(str(error)) from None


class _Filter(filters.Filter):
    field_class = _FormField
    reader: Callable[[str], object]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, reader=type(self).reader, **kwargs)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 2**63 - 1})
class IdFilter(_Filter):
    reader = staticmethod(lambda text: read_id(_number(text)))


@extend_schema_field(OpenApiTypes.UUID)
class UuidFilter(_Filter):
    reader = staticmethod(read_uuid)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(_Filter):
    reader = staticmethod(lambda text: project_moment(_with_plus(text.strip())))


@extend_schema_field(OpenApiTypes.STR)
class TextFilter(_Filter):
    reader = staticmethod(lambda text: read_text(text, longest=200))


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(_Filter):
    """True: only rows where a moment is set; false: only rows where it is not."""

    reader = staticmethod(_flag)

    def filter(self, queryset, value):
        if value is None:
            return queryset
        return queryset.filter(**{f"{self.field_name}__isnull": not value})


class ArchivedFilter(FlagFilter):
    """Lists what is archived only where that is asked for."""

    def filter(self, queryset, value):
        return super().filter(queryset, bool(value))
