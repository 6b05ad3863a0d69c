"""How far campaigns were sent and whether they were decided, read from counters."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from campaigns.lifecycle import Progress
from campaigns.models import Group
from reports.figures import Figures
from reports.sent import read_sent
from tracking.models import VerdictDecision


def progress_of(campaign_id: int, groups: Iterable[Group], *, now: datetime) -> Progress:
    """Of one campaign with these groups; in three queries."""
    mailed = [group.id for group in groups if group.is_counted]
    sent = list(read_sent(mailed, now=now))
    return Progress(
        contacts=sum(part.contacts for part in sent),
        sent=sum(part.sent for part in sent),
        unscheduled=sum(part.never_due for part in sent),
        is_decided=campaign_id in decided_among([campaign_id]),
    )


def progress_in_figures(figures: Mapping[int, Figures]) -> dict[int, Progress]:
    """Of campaigns whose figures were read, by their ids; in one query."""
    decided = decided_among(figures)
    return {
        campaign_id: Progress(
            contacts=own.contacts,
            sent=own.sent,
            unscheduled=own.never_due,
            is_decided=campaign_id in decided,
        )
        for campaign_id, own in figures.items()
    }


def decided_among(campaign_ids: Collection[int]) -> set[int]:
    """The campaigns whose groups were decided on."""
    decided = VerdictDecision.objects.filter(campaign_id__in=campaign_ids)
    return set(decided.values_list("campaign_id", flat=True))
