"""Filters for the lists of campaigns, groups and contacts."""

from django_filters.rest_framework import FilterSet

from api.base.fields import ArchivedFilter, FlagFilter, IdFilter, MomentFilter, TextFilter

ARCHIVED_HELP = "true lists archived ones instead of the others."


class CampaignFilters(FilterSet):
    name = TextFilter(lookup_expr="icontains", help_text="A part of the name, ignoring case.")
    archived = ArchivedFilter(field_name="archived_at", help_text=ARCHIVED_HELP)


class GroupFilters(FilterSet):
    campaign = IdFilter(field_name="campaign_id", help_text="Groups of this campaign.")
    archived = ArchivedFilter(field_name="archived_at", help_text=ARCHIVED_HELP)


class ContactFilters(FilterSet):
    """There is no filter by e-mail: an address must not get into a URL."""

    campaign = IdFilter(field_name="campaign_id", help_text="Contacts of this campaign.")
    group = IdFilter(field_name="group_id", help_text="Contacts of this group.")
    external_id = TextFilter(help_text="Exactly this external id.")
    not_sent = FlagFilter(field_name="not_sent_at", help_text="Marked as not sent, or not.")
    erased = FlagFilter(field_name="erased_at", help_text="Erased, or not.")
    scheduled_since = MomentFilter(
        field_name="scheduled_at", lookup_expr="gte", help_text="Scheduled at this time or later."
    )
    scheduled_until = MomentFilter(
        field_name="scheduled_at", lookup_expr="lt", help_text="Scheduled before this time."
    )
