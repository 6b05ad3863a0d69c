"""The button that downloads whom a campaign may ask for consent, and records them as asked."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.models import Campaign, ExportKind
from consent.asking.services import can_ask, refuse_asking
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.contacts.bulk import may_download
from console.subjects.campaign import CONTACTS
from contacts.exports import GivenOut, recorded
from contacts.pixels.ask_list import DOWNLOADED, MayBeAsked
from contacts.pixels.merge_list import merge_file, merge_table
from foundation.csv_download import csv_download
from foundation.errors import InvalidInput

FILE = "contacts-to-ask"


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    return [
        path(
            "<id:campaign_id>/ask/",
            # A link could be followed by what only looks ahead.
            subpage(model_admin, download_whom_to_ask, "POST"),
            name="campaigns_campaign_ask",
        ),
    ]


def may_ask(request: HttpRequest) -> bool:
    return may_download(request) and request.user.has_perm("consent.add_decision")


def months_to_wait(request: HttpRequest, campaign: Campaign) -> int | None:
    """For how long nobody is asked again; None where the user or the campaign can't ask."""
    if campaign.archived_at is not None or not may_ask(request) or not can_ask(campaign):
        return None
    return int(settings.CONSENT_ASK_AGAIN_MONTHS)


def download_whom_to_ask(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponseBase:
    """The merge list with the people's own pages; they count as asked from then on."""
    if not may_ask(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    try:
        refuse_asking(campaign)
    except InvalidInput as error:
        model_admin.say_refused(request, error)
        # The list with the button.
        return HttpResponseRedirect(f"{reverse(CONTACTS)}?campaign={campaign.id}")
    table = merge_table(
        campaign_id=campaign.id,
        base=settings.PUBLIC_URL,
        pick=MayBeAsked(campaign.id, timezone.now()),
        with_pages=True,
    )
    given = GivenOut(campaign, ExportKind.MERGE_LIST, user_of(request))
    model_admin.note_changes(request, [campaign], DOWNLOADED)
    return csv_download(recorded(table, given), name=merge_file(campaign.id, FILE))
