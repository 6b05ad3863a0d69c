"""Budgets and daily counts are compared with the usages, and repaired."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F

from discounts import reconcile
from discounts.models import DiscountCampaign, DiscountUsage, UsagesByDay
from tests.discounts.factories import DAY, NOW, apply, cancel, make_campaign, make_customer, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(customer):
    """A campaign with two live usages of one customer and a cancelled one of another."""
    campaign = make_campaign(max_usage_per_customer_per_day=3)
    apply(campaign, customer)
    apply(campaign, customer, cart=5000)
    cancel(apply(campaign, make_customer()))
    return campaign


def run(*args):
    """The output of the command, and its exit code."""
    out = StringIO()
    try:
        call_command("reconcile_budgets", *args, stdout=out)
    except SystemExit as leaving:
        return out.getvalue(), leaving.code
    return out.getvalue(), 0


def test_it_says_if_everything_agrees(used):
    make_campaign()
    assert run() == ("Budgets and usages agree.\n", 0)


def test_a_wrong_budget_is_shown_and_repaired(used):
    DiscountCampaign.objects.update(used_budget_minor=1501)
    expected = f"campaign {used.id}: 15.01 INR are stored as used, its usages make 15.00 INR\n"
    assert run() == (expected, 1)
    used.refresh_from_db()
    assert used.used_budget_minor == 1501
    assert run("--repair") == (expected + "Budgets and usages agree.\n", 0)
    used.refresh_from_db()
    assert used.used_budget_minor == 1500


@pytest.mark.parametrize("live", [0, 1, 3])
def test_a_wrong_day_is_shown_and_repaired(used, customer, live):
    UsagesByDay.objects.filter(customer_id=customer.id).update(live=live)
    line = f"campaign {used.id}, customer {customer.id}, 2026-03-02: {live} counted, 2 live usages"
    assert run()[0] == line + "\n"
    assert run("--repair")[1] == 0
    assert UsagesByDay.objects.get(customer_id=customer.id).live == 2


def test_a_missing_day_is_shown_and_repaired(used, customer):
    UsagesByDay.objects.all().delete()
    line = f"campaign {used.id}, customer {customer.id}, 2026-03-02: 0 counted, 2 live usages"
    assert run()[0] == line + "\n"
    assert run("--repair")[1] == 0
    day = UsagesByDay.objects.get(customer_id=customer.id)
    assert (day.live, day.allowed) == (2, 2)


def test_a_day_without_usages_is_shown_and_repaired(used, customer):
    DiscountUsage.objects.all().delete()
    assert len(reconcile.find_differences().budgets) == 1
    assert len(reconcile.find_differences().days) == 1
    assert run("--repair")[1] == 0
    assert UsagesByDay.objects.get(customer_id=customer.id).live == 0


def test_repairing_a_budget_reactivates_or_stops_its_campaign(used):
    DiscountCampaign.objects.update(
        used_budget_minor=F("total_budget_minor"),
        status="inactive",
        inactive_reason="budget_exhausted",
    )
    reconcile.repair(reconcile.find_differences(), now=NOW + DAY / 4)
    used.refresh_from_db()
    assert (used.status, used.inactive_reason) == ("active", None)
    assert used.updated_at == NOW + DAY / 4
    DiscountCampaign.objects.update(used_budget_minor=0, total_budget_minor=1500)
    reconcile.repair(reconcile.find_differences(), now=NOW + DAY / 2)
    used.refresh_from_db()
    assert (used.status, used.inactive_reason) == ("inactive", "budget_exhausted")
    assert used.updated_at == NOW + DAY / 2


def test_repairing_a_budget_keeps_what_a_person_deactivated(used):
    update(used, status="inactive")
    DiscountCampaign.objects.update(used_budget_minor=0)
    reconcile.repair(reconcile.find_differences(), now=NOW)
    used.refresh_from_db()
    assert (used.used_budget_minor, used.inactive_reason) == (1500, "manual")


def test_a_budget_smaller_than_its_usages_must_be_raised_by_a_person(used):
    DiscountCampaign.objects.update(used_budget_minor=0, total_budget_minor=1499)
    text, code = run("--repair")
    assert "raise its budget of 14.99 INR before repairing it" in text
    assert "These could not be repaired:" in text
    assert code == 1


def test_many_differences_are_shown_in_short(customer):
    for _ in range(51):
        make_campaign()
    DiscountCampaign.objects.update(used_budget_minor=1)
    assert run()[0].splitlines()[-1] == "and 1 more differences"


def test_comparing_takes_a_fixed_number_of_queries(used, django_assert_num_queries):
    with django_assert_num_queries(3):
        reconcile.find_differences()
