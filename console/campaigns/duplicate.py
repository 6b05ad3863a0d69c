"""The button that copies a campaign; it leads to the copy's settings."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.duplicating import duplicate_campaign
from campaigns.history import duplicated
from campaigns.models import Campaign
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.subjects.campaign import SETTINGS
from foundation.errors import DomainError

NEEDED = ["campaigns.view_campaign", "campaigns.add_campaign", "campaigns.add_group"]
COPIED = (
    "This is the copy of {}: the same settings and groups, without contacts. Check its name and "
    "its dates."
)
OTHER_MODES = " It measures less than the original: see “Measures” and “Who was never asked”."


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page = subpage(model_admin, duplicate, "POST")
    return [path("<id:campaign_id>/duplicate/", page, name="campaigns_campaign_duplicate")]


def may_duplicate(request: HttpRequest) -> bool:
    return request.user.has_perms(NEEDED)


def duplicate(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    if not may_duplicate(request):
        raise PermissionDenied
    source, by = get_object_or_404(Campaign, id=campaign_id), user_of(request)
    make = partial(duplicate_campaign, campaign_id=source.id, created_by=by, now=timezone.now())
    try:
        copy = duplicated(by=by, source=source, duplicate=make)
    except DomainError as error:
        model_admin.say_refused(request, error)
        return HttpResponseRedirect(reverse(SETTINGS, args=[source.id]))
    model_admin.message_user(request, COPIED.format(source.name) + _other_modes(source, copy))
    return HttpResponseRedirect(reverse(SETTINGS, args=[copy.id]))


def _other_modes(source: Campaign, copy: Campaign) -> str:
    kept = (copy.tracking_mode, copy.never_asked) == (source.tracking_mode, source.never_asked)
    return "" if kept else OTHER_MODES
