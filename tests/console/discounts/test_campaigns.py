"""The admin's pages of discount campaigns."""

import pytest
from django.urls import reverse

from console.discounts.forms import NOBODY
from discounts.campaigns.services import remove_campaign
from discounts.models import DiscountCampaign
from discounts.targets import targets_of
from tests.admin_pages import errors_of, messages_of, rows_of, text_of
from tests.discounts.factories import DAY, NOW, apply, make_campaign, make_customer, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = reverse("admin:discounts_discountcampaign_changelist")
ADD = reverse("admin:discounts_discountcampaign_add")
FIND = reverse("admin:discounts_discountcampaign_find")
SALE = {
    "name": "Spring sale",
    "description": "",
    "discount_type": "cart",
    "discount_percentage": "35",
    "discount_flat": "",
    "max_discount_amount": "300",
    "total_budget": "10000.50",
    "min_cart_value": "0",
    "max_usage_per_customer_per_day": "1",
    "start_date": "2026-03-01T00:00",
    "end_date": "2026-04-01T00:00",
    "timezone": "Asia/Kolkata",
    "target_customer_ids": "",
}


def change_page(campaign):
    return reverse("admin:discounts_discountcampaign_change", args=[campaign.id])


def act(client, action, *rows, **extra):
    ids = [row.id for row in rows]
    return client.post(LIST, {"action": action, "_selected_action": ids, **extra}, follow=True)


def names(client, query=""):
    return [row["name"] for row in rows_of(client.get(f"{LIST}{query}"))]


# --- The list -------------------------------------------------------------------------------


def test_the_list_shows_each_discount_and_what_is_left_of_its_budget(admin_client, customer):
    campaign = make_campaign(discount_percentage_hundredths=1250, max_discount_amount_minor=30_000)
    apply(campaign, customer)
    response = admin_client.get(LIST)
    [row] = rows_of(response)
    assert row["gives"] == "12.5% off the cart, at most ₹300.00"
    assert row["budget"].strip() == "₹12.50 of ₹1,000.00"
    assert '<meter min="0" max="1000.00" value="12.50">' in response.content.decode()


def test_the_list_tells_the_state_of_each(admin_client, customer):
    make_campaign(name="running")
    make_campaign(name="planned", start_date=NOW + DAY / 2)
    make_campaign(name="past", start_date=NOW - 2 * DAY, end_date=NOW - DAY)
    unswept = make_campaign(name="unswept")
    DiscountCampaign.objects.filter(id=unswept.id).update(end_date=NOW)
    update(make_campaign(name="off"), status="inactive")
    apply(make_campaign(name="spent", total_budget_minor=100), customer)
    states = {row["name"]: row["state"] for row in rows_of(admin_client.get(LIST))}
    assert states == {
        "running": "Active",
        "planned": "Not started",
        "past": "Ended",
        "unswept": "Ended",
        "off": "Switched off",
        "spent": "Budget used up",
    }


def test_the_list_can_be_filtered_and_searched(admin_client, customer):
    make_campaign(name="cart")
    make_campaign(name="delivery", discount_type="delivery")
    make_campaign(name="few", is_targeted=True, target_customer_ids=[customer.id])
    update(make_campaign(name="off"), status="inactive")
    gone = make_campaign(name="gone")
    apply(gone, customer)
    remove_campaign(campaign_id=gone.id, now=NOW)
    assert names(admin_client) == ["off", "few", "delivery", "cart"]
    assert names(admin_client, "?discount_type__exact=delivery") == ["delivery"]
    assert names(admin_client, "?status__exact=inactive") == ["off"]
    assert names(admin_client, "?is_targeted__exact=1") == ["few"]
    assert names(admin_client, "?archived=yes") == ["gone"]
    found = admin_client.post(FIND, {"q": "ELIV"}, follow=True)
    assert [row["name"] for row in rows_of(found)] == ["delivery"]


