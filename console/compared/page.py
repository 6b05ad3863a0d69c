"""The page that shows the open rates of several campaigns side by side."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from console.compared.drawing import drawing_of
from console.subjects.campaign import dates_in_words
from console.subjects.subject import state_pill
from foundation.parsing import BadValue, read_id
from reports.compared.campaigns import Compared, Comparison, compare_campaigns
from reports.rates import NONE, of_whom_in_words, rate_in_words
from reports.verdict.proportions import wilson
from reports.verdict.wording import age

NAME = "campaigns_campaign_compare"
LEAST, MOST = 2, 8
HOW_MANY = f"Choose {LEAST} to {MOST} campaigns to compare."
UNKNOWN = "One of these campaigns is not there: choose them in the list again."


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    return [path("compare/", subpage(model_admin, compare_page, "GET", "HEAD"), name=NAME)]


def compare_selected(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_ids: Sequence[int]
) -> HttpResponse | None:
    """The page of the campaigns that were selected in a list, or a message there."""
    if not LEAST <= len(campaign_ids) <= MOST:
        model_admin.message_user(request, HOW_MANY, messages.ERROR)
        return None
    query = urlencode([("campaign", str(one)) for one in sorted(campaign_ids)])
    return HttpResponseRedirect(f"{reverse(f'admin:{NAME}')}?{query}")


def compare_page(model_admin: SavesThroughServices, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("tracking.view_report"):
        raise PermissionDenied
    own, status = _compared(request)
    context = admin.site.each_context(request) | {
        "opts": model_admin.opts,
        "title": "Compare campaigns",
        "media": model_admin.media,
        "may_list": request.user.has_perm("campaigns.view_campaign"),
        **own,
    }
    return TemplateResponse(request, "console/compared/page.html", context, status=status)


def _compared(request: HttpRequest) -> tuple[dict[str, object], int]:
    """What the page shows, and its status."""
    try:
        ids = {read_id(int(text)) for text in request.GET.getlist("campaign")}
    except (ValueError, BadValue):
        return {"refused": UNKNOWN}, 400
    if not LEAST <= len(ids) <= MOST:
        return {"refused": HOW_MANY}, 400 if ids else 200
    comparison = compare_campaigns(ids, now=timezone.now())
    if len(comparison.campaigns) < len(ids):
        return {"refused": UNKNOWN}, 404
    return _shown(comparison), 200


def _shown(comparison: Comparison) -> dict[str, object]:
    campaigns = comparison.campaigns
    rates = [(one.name, one.mailed.rate, one.mailed.rate_with_machine) for one in campaigns]
    return {
        "drawing": drawing_of(rates),
        "rows": [_row(one) for one in campaigns],
        "age": None if comparison.age is None else age(comparison.age),
    }


def _row(one: Compared) -> dict[str, object]:
    mailed = one.mailed
    return {
        "name": one.name,
        "report": reverse("report-page", args=[one.id]),
        "pill": state_pill(one.state, one.state_in_words),
        "dates": dates_in_words(one.start_at, one.end_at),
        "sent": f"{mailed.sent:,}",
        "measured": f"{mailed.measured:,}",
        "rate": rate_in_words(mailed.rate, mailed.rate_with_machine),
        "of_whom": of_whom_in_words(mailed),
        "at_age": _at_age(one),
    }


def _at_age(one: Compared) -> str:
    """The rate at the common age with its range (Wilson, 95%)."""
    if not one.reached_age:
        return NONE
    low, high = wilson(one.opened_at_age, one.reached_age)
    return f"{one.opened_at_age / one.reached_age:.1%} ({low:.1%} to {high:.1%})"
