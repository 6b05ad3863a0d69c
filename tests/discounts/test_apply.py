"""Discounts are applied and cancelled."""

import pytest
from structlog.testing import capture_logs

from discounts import customers
from discounts.apply import cancel_usage
from discounts.campaigns.services import remove_campaign
from discounts.idempotency import forget_keys
from discounts.models import DiscountCampaign, DiscountUsage, IdempotencyKey, UsagesByDay
from foundation.errors import InvalidInput, KeyReused, NotFound
from tests.discounts.factories import (
    DAY,
    NOW,
    apply,
    cancel,
    make_campaign,
    make_customer,
    update,
)

pytestmark = pytest.mark.django_db


def refused(*args, **kwargs):
    """The code of the refusal."""
    with pytest.raises(InvalidInput) as caught:
        apply(*args, **kwargs)
    return caught.value.code


def budget(campaign):
    campaign.refresh_from_db()
    return campaign.used_budget_minor


def standing(campaign):
    campaign.refresh_from_db()
    return campaign.status, campaign.inactive_reason


# --- Applying -------------------------------------------------------------------------------


def test_a_discount_is_given_once_and_debited_once(discount_campaign, customer):
    usage = apply(discount_campaign, customer)
    stored = DiscountUsage.objects.get()
    assert usage == stored
    assert (stored.original_amount_minor, stored.discount_amount_minor) == (10_000, 1000)
    assert stored.final_amount_minor == 9000
    assert (stored.used_at, stored.local_day) == (NOW, NOW.date())
    assert (stored.campaign, stored.customer, stored.discount_type) == (
        discount_campaign,
        customer,
        "cart",
    )
    assert stored.cancelled_at is None
    assert budget(discount_campaign) == 1000


def test_a_delivery_discount_is_taken_from_the_delivery_charge(customer):
    campaign = make_campaign(discount_type="delivery")
    usage = apply(campaign, customer, delivery=500)
    assert (usage.original_amount_minor, usage.discount_amount_minor) == (500, 50)


def test_the_last_discount_is_what_remains_and_stops_the_campaign(customer):
    campaign = make_campaign(total_budget_minor=1500, max_usage_per_customer_per_day=9)
    assert apply(campaign, customer).discount_amount_minor == 1000
    assert standing(campaign) == ("active", None)
    assert apply(campaign, customer).discount_amount_minor == 500
    assert budget(campaign) == 1500
    assert standing(campaign) == ("inactive", "budget_exhausted")
    assert refused(campaign, customer) == "budget_exhausted"


def test_a_discount_that_ends_the_budget_exactly_stops_the_campaign(customer):
    campaign = make_campaign(total_budget_minor=1000)
    apply(campaign, customer)
    assert standing(campaign) == ("inactive", "budget_exhausted")


def test_a_customer_has_a_limited_number_of_uses_a_day(customer):
    campaign = make_campaign(max_usage_per_customer_per_day=2)
    apply(campaign, customer)
    apply(campaign, customer)
    assert refused(campaign, customer) == "daily_limit"
    apply(campaign, make_customer())
    assert budget(campaign) == 3000


def test_another_campaign_has_its_own_limit(discount_campaign, customer):
    apply(discount_campaign, customer)
    assert apply(make_campaign(), customer).campaign != discount_campaign
    assert refused(discount_campaign, customer) == "daily_limit"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start_date": NOW + DAY / 2}, "not_started"),
        ({"end_date": NOW}, "ended"),
        ({"min_cart_value_minor": 10_001}, "min_cart_value"),
        ({"discount_type": "delivery"}, "no_discount"),
    ],
)
def test_a_refusal_changes_nothing(customer, changes, code):
    campaign = make_campaign(**changes)
    assert refused(campaign, customer) == code
    assert budget(campaign) == 0
    assert not DiscountUsage.objects.exists()
    assert not UsagesByDay.objects.exists()


def test_only_targets_get_the_discount_of_a_targeted_campaign(customer):
    target = make_customer()
    campaign = make_campaign(is_targeted=True, target_customer_ids=[target.id])
    assert refused(campaign, customer) == "not_targeted"
    apply(campaign, target)


