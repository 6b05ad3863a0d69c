"""The admin's page that shows what each campaign would give for a basket; it changes nothing."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.base.lists import id_in_address
from console.discounts.customers import may_see_customers
from console.discounts.forms import SimulationForm
from console.subjects.discount import DiscountTab, discount_page
from discounts import queries, wording
from discounts.currencies import shop_currency
from discounts.models import Customer, DiscountCampaign
from discounts.queries import Offer, Offers
from discounts.rules import Basket
from discounts.simulation import obstacles
from discounts.types import taken_from
from foundation.errors import NotFound

REFUSED = "You may not simulate discounts: ask an administrator for the permission."


def may_simulate(request: HttpRequest) -> bool:
    """Users who may ask through the API, or may see the campaigns."""
    user = request.user
    return user.has_perm("discounts.find_discount") or user.has_perm(
        "discounts.view_discountcampaign"
    )


@sensitive_post_parameters("customer")
@require_http_methods(["GET", "HEAD", "POST"])
def simulate(request: HttpRequest) -> TemplateResponse:
    """Asks by POST and answers on the same page, so that no URL contains an e-mail address."""
    if not may_simulate(request):
        return _page(request, {"refused": REFUSED}, status=403)
    now, chosen = timezone.now(), _chosen(request)
    form = SimulationForm(
        request.POST if request.method == "POST" else None,
        finds_emails=may_see_customers(request),
    )
    answer = _answer(form, chosen, now=now) if form.is_valid() else {}
    if answer:
        answer["customer"] = _named(request, form.cleaned_data["customer"])
    own = _of_campaign(request, chosen, now) if chosen else {}
    return _page(request, {"form": form, "media": form.media, **own, **answer})


def _chosen(request: HttpRequest) -> DiscountCampaign | None:
    """The one whose tab the page is, None where it is asked about all."""
    if not request.user.has_perm("discounts.view_discountcampaign"):
        return None
    return DiscountCampaign.objects.filter(id=id_in_address(request, "campaign") or 0).first()


def _of_campaign(
    request: HttpRequest, campaign: DiscountCampaign, now: datetime
) -> dict[str, object]:
    return discount_page(request, campaign, DiscountTab.SIMULATE, title="Simulate", now=now)


def _page(
    request: HttpRequest, own: Mapping[str, object], *, status: int = 200
) -> TemplateResponse:
    context = admin.site.each_context(request) | {
        "title": "Simulate discounts",
        "opts": DiscountCampaign._meta,
        **own,
    }
    return TemplateResponse(request, "console/discounts/simulate.html", context, status=status)


def _answer(
    form: SimulationForm, chosen: DiscountCampaign | None, *, now: datetime
) -> dict[str, object]:
    """What the page shows, of the chosen campaign alone if there is one.

    An unknown customer becomes an error of the form.
    """
    asked = form.cleaned_data
    moment = asked["moment"] or now
    basket = Basket(
        currency=shop_currency(),
        cart_value_minor=asked["cart_value"],
        delivery_charge_minor=asked["delivery_charge"] or 0,
    )
    try:
        offers = queries.offers(
            customer_id=asked["customer"], basket=basket, now=moment, with_refused=True
        )
    except NotFound:
        form.add_error("customer", "No customer has this address or id.")
        return {}
    return {
        "moment": wording.moment(moment, settings.TIME_ZONE),
        "applying": [own for own in _applying(offers) if chosen in (None, own["campaign"])],
        "not_applying": [
            _refused(offer, now=moment)
            for offer in offers.refused
            if chosen in (None, offer.campaign)
        ],
        "most_refused": queries.MOST_REFUSED if offers.is_cut and chosen is None else None,
    }


def _named(request: HttpRequest, customer_id: int) -> str:
    """By name for users who may see customers, and else by the id that was asked with."""
    customer = Customer.objects.get(id=customer_id)
    if may_see_customers(request) and customer.name:
        return str(customer.name)
    return f"customer {customer_id}"


def _applying(offers: Offers) -> list[dict[str, object]]:
    return [
        {
            "campaign": offer.campaign,
            "what": taken_from(offer.campaign.discount_type),
            "original": _money(offer, offer.decision.original_minor),
            "final": _money(offer, offer.decision.final_minor),
            "savings": wording.savings(offer.decision),
            "is_best": n == 0,
        }
        for ranked in offers.by_type.values()
        for n, offer in enumerate(ranked)
    ]


def _refused(offer: Offer, *, now: datetime) -> dict[str, object]:
    return {
        "campaign": offer.campaign,
        "obstacles": obstacles(offer.decision, zone=offer.campaign.timezone, now=now),
    }


def _money(offer: Offer, minor: int) -> str:
    return wording.money(minor, currency=offer.decision.terms.currency)
