"""What the lists of pixels and opens can be narrowed to."""

from django import forms
from django_filters.rest_framework import FilterSet

from api.base.fields import (
    FlagFilter,
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
    """Only reads the filters; `reports.opens` knows how opens are found quickly."""

    campaign = IdFilter(help_text="Opens of this campaign.")
    group = IdFilter(help_text="Opens of this group.")
    contact = UuidFilter(help_text="Opens of this contact.")
    pixel = UuidFilter(help_text="Opens of this pixel; of a deleted one with its contact only.")
    kind = KindFilter(help_text="Who loaded the pixel.")
    since = MomentFilter(help_text="Opened at this time or later.")
    until = MomentFilter(help_text="Opened before this time.")


class _WindowForm(forms.Form):
    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until <= since:
            self.add_error("until", "Give an end after since.")
        return self.cleaned_data


class ReportFilters(FilterSet):
    """Only reads what a report is to cover; `reports.report` reads the report."""

    since = MomentFilter(help_text="From the quarter of an hour of this time.")
    until = MomentFilter(help_text="Up to the end of the quarter of an hour of this time.")
    machine = FlagFilter(help_text="true: count machine opens too.")

    class Meta:
        form = _WindowForm
