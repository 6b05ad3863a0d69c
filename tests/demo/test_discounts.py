"""The demo of discounts: every type of campaign, with weeks of usages that add up."""

from datetime import UTC, datetime
from random import Random

import pytest

from demo import baskets
from demo.discounts import seed_discounts
from discounts import reconcile
from discounts.models import DiscountCampaign, DiscountUsage
from discounts.refusals import refusals_of
from discounts.rules import InactiveReason
from tests.discounts.factories import INR

pytestmark = pytest.mark.one_engine

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
PEOPLE = [(f"c{n}@shop.example", f"C {n}") for n in range(baskets.CUSTOMERS)]


@pytest.fixture(scope="module")
def visits():
    return {
        plan.name: list(baskets.visits(plan, currency=INR, random=Random(1), now=NOW))
        for plan in baskets.CAMPAIGNS
    }


def test_no_visit_is_before_the_campaign_begins_or_after_now(visits):
    for plan in baskets.CAMPAIGNS:
        dates = plan.dates(NOW)
        for visit in visits[plan.name]:
            assert dates["start_date"] <= visit.at < min(NOW, dates["end_date"])
    assert visits["Winter sale"] == []


def test_the_same_numbers_make_the_same_visits(visits):
    plan = baskets.CAMPAIGNS[0]
    assert list(baskets.visits(plan, currency=INR, random=Random(1), now=NOW)) == visits[plan.name]


@pytest.mark.django_db
def test_the_demo_shows_every_state_and_its_budgets_add_up():
    seeded = seed_discounts(people=PEOPLE, random=Random(1), now=NOW)
    campaigns = {campaign.name: campaign for campaign in DiscountCampaign.objects.all()}
    assert seeded.campaigns == len(campaigns) == len(baskets.CAMPAIGNS)
    reasons = {name: campaign.inactive_reason for name, campaign in campaigns.items()}
    assert reasons == dict.fromkeys(campaigns) | {
        "First hundred orders": InactiveReason.BUDGET_EXHAUSTED,
        "Late summer delivery": InactiveReason.EXPIRED,
    }
    assert campaigns["Welcome back"].targets.count() == baskets.CUSTOMERS // baskets.TARGETS_EVERY
    running = ("Autumn sale", "Free delivery", "Welcome back")
    for name in running:
        spent = campaigns[name].used_budget_minor / campaigns[name].total_budget_minor
        assert 0.1 < spent < 0.95, name
    assert DiscountUsage.objects.count() == seeded.usages > 300
    assert DiscountUsage.objects.filter(cancelled_at__isnull=False).exists()
    assert reconcile.find_differences() == reconcile.Differences([], [])
    refused = {reason.refusal for own in campaigns.values() for reason in refusals_of(own.id)}
    assert refused >= {"min_cart_value", "no_discount", "not_targeted", "budget_exhausted"}


@pytest.mark.django_db
def test_where_campaigns_exist_no_demo_data_is_made(discount_campaign):
    assert seed_discounts(people=PEOPLE, random=Random(1), now=NOW) is None
    assert DiscountCampaign.objects.count() == 1
