"""Reads of campaigns, groups and contacts."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Contact, ContactImport, Group, ImportState
from campaigns.roles import Role
from foundation.errors import InvalidInput


def outside_dates(contacts: QuerySet[Contact], campaign: Campaign) -> QuerySet[Contact]:
    """The contacts that are scheduled outside their campaign's dates."""
    return contacts.filter(
        Q(scheduled_at__lt=campaign.start_at) | Q(scheduled_at__gt=campaign.end_at)
    )


def mailed_groups(campaign_id: int) -> QuerySet[Group]:
    """The groups whose contacts get a mail: no control group, and the rest with a winner only."""
    groups = Group.objects.filter(campaign_id=campaign_id)
    mailed = groups.filter(Q(role=Role.VARIANT) | Q(winner_given_at__isnull=False))
    return mailed.order_by("number")


def counted_groups() -> QuerySet[Group]:
    """All groups but control groups, as `Group.is_counted`."""
    return Group.objects.exclude(role=Role.CONTROL)


def compared_groups(campaign_id: int) -> QuerySet[Group]:
    """The groups that are compared, by number; archived ones were sent to all the same."""
    variants = Group.objects.filter(campaign_id=campaign_id, role=Role.VARIANT)
    return variants.order_by("number")


def rest_of(campaign_id: int) -> Group | None:
    """The group that waits for the winner, or was given it; None where the campaign has none.

    Where that is archived it is the last one that was given a winner.
    """
    rests = Group.objects.filter(campaign_id=campaign_id, role=Role.REST)
    rests = rests.filter(Q(single_role=Role.REST) | Q(winner__isnull=False))
    latest = rests.order_by(F("single_role").asc(nulls_last=True), "-winner_chosen_at", "-id")
    return latest.select_related("campaign", "winner").first()


def group_to_move_to(group_id: int) -> Group:
    """The group that a contact is to be moved to; raises InvalidInput for the field `group`."""
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise InvalidInput.field("group", f"There is no group {group_id}.")
    return group


def imports_in_trouble(*, since: datetime, limit: int) -> list[ContactImport]:
    """The imports since a moment that failed or rejected rows, newest first.

    A later import without rejected rows clears the earlier ones of its campaign. Only ids and
    results are read, none of the encrypted columns.
    """
    jobs = ContactImport.objects.filter(
        Q(state=ImportState.FAILED) | Q(state=ImportState.FINISHED, rejected__gt=0),
        finished_at__gte=since,
    )
    clean = ContactImport.objects.filter(
        campaign_id=OuterRef("campaign_id"),
        id__gt=OuterRef("id"),
        state=ImportState.FINISHED,
        rejected=0,
    )
    columns = ("campaign", "state", "rejected", "campaign__name")
    found = jobs.filter(~Exists(clean)).select_related("campaign").only(*columns)
    return list(found.order_by("-id")[:limit])
