"""Discount campaigns are created, changed, activated, deactivated, archived and marked expired."""

from io import StringIO

import pytest
from django.core.management import call_command
from structlog.testing import capture_logs

from discounts.campaigns.services import mark_expired, remove_campaign, update_campaign
from discounts.customers import erase_customer
from discounts.models import CampaignTarget, DiscountCampaign, DiscountUsage
from discounts.targets import SHOWN_CUSTOMERS, targets_of
from foundation.errors import InvalidInput, NotFound
from tests.discounts.factories import (
    DAY,
    NOW,
    apply,
    make_campaign,
    make_customer,
    update,
)

pytestmark = pytest.mark.django_db
REQUIRED = "target_customer_ids required for targeted campaigns"
AT_LEAST_ONE = "Targeted campaigns must have at least one target customer"


def complaint(operation, *args, **kwargs):
    with pytest.raises(InvalidInput) as caught:
        operation(*args, **kwargs)
    return caught.value


def standing(campaign):
    campaign.refresh_from_db()
    return campaign.status, campaign.inactive_reason


def exhaust(campaign):
    """Use up a budget of 10.00 or less."""
    return apply(campaign, make_customer())


@pytest.fixture
def small(db):
    """A campaign whose budget one use exhausts."""
    return make_campaign(total_budget_minor=1000)


# --- Creating -------------------------------------------------------------------------------


def test_fields_that_are_not_given_have_their_defaults(settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    campaign = make_campaign()
    campaign.refresh_from_db()
    assert campaign.timezone == "Asia/Kolkata"
    assert (campaign.min_cart_value_minor, campaign.max_usage_per_customer_per_day) == (0, 1)
    assert (campaign.description, campaign.is_targeted) == ("", False)
    assert (campaign.status, campaign.inactive_reason) == ("active", None)
    assert (campaign.used_budget_minor, campaign.created_at) == (0, NOW)


def test_an_invalid_campaign_is_not_created():
    with capture_logs() as logs:
        found = complaint(make_campaign, end_date=NOW - 2 * DAY)
    assert (found.detail, list(found.errors)) == (
        "end_date must be after start_date",
        ["end_date"],
    )
    assert not DiscountCampaign.objects.exists()
    assert [(log["event"], log["rule"]) for log in logs] == [
        ("discount_rule_broken", "end_before_start")
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"discount_percentage_hundredths": None}, "no_kind"),
        ({"discount_flat_minor": 1, "discount_percentage_hundredths": 1}, "two_kinds"),
        ({"total_budget_minor": 0}, "field_limits"),
        ({"is_targeted": True}, "targets_missing"),
        ({"target_customer_ids": [1]}, "targets_of_untargeted"),
    ],
)
def test_the_log_says_which_rule_was_broken(changes, rule):
    with capture_logs() as logs:
        complaint(make_campaign, **changes)
    assert [log["rule"] for log in logs] == [rule]


@pytest.mark.parametrize("targets", [None, []])
def test_a_targeted_campaign_needs_its_targets(targets):
    found = complaint(make_campaign, is_targeted=True, target_customer_ids=targets)
    assert found.detail == REQUIRED
    assert not DiscountCampaign.objects.exists()


def test_a_target_that_is_not_a_customer_is_not_found(customer):
    erased = make_customer()
    erase_customer(customer_id=erased.id, now=NOW)
    for stranger in (10**9, erased.id):
        with pytest.raises(NotFound, match=rf"^Target customer with ID {stranger} not found$"):
            make_campaign(is_targeted=True, target_customer_ids=[customer.id, stranger])
    assert not DiscountCampaign.objects.exists()
    assert not CampaignTarget.objects.exists()


