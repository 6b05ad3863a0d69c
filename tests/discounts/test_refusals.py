"""Counting what campaigns refuse, without affecting the refused call."""

from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from discounts import refusals
from discounts.campaigns.services import remove_campaign
from discounts.models import RefusalsByDay
from discounts.refusals import Reason, Refused, count_refusal, refusals_of
from discounts.rules import Refusal
from foundation.errors import NotFound
from tests.discounts.factories import DAY, NOW, apply, make_campaign, make_customer, update
from tests.discounts.running import run_together

pytestmark = pytest.mark.django_db
MANY = 16


def refuse(campaign, customer, *, now=NOW, **kwargs):
    with pytest.raises(Refused) as caught:
        apply(campaign, customer, now=now, **kwargs)
    return caught.value


def counted(campaign):
    return {reason.refusal: reason.calls for reason in refusals_of(campaign.id)}


def test_each_refused_call_is_counted_under_its_reason(discount_campaign, customer):
    apply(discount_campaign, customer)
    for _ in range(3):
        refuse(discount_campaign, customer)
    update(discount_campaign, status="inactive")
    refuse(discount_campaign, customer)
    assert counted(discount_campaign) == {Refusal.DAILY_LIMIT: 3, Refusal.INACTIVE: 1}
    assert list(counted(discount_campaign)) == [Refusal.DAILY_LIMIT, Refusal.INACTIVE]


def test_a_refusal_belongs_to_the_day_of_the_campaigns_zone(customer):
    campaign = make_campaign(timezone="Asia/Kolkata", min_cart_value_minor=20_000, start_date=NOW)
    refuse(campaign, customer, now=datetime(2026, 3, 2, 18, 29, tzinfo=UTC))
    refuse(campaign, customer, now=datetime(2026, 3, 2, 18, 30, tzinfo=UTC))
    days = RefusalsByDay.objects.order_by("local_day").values_list("local_day", "refused")
    assert list(days) == [(date(2026, 3, 2), 1), (date(2026, 3, 3), 1)]
    assert refusals_of(campaign.id) == [Reason(Refusal.MIN_CART_VALUE, 2, date(2026, 3, 3))]


def test_applied_discounts_and_unknown_customers_are_not_refusals(discount_campaign, customer):
    apply(discount_campaign, customer)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    with pytest.raises(NotFound):
        apply(discount_campaign, customer)
    assert counted(discount_campaign) == {}


def test_a_refusal_is_answered_even_if_it_cannot_be_counted(
    discount_campaign, customer, monkeypatch
):
    update(discount_campaign, status="inactive")

    def fail(key):
        raise OperationalError("server has gone away")

    monkeypatch.setattr(refusals, "_count", fail)
    assert refuse(discount_campaign, customer).code == "inactive"
    assert counted(discount_campaign) == {}


def test_an_applied_discount_writes_no_count(discount_campaign, customer):
    with CaptureQueriesContext(connection) as queries:
        apply(discount_campaign, customer)
    assert not [query for query in queries if "refusals" in query["sql"]]


def test_a_campaign_that_was_never_used_takes_its_counts_with_it(customer):
    campaign, other = make_campaign(min_cart_value_minor=20_000), make_campaign()
    refuse(campaign, customer)
    refuse(other, customer, now=NOW + DAY)
    remove_campaign(campaign_id=campaign.id, now=NOW)
    assert counted(campaign) == {}
    assert counted(other) == {Refusal.ENDED: 1}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_refusals_at_once_are_each_counted_exactly_once():
    campaign = make_campaign(min_cart_value_minor=20_000)
    customers = [make_customer() for _ in range(MANY)]
    outcomes = run_together(*(partial(apply, campaign, customer) for customer in customers))
    assert outcomes == ["min_cart_value"] * MANY
    assert counted(campaign) == {Refusal.MIN_CART_VALUE: MANY}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_new_days_of_several_campaigns_are_counted_at_once():
    campaigns = [make_campaign() for _ in range(4)]
    days = [date(2026, 3, day) for day in range(1, 5)]
    calls = [
        partial(
            count_refusal,
            campaign_id=campaign.id,
            refused=Refused("No", refusal=Refusal.ENDED, day=day),
        )
        for campaign in campaigns
        for day in days
    ]
    assert run_together(*calls) == [None] * len(calls)
    assert [counted(campaign) for campaign in campaigns] == [{Refusal.ENDED: 4}] * 4
