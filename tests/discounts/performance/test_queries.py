"""Metrics of discounts for Prometheus."""

import pytest

from discounts.campaigns.services import remove_campaign
from discounts.metrics import budget_figures
from foundation.errors import DomainError
from tests.discounts.factories import DAY, NOW, apply, cancel, make_campaign, make_customer, update
from tests.figures import figure, told_by

pytestmark = pytest.mark.django_db
COUNTED = (
    ("discount_applied_total", {}),
    ("discount_spent_minor_total", {"currency": "INR", "digits": "2"}),
    ("discount_cancelled_total", {}),
    ("discount_refused_total", {"code": "daily_limit"}),
    ("discount_refused_total", {"code": "not_found"}),
)


def counted():
    return [figure(name, **labels) for name, labels in COUNTED]


def test_applying_cancelling_and_refusing_are_counted_once(discount_campaign, customer, user):
    before = counted()
    usage = apply(discount_campaign, customer, user=user, key="order-1")
    apply(discount_campaign, customer, user=user, key="order-1")
    for _ in range(2):
        with pytest.raises(DomainError):
            apply(discount_campaign, customer)
    cancel(usage)
    cancel(usage)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    with pytest.raises(DomainError):
        apply(discount_campaign, customer)
    rises = [after - then for after, then in zip(counted(), before, strict=True)]
    assert rises == [1, 1000, 1, 2, 1]


@pytest.mark.usefixtures("at_now")
def test_the_budgets_of_running_campaigns_are_reported():
    running = make_campaign()
    apply(running, make_customer())
    make_campaign(start_date=NOW + DAY / 2)
    update(make_campaign(), status="inactive")
    remove_campaign(campaign_id=make_campaign().id, now=NOW)
    assert told_by(budget_figures()) == {
        ("discount_budget_used_minor", str(running.id), "INR", "2"): 1000,
        ("discount_budget_total_minor", str(running.id), "INR", "2"): 100_000,
    }


@pytest.mark.usefixtures("at_now")
def test_of_many_campaigns_the_newest_are_reported(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("discounts.metrics.MOST_CAMPAIGNS", 2)
    campaigns = [make_campaign() for _ in range(3)]
    with django_assert_num_queries(1):
        shown = {campaign for _, campaign, *_ in told_by(budget_figures())}
    assert shown == {str(campaign.id) for campaign in campaigns[1:]}