def test_a_target_that_was_erased_may_stay_in_the_list(customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    erase_customer(customer_id=customer.id, now=NOW)
    update(campaign, target_customer_ids=[customer.id])
    with pytest.raises(NotFound):
        update(campaign, target_customer_ids=[customer.id, 10**9])
    assert targets_of([campaign.id])[campaign.id].ids == [customer.id]


# --- Changing -------------------------------------------------------------------------------


def test_only_what_is_given_changes(discount_campaign):
    changed = update(
        discount_campaign, now=NOW + DAY / 24, name="New", max_discount_amount_minor=700
    )
    stored = DiscountCampaign.objects.get()
    assert (stored.name, stored.max_discount_amount_minor) == ("New", 700)
    assert stored.discount_percentage_hundredths == 1000
    assert (stored.created_at, stored.updated_at) == (NOW, NOW + DAY / 24)
    assert (changed.version, stored.version) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"discount_flat_minor": 5},
            "Cannot specify both discount_percentage and discount_flat",
        ),
        (
            {"discount_percentage_hundredths": None},
            "Either discount_percentage or discount_flat must be provided",
        ),
        ({"start_date": NOW + DAY}, "end_date must be after start_date"),
        ({"end_date": NOW - DAY}, "end_date must be after start_date"),
        (
            {"total_budget_minor": 999},
            "total_budget can't be less than the 10.00 that are used already",
        ),
        ({"is_targeted": True}, AT_LEAST_ONE),
        ({"is_targeted": True, "target_customer_ids": []}, AT_LEAST_ONE),
    ],
)
def test_a_change_is_judged_by_its_result(discount_campaign, customer, changes, sentence):
    apply(discount_campaign, customer)
    assert complaint(update, discount_campaign, name="New", **changes).detail == sentence
    discount_campaign.refresh_from_db()
    assert (discount_campaign.name, discount_campaign.version) == ("Ten percent", 0)


def test_a_campaign_changes_from_a_percentage_to_a_flat_amount(discount_campaign):
    update(discount_campaign, discount_percentage_hundredths=None, discount_flat_minor=500)
    discount_campaign.refresh_from_db()
    assert (
        discount_campaign.discount_percentage_hundredths,
        discount_campaign.discount_flat_minor,
    ) == (None, 500)


