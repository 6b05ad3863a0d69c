"""What all pages of one campaign share: its state, its tabs, and the next steps of a new one."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from campaigns.lifecycle import Progress, State, state_in_words, state_of
from campaigns.models import Campaign
from console.subjects.subject import NextStep, Subject, Tab
from foundation import dates
from reports.outcomes.progress import progress_of
from reports.trial import has_opened_test

LIST = "admin:campaigns_campaign_changelist"
CONTACTS = "admin:campaigns_contact_changelist"
PIXELS = "admin:campaigns_campaign_pixels"
IMPORT = "admin:campaigns_campaign_import"
SETTINGS = "admin:campaigns_campaign_change"
HISTORY = "admin:campaigns_campaign_history"


class CampaignTab(StrEnum):
    """The tabs, by their names."""

    REPORT = "report"
    CONTACTS = "contacts"
    PIXELS = "pixels"
    IMPORT = "import"
    SETTINGS = "settings"
    HISTORY = "history"


def campaign_page(
    request: HttpRequest,
    campaign: Campaign,
    tab: CampaignTab,
    *,
    title: str,
    progress: Progress | None = None,
) -> dict[str, object]:
    """What the context of a page below a campaign has of it.

    `progress` is for whoever has read it already.
    """
    progress = progress or progress_of(campaign.id, now=timezone.now())
    return {
        "title": title,
        "subtitle": campaign.name,
        "campaign": campaign,
        "subject": _subject(request, campaign, tab, progress),
    }


def _subject(
    request: HttpRequest,
    campaign: Campaign,
    tab: CampaignTab,
    progress: Progress,
) -> Subject:
    may, state = request.user.has_perm, state_of(progress, archived_at=campaign.archived_at)
    return Subject(
        list_title="Campaigns",
        list_address=_where(LIST, [], may("campaigns.view_campaign")),
        name=campaign.name,
        state=state,
        state_in_words=state_in_words(state, progress),
        dates=dates_in_words(campaign.start_at, campaign.end_at),
        tabs=list(_tabs(request, campaign, progress)),
        tab=tab,
        steps=_steps(request, campaign, progress) if state != State.ARCHIVED else [],
    )


def dates_in_words(start_at: datetime, end_at: datetime) -> str:
    return dates.days(timezone.localdate(start_at), timezone.localdate(end_at))


def first_page(request: HttpRequest, campaign: Campaign, *, has_contacts: bool) -> str:
    """Where a campaign's name leads: to its report, or to what it needs first."""
    may = request.user.has_perm
    if has_contacts and may("tracking.view_report"):
        return reverse("report-page", args=[campaign.pk])
    if not has_contacts and may("campaigns.add_contact") and may("campaigns.view_contactimport"):
        return reverse(IMPORT, args=[campaign.pk])
    return reverse(SETTINGS, args=[campaign.pk])


def _tabs(request: HttpRequest, campaign: Campaign, progress: Progress) -> Iterator[Tab]:
    """Those that the user may open."""
    may, where = request.user.has_perm, [campaign.pk]
    if may("tracking.view_report"):
        yield Tab(CampaignTab.REPORT, "Report", reverse("report-page", args=where))
    if may("campaigns.view_contact"):
        address = f"{reverse(CONTACTS)}?campaign={campaign.pk}"
        yield Tab(CampaignTab.CONTACTS, "Contacts", address, f"{progress.contacts:,}")
    if may("tracking.view_pixel"):
        yield Tab(CampaignTab.PIXELS, "Pixels and test", reverse(PIXELS, args=where))
    if may("campaigns.view_contactimport"):
        yield Tab(CampaignTab.IMPORT, "Import", reverse(IMPORT, args=where))
    if may("campaigns.view_campaign"):
        yield Tab(CampaignTab.SETTINGS, "Settings", reverse(SETTINGS, args=where))
        yield Tab(CampaignTab.HISTORY, "History", reverse(HISTORY, args=where))


# --- Next steps -----------------------------------------------------------------------------


def _steps(request: HttpRequest, campaign: Campaign, progress: Progress) -> list[NextStep]:
    """What is left to do until mails go out; none once they do, and for whoever may do nothing."""
    may, where = request.user.has_perm, [campaign.pk]
    if progress.sent or not may("campaigns.change_campaign"):
        return []
    importing = _where(IMPORT, where, may("campaigns.view_contactimport"))
    steps = [
        NextStep("Add groups", progress.has_groups, reverse(SETTINGS, args=where)),
        NextStep("Import contacts", progress.contacts > 0, importing),
        NextStep("Give them a time of sending", progress.planned > 0, importing),
        NextStep(
            "Copy the pixels and open a test",
            has_opened_test(campaign.pk),
            _where(PIXELS, where, may("tracking.view_pixel")),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _where(name: str, where: list[int], allowed: bool) -> str:
    return reverse(name, args=where) if allowed else ""
