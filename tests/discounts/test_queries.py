"""Offers, and the history of usages."""

import pytest

from discounts import queries
from discounts.campaigns.services import mark_expired, remove_campaign
from discounts.customers import erase_customer
from discounts.models import DiscountCampaign, UsagesByDay
from discounts.types import DiscountType
from foundation.errors import NotFound
from tests.discounts.factories import (
    DAY,
    NOW,
    apply,
    basket,
    cancel,
    make_campaign,
    make_customer,
    update,
)

pytestmark = pytest.mark.django_db


def offers(customer, *, cart=10_000, delivery=0, now=NOW, with_refused=False):
    return queries.offers(
        customer_id=customer.id, basket=basket(cart, delivery), now=now, with_refused=with_refused
    )


def of_carts(found):
    return found.by_type[DiscountType.CART]


def amounts(some):
    return [(offer.campaign.name, offer.decision.discount_minor) for offer in some]


def refusals(found):
    return {offer.campaign.name: offer.decision.refusal for offer in found.refused}


def test_offers_are_grouped_by_type_with_the_best_first(customer):
    make_campaign(name="ten")
    make_campaign(name="flat", discount_flat_minor=1500)
    make_campaign(name="postage", discount_type="delivery")
    found = offers(customer, delivery=500)
    assert amounts(of_carts(found)) == [("flat", 1500), ("ten", 1000)]
    assert amounts(found.by_type[DiscountType.DELIVERY]) == [("postage", 50)]
    assert found.refused == []


def test_of_equal_offers_the_earlier_end_comes_first_then_the_lower_id(customer):
    for name, days in (("late", 3), ("soon", 1), ("soon too", 1)):
        make_campaign(name=name, end_date=NOW + days * DAY)
    assert [name for name, _ in amounts(of_carts(offers(customer)))] == [
        "soon",
        "soon too",
        "late",
    ]


def test_offers_that_do_not_apply_are_explained_on_request(customer):
    used = make_campaign(name="used")
    apply(used, customer)
    apply(make_campaign(name="spent", total_budget_minor=100), make_customer())
    update(make_campaign(name="off"), status="inactive")
    make_campaign(name="early", start_date=NOW + DAY / 2)
    make_campaign(name="over", end_date=NOW)
    targets = [make_customer().id]
    make_campaign(name="others", is_targeted=True, target_customer_ids=targets)
    make_campaign(name="large", min_cart_value_minor=14_000)
    make_campaign(name="postage", discount_type="delivery")
    make_campaign(name="ten")
    archived = make_campaign(name="gone")
    apply(archived, make_customer())
    remove_campaign(campaign_id=archived.id, now=NOW)
    found = offers(customer, with_refused=True)
    assert amounts(of_carts(found)) == [("ten", 1000)]
    assert refusals(found) == {
        "used": "daily_limit",
        "spent": "budget_exhausted",
        "off": "inactive",
        "early": "not_started",
        "over": "ended",
        "others": "not_targeted",
        "large": "min_cart_value",
        "postage": "no_discount",
    }
    ids = [offer.campaign.id for offer in found.refused]
    assert ids == sorted(ids)
    assert amounts(of_carts(offers(customer))) == amounts(of_carts(found))


def test_offers_do_not_depend_on_the_sweep(customer, discount_campaign):
    mark_expired(now=NOW + 2 * DAY)
    assert len(of_carts(offers(customer))) == 1
    apply(discount_campaign, customer)


def test_a_target_gets_offers_of_targeted_campaigns(customer):
    make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    assert len(of_carts(offers(customer))) == 1
    assert of_carts(offers(make_customer())) == []


def test_a_cancelled_use_is_on_offer_again(discount_campaign, customer):
    usage = apply(discount_campaign, customer)
    assert of_carts(offers(customer)) == []
    cancel(usage)
    assert len(of_carts(offers(customer))) == 1


def test_offers_write_nothing_and_give_what_applying_gives(customer):
    campaign = make_campaign(total_budget_minor=700)
    before = list(DiscountCampaign.objects.values())
    offered = of_carts(offers(customer))[0].decision.discount_minor
    assert list(DiscountCampaign.objects.values()) == before
    assert not UsagesByDay.objects.exists()
    assert offered == apply(campaign, customer).discount_amount_minor == 700