def test_a_targeted_campaign_keeps_at_least_one_target(customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    assert complaint(update, campaign, target_customer_ids=[]).detail == AT_LEAST_ONE
    update(campaign, name="New")
    update(campaign, is_targeted=False, target_customer_ids=[])
    assert not CampaignTarget.objects.exists()


def test_changing_the_targets_writes_only_what_differs(django_assert_max_num_queries):
    one, two, three = (make_customer() for _ in range(3))
    campaign = make_campaign(is_targeted=True, target_customer_ids=[one.id, two.id, one.id])
    update(campaign, target_customer_ids=[two.id, three.id])
    assert targets_of([campaign.id])[campaign.id].ids == [two.id, three.id]
    with django_assert_max_num_queries(5):
        update(campaign, target_customer_ids=[three.id, two.id])


def test_targets_are_shown_by_all_ids_and_the_first_customers():
    people = [make_customer() for _ in range(SHOWN_CUSTOMERS + 1)]
    ids = [person.id for person in people]
    campaign = make_campaign(is_targeted=True, target_customer_ids=ids)
    other = make_campaign()
    found = targets_of([campaign.id, other.id])
    assert (found[campaign.id].ids, found[campaign.id].count) == (ids, len(ids))
    assert found[campaign.id].customers == people[:-1]
    assert (found[other.id].ids, found[other.id].customers) == ([], [])


def test_the_targets_of_many_campaigns_take_a_fixed_number_of_queries(
    customer, django_assert_num_queries
):
    targets = {"is_targeted": True, "target_customer_ids": [customer.id]}
    ids = [make_campaign(**targets).id for _ in range(5)]
    with django_assert_num_queries(2):
        targets_of(ids)


# --- Status ---------------------------------------------------------------------------------


def test_a_budget_lowered_to_what_is_used_is_exhausted(discount_campaign, customer):
    apply(discount_campaign, customer)
    update(discount_campaign, total_budget_minor=1000)
    assert standing(discount_campaign) == ("inactive", "budget_exhausted")


def test_more_budget_reactivates_an_exhausted_campaign(small, customer):
    exhaust(small)
    update(small, name="New")
    assert standing(small) == ("inactive", "budget_exhausted")
    update(small, total_budget_minor=1001)
    assert standing(small) == ("active", None)
    assert apply(small, customer).discount_amount_minor == 1


def test_a_later_end_reactivates_an_expired_campaign(discount_campaign, customer):
    later = NOW + 2 * DAY
    mark_expired(now=later)
    assert standing(discount_campaign) == ("inactive", "expired")
    update(discount_campaign, now=later, end_date=NOW + 3 * DAY)
    assert standing(discount_campaign) == ("active", None)
    apply(discount_campaign, customer, now=later)


def test_a_later_end_alone_does_not_reactivate_an_exhausted_campaign(small):
    exhaust(small)
    update(small, now=NOW + 2 * DAY, end_date=NOW + 3 * DAY)
    assert standing(small) == ("inactive", "budget_exhausted")


def test_more_budget_alone_does_not_reactivate_an_ended_campaign(small):
    exhaust(small)
    update(small, now=NOW + 2 * DAY, total_budget_minor=5000)
    assert standing(small) == ("inactive", "expired")


def test_only_a_person_reactivates_what_a_person_deactivated(small):
    exhaust(small)
    update(small, status="inactive")
    update(small, total_budget_minor=5000, end_date=NOW + 9 * DAY)
    assert standing(small) == ("inactive", "manual")
    update(small, status="active")
    assert standing(small) == ("active", None)


@pytest.mark.parametrize(
    ("now", "code", "cure"),
    [
        (NOW, "budget_exhausted", {"total_budget_minor": 5000}),
        (NOW + 2 * DAY, "expired", {"end_date": NOW + 3 * DAY}),
    ],
)
def test_a_campaign_can_not_be_activated_while_something_else_stops_it(small, now, code, cure):
    if code == "budget_exhausted":
        exhaust(small)
    update(small, status="inactive")
    found = complaint(update, small, now=now, status="active")
    assert (found.code, list(found.errors)) == (code, ["status"])
    assert standing(small) == ("inactive", "manual")
    update(small, now=now, status="active", **cure)
    assert standing(small) == ("active", None)


@pytest.mark.parametrize("status", ["active", "inactive"])
def test_an_unchanged_status_among_other_fields_changes_nothing(small, status):
    if status == "inactive":
        exhaust(small)
    update(small, status=status, total_budget_minor=5000)
    assert standing(small) == ("active", None)


def test_an_ended_campaign_can_not_be_activated_whether_it_was_marked_or_not(discount_campaign):
    later = NOW + 2 * DAY
    for _ in range(2):
        assert complaint(update, discount_campaign, now=later, status="active").code == "expired"
        mark_expired(now=later)


def test_activating_an_active_campaign_changes_nothing(discount_campaign):
    update(discount_campaign, status="active")
    assert standing(discount_campaign) == ("active", None)
    update(discount_campaign, status="active", name="New")
    assert standing(discount_campaign) == ("active", None)


@pytest.mark.parametrize("swept", [True, False])
def test_activating_an_ended_campaign_is_refused_whether_it_was_swept_or_not(
    discount_campaign, swept
):
    if swept:
        mark_expired(now=NOW + 2 * DAY)
    with pytest.raises(InvalidInput) as refused:
        update(discount_campaign, now=NOW + 2 * DAY, status="active", name="New")
    assert refused.value.code == "expired"
    update(discount_campaign, now=NOW + 2 * DAY, status="inactive", name="New")
    assert standing(discount_campaign)[0] == "inactive"


# --- Ending ---------------------------------------------------------------------------------


def test_only_active_campaigns_that_ended_are_marked(discount_campaign, small):
    other = make_campaign(end_date=NOW + 3 * DAY)
    off = make_campaign()
    update(off, status="inactive")
    exhaust(small)
    assert mark_expired(now=NOW + DAY) == 1
    assert mark_expired(now=NOW + DAY) == 0
    reasons = [standing(c)[1] for c in (discount_campaign, small, other, off)]
    assert reasons == ["expired", "budget_exhausted", None, "manual"]


def test_the_command_marks_what_has_ended(discount_campaign):
    out = StringIO()
    call_command("deactivate_expired", stdout=out)
    assert out.getvalue() == "Campaigns marked as expired: 1.\n"
    assert standing(discount_campaign) == ("inactive", "expired")


def test_the_sweep_marks_what_has_ended(discount_campaign):
    call_command("sweep", "--once")
    assert standing(discount_campaign) == ("inactive", "expired")


def test_an_unused_campaign_is_deleted_with_its_targets(customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    remove_campaign(campaign_id=campaign.id, now=NOW)
    assert not DiscountCampaign.objects.exists()
    assert not CampaignTarget.objects.exists()


def test_a_used_campaign_is_archived_and_keeps_its_usages(discount_campaign, customer):
    apply(discount_campaign, customer)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    assert standing(discount_campaign) == ("inactive", "manual")
    assert discount_campaign.archived_at == NOW
    assert DiscountUsage.objects.count() == 1


def test_an_archived_or_unknown_campaign_is_not_found(discount_campaign, customer):
    apply(discount_campaign, customer)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    for campaign_id in (discount_campaign.id, 10**9):
        with pytest.raises(NotFound, match=r"^Campaign not found$"):
            remove_campaign(campaign_id=campaign_id, now=NOW)
        with pytest.raises(NotFound, match=r"^Campaign not found$"):
            update_campaign(campaign_id=campaign_id, changes={}, now=NOW)