def test_a_longer_list_takes_no_more_queries(admin_client, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(7) as queries:
            admin_client.get(LIST)
        return len(queries)

    make_campaign()
    few = cost()
    for _ in range(9):
        make_campaign(is_targeted=True, target_customer_ids=[make_customer().id])
    assert cost() == few


# --- One campaign ---------------------------------------------------------------------------


def test_a_campaign_is_added(admin_client):
    response = admin_client.post(ADD, SALE, follow=True)
    assert response.status_code == 200
    campaign = DiscountCampaign.objects.get()
    assert (campaign.name, campaign.timezone) == ("Spring sale", "Asia/Kolkata")
    assert campaign.discount_percentage_hundredths == 3500
    assert (campaign.discount_flat_minor, campaign.max_discount_amount_minor) == (None, 30_000)
    assert (campaign.total_budget_minor, campaign.min_cart_value_minor) == (1_000_050, 0)
    assert campaign.start_date.isoformat() == "2026-03-01T00:00:00+00:00"


def test_the_form_says_in_which_zone_its_times_are(admin_client, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    page = admin_client.get(ADD).content.decode()
    assert page.count('<span class="zone">Europe/Berlin</span>') == 2


def test_customers_are_chosen_by_address_or_id(admin_client):
    ann, bob = make_customer("ann@example.com"), make_customer()
    lines = f" ANN@example.com \r\n\r\n{bob.id}\r\nann@example.com\r\n"
    admin_client.post(ADD, SALE | {"is_targeted": "on", "target_customer_ids": lines})
    campaign = DiscountCampaign.objects.get()
    assert targets_of([campaign.id])[campaign.id].ids == [ann.id, bob.id]


def test_lines_without_a_customer_are_named_by_their_numbers(admin_client):
    make_customer("ann@example.com")
    lines = "ann@example.com\r\nnobody@example.com\r\n\r\nnonsense"
    response = admin_client.post(ADD, SALE | {"is_targeted": "on", "target_customer_ids": lines})
    sentence = "No customer is named in these lines: 2, 4."
    assert errors_of(response) == {"target_customer_ids": [sentence]}


REFUSED = [
    ({"discount_percentage": ""}, "Give a percentage or an amount off."),
    ({"discount_flat": "5"}, "Give a percentage or an amount off, not both."),
    ({"end_date": "2026-02-01T00:00"}, "The end must be after the start."),
    ({"is_targeted": "on"}, NOBODY),
    (
        {"is_targeted": "on", "target_customer_ids": "9999"},
        "Target customer with ID 9999 not found",
    ),
]


@pytest.mark.parametrize(("changed", "sentence"), REFUSED)
def test_what_the_api_refuses_is_refused_in_the_words_of_the_form(admin_client, changed, sentence):
    errors = errors_of(admin_client.post(ADD, SALE | changed))
    assert [sentence] in errors.values()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"total_budget": "0"}, "total_budget"),
        ({"total_budget": "1e3"}, "total_budget"),
        ({"total_budget": "NaN"}, "total_budget"),
        ({"total_budget": "1.999"}, "total_budget"),
        ({"total_budget": ""}, "total_budget"),
        ({"min_cart_value": "-1"}, "min_cart_value"),
        ({"min_cart_value": ""}, "min_cart_value"),
        ({"discount_percentage": "101"}, "discount_percentage"),
        ({"max_discount_amount": "0"}, "max_discount_amount"),
        ({"max_usage_per_customer_per_day": "0"}, "max_usage_per_customer_per_day"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"discount_type": "free"}, "discount_type"),
        ({"name": " "}, "name"),
        ({"start_date": "soon"}, "start_date"),
    ],
)
def test_a_bad_field_is_refused_beside_it(admin_client, changed, field):
    assert list(errors_of(admin_client.post(ADD, SALE | changed))) == [field]
    assert not DiscountCampaign.objects.exists()


def test_saving_what_is_shown_changes_nothing(admin_client, customer):
    campaign = make_campaign(
        discount_percentage_hundredths=1250,
        max_discount_amount_minor=30_001,
        min_cart_value_minor=50,
        is_targeted=True,
        target_customer_ids=[customer.id],
    )
    before = DiscountCampaign.objects.values().get()
    form = admin_client.get(change_page(campaign)).context["adminform"].form
    shown = {}
    for bound in form:
        value = bound.value()
        if bound.name in ("start_date", "end_date"):
            shown[bound.name] = value.strftime("%Y-%m-%dT%H:%M")
        elif value not in (None, False):
            shown[bound.name] = bound.field.prepare_value(value)
    response = admin_client.post(change_page(campaign), shown)
    assert response.status_code == 302
    assert DiscountCampaign.objects.values().get() == before
    assert shown["discount_percentage"] == "12.50"
    assert shown["target_customer_ids"] == str(customer.id)


def test_a_campaign_is_changed(admin_client, customer):
    campaign = make_campaign()
    changed = SALE | {"discount_percentage": "", "discount_flat": "49.90", "total_budget": "5"}
    admin_client.post(change_page(campaign), changed)
    campaign.refresh_from_db()
    assert (campaign.discount_percentage_hundredths, campaign.discount_flat_minor) == (None, 4990)
    assert campaign.total_budget_minor == 500


