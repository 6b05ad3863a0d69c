"""Many processes apply, cancel and edit at once: no budget or limit is ever exceeded."""

import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum

from discounts import customers, queries, reconcile
from discounts.campaigns.services import remove_campaign
from discounts.models import (
    Customer,
    DiscountCampaign,
    DiscountUsage,
    IdempotencyKey,
    UsagesByDay,
)
from discounts.rules import evaluate
from foundation.database import transactions
from foundation.errors import Busy
from tests.discounts.factories import (
    NOW,
    apply,
    basket,
    cancel,
    make_campaign,
    make_customer,
    update,
)
from tests.discounts.running import PATIENCE, fork, meet, run_together

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
MANY = 16
both_ways = pytest.mark.parametrize("meeting", [False, True], ids=["at once", "after reading"])


def outcome_of_applying(campaign, customer, **kwargs):
    return apply(campaign, customer, **kwargs).discount_amount_minor


def applying(campaign, customers, **kwargs):
    return [partial(outcome_of_applying, campaign, customer, **kwargs) for customer in customers]


def cancelling(usages):
    return [partial(outcome_of_cancelling, usage) for usage in usages]


def outcome_of_cancelling(usage):
    cancel(usage)
    return "cancelled"


def outcome_of_editing(campaign, changes):
    update(campaign, **changes)
    return "edited"


def check_books(campaign):
    """Counters and usages agree, and no limit was exceeded."""
    assert not reconcile.find_differences()
    campaign.refresh_from_db()
    live = DiscountUsage.objects.filter(cancelled_at__isnull=True)
    assert campaign.used_budget_minor == (live.aggregate(n=Sum("discount_amount_minor"))["n"] or 0)
    assert campaign.used_budget_minor <= campaign.total_budget_minor
    assert not UsagesByDay.objects.filter(live__gt=F("allowed")).exists()


@pytest.fixture(autouse=True)
def _meeting_is_possible(request, vendor):
    if (
        vendor == "sqlite"
        and "meeting" in request.fixturenames
        and request.getfixturevalue("meeting")
    ):
        pytest.skip("SQLite lets only one transaction come so far as to decide")


@pytest.fixture
def crowd():
    return [make_customer() for _ in range(MANY)]


@both_ways
def test_many_uses_of_one_campaign_at_once_all_succeed(crowd, meeting):
    campaign = make_campaign()
    outcomes = run_together(*applying(campaign, crowd), meeting=meeting)
    assert outcomes == [1000] * MANY
    check_books(campaign)


@both_ways
def test_the_last_cents_of_a_budget_are_used_once(crowd, meeting):
    campaign = make_campaign(total_budget_minor=4321)
    outcomes = run_together(*applying(campaign, crowd), meeting=meeting)
    assert Counter(outcomes) == {1000: 4, 321: 1, "budget_exhausted": MANY - 5}
    check_books(campaign)
    assert campaign.inactive_reason == "budget_exhausted"


@both_ways
def test_a_customers_last_use_of_the_day_is_given_once(meeting):
    campaign, customer = make_campaign(max_usage_per_customer_per_day=3), make_customer()
    for _ in range(2):
        apply(campaign, customer)
    outcomes = run_together(*applying(campaign, [customer] * MANY), meeting=meeting)
    assert Counter(outcomes) == {1000: 1, "daily_limit": MANY - 1}
    check_books(campaign)


@both_ways
def test_a_customers_first_use_ever_is_given_once(meeting):
    campaign, customer = make_campaign(), make_customer()
    outcomes = run_together(*applying(campaign, [customer] * MANY), meeting=meeting)
    assert Counter(outcomes) == {1000: 1, "daily_limit": MANY - 1}
    check_books(campaign)


