"""The admin's page of a discount campaign's performance."""

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.discounts.customers import may_see_customers
from console.discounts.drawing import budget_plot, days_plot
from console.subjects.discount import DiscountTab, discount_page, may_see_performance
from discounts import wording
from discounts.currencies import currency_of
from discounts.models import Customer, DiscountCampaign
from discounts.performance.in_words import page_of, reason_in_words
from discounts.performance.pace import course_of
from discounts.performance.queries import MOST_CUSTOMERS, days_of_use, top_customers
from discounts.queries import terms_of
from discounts.refusals import refusals_of
from foundation import dates

REFUSED = "You may not see how discounts are used: ask an administrator for the permission."


@require_safe
def performance(request: HttpRequest, discount_id: int) -> TemplateResponse:
    """Budget, days, customers and refusals of a campaign, archived ones too."""
    if not may_see_performance(request):
        return _page(request, {"refused": REFUSED}, status=403)
    campaign = DiscountCampaign.objects.filter(id=discount_id).first()
    if campaign is None:
        raise Http404("Campaign not found")
    refusals = refusals_of(campaign.id)
    terms, days, now = terms_of(campaign), days_of_use(campaign.id), timezone.now()
    course = course_of(terms, days, zone=campaign.timezone, now=now)
    context = discount_page(
        request, campaign, DiscountTab.PERFORMANCE, title="Performance", now=now
    ) | {
        "in_words": in_words(campaign),
        "figures": page_of(terms, days, course, existed_since=campaign.created_at),
        "budget_plot": budget_plot(course, terms.currency),
        "days_plot": days_plot(course),
        "customers": _customers(request, campaign),
        "most_customers": MOST_CUSTOMERS,
        "refusals": [
            (reason_in_words(own.refusal), f"{own.calls:,}", dates.day(own.last_day))
            for own in refusals
        ],
    }
    return _page(request, context)


def in_words(campaign: DiscountCampaign) -> str:
    """A campaign as it is stored, in one sentence."""
    return wording.summary(
        terms_of(campaign),
        zone=campaign.timezone,
        targets=campaign.targets.count() if campaign.is_targeted else 0,
    )


def _customers(request: HttpRequest, campaign: DiscountCampaign) -> list[tuple[int, str, str, str]]:
    """Ids, names, uses and sums; addresses only for users who may see customers."""
    top = top_customers(campaign.id)
    emails = {}
    if may_see_customers(request):
        known = Customer.objects.in_bulk([use.customer_id for use in top])
        emails = {customer.id: customer.email or "erased" for customer in known.values()}
    return [
        (
            use.customer_id,
            emails.get(use.customer_id, f"Customer {use.customer_id}"),
            f"{use.redemptions:,}",
            wording.money(use.spent_minor, currency=currency_of(campaign)),
        )
        for use in top
    ]


def _page(request: HttpRequest, own: dict[str, object], *, status: int = 200) -> TemplateResponse:
    context = admin.site.each_context(request) | {
        "title": "Performance",
        "opts": DiscountCampaign._meta,
        **own,
    }
    return TemplateResponse(request, "console/discounts/performance.html", context, status=status)
