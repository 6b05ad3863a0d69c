"""The pages of the admin and calls of the API that `benchmarks.admin_pages` asks for.

`make_rows` adds what each of them needs beside campaigns, contacts, pixels and opens.
"""

import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

EMAIL = "ann@example.com"


@dataclass(frozen=True)
class Rows:
    """One of everything: each page of one thing shows it, each narrowed list goes by it."""

    campaign: object
    group: object
    contact: object
    pixel: object
    hit: object
    discount: object
    customer: object


def make_rows(*, now: datetime) -> Rows:
    from campaigns.models import Campaign, Contact
    from tracking.models import Open

    campaign = Campaign.objects.order_by("id")[0]
    contact = Contact.objects.filter(campaign=campaign).order_by("created_at")[0]
    name_one(contact)
    customer, discount = make_discount(now)
    return Rows(
        campaign=campaign,
        group=campaign.groups.order_by("number")[0],
        contact=contact,
        pixel=contact.pixels.order_by("number")[0],
        hit=Open.objects.order_by("opened_at")[0],
        discount=discount,
        customer=customer,
    )


def name_one(contact) -> None:
    from foundation.personal_data.hashes import email_hash

    contact.email, contact.email_hash = EMAIL, email_hash(EMAIL)
    contact.email_domain = "example.com"
    contact.save()


def make_discount(now: datetime) -> tuple:
    from discounts import apply, customers
    from discounts.apply import Application
    from discounts.campaigns.services import create_campaign
    from discounts.currencies import shop_currency
    from discounts.rules import Basket

    values = {
        "name": "Ten percent",
        "discount_type": "cart",
        "discount_percentage_hundredths": 1000,
        "start_date": now - timedelta(days=1),
        "end_date": now + timedelta(days=9),
        "total_budget_minor": 100_000,
    }
    discount = create_campaign(values=values, now=now)
    email = f"ann-{secrets.token_hex(4)}@example.com"
    customer = customers.create_customer(email=email, name="Ann Lee", now=now)
    application = Application(
        campaign_id=discount.id,
        customer_id=customer.id,
        basket=Basket(currency=shop_currency(), cart_value_minor=10_000),
        user_id=None,
        idempotency_key=None,
    )
    apply.apply_discount(application=application, now=now)
    return customer, discount


def addresses(rows: Rows, *, now: datetime) -> dict[str, str]:
    """The address of each page and call, by its name."""
    return {
        "home": "/admin/",
        **lists(rows, now),
        **single_pages(rows),
        **campaign_pages(rows),
        **calls(rows),
    }


def lists(rows: Rows, now: datetime) -> dict[str, str]:
    from django.urls import reverse

    paths = {}
    for name, narrowed in narrowings(rows, now).items():
        path = reverse(f"admin:{name}_changelist")
        paths[f"{name} list"] = path
        for how, query in narrowed.items():
            paths[f"{name} list, {how}"] = f"{path}?{query}"
    return paths


def narrowings(rows: Rows, now: datetime) -> dict[str, dict[str, str]]:
    """By list, each way to see a part of it and the query that asks for it."""
    from contacts.search import search_term

    of_campaign, of_group = f"campaign={rows.campaign.id}", f"group={rows.group.id}"
    of_contact = f"q={rows.contact.uuid}"
    return {
        "campaigns_campaign": {"searched": "q=A"},
        "campaigns_group": {"of a campaign": of_campaign},
        "campaigns_contact": {
            "of a campaign": of_campaign,
            "of a group": of_group,
            "not sent": "not_sent_reason__exact=bounced",
            "searched by e-mail": urlencode({"q": search_term(EMAIL)}),
            "last page": f"p={last_page()}",
        },
        "tracking_pixel": {
            "of a campaign": of_campaign,
            "of a group": of_group,
            "searched by contact": of_contact,
        },
        "tracking_open": {
            "machine": "by=machine",
            "of a campaign": of_campaign,
            "of a group": of_group,
            "machine, of a group": f"by=machine&{of_group}",
            "of today": urlencode({"opened_at__gte": f"{now:%Y-%m-%d 00:00+00:00}"}),
            "searched by contact": of_contact,
        },
        "tracking_useragent": {},
        "discounts_discountcampaign": {},
        "discounts_customer": {},
        "discounts_discountusage": {},
    }


def last_page() -> int:
    from campaigns.models import Contact
    from console.base.lists import PAGE, BoundedPaginator

    return math.ceil(min(BoundedPaginator.longest, Contact.objects.count()) / PAGE)


def single_pages(rows: Rows) -> dict[str, str]:
    from django.urls import reverse

    shown = {
        "campaigns_campaign": rows.campaign,
        "campaigns_group": rows.group,
        "campaigns_contact": rows.contact,
        "tracking_open": rows.hit,
        "tracking_pixel": rows.pixel,
        "discounts_discountcampaign": rows.discount,
    }
    return {
        f"{name} page": reverse(f"admin:{name}_change", args=[row.pk])
        for name, row in shown.items()
    }


def campaign_pages(rows: Rows) -> dict[str, str]:
    from django.urls import reverse

    paths = {
        name: reverse(f"admin:campaigns_campaign_{name}", args=[rows.campaign.pk])
        for name in ("import", "pixels", "add_contacts")
    }
    report = reverse("report-page", args=[rows.campaign.pk])
    asked = {"": "", ", with machine": "machine=true", ", last week": "period=7d"}
    asked[", silent domains"] = "domains=true"
    paths |= {f"report{how}": f"{report}?{query}" for how, query in asked.items()}
    paths["report data"] = reverse("report-data", args=[rows.campaign.pk])
    paths["performance"] = reverse("discount-campaign-performance", args=[rows.discount.pk])
    paths["simulate"] = reverse("discount-simulate")
    return paths


def calls(rows: Rows) -> dict[str, str]:
    """Calls of the API that read."""
    api, campaign = "/api/v1", rows.campaign.id
    return {
        "GET email-campaigns": f"{api}/email-campaigns/",
        "GET email-campaign": f"{api}/email-campaigns/{campaign}/",
        "GET report": f"{api}/email-campaigns/{campaign}/report/",
        "GET groups": f"{api}/groups/",
        "GET contacts": f"{api}/contacts/",
        "GET contacts of a campaign": f"{api}/contacts/?campaign={campaign}",
        "GET contacts of a group": f"{api}/contacts/?group={rows.group.id}",
        "GET contact": f"{api}/contacts/{rows.contact.uuid}/",
        "GET pixels": f"{api}/pixels/",
        "GET pixels of a contact": f"{api}/pixels/?contact={rows.contact.uuid}",
        "GET opens": f"{api}/opens/",
        "GET opens of a campaign": f"{api}/opens/?campaign={campaign}",
        "GET opens of a contact": f"{api}/opens/?contact={rows.contact.uuid}",
        "GET customers": f"{api}/customers/",
        "GET discount campaigns": f"{api}/campaigns/",
        "GET usages of a customer": f"{api}/discounts/usage/{rows.customer.id}",
    }