def test_applying_and_cancelling_at_once_loses_no_cent(crowd):
    campaign = make_campaign(total_budget_minor=8000)
    usages = [apply(campaign, make_customer()) for _ in range(8)]
    calls = applying(campaign, crowd[:8]) + cancelling(usages)
    outcomes = Counter(run_together(*calls))
    assert outcomes["cancelled"] == 8
    assert outcomes[1000] + outcomes["budget_exhausted"] == 8
    check_books(campaign)
    assert campaign.used_budget_minor == 1000 * outcomes[1000]
    assert campaign.status == ("inactive" if outcomes[1000] == 8 else "active")


def test_a_usage_is_cancelled_once_however_many_try():
    campaign = make_campaign(max_usage_per_customer_per_day=2)
    customer = make_customer()
    usage, _ = apply(campaign, customer), apply(campaign, customer)
    assert run_together(*cancelling([usage] * MANY)) == ["cancelled"] * MANY
    check_books(campaign)
    assert campaign.used_budget_minor == 1000


def test_applying_while_the_budget_is_edited(crowd):
    campaign = make_campaign(total_budget_minor=100_000)
    edits = [{"total_budget_minor": total} for total in (3500, 9000, 5000, 20_000)]
    calls = [partial(outcome_of_editing, campaign, changes) for changes in edits]
    outcomes = Counter(run_together(*applying(campaign, crowd[:12]), *calls))
    # An edit below what was used by then is refused.
    assert set(outcomes) <= {1000, 500, "edited", "invalid", "budget_exhausted"}
    assert outcomes["edited"] >= 1
    check_books(campaign)


def test_applying_while_the_campaign_is_deactivated_and_deleted(crowd):
    campaign = make_campaign()
    off = partial(outcome_of_editing, campaign, {"status": "inactive"})
    remove = partial(remove_campaign, campaign_id=campaign.id, now=NOW)
    outcomes = Counter(run_together(*applying(campaign, crowd[:14]), off, remove))
    assert set(outcomes) <= {1000, "inactive", "edited", "not_found", None}
    assert outcomes[None] == 1
    assert DiscountUsage.objects.count() == outcomes[1000]
    if outcomes[1000]:
        check_books(campaign)
    assert DiscountCampaign.objects.exists() is bool(outcomes[1000])


def test_one_address_is_registered_once_however_many_send_it():
    call = partial(outcome_of_registering, "ann@example.com")
    assert Counter(run_together(*[call] * MANY)) == {"registered": 1, "taken": MANY - 1}
    assert Customer.objects.count() == 1


def outcome_of_registering(email):
    make_customer(email)
    return "registered"


def test_one_key_debits_once_however_many_send_it(django_user_model):
    user = django_user_model.objects.create_user(username="shop")
    campaign, customer = make_campaign(max_usage_per_customer_per_day=MANY), make_customer()
    call = partial(usage_of_applying, campaign, customer, user=user, key="order-17")
    outcomes = run_together(*[call] * MANY)
    assert outcomes == [DiscountUsage.objects.get().id] * MANY
    check_books(campaign)
    assert IdempotencyKey.objects.count() == 1


def test_a_key_of_two_requests_at_once_serves_one_of_them(django_user_model):
    user = django_user_model.objects.create_user(username="shop")
    campaign, customer = make_campaign(max_usage_per_customer_per_day=MANY), make_customer()
    calls = [
        partial(usage_of_applying, campaign, customer, user=user, key="one", cart=cart)
        for cart in (5000, 6000) * 4
    ]
    outcomes = Counter(run_together(*calls))
    assert outcomes == {DiscountUsage.objects.get().id: 4, "idempotency_key_reused": 4}


def customer_of_creating(*, email, user, key):
    own = customers.CallersKey(user_id=user.id, key=key)
    return customers.create_customer(email=email, name="Ann", now=NOW, key=own).id


def test_one_key_makes_one_customer_however_many_send_it(django_user_model):
    user = django_user_model.objects.create(username="shop")
    call = partial(customer_of_creating, email="ann@example.com", user=user, key="one")
    outcomes = Counter(run_together(*[call] * 8))
    assert outcomes == {Customer.objects.get().id: 8}


