"""What all pages of one discount campaign share: its state and its tabs."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from console.subjects.subject import Subject, Tab, state_pill
from discounts import wording
from discounts.models import DiscountCampaign
from discounts.rules import InactiveReason, Status
from foundation import dates

# What may be seen by whoever sees how a discount is used.
PERFORMANCE = ("discounts.view_discountcampaign", "discounts.view_discountusage")
ARCHIVED, NOT_STARTED = "archived", "not started"


class DiscountTab(StrEnum):
    """The tabs, by their names."""

    PERFORMANCE = "performance"
    SETTINGS = "settings"
    USAGES = "usages"
    SIMULATE = "simulate"
    HISTORY = "history"


def discount_page(
    request: HttpRequest, campaign: DiscountCampaign, tab: DiscountTab, *, title: str, now: datetime
) -> dict[str, object]:
    """What the context of a page below a discount campaign has of it."""
    state = state_of(campaign, now=now)
    may = request.user.has_perm("discounts.view_discountcampaign")
    subject = Subject(
        list_title="Discounts",
        list_address=reverse("admin:discounts_discountcampaign_changelist") if may else "",
        name=campaign.name,
        state=state.replace(" ", "-"),
        state_in_words=state.capitalize(),
        dates=_dates(campaign),
        tabs=list(_tabs(request, campaign)),
        tab=tab,
    )
    return {"title": title, "subtitle": campaign.name, "campaign": campaign, "subject": subject}


def state_of(campaign: DiscountCampaign, *, now: datetime) -> str:
    """The state in words, as it is now, which the sweep may not have stored yet."""
    if campaign.archived_at:
        return ARCHIVED
    if campaign.status == Status.ACTIVE and now < campaign.start_date:
        return NOT_STARTED
    if campaign.status == Status.ACTIVE and now >= campaign.end_date:
        return wording.STATES[InactiveReason.EXPIRED]
    reason = campaign.inactive_reason
    return wording.STATES[InactiveReason(reason) if reason else None]


def discount_pill(campaign: DiscountCampaign, *, now: datetime) -> SafeString:
    state = state_of(campaign, now=now)
    return state_pill(state.replace(" ", "-"), state.capitalize())


def may_see_performance(request: HttpRequest) -> bool:
    return request.user.has_perms(PERFORMANCE)


def days_in_words(campaign: DiscountCampaign) -> str:
    """By the campaign's own clock."""
    first, last = _first_and_last(campaign)
    return dates.days(first.date(), last.date())


def _dates(campaign: DiscountCampaign) -> str:
    first, last = _first_and_last(campaign)
    return f"{dates.moment(first)} to {dates.moment(last)} ({campaign.timezone})"


def _first_and_last(campaign: DiscountCampaign) -> tuple[datetime, datetime]:
    zone = ZoneInfo(campaign.timezone)
    return campaign.start_date.astimezone(zone), campaign.end_date.astimezone(zone)


def _tabs(request: HttpRequest, campaign: DiscountCampaign) -> Iterator[Tab]:
    """Those that the user may open."""
    may, where = request.user.has_perm, [campaign.pk]
    if may_see_performance(request):
        address = reverse("discount-campaign-performance", args=where)
        yield Tab(DiscountTab.PERFORMANCE, "Performance", address)
    if may("discounts.view_discountcampaign"):
        address = reverse("admin:discounts_discountcampaign_change", args=where)
        yield Tab(DiscountTab.SETTINGS, "Settings", address)
    if may("discounts.view_discountusage"):
        usages = reverse("admin:discounts_discountusage_changelist")
        yield Tab(DiscountTab.USAGES, "Usages", f"{usages}?campaign={campaign.pk}")
    if may("discounts.view_discountcampaign"):
        simulate = reverse("discount-simulate")
        yield Tab(DiscountTab.SIMULATE, "Simulate", f"{simulate}?campaign={campaign.pk}")
        history = reverse("admin:discounts_discountcampaign_history", args=where)
        yield Tab(DiscountTab.HISTORY, "History", history)
