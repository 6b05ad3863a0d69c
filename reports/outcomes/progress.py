"""How far campaigns were sent and whether they were decided, read from counters."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import BigIntegerField, Exists, F, QuerySet, Subquery

from campaigns.lifecycle import Progress
from campaigns.models import Campaign, Group
from campaigns.roles import Role
from reports.figures import Figures
from reports.sent import Today
from tracking.counting.fold import NEVER
from tracking.models import ContactsByDueDay, ContactsByDueMinute, VerdictDecision


class Total(Subquery):
    """The sum of a column over rows that depend on no row outside."""

    template = "(SELECT COALESCE(SUM(part), 0) FROM (%(subquery)s) parts)"
    output_field = BigIntegerField()

    def __init__(self, rows: QuerySet, column: str) -> None:
        super().__init__(rows.order_by().values(part=F(column)))


def progress_of(campaign_id: int, *, now: datetime) -> Progress:
    """Of one campaign; in one query."""
    groups, today = Group.objects.filter(campaign_id=campaign_id), Today(now)
    mailed = groups.exclude(role=Role.CONTROL).values("id")
    days = ContactsByDueDay.objects.filter(group_id__in=mailed)
    minutes = ContactsByDueMinute.objects.filter(today.minutes, group_id__in=mailed)
    found = Campaign.objects.filter(id=campaign_id).annotate(
        all_contacts=Total(days, "contacts"),
        unscheduled=Total(days.filter(day=NEVER), "contacts"),
        sent_before=Total(days.filter(today.past_days), "contacts"),
        opened_else=Total(days.filter(today.later_days), "opened"),
        sent_today=Total(minutes.filter(today.past_minutes), "contacts"),
        opened_today=Total(minutes.exclude(today.past_minutes), "opened"),
        is_decided=Exists(VerdictDecision.objects.filter(campaign_id=campaign_id)),
        has_groups=Exists(groups.filter(archived_at__isnull=True)),
    )
    sums = ("all_contacts", "unscheduled", "sent_before", "opened_else", "sent_today")
    row = found.values(*sums, "opened_today", "is_decided", "has_groups").get()
    sent = ("sent_before", "opened_else", "sent_today", "opened_today")
    return Progress(
        contacts=int(row["all_contacts"]),
        sent=sum(int(row[part]) for part in sent),
        unscheduled=int(row["unscheduled"]),
        is_decided=row["is_decided"],
        has_groups=row["has_groups"],
    )


def progress_in_figures(figures: Mapping[int, Figures]) -> dict[int, Progress]:
    """Of campaigns whose figures were read, by their ids; in one query."""
    decided = _decided_among(figures)
    return {
        campaign_id: Progress(
            contacts=own.contacts,
            sent=own.sent,
            unscheduled=own.never_due,
            is_decided=campaign_id in decided,
        )
        for campaign_id, own in figures.items()
    }


def _decided_among(campaign_ids: Collection[int]) -> set[int]:
    decided = VerdictDecision.objects.filter(campaign_id__in=campaign_ids)
    return set(decided.values_list("campaign_id", flat=True))