def test_each_campaign_counts_by_its_own_day(customer):
    """At midnight UTC a new day begins in UTC only: the others' began 14 and 12 hours ago."""
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
        apply(make_campaign(timezone=zone), customer)
    assert of_carts(offers(customer)) == []
    tomorrow = NOW.replace(hour=0) + DAY
    assert [o.campaign.timezone for o in of_carts(offers(customer, now=tomorrow))] == ["UTC"]


@pytest.mark.parametrize("with_refused", [False, True])
def test_offers_take_a_fixed_number_of_queries(customer, with_refused, django_assert_num_queries):
    targets = {"is_targeted": True, "target_customer_ids": [customer.id]}
    for _ in range(5):
        apply(make_campaign(), customer)
        make_campaign(**targets)
    with django_assert_num_queries(5 if with_refused else 4):
        offers(customer, with_refused=with_refused)


def test_the_newest_that_do_not_apply_are_told_and_all_that_do(customer, monkeypatch):
    monkeypatch.setattr(queries, "MOST_REFUSED", 3)
    applies = [make_campaign(), make_campaign()]
    dear = [make_campaign(min_cart_value_minor=20_000) for _ in range(2)]
    off = [update(make_campaign(), status="inactive") for _ in range(2)]
    found = offers(customer, with_refused=True)
    assert {offer.campaign.id for offer in of_carts(found)} == {c.id for c in applies}
    assert [o.campaign.id for o in found.refused] == [dear[1].id, off[0].id, off[1].id]
    assert found.is_cut
    dear[0].delete()
    found = offers(customer, with_refused=True)
    assert (len(found.refused), found.is_cut) == (3, False)


def test_an_unknown_or_erased_customer_gets_no_offers(customer):
    erase_customer(customer_id=customer.id, now=NOW)
    with pytest.raises(NotFound, match=r"^Customer not found$"):
        offers(customer)


# --- History --------------------------------------------------------------------------------


def history(customer_id, campaign_id=None):
    return list(queries.usage_history(customer_id=customer_id, campaign_id=campaign_id))


def test_the_history_is_newest_first_and_takes_no_query_a_row(customer, django_assert_num_queries):
    campaign = make_campaign(max_usage_per_customer_per_day=9)
    used = [apply(campaign, customer, now=NOW + n * DAY / 99) for n in (0, 2, 1)]
    apply(campaign, make_customer())
    rows = queries.usage_history(customer_id=customer.id)
    with django_assert_num_queries(1):
        assert [row.customer.name for row in rows] == [customer.name] * 3
        assert [row.campaign.name for row in rows] == [campaign.name] * 3
    assert list(rows) == [used[1], used[2], used[0]]


def test_the_history_of_one_campaign_leaves_out_the_others(customer, discount_campaign):
    usage = apply(discount_campaign, customer)
    other = make_campaign()
    apply(other, customer)
    assert history(customer.id, discount_campaign.id) == [usage]


def test_an_erased_customer_and_an_archived_campaign_keep_their_history(
    customer, discount_campaign
):
    usage = apply(discount_campaign, customer)
    erase_customer(customer_id=customer.id, now=NOW)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    assert history(customer.id, discount_campaign.id) == [usage]
    assert (usage.discount_amount_minor, history(customer.id)[0].customer.name) == (1000, None)


def test_the_error_names_what_does_not_exist(customer, discount_campaign):
    def sentence(*ids):
        with pytest.raises(NotFound) as caught:
            history(*ids)
        return caught.value.detail

    assert sentence(10**9) == "Customer not found"
    assert sentence(customer.id, 10**9) == f"Campaign with ID {10**9} not found"
    nothing = f"No discount usage history found for customer {customer.id}"
    assert sentence(customer.id) == nothing
    nothing = (
        f"No discount usage found for customer {customer.id} with campaign {discount_campaign.id}"
    )
    assert sentence(customer.id, discount_campaign.id) == nothing
