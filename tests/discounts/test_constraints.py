"""What the database itself refuses, independent of the code."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from discounts.models import Customer, DiscountCampaign, DiscountUsage, IdempotencyKey, UsagesByDay
from tests.discounts.factories import NOW, apply, make_campaign

pytestmark = pytest.mark.django_db


def refuses(rows, **columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"used_budget_minor": -1},
        {"used_budget_minor": 100_001},
        {"total_budget_minor": 999},
        {"total_budget_minor": 0, "used_budget_minor": 0},
        {"discount_percentage_hundredths": None},
        {"discount_percentage_hundredths": 0},
        {"discount_percentage_hundredths": 10_001},
        {"discount_flat_minor": 1},
        {"discount_percentage_hundredths": None, "discount_flat_minor": 0},
        {"max_discount_amount_minor": 0},
        {"min_cart_value_minor": -1},
        {"max_usage_per_customer_per_day": 0},
        {"end_date": F("start_date")},
        {"discount_type": "postage"},
        {"status": "inactive"},
        {"status": "paused", "inactive_reason": "manual"},
        {"inactive_reason": "manual"},
        {"status": "inactive", "inactive_reason": "bored"},
        {"status": "inactive", "inactive_reason": "budget_exhausted"},
        {"used_budget_minor": 100_000},
        {"archived_at": NOW},
        {"currency": ""},
        {"currency_digits": -1},
        {"currency_digits": 5},
        {"total_budget_minor": 2**53},
        {"min_cart_value_minor": 2**53},
        {"max_discount_amount_minor": 2**53},
        {"discount_percentage_hundredths": None, "discount_flat_minor": 2**53},
    ],
)
def test_a_campaign_keeps_to_its_constraints(discount_campaign, customer, columns):
    apply(discount_campaign, customer)
    refuses(DiscountCampaign.objects.all(), **columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"discount_amount_minor": 0},
        {"discount_amount_minor": 10_001},
        {"discount_amount_minor": 999},
        {"final_amount_minor": 0},
        {"original_amount_minor": 10_001},
    ],
)
def test_a_usage_adds_up(discount_campaign, customer, columns):
    apply(discount_campaign, customer)
    refuses(DiscountUsage.objects.all(), **columns)


@pytest.mark.parametrize("columns", [{"live": -1}, {"live": 2}, {"allowed": 0}])
def test_a_day_never_exceeds_its_limit(discount_campaign, customer, columns):
    apply(discount_campaign, customer)
    refuses(UsagesByDay.objects.all(), **columns)


@pytest.mark.parametrize("columns", [{"erased_at": NOW}, {"email": None}, {"email_hash": None}])
def test_a_customer_is_whole_or_erased(customer, columns):
    refuses(Customer.objects.all(), **columns)


def test_only_a_cancelled_usage_has_a_user_who_cancelled_it(discount_campaign, customer, user):
    apply(discount_campaign, customer)
    refuses(DiscountUsage.objects.all(), cancelled_by=user)


def test_a_key_is_kept_once_for_its_user_and_endpoint(user):
    values = {"user": user, "endpoint": "e", "key_hash": "k", "request_hash": "r"}
    IdempotencyKey.objects.create(created_at=NOW, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(created_at=NOW, **values)


def test_a_used_campaign_and_its_customer_can_not_be_deleted(discount_campaign, customer):
    apply(discount_campaign, customer)
    for row in (discount_campaign, customer):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()
    make_campaign().delete()