def test_a_deactivated_campaign_gives_nothing(discount_campaign, customer):
    update(discount_campaign, status="inactive")
    assert refused(discount_campaign, customer) == "inactive"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"end_date": NOW}, "Customer is not eligible for this discount"),
        ({"discount_type": "delivery"}, "No discount available for this transaction"),
    ],
)
def test_a_refusal_says_which_kind_it_is(customer, changes, sentence):
    with pytest.raises(InvalidInput, match=rf"^{sentence}$"):
        apply(make_campaign(**changes), customer)


def test_unknown_archived_and_erased_rows_are_not_found(discount_campaign, customer):
    other = make_customer()
    apply(discount_campaign, other)
    customers.erase_customer(customer_id=other.id, now=NOW)
    with pytest.raises(NotFound, match=r"^Customer not found$"):
        apply(discount_campaign, other)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    with pytest.raises(NotFound, match=r"^Campaign not found$"):
        apply(discount_campaign, customer)


def test_every_outcome_is_one_event_without_personal_data(discount_campaign, customer):
    with capture_logs() as logs:
        usage = apply(discount_campaign, customer)
        refused(discount_campaign, customer)
        cancel(usage)
        cancel(usage)
    events = [log["event"] for log in logs]
    assert events == [
        "discount_applied",
        "discount_refused",
        "discount_cancelled",
        "discount_cancelled_before",
    ]
    assert logs[1]["code"] == "daily_limit"
    assert all(log["customer"] == customer.id for log in logs)
    assert customer.name not in str(logs)
    assert customer.email not in str(logs)


