"""Seeds the database with customers, discount campaigns and weeks of usages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo import baskets
from discounts import apply, customers
from discounts.apply import Application
from discounts.campaigns.services import create_campaign, mark_expired
from discounts.currencies import shop_currency
from discounts.models import DiscountCampaign
from foundation.errors import InvalidInput

SENT_BACK_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Seeded:
    """The number of created objects."""

    customers: int
    campaigns: int
    usages: int


def seed_discounts(
    *, people: Sequence[tuple[str, str]], random: Random, now: datetime
) -> Seeded | None:
    """Create the discount demo, with customers from (e-mail, name); None if campaigns exist.

    Every usage is applied as at its own time.
    """
    if DiscountCampaign.objects.exists():
        return None
    ids = [
        customers.create_customer(email=email, name=name, now=now - timedelta(days=60)).id
        for email, name in people
    ]
    campaigns = {plan: _create(plan, ids, now) for plan in baskets.CAMPAIGNS}
    used = sum(_visit(plan, campaigns[plan], ids, random, now) for plan in baskets.CAMPAIGNS)
    mark_expired(now=now)
    return Seeded(len(ids), len(campaigns), used)


def _create(plan: baskets.CampaignPlan, customer_ids: Sequence[int], now: datetime) -> int:
    values: Mapping[str, object] = {
        "name": plan.name,
        "description": plan.description,
        "is_targeted": plan.is_targeted,
        "target_customer_ids": customer_ids[:: baskets.TARGETS_EVERY] if plan.is_targeted else [],
        **plan.terms,
        **plan.dates(now),
    }
    # As it was before it began: a campaign that has ended would be switched off at once.
    begin = min(now, now - plan.began_ago)
    return create_campaign(values=values, now=begin).id


def _visit(
    plan: baskets.CampaignPlan,
    campaign_id: int,
    customer_ids: Sequence[int],
    random: Random,
    now: datetime,
) -> int:
    """Apply the discount if the campaign still gives one; returns how many were applied."""
    used = 0
    visits = baskets.visits(plan, currency=shop_currency(), random=random, now=now)
    for visit in sorted(visits, key=lambda visit: visit.at):
        application = Application(
            campaign_id=campaign_id, customer_id=customer_ids[visit.customer], basket=visit.basket
        )
        try:
            usage = apply.apply_discount(application=application, now=visit.at)
        except InvalidInput:
            continue
        used += 1
        if visit.is_sent_back:
            apply.cancel_usage(usage_id=usage.id, now=visit.at + SENT_BACK_AFTER)
    return used
