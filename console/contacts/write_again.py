"""The page that asks whether one writes again to those who did not open."""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from campaigns.models import Campaign, ExportKind, Group
from consent.page.visit import may_give_pages
from console.base.lists import id_in_address
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.contacts.mailed_again import before_decision, mailed_again
from console.contacts.summary import summarize
from console.subjects.campaign import CampaignTab, campaign_page
from contacts.exports import GivenOut, recorded
from contacts.pixels.merge_list import merge_file, merge_table
from contacts.pixels.opened_lists import WrittenAgain, written_again
from foundation.audit_log import note
from foundation.csv_download import csv_download
from tracking.opened import Opened

TITLE = "Will you write to them again?"
TEMPLATE = "console/contacts/write_again.html"
NO_GROUP = "There is no such group in this campaign."
FILE = "contacts-not-opened"


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    return [
        path(
            "<id:campaign_id>/write-again/",
            subpage(model_admin, write_again, "GET", "HEAD", "POST"),
            name="campaigns_campaign_write_again",
        ),
    ]


def may_record(request: HttpRequest) -> bool:
    return request.user.has_perm("campaigns.change_contact")


def group_in_address(request: HttpRequest, campaign: Campaign) -> Group | None:
    """The group that the query names, None where it names none; raises Http404."""
    if not request.GET.get("group"):
        return None
    group_id = id_in_address(request, "group")
    group = campaign.groups.filter(id=group_id).first() if group_id else None
    if group is None:
        raise Http404(NO_GROUP)
    return group


def write_again(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponseBase:
    """Asks; Yes downloads the list and records it, chunk by chunk."""
    if not request.user.has_perms(["campaigns.view_contact", "tracking.view_pixel"]):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    group = group_in_address(request, campaign)
    if request.method == "POST" and (group is None or group.is_mailed):
        return _download(request, campaign, group)
    groups = [group] if group else list(campaign.groups.order_by("number"))
    summary = summarize(campaign, groups, group, now=timezone.now())
    unopened = summary.of(Opened.NO)
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.CONTACTS, title=TITLE),
        "group": group,
        "summary": summary,
        "unopened": unopened,
        "unopened_in_words": f"{unopened:,}",
        "may_record": may_record(request),
        "mailed_again": mailed_again(campaign),
        "before_decision": before_decision(campaign, now=timezone.now()),
        "media": model_admin.media,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _download(request: HttpRequest, campaign: Campaign, group: Group | None) -> HttpResponseBase:
    if not may_record(request):
        raise PermissionDenied
    return csv_download(_rows(request, campaign, group), name=merge_file(campaign.id, FILE))


def _rows(request: HttpRequest, campaign: Campaign, group: Group | None) -> Iterator[list[object]]:
    """The list; what was recorded is entered into the history, of a list that is cut off too."""
    pick = WrittenAgain(timezone.now())
    table = merge_table(
        campaign_id=campaign.id,
        base=settings.PUBLIC_URL,
        group_id=None if group is None else group.id,
        pick=pick,
        with_pages=may_give_pages(user_of(request)),
    )
    given = GivenOut(campaign, ExportKind.MERGE_LIST, user_of(request), group, Opened.NO)
    try:
        yield from recorded(table, given)
    finally:
        sentence = written_again(pick.recorded, group)
        note(by=user_of(request), rows=[campaign], sentence=sentence)