def test_applying_takes_a_fixed_number_of_queries(
    discount_campaign, customer, user, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        apply(discount_campaign, customer, user=user, key="one")


# --- Cancelling -----------------------------------------------------------------------------


def test_cancelling_gives_back_money_and_the_use_of_the_day(discount_campaign, customer, user):
    usage = apply(discount_campaign, customer)
    cancelled = cancel_usage(usage_id=usage.id, now=NOW + DAY, cancelled_by_id=user.id)
    assert (cancelled.cancelled_at, cancelled.cancelled_by) == (NOW + DAY, user)
    assert budget(discount_campaign) == 0
    apply(discount_campaign, customer)


def test_cancelling_twice_changes_nothing(discount_campaign, customer):
    kept = apply(discount_campaign, make_customer())
    usage = apply(discount_campaign, customer)
    cancel(usage)
    assert cancel(usage, now=NOW + DAY).cancelled_at == NOW
    assert budget(discount_campaign) == kept.discount_amount_minor
    assert UsagesByDay.objects.get(customer_id=customer.id).live == 0


def test_an_unknown_usage_is_not_found():
    with pytest.raises(NotFound, match=r"^Usage not found$"):
        cancel_usage(usage_id=10**9, now=NOW)


@pytest.mark.parametrize(
    ("later", "standing_then"),
    [(DAY / 2, ("active", None)), (2 * DAY, ("inactive", "expired"))],
)
def test_cancelling_reactivates_an_exhausted_campaign(customer, later, standing_then):
    campaign = make_campaign(total_budget_minor=1000)
    usage = apply(campaign, customer)
    cancel(usage, now=NOW + later)
    assert standing(campaign) == standing_then
    assert budget(campaign) == 0


def test_a_campaign_is_updated_when_its_budget_runs_out_or_comes_back(customer):
    campaign = make_campaign(total_budget_minor=1500, max_usage_per_customer_per_day=2)
    moments = [NOW, NOW + DAY / 24, NOW + DAY / 12]
    apply(campaign, customer, now=moments[0] + DAY / 99)
    assert updated(campaign) == NOW
    usage = apply(campaign, customer, now=moments[1])
    assert (standing(campaign), updated(campaign)) == (
        ("inactive", "budget_exhausted"),
        moments[1],
    )
    cancel(usage, now=moments[2])
    assert (standing(campaign), updated(campaign)) == (("active", None), moments[2])


def updated(campaign):
    campaign.refresh_from_db()
    return campaign.updated_at


def test_cancelling_never_reactivates_what_a_person_deactivated(customer):
    campaign = make_campaign(total_budget_minor=1000)
    usage = apply(campaign, customer)
    update(campaign, status="inactive")
    cancel(usage)
    assert standing(campaign) == ("inactive", "manual")


def test_cancelling_a_usage_of_an_archived_campaign_gives_back_its_money(
    discount_campaign, customer
):
    usage = apply(discount_campaign, customer)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    cancel(usage)
    archived = DiscountCampaign.objects.get()
    assert (archived.used_budget_minor, archived.status) == (0, "inactive")


def test_a_usage_of_an_erased_customer_can_be_cancelled(discount_campaign, customer):
    usage = apply(discount_campaign, customer)
    customers.erase_customer(customer_id=customer.id, now=NOW)
    assert cancel(usage).customer.name is None
    assert budget(discount_campaign) == 0


# --- Repeating a call -----------------------------------------------------------------------


def test_the_same_key_gives_the_same_usage_and_one_debit(customer, user):
    campaign = make_campaign(max_usage_per_customer_per_day=9)
    first = apply(campaign, customer, user=user, key="one")
    assert apply(campaign, customer, user=user, key="one", now=NOW + DAY / 48) == first
    assert budget(campaign) == 1000
    assert apply(campaign, customer, user=user, key="two") != first
    assert budget(campaign) == 2000


def test_a_repeated_key_is_answered_even_if_the_campaign_would_refuse_now(
    discount_campaign, customer, user
):
    first = apply(discount_campaign, customer, user=user, key="one")
    update(discount_campaign, status="inactive")
    assert apply(discount_campaign, customer, user=user, key="one") == first


def test_a_key_with_another_request_is_refused(discount_campaign, customer, user):
    apply(discount_campaign, customer, user=user, key="one")
    with pytest.raises(KeyReused) as caught:
        apply(discount_campaign, customer, user=user, key="one", cart=10_001)
    assert caught.value.code == "idempotency_key_reused"
    assert budget(discount_campaign) == 1000


def test_keys_of_different_spelling_are_different(customer, user):
    campaign = make_campaign(max_usage_per_customer_per_day=9)
    keys = ["one", "ONE", "one ", "\u00f6ne", "x" * 1000]
    assert len({apply(campaign, customer, user=user, key=key).id for key in keys}) == len(keys)


def test_users_do_not_share_keys(customer, user, django_user_model):
    campaign = make_campaign(max_usage_per_customer_per_day=9)
    other = django_user_model.objects.create_user(username="other")
    first = apply(campaign, customer, user=user, key="one")
    assert apply(campaign, customer, user=other, key="one") != first


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_not_kept_under_its_key(customer, user):
    campaign = make_campaign(min_cart_value_minor=10_001)
    assert refused(campaign, customer, user=user, key="one") == "min_cart_value"
    assert not IdempotencyKey.objects.exists()
    update(campaign, min_cart_value_minor=0)
    apply(campaign, customer, user=user, key="one")


def test_a_key_is_deleted_after_a_day(customer, user):
    campaign = make_campaign(end_date=NOW + 9 * DAY, max_usage_per_customer_per_day=9)
    first = apply(campaign, customer, user=user, key="one")
    almost = NOW + DAY - DAY / 86400
    assert apply(campaign, customer, user=user, key="one", now=almost) == first
    later = apply(campaign, customer, user=user, key="one", cart=500, now=NOW + DAY)
    assert later != first
    assert apply(campaign, customer, user=user, key="one", cart=500, now=NOW + DAY) == later


def test_a_key_holds_no_trace_of_the_request(discount_campaign, customer, user):
    usage = apply(discount_campaign, customer, user=user, key="order-17")
    row = IdempotencyKey.objects.values().get()
    assert row["usage_id"] == usage.id
    assert "order-17" not in str(row)
    assert {len(row["key_hash"]), len(row["request_hash"])} == {64}


def test_the_sweep_removes_only_keys_that_are_no_longer_kept(customer, user):
    campaign = make_campaign(end_date=NOW + 9 * DAY)
    for days, key in enumerate(("old", "new")):
        apply(campaign, customer, user=user, key=key, now=NOW + days * DAY)
    assert forget_keys(now=NOW + DAY) == 1
    assert IdempotencyKey.objects.get().created_at == NOW + DAY
