"""The page that mixes a campaign's schedule."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from campaigns.models import Campaign
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from console.contacts import bulk
from console.subjects.campaign import SETTINGS, CampaignTab, campaign_page
from contacts.schedules.mixing import MARGIN, Mixable, Mixed, mixable, nothing_to_mix, start_mixing
from contacts.tasks import enqueue_mixing
from foundation.errors import DomainError

NAME = "campaigns_campaign_mix_schedule"
SAYS_WHEN = "“Mix the schedule” says when it is done"
GOES_ON = "{} That goes on by itself: {}. Times change: after that {}."


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page = subpage(model_admin, mix_page, "GET", "HEAD", "POST")
    return [path("<id:campaign_id>/mix-schedule/", page, name=NAME)]


def may_mix(request: HttpRequest) -> bool:
    return request.user.has_perm("campaigns.change_contact")


def mix_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """Says what would happen; a POST does it."""
    if not may_mix(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    if request.method == "POST" and _mix(model_admin, request, campaign):
        return HttpResponseRedirect(_back_to(request, campaign) or request.path)
    found = mixable(campaign_id=campaign.id, now=timezone.now())
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.CONTACTS, title="Mix the schedule"),
        "mixable": found,
        "groups": _named(campaign, found),
        "total": f"{sum(found.contacts.values()):,}",
        "stays": list(_stays(found)),
        "nothing": nothing_to_mix(),
        "back": _back_to(request, campaign),
        "media": model_admin.media,
    }
    return TemplateResponse(request, "console/planning/mix_schedule.html", context)


def _back_to(request: HttpRequest, campaign: Campaign) -> str:
    """The campaign's page, "" for whoever may not see it."""
    may = request.user.has_perm("campaigns.view_campaign")
    return reverse(SETTINGS, args=[campaign.id]) if may else ""


def _mix(model_admin: SavesThroughServices, request: HttpRequest, campaign: Campaign) -> bool:
    try:
        mixed = start_mixing(campaign_id=campaign.id, clock=timezone.now, enqueue=enqueue_mixing)
    except DomainError as error:
        model_admin.say_refused(request, error)
        return False
    if mixed.sentence:
        model_admin.note_changes(request, [campaign], mixed.sentence)
    model_admin.message_user(request, _in_words(request, campaign, mixed))
    return True


def _in_words(request: HttpRequest, campaign: Campaign, mixed: Mixed) -> str:
    if not mixed.sentence:
        return "The schedule is mixed already: nobody was moved."
    again = "download the contacts again before you send"
    if bulk.may_download(request):
        address = reverse("admin:campaigns_campaign_contacts_csv", args=[campaign.id])
        again = format_html('<a href="{}">{}</a>', address, again)
    if mixed.left:
        page = format_html('<a href="{}">{}</a>', request.path, SAYS_WHEN)
        return format_html(GOES_ON, mixed.sentence, page, again)
    return format_html("{} Times have changed: {}.", mixed.sentence, again)


def _named(campaign: Campaign, found: Mixable) -> list[tuple[str, str]]:
    groups = campaign.groups.filter(id__in=found.contacts).order_by("number")
    return [(str(group), f"{found.contacts[group.id]:,}") for group in groups]


def _stays(found: Mixable) -> Iterator[str]:
    if found.due:
        comes_later = sum(found.contacts.values()) > 0
        later = ". The report compares those that come later" if comes_later else ""
        yield (
            f"{found.due:,} due by now or in the next {MARGIN // timedelta(minutes=1)} minutes: "
            f"their mails may be on their way{later}"
        )
    if found.unscheduled:
        yield f"{found.unscheduled:,} without a schedule"
    if found.kept:
        yield f"{found.kept:,} opened already, or marked as bounced or withdrawn"
