"""The admin's pages of used discounts."""

import pytest
from django.urls import reverse

from discounts import customers
from discounts.models import DiscountUsage
from tests.admin_pages import keys_of, messages_of, rows_of, text_of
from tests.discounts.factories import NOW, apply, cancel, make_campaign, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = reverse("admin:discounts_discountusage_changelist")
FIND = reverse("admin:discounts_discountusage_find")


@pytest.fixture
def usage(discount_campaign, customer):
    return apply(discount_campaign, customer)


def page_of(usage):
    return reverse("admin:discounts_discountusage_change", args=[usage.id])


def act(client, *rows, **extra):
    ids = [row.id for row in rows]
    return client.post(LIST, {"action": "cancel", "_selected_action": ids, **extra}, follow=True)


def listed(client, query=""):
    return [int(key) for key in keys_of(client.get(f"{LIST}{query}"))]


def test_the_list_shows_who_saved_what(admin_client, usage):
    [row] = rows_of(admin_client.get(LIST))
    assert (row["campaign"], row["customer_link"]) == ("Ten percent", "Ann Lee")
    assert (row["discount"], row["taken_from"]) == ("₹10.00", "the cart of ₹100.00")


def test_list_and_page_say_who_applied_it(admin_client, discount_campaign, customer, user):
    usage = apply(discount_campaign, customer, user=user)
    assert rows_of(admin_client.get(LIST))[0]["applied_by"] == "shop"
    assert "Applied by: shop" in text_of(admin_client.get(page_of(usage)))


def test_an_erased_customer_is_called_so(admin_client, usage):
    customers.erase_customer(customer_id=usage.customer_id, now=NOW)
    assert rows_of(admin_client.get(LIST))[0]["customer_link"] == "erased"
    assert admin_client.get(page_of(usage)).status_code == 200


def test_the_list_can_be_filtered_and_searched(admin_client, usage, customer):
    ann = make_customer("ann@example.com")
    other = apply(make_campaign(name="other"), ann)
    cancel(usage)
    assert listed(admin_client) == [other.id, usage.id]
    assert listed(admin_client, "?cancelled=yes") == [usage.id]
    assert listed(admin_client, "?cancelled=no") == [other.id]
    assert listed(admin_client, f"?campaign={usage.campaign_id}") == [usage.id]
    assert listed(admin_client, f"?customer={ann.id}") == [other.id]
    found = admin_client.post(FIND, {"q": "ANN@example.com"}, follow=True)
    assert keys_of(found) == [str(other.id)]
    assert rows_of(admin_client.post(FIND, {"q": "nobody@example.com"}, follow=True)) == []


def test_a_longer_list_takes_no_more_queries(admin_client, usage, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(8) as queries:
            admin_client.get(LIST)
        return len(queries)

    few = cost()
    for _ in range(9):
        apply(make_campaign(), make_customer())
    assert cost() == few


def test_usages_can_only_be_viewed(admin_client, usage):
    page = admin_client.get(page_of(usage))
    assert page.status_code == 200
    assert "Save" not in text_of(page)
    before = DiscountUsage.objects.values().get()
    assert admin_client.post(page_of(usage), {"discount_amount_minor": 1}).status_code == 403
    assert DiscountUsage.objects.values().get() == before
    assert admin_client.get(reverse("admin:discounts_discountusage_add")).status_code == 403
    delete = reverse("admin:discounts_discountusage_delete", args=[usage.id])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_cancelling_asks_first_and_gives_the_money_back(
    admin_client, admin_user, usage, discount_campaign
):
    words = text_of(act(admin_client, usage))
    assert "The money goes back" in words
    assert "Ann Lee: ₹10.00 off by Ten percent" in words and "Usage" not in words
    usage.refresh_from_db()
    assert usage.cancelled_at is None
    assert messages_of(act(admin_client, usage, confirmed="yes")) == ["Cancelled: 1."]
    usage.refresh_from_db()
    discount_campaign.refresh_from_db()
    assert (usage.cancelled_at, usage.cancelled_by) == (NOW, admin_user)
    assert discount_campaign.used_budget_minor == 0
    again = messages_of(act(admin_client, usage, confirmed="yes"))
    assert again == ["Nothing is left to do for these."]


def test_cancelling_needs_its_own_permission(staff, usage):
    viewer = staff("discounts.view_discountusage", "discounts.change_discountcampaign")
    assert viewer.get(LIST).status_code == 200
    act(viewer, usage, confirmed="yes")
    usage.refresh_from_db()
    assert usage.cancelled_at is None
    canceller = staff("discounts.view_discountusage", "discounts.cancel_discount", name="bob")
    act(canceller, usage, confirmed="yes")
    usage.refresh_from_db()
    assert usage.cancelled_at == NOW


def test_without_permission_to_view_it_is_refused(staff, usage):
    stranger = staff("discounts.cancel_discount")
    assert stranger.get(LIST).status_code == 403
    assert stranger.get(page_of(usage)).status_code == 403
    assert stranger.post(FIND, {"q": "x"}).status_code == 403


def test_its_campaign_is_linked_for_whoever_may_open_it(admin_client, staff, usage):
    campaign = usage.campaign
    link = reverse("admin:discounts_discountcampaign_change", args=[campaign.id])
    assert f'<a href="{link}">{campaign}</a>' in admin_client.get(page_of(usage)).content.decode()
    page = staff("discounts.view_discountusage").get(page_of(usage))
    assert str(campaign) in text_of(page)
    assert link not in page.content.decode()


def test_who_may_not_see_customers_sees_their_numbers_and_finds_nobody(staff, usage):
    client, number = staff("discounts.view_discountusage"), f"Customer {usage.customer_id}"
    page = client.get(LIST)
    assert rows_of(page)[0]["customer_link"] == number
    assert "searchbar" not in page.content.decode()
    for shown in (page, client.get(page_of(usage))):
        assert number in text_of(shown)
        assert "Ann Lee" not in shown.content.decode()
        assert "/discounts/customer/" not in shown.content.decode()
    # Whether an address is a customer's stays unknown.
    searched = client.post(FIND, {"q": "nobody@example.com"}, follow=True)
    assert keys_of(searched) == [str(usage.id)]