def test_a_budget_below_what_is_used_is_refused(admin_client, discount_campaign, customer):
    apply(discount_campaign, customer)
    response = admin_client.post(change_page(discount_campaign), SALE | {"total_budget": "9.99"})
    sentence = "₹10.00 are used already: the budget can't be less."
    assert errors_of(response) == {"total_budget": [sentence]}


def test_the_last_customer_of_a_targeted_campaign_can_not_be_removed(admin_client, customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    response = admin_client.post(change_page(campaign), SALE | {"is_targeted": "on"})
    assert errors_of(response) == {"target_customer_ids": [NOBODY]}


def test_many_customers_are_not_shown_and_stay_unless_replaced(admin_client, customer, monkeypatch):
    monkeypatch.setattr("console.discounts.forms.MOST_SHOWN", 1)
    others = [make_customer().id, make_customer().id]
    campaign = make_campaign(is_targeted=True, target_customer_ids=others)
    page = admin_client.get(change_page(campaign))
    assert "It is for 2 customers, too many to show" in text_of(page)
    assert "target_customer_ids" not in page.context["adminform"].form.initial
    admin_client.post(change_page(campaign), SALE | {"is_targeted": "on"})
    assert targets_of([campaign.id])[campaign.id].ids == others
    chosen = {"is_targeted": "on", "target_customer_ids": str(customer.id)}
    admin_client.post(change_page(campaign), SALE | chosen)
    assert targets_of([campaign.id])[campaign.id].ids == [customer.id]


# --- Actions --------------------------------------------------------------------------------


def test_campaigns_are_deactivated_and_activated(admin_client, discount_campaign):
    assert messages_of(act(admin_client, "deactivate", discount_campaign)) == [
        "Deactivated: Ten percent."
    ]
    discount_campaign.refresh_from_db()
    assert (discount_campaign.status, discount_campaign.inactive_reason) == ("inactive", "manual")
    assert messages_of(act(admin_client, "activate", discount_campaign)) == [
        "Activated: Ten percent."
    ]
    discount_campaign.refresh_from_db()
    assert discount_campaign.status == "active"


def test_an_archived_campaign_is_neither_activated_nor_deactivated(
    admin_client, discount_campaign, customer
):
    apply(discount_campaign, customer)
    remove_campaign(campaign_id=discount_campaign.id, now=NOW)
    for action in ("activate", "deactivate"):
        ids = {"action": action, "_selected_action": [discount_campaign.id]}
        response = admin_client.post(f"{LIST}?archived=yes", ids, follow=True)
        assert messages_of(response) == ["Nothing is left to do for these."]


def test_activating_a_campaign_that_has_ended_says_what_to_do(admin_client):
    past = make_campaign(name="past", start_date=NOW - 2 * DAY, end_date=NOW - DAY)
    fine = update(make_campaign(name="fine"), status="inactive")
    said = messages_of(act(admin_client, "activate", past, fine))
    assert "past: The campaign has ended: give it a later end to activate it." in said
    assert "Activated: fine." in said


def test_deleting_asks_first_and_archives_what_was_used(admin_client, discount_campaign, customer):
    unused = make_campaign(name="unused")
    apply(discount_campaign, customer)
    asked = act(admin_client, "remove", discount_campaign, unused)
    assert "keep their history" in text_of(asked)
    assert DiscountCampaign.objects.count() == 2
    act(admin_client, "remove", discount_campaign, unused, confirmed="yes")
    discount_campaign.refresh_from_db()
    assert discount_campaign.archived_at == NOW
    assert DiscountCampaign.objects.count() == 1
    page = admin_client.get(change_page(discount_campaign))
    assert page.status_code == 200
    assert "10% off the cart" in text_of(page)


def test_without_the_permission_the_page_is_refused(staff, discount_campaign):
    assert staff("discounts.view_customer").get(LIST).status_code == 403
    viewer = staff("discounts.view_discountcampaign", name="bob")
    assert viewer.get(LIST).status_code == 200
    page = viewer.get(change_page(discount_campaign))
    assert "10% off the cart" in text_of(page)
    assert "Used discounts" not in text_of(page)
    assert viewer.post(change_page(discount_campaign), SALE).status_code == 403
    assert viewer.get(ADD).status_code == 403
    for action in ("activate", "deactivate", "remove"):
        act(viewer, action, discount_campaign, confirmed="yes")
    changer = staff(
        "discounts.view_discountcampaign", "discounts.change_discountcampaign", name="e"
    )
    act(changer, "remove", discount_campaign, confirmed="yes")
    before = DiscountCampaign.objects.get()
    assert (before.status, before.archived_at) == ("active", None)
