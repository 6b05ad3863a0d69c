"""What the lists of pixels and opens can be narrowed to."""

from django_filters import filters
from django_filters.rest_framework import FilterSet

from pixeltrack.api_fields import IdFilter, MomentFilter, UuidFilter
from tracking.classify import Kind

KINDS = [(kind.name.lower(), kind.name.lower()) for kind in reversed(Kind)]


class PixelFilters(FilterSet):
    contact = UuidFilter(field_name="contact_id", help_text="Pixels of this contact.")
    campaign = IdFilter(field_name="contact__campaign_id", help_text="Pixels of this campaign.")
    group = IdFilter(field_name="contact__group_id", help_text="Pixels of this group.")


class OpenFilters(FilterSet):
    """Only reads the filters; `tracking.open_list` knows how opens are found quickly."""

    campaign = IdFilter(help_text="Opens of this campaign.")
    group = IdFilter(help_text="Opens of this group.")
    contact = UuidFilter(help_text="Opens of this contact.")
    pixel = UuidFilter(help_text="Opens of this pixel.")
    kind = filters.ChoiceFilter(choices=KINDS, help_text="Who loaded the pixel.")
    since = MomentFilter(help_text="Opened at this time or later.")
    until = MomentFilter(help_text="Opened before this time.")
