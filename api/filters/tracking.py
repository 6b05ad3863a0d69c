"""Filters for the lists of pixels and opens."""

from django_filters.rest_framework import FilterSet

from api.base.fields import (
    IdFilter,
    MomentFilter,
    ReadingFilter,
    UuidFilter,
)
from foundation.parsing import BadValue
from tracking.hits.classify import Kind

KINDS = {kind.name.lower(): kind for kind in reversed(Kind)}


def read_kind(text: str) -> Kind:
    if text not in KINDS:
        raise BadValue(f"Say one of {', '.join(KINDS)}.")
    return KINDS[text]


class KindFilter(ReadingFilter):
    reader = staticmethod(read_kind)
    schema = {"type": "string", "enum": list(KINDS)}


class PixelFilters(FilterSet):
    contact = UuidFilter(field_name="contact_id", help_text="Pixels of this contact.")
    campaign = IdFilter(field_name="contact__campaign_id", help_text="Pixels of this campaign.")
    group = IdFilter(field_name="contact__group_id", help_text="Pixels of this group.")


class OpenFilters(FilterSet):
    """Only reads the filters; `reports.opens` queries the opens efficiently."""

    campaign = IdFilter(help_text="Opens of this campaign.")
    group = IdFilter(help_text="Opens of this group.")
    contact = UuidFilter(help_text="Opens of this contact.")
    pixel = UuidFilter(help_text="Opens of this pixel; of a deleted one with its contact only.")
    kind = KindFilter(help_text="Who loaded the pixel.")
    since = MomentFilter(help_text="Opened at this time or later.")
    until = MomentFilter(help_text="Opened before this time.")
