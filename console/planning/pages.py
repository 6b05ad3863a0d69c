"""The planner of a campaign: the panel on its page, warnings before launch, and a page to ask."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from campaigns.models import Campaign, Group
from campaigns.queries import compared_groups
from console.base.forms import PlainForm, show_refusal
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from console.planning.mixing import may_mix
from console.subjects.campaign import CampaignTab, campaign_page
from foundation.errors import DomainError
from reports.planner.due_times import due_times
from reports.planner.plan import Plan, Question, plan_campaign, variants_of
from reports.planner.warnings import schedule_warnings

NAME = "campaigns_campaign_plan"


NOT_A_NUMBER = {"invalid": "Write a number with a point: 4.5."}


class QuestionForm(PlainForm):
    """What somebody asks, in percent and percentage points."""

    difference = forms.DecimalField(
        label="Difference in points",
        max_digits=5,
        decimal_places=2,
        required=False,
        error_messages=NOT_A_NUMBER,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="How far one group is to be above all others: 2 is 20% against 22%. "
        "Empty: a tenth of the rate.",
    )
    rate = forms.DecimalField(
        label="Expected rate in %",
        max_digits=5,
        decimal_places=2,
        required=False,
        error_messages=NOT_A_NUMBER,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="How many will open by then. Empty: as past mailings did.",
    )

    @property
    def question(self) -> Question:
        """Raises InvalidInput."""
        asked = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return Question(**{name: float(value) / 100 for name, value in asked.items()})


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page = subpage(model_admin, plan_page, "GET", "HEAD")
    return [path("<id:campaign_id>/plan/", page, name=NAME)]


def may_plan(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.view_report")


def plan_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """Answers what is asked; nothing is changed."""
    if not may_plan(request) or not model_admin.has_view_permission(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    form = QuestionForm(request.GET or None)
    form.is_valid()
    plan = _answer(campaign, form)
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.SETTINGS, title="Plan"),
        "form": form,
        "sentences": _sentences(plan, form),
        "warnings": _warnings(plan, now=timezone.now()) if "rate" not in form.errors else [],
        "may_mix": may_mix(request),
        "media": model_admin.media,
    }
    return TemplateResponse(request, "console/planning/plan.html", context)


def _answer(campaign: Campaign, form: QuestionForm) -> Plan:
    """By the fields that can be answered: of the others the form says what is wrong."""
    try:
        return _plan(campaign, form.question if form.is_bound else Question())
    except DomainError as error:
        show_refusal(form, error)
        # What was refused is no part of the question any more.
        return _answer(campaign, form)


def _sentences(plan: Plan, form: QuestionForm) -> list[str]:
    """Those that don't depend on what is wrong."""
    if "rate" in form.errors:
        return plan.taking_no_part
    return plan.at_hand if form.errors else plan.sentences


def plan_panel(
    request: HttpRequest, campaign: Campaign, groups: Sequence[Group]
) -> dict[str, object]:
    """What the own page of a campaign with these groups shows of its plan, until it is sent."""
    now = timezone.now()
    times = due_times(campaign, variants_of(groups))
    if not times.is_open(now=now):
        return {}
    plan = plan_campaign(campaign, groups, question=Question(), now=now, times=times)
    return {
        "plan": plan if may_plan(request) else None,
        "plan_form": QuestionForm() if plan.comparable else None,
        "plan_warnings": plan.warnings,
        "may_mix": may_mix(request),
    }


def warnings_of(campaign: Campaign) -> list[str]:
    """Where groups would be sent apart, as long as that can be mended."""
    groups = list(compared_groups(campaign.id))
    return schedule_warnings(campaign, groups, now=timezone.now())


def _plan(campaign: Campaign, question: Question) -> Plan:
    groups = list(campaign.groups.order_by("number"))
    return plan_campaign(campaign, groups, question=question, now=timezone.now())


def _warnings(plan: Plan, *, now: datetime) -> list[str]:
    return plan.warnings if plan.times.is_open(now=now) else []