def test_of_many_keys_for_one_address_one_creates_the_customer(django_user_model):
    user = django_user_model.objects.create(username="shop")
    calls = [
        partial(customer_of_creating, email="ann@example.com", user=user, key=f"key-{n}")
        for n in range(8)
    ]
    outcomes = Counter(run_together(*calls))
    assert outcomes == {Customer.objects.get().id: 1, "taken": 7}
    assert IdempotencyKey.objects.count() == 1


def test_a_key_whose_first_call_was_refused_is_free(django_user_model):
    user = django_user_model.objects.create_user(username="shop")
    campaign, customer = make_campaign(min_cart_value_minor=20_000), make_customer()
    call = partial(usage_of_applying, campaign, customer, user=user, key="one")
    assert run_together(*[call] * 4) == ["min_cart_value"] * 4
    assert not IdempotencyKey.objects.exists()


def usage_of_applying(campaign, customer, **kwargs):
    return apply(campaign, customer, **kwargs).id


# --- The control: the same without protection -------------------------------------------------


def naive_apply(campaign, customer, barrier):
    """Read, check, write, as it is often written."""
    campaign = DiscountCampaign.objects.get(id=campaign.id)
    allowance = queries.allowance(campaign, customer_id=customer.id, day=NOW.date())
    decision = evaluate(queries.terms_of(campaign), basket(), allowance, now=NOW)
    meet(barrier)
    if decision.refusal is not None:
        return decision.refusal.value
    campaign.used_budget_minor += decision.discount_minor
    if campaign.used_budget_minor == campaign.total_budget_minor:
        campaign.status, campaign.inactive_reason = "inactive", "budget_exhausted"
    campaign.save(update_fields=["used_budget_minor", "status", "inactive_reason"])
    DiscountUsage.objects.create(
        campaign=campaign,
        customer=customer,
        discount_type="cart",
        original_amount_minor=decision.original_minor,
        discount_amount_minor=decision.discount_minor,
        final_amount_minor=decision.final_minor,
        used_at=NOW,
        local_day=NOW.date(),
    )
    return decision.discount_minor


def test_the_naive_way_overspends_the_last_cents(crowd):
    campaign = make_campaign(total_budget_minor=1321)
    apply(campaign, make_customer())
    barrier = fork.Barrier(MANY)
    outcomes = run_together(*(partial(naive_apply, campaign, c, barrier) for c in crowd))
    assert outcomes == [321] * MANY
    spent = DiscountUsage.objects.aggregate(n=Sum("discount_amount_minor"))["n"]
    assert spent == 1000 + 321 * MANY
    assert reconcile.budget_differences()


def test_the_naive_way_exceeds_the_daily_limit():
    campaign, customer = make_campaign(), make_customer()
    barrier = fork.Barrier(MANY)
    run_together(*[partial(naive_apply, campaign, customer, barrier)] * MANY)
    assert DiscountUsage.objects.count() == MANY
    assert reconcile.find_differences().days


# --- A database that does not let us through --------------------------------------------------

SHORT_WAITS = {
    "sqlite": "PRAGMA busy_timeout = 10",
    "mysql": "SET SESSION innodb_lock_wait_timeout = 1",
    "postgresql": "SET lock_timeout = '10ms'",
}


def wait_shortly(vendor):
    with connection.cursor() as cursor:
        cursor.execute(SHORT_WAITS[vendor])


def test_a_call_that_never_gets_the_campaigns_row_may_be_repeated(vendor, monkeypatch):
    monkeypatch.setattr(transactions, "ATTEMPTS", 2)
    campaign, customer = make_campaign(), make_customer()
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            DiscountCampaign.objects.select_for_update().get(id=campaign.id)
            held.set()
            done.wait(PATIENCE)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE)
    wait_shortly(vendor)
    try:
        with pytest.raises(Busy):
            apply(campaign, customer)
    finally:
        done.set()
        holder.join()
        connection.close()
    assert not UsagesByDay.objects.exists()
    apply(campaign, customer)
    check_books(campaign)
