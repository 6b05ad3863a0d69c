"""Filters for the lists of campaigns, groups and contacts."""

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from api.base.fields import (
    ArchivedFilter,
    FlagFilter,
    IdFilter,
    MomentFilter,
    ReadingFilter,
    TextFilter,
)
from campaigns.models import Contact
from foundation.parsing import BadValue
from tracking.opened import Opened

ARCHIVED_HELP = "true lists archived ones instead of the others."


class CampaignFilters(FilterSet):
    name = TextFilter(lookup_expr="icontains", help_text="A part of the name, ignoring case.")
    archived = ArchivedFilter(field_name="archived_at", help_text=ARCHIVED_HELP)


class GroupFilters(FilterSet):
    campaign = IdFilter(field_name="campaign_id", help_text="Groups of this campaign.")
    archived = ArchivedFilter(field_name="archived_at", help_text=ARCHIVED_HELP)


def read_opened(text: str) -> Opened:
    if text not in list(Opened):
        raise BadValue(f"Say one of {', '.join(Opened)}.")
    return Opened(text)


class OpenedFilter(ReadingFilter):
    """Only reads it: what looks at bounded numbers of contacts is in `contacts.opened.pages`."""

    reader = staticmethod(read_opened)
    schema = {"type": "string", "enum": list(Opened)}

    def filter(self, queryset: QuerySet[Contact], value: Opened | None) -> QuerySet[Contact]:
        return queryset


class AskFilter(FlagFilter):
    """Only reads it: `contacts.pixels.ask_list` picks, and records."""

    def filter(self, queryset: QuerySet[Contact], value: bool | None) -> QuerySet[Contact]:
        return queryset


ASK_HELP = (
    "true: only who may be asked for consent, that is nobody who agreed, and nobody within "
    "CONSENT_ASK_AGAIN_MONTHS of a no or of being asked by another campaign. They count as asked "
    "from then on. The campaign must be off, and consent.add_decision is needed."
)
OPENED_HELP = (
    "person: opened by a person, as far as can be told; machine: by machines only; no: due, and "
    "not opened. Contacts that are not due yet, were erased before, or are marked as not sent, are "
    "none of the three."
)


class ContactFilters(FilterSet):
    """There is no filter by e-mail: an address must not get into a URL."""

    campaign = IdFilter(field_name="campaign_id", help_text="Contacts of this campaign.")
    group = IdFilter(field_name="group_id", help_text="Contacts of this group.")
    opened = OpenedFilter(help_text=f"{OPENED_HELP} Continue with cursor, not with skip.")
    external_id = TextFilter(help_text="Exactly this external id.")
    not_sent = FlagFilter(field_name="not_sent_at", help_text="Marked as not sent, or not.")
    erased = FlagFilter(field_name="erased_at", help_text="Erased, or not.")
    scheduled_since = MomentFilter(
        field_name="scheduled_at", lookup_expr="gte", help_text="Scheduled at this time or later."
    )
    scheduled_until = MomentFilter(
        field_name="scheduled_at", lookup_expr="lt", help_text="Scheduled before this time."
    )


class MergeFilters(FilterSet):
    """Only reads the filters of a merge list."""

    group = IdFilter(help_text="Contacts of this group.")
    opened = OpenedFilter(help_text=OPENED_HELP)
    ask = AskFilter(help_text=ASK_HELP)
