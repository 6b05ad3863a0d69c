"""The page that gives the winner to the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.history import GROUPS
from campaigns.models import Campaign, Group
from campaigns.queries import rest_of
from campaigns.roles import Role
from console.base.forms import PlainForm, show_refusal
from console.base.moments import MomentField
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.contacts.bulk import may_download
from console.subjects.campaign import CampaignTab, campaign_page
from contacts.schedules import winner
from contacts.schedules.winner_times import Preview, first_due, planned_start, preview, to_send_to
from foundation.errors import DomainError
from reports.report import report_subject, verdict_on

PAGE = "admin:campaigns_campaign_winner"
TITLE = "Give the winner to the rest"
TEMPLATE = "console/campaigns/winner.html"


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page = subpage(model_admin, winner_page, "GET", "HEAD", "POST")
    return [path("<id:campaign_id>/winner/", page, name="campaigns_campaign_winner")]


def may_give(request: HttpRequest) -> bool:
    return request.user.has_perms(["campaigns.change_contact", "tracking.view_report"])


def rest_to_give(request: HttpRequest, campaign: Campaign, groups: Sequence[Group]) -> bool:
    """Whether the page of a campaign with these groups has something to press for this user."""
    has_rest = any(group.role == Role.REST for group in groups)
    rest = rest_of(campaign.id) if has_rest and may_give(request) else None
    return rest is not None and winner.may_be_given(rest)


class WinnerForm(PlainForm):
    """Which variant, and from when on."""

    winner = forms.ChoiceField(label="The rest gets", widget=forms.RadioSelect)
    start_at = MomentField(
        label="First due",
        help_text="A time that has passed means at once. The others keep their distance to the "
        "first; who has no schedule is due with the first.",
    )

    # What is asked on the page after the form.
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    outside = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data["confirmed"])

    chosen = ""

    def name_chosen(self) -> str:
        return self.names[self.cleaned_data["winner"]]

    def __init__(self, *args: Any, variants: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast(forms.ChoiceField, self.fields["winner"])
        self.names = {str(group.id): str(group) for group in variants}
        choice.choices = list(self.names.items())


def winner_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """Says what will happen and does it when posted; then offers the rest's merge list."""
    if not may_give(request):
        raise PermissionDenied
    rest = rest_of(campaign_id)
    if rest is None:
        raise Http404(winner.NO_REST)
    now, form, seen = timezone.now(), None, None
    if winner.may_be_given(rest):
        form = _form(request, rest, now)
        if form.is_valid():
            # A refusal takes the values away.
            start, form.chosen = form.cleaned_data["start_at"], form.name_chosen()
            if form.is_confirmed and _give(request, rest, form, now):
                return HttpResponseRedirect(reverse(PAGE, args=[campaign_id]))
            seen = preview(rest, start_at=start, now=now)
    elif request.method == "POST" and rest.winner_id is not None:
        _say_given(model_admin, request, rest, now)
    return _page(model_admin, request, Shown(rest, form, seen), now)


def _form(request: HttpRequest, rest: Group, now: datetime) -> WinnerForm:
    variants = list(Group.objects.filter(campaign_id=rest.campaign_id, role=Role.VARIANT))
    known = winner.found(rest.campaign_id)
    start = timezone.localtime(planned_start(rest, now=now)).replace(second=0, microsecond=0)
    initial = {"winner": known and known.group_id, "start_at": start}
    return WinnerForm(request.POST or None, variants=variants, initial=initial)


def _give(request: HttpRequest, rest: Group, form: WinnerForm, now: datetime) -> bool:
    try:
        GROUPS.changed(by=user_of(request), row=rest, change=_choice(rest, form, now))
        winner.schedule_rest(rest_id=rest.id, now=now)
    except DomainError as error:
        show_refusal(form, error)
        return False
    return True


def _choice(rest: Group, form: WinnerForm, now: datetime) -> Callable[[], Group]:
    asked = form.cleaned_data
    return partial(
        winner.choose_winner,
        rest_id=rest.id,
        winner_id=int(asked["winner"]),
        start_at=asked["start_at"],
        allow_outside_dates=asked["outside"],
        now=now,
    )


def _say_given(
    model_admin: SavesThroughServices, request: HttpRequest, rest: Group, now: datetime
) -> None:
    """Refuse what a page asks for that was opened before the rest was given another winner."""
    form = _form(request, rest, now)
    if form.is_valid():
        try:
            _choice(rest, form, now)()
        except DomainError as error:
            model_admin.say_refused(request, error)


@dataclass(frozen=True)
class Shown:
    """The form is None where nothing can be given; `preview` is of what is to be confirmed."""

    rest: Group
    form: WinnerForm | None
    preview: Preview | None


def _page(
    model_admin: SavesThroughServices, request: HttpRequest, shown: Shown, now: datetime
) -> TemplateResponse:
    rest, form = shown.rest, shown.form
    subject, known = report_subject(rest.campaign_id), winner.found(rest.campaign_id)
    verdict = verdict_on(subject, now=now, zone=timezone.get_default_timezone())
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, rest.campaign, CampaignTab.REPORT, title=TITLE),
        "rest": rest,
        "verdict": verdict.text if known else winner.UNDECIDED,
        "is_preliminary": known is not None and known.is_preliminary,
        "found": known and next((g for g in subject.groups if g.id == known.group_id), None),
        "waiting": 0 if rest.winner_given_at else winner.waiting(rest).count(),
        "to_send_to": to_send_to(rest).count() if form else 0,
        "preview": shown.preview,
        "first_due": first_due(rest) if rest.winner_id else None,
        "warnings": winner.warnings(rest) if rest.winner_id else [],
        "zone": timezone.get_default_timezone_name(),
        "may_download": may_download(request),
        "form": form,
        "media": model_admin.media + (form.media if form else forms.Media()),
    }
    return TemplateResponse(request, TEMPLATE, context)
