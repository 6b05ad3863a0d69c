"""The page on which links to a campaign's report are made, listed and withdrawn."""

from collections.abc import Iterator
from datetime import datetime

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns import report_links
from campaigns.link_models import DEFAULT_LIFETIME, LIFETIMES, ReportLink
from campaigns.models import Campaign
from console.base.forms import PlainForm, show_refusal
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.subjects.campaign import CampaignTab, campaign_page
from foundation import dates
from foundation.database.transactions import in_transaction
from foundation.errors import DomainError, NotFound
from foundation.parsing import BadValue, read_id

NAME = "campaigns_campaign_report_links"
PAGE = f"admin:{NAME}"
NEEDED = ["campaigns.share_report", "tracking.view_report"]
MADE = "Shared the report by a link that works until {}."
WITHDRAWN = "Withdrew the link to the report of {}."
ENDED = "That link had ended before."


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page = subpage(model_admin, links_page, "GET", "HEAD", "POST")
    return [path("<id:campaign_id>/report-links/", page, name=NAME)]


def may_share(request: HttpRequest) -> bool:
    return request.user.has_perms(NEEDED)


class LinkForm(PlainForm):
    """How long a new link works."""

    lifetime = forms.TypedChoiceField(
        label="Works for", choices=LIFETIMES, coerce=int, initial=DEFAULT_LIFETIME
    )


def links_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """A new link is shown in the answer that makes it, and nowhere after that."""
    if not may_share(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    if "withdraw" in request.POST:
        _withdraw(model_admin, request, campaign)
        return HttpResponseRedirect(reverse(PAGE, args=[campaign.id]))
    form, address = LinkForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        address = _make(model_admin, request, campaign, form)
    now = timezone.now()
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.REPORT, title="Share the report"),
        "form": form,
        "address": address,
        "links": list(_rows(report_links.links_of(campaign.id), now)),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "console/report_links/links.html", context)


def _make(
    model_admin: SavesThroughServices, request: HttpRequest, campaign: Campaign, form: LinkForm
) -> str | None:
    """The address of a new link; None where it was refused, which the form then says."""

    @in_transaction
    def make() -> report_links.NewLink:
        made = report_links.make_link(
            campaign_id=campaign.id,
            lifetime=form.cleaned_data["lifetime"],
            created_by=user_of(request),
            now=timezone.now(),
        )
        until = dates.day(timezone.localtime(made.link.expires_at))
        model_admin.note_changes(request, [campaign], MADE.format(until))
        return made

    try:
        made = make()
    except DomainError as error:
        show_refusal(form, error)
        return None
    return settings.PUBLIC_URL + reverse("shared-report", args=[made.token])


def _withdraw(model_admin: SavesThroughServices, request: HttpRequest, campaign: Campaign) -> None:
    @in_transaction
    def revoke() -> str:
        link = report_links.revoke_link(
            campaign_id=campaign.id, link_id=_id_in(request), now=timezone.now()
        )
        if link is None:
            return ENDED
        said = WITHDRAWN.format(dates.moment(timezone.localtime(link.created_at)))
        model_admin.note_changes(request, [campaign], said)
        return said

    try:
        model_admin.message_user(request, revoke())
    except DomainError as error:
        model_admin.say_refused(request, error)


def _id_in(request: HttpRequest) -> int:
    """The id of the link to withdraw; raises NotFound for what is no id."""
    try:
        return read_id(int(request.POST["withdraw"]))
    except (ValueError, BadValue):
        raise NotFound(report_links.NOT_FOUND) from None


def _rows(links: list[ReportLink], now: datetime) -> Iterator[dict[str, object]]:
    for link in links:
        yield {
            "id": str(link.pk),
            "made": dates.moment(timezone.localtime(link.created_at)),
            "by": link.created_by.get_username() if link.created_by else "-",
            "until": dates.moment(timezone.localtime(link.expires_at)),
            "state": _state(link, now),
            "works": _state(link, now) == "Works",
            "views": f"{link.views:,}",
            "last": dates.moment(timezone.localtime(link.last_viewed_at))
            if link.last_viewed_at
            else "never",
        }


def _state(link: ReportLink, now: datetime) -> str:
    if link.revoked_at is not None:
        return "Withdrawn"
    return "Works" if link.expires_at > now else "Expired"
