"""What the apply benchmark compares with: the same server, whose applying reads, checks, writes.

It overspends and passes limits, for nothing keeps two calls from reading the same.
"""

import django

django.setup()

from django.db import transaction  # noqa: E402

from discounts import apply, queries  # noqa: E402
from discounts.models import DiscountUsage, UsagesByDay  # noqa: E402
from discounts.refusals import Refused  # noqa: E402
from discounts.rules import evaluate, local_day  # noqa: E402


@transaction.atomic
def apply_naively(*, now, **call):
    wanted = call["application"]
    campaign = queries.live_campaign(wanted.campaign_id)
    customer = queries.live_customer(wanted.customer_id)
    day = local_day(now, zone=campaign.timezone)
    allowance = queries.allowance(campaign, customer_id=customer.id, day=day)
    decision = evaluate(queries.terms_of(campaign), wanted.basket, allowance, now=now)
    if decision.refusal:
        raise Refused(apply.NOT_ELIGIBLE, refusal=decision.refusal, day=day)
    usage = DiscountUsage.objects.create(
        campaign=campaign,
        customer=customer,
        discount_type=campaign.discount_type,
        original_amount_minor=decision.original_minor,
        discount_amount_minor=decision.discount_minor,
        final_amount_minor=decision.final_minor,
        used_at=now,
        local_day=day,
    )
    used, _ = UsagesByDay.objects.get_or_create(
        campaign_id=campaign.id,
        customer_id=customer.id,
        local_day=day,
        defaults={"live": 0, "allowed": campaign.max_usage_per_customer_per_day},
    )
    used.live += 1
    used.save(update_fields=["live"])
    campaign.used_budget_minor += decision.discount_minor
    campaign.save(update_fields=["used_budget_minor"])
    return usage


apply.apply_discount = apply_naively

from pixeltrack.wsgi import application  # noqa: E402, F401
