"""The admin's page of a discount campaign's performance."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from discounts.customers import erase_customer
from foundation.errors import InvalidInput
from tests.admin_pages import rows_of, text_of
from tests.discounts.factories import DAY, NOW, apply, cancel, make_campaign, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now"), pytest.mark.one_engine]
LIST = reverse("admin:discounts_discountcampaign_changelist")
BOTH = ("discounts.view_discountcampaign", "discounts.view_discountusage")
MOST_QUERIES = 12


def page_address(campaign):
    return reverse("discount-campaign-performance", args=[campaign.id])


def change_page(campaign):
    return reverse("admin:discounts_discountcampaign_change", args=[campaign.id])


def section(response, name):
    """The words of one section of the page."""
    found = re.search(
        rf'<section[^>]*(?:id|aria-labelledby)="{name}".*?</section>',
        response.content.decode(),
        re.DOTALL,
    )
    return " ".join(re.sub(r"<[^>]*>", " ", found.group()).split())


def table(response):
    days = re.search(r'id="days">.*?<tbody>(.*?)</tbody>', response.content.decode(), re.DOTALL)
    rows = re.findall(r"<tr>.*?</tr>", days[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


@pytest.fixture
def sale():
    """Ten days, of which nine are over, 1,000.00 to spend; flat 10.00."""
    return make_campaign(
        start_date=NOW - 9 * DAY,
        end_date=NOW + DAY,
        discount_flat_minor=1000,
        max_usage_per_customer_per_day=100,
        now=NOW - 9 * DAY,
    )


def test_the_page_shows_the_budget_the_days_and_the_forecast(admin_client, sale, customer):
    for day in (8, 8, 3, 0):
        apply(sale, customer, now=NOW - day * DAY)
    cancel(apply(sale, customer))
    response = admin_client.get(page_address(sale))
    words = text_of(response)
    assert "₹10.00 off the cart; from 21 February 2026, 12:00 until" in words
    assert (
        "₹40.00 of ₹1,000.00 are used (4.0%), ₹860.00 less than at an even pace (₹900.00)." in words
    )
    assert "4 redemptions on 3 days; the busiest was 22 February 2026 (2)." in words
    assert "The budget very likely outlasts the campaign, until 3 March 2026, 12:00 (UTC)." in words
    rows = table(response)
    assert len(rows) == 11
    assert rows[1] == "22 February 2026 2 0 ₹20.00 ₹20.00 ₹150.00"
    assert rows[9] == "2 March 2026 1 1 ₹10.00 ₹40.00 ₹900.00"
    assert rows[10] == " ".join(["3 March 2026", *["\N{EN DASH}"] * 4, "₹1,000.00"])


def test_the_charts_are_in_the_page_and_need_no_script(admin_client, sale, customer):
    empty = admin_client.get(page_address(sale)).content.decode()
    assert empty.count('<svg class="plot"') == 1 and 'class="bar"' not in empty
    apply(sale, customer)
    page = admin_client.get(page_address(sale)).content.decode()
    assert page.count('<svg class="plot"') == 2 and page.count('class="bar"') == 1
    assert all(f"</svg> {name}</li>" in page for name in ("Used", "Even pace"))
    assert "chart" not in " ".join(re.findall(r"<script[^>]*>", page)) and "canvas" not in page


def test_the_days_add_up_to_the_used_budget(admin_client, sale):
    for n in range(7):
        usage = apply(sale, make_customer(), now=NOW - n * DAY)
    cancel(usage)
    sale.refresh_from_db()
    response = admin_client.get(page_address(sale))
    assert response.context["figures"]["used"] == f"₹{sale.used_budget_minor / 100:.2f}"
    assert response.context["figures"]["rows"][9]["used"] == "₹60.00"


def test_top_customers_by_what_they_got(admin_client, sale):
    ann, bob = make_customer("ann@shop.example"), make_customer("bob@shop.example")
    for _ in range(2):
        apply(sale, bob)
    apply(sale, ann)
    cancel(apply(sale, ann))
    others = [make_customer() for _ in range(12)]
    for other in others:
        apply(sale, other)
    erase_customer(customer_id=bob.id, now=NOW)
    words = section(admin_client.get(page_address(sale)), "customers")
    assert "Given erased 2 ₹20.00 ann@shop.example 1 ₹10.00" in words
    assert words.count("₹") == 10


def test_without_permission_to_view_customers_no_address_is_shown(staff, sale):
    ann = make_customer("ann@shop.example")
    apply(sale, ann)
    page = staff(*BOTH).get(page_address(sale)).content.decode()
    assert f"Customer {ann.id}" in page
    assert "shop.example" not in page


def test_refusals_by_reason(admin_client, customer):
    campaign = make_campaign(min_cart_value_minor=5000)
    for now, cart in ((NOW, 4000), (NOW, 4000), (NOW + DAY, 9000)):
        with pytest.raises(InvalidInput):
            apply(campaign, customer, now=now, cart=cart)
    words = section(admin_client.get(page_address(campaign)), "refusals")
    assert "The cart was too small 2 2 March 2026 It had ended 1 3 March 2026" in words


def test_a_new_campaign_says_that_nothing_happened(admin_client, discount_campaign):
    words = text_of(admin_client.get(page_address(discount_campaign)))
    assert "Too early to say after 0 complete days." in words
    assert words.count("Nobody has used it yet.") == 2
    assert "No call was refused." in words


def test_a_name_with_markup_stays_text(admin_client, customer):
    campaign = make_campaign(name="<b>Sale</b>")
    page = admin_client.get(page_address(campaign)).content.decode()
    assert "<b>Sale</b>" not in page
    assert "&lt;b&gt;Sale" in page


@pytest.mark.parametrize("held", [(), BOTH[:1], BOTH[1:]])
def test_without_the_permission_the_page_is_refused_and_not_linked(staff, sale, held):
    client = staff(*held)
    response = client.get(page_address(sale))
    assert response.status_code == 403
    assert "ask an administrator" in text_of(response)
    assert "₹" not in text_of(response)
    if "discounts.view_discountcampaign" in held:
        assert page_address(sale) not in client.get(change_page(sale)).content.decode()
        assert "performance" not in rows_of(client.get(LIST))[0]


def test_list_and_campaign_lead_to_the_page(staff, sale):
    client = staff(*BOTH)
    for address in (LIST, change_page(sale)):
        assert f'href="{page_address(sale)}"' in client.get(address).content.decode()


def test_a_campaign_that_does_not_exist_is_not_found(admin_client):
    assert admin_client.get(reverse("discount-campaign-performance", args=[77])).status_code == 404


def test_the_number_of_queries_does_not_grow(admin_client, sale):
    counts = []
    for people in (1, 6, 30):
        for n in range(people):
            apply(sale, make_customer(), now=NOW - n % 9 * DAY)
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(page_address(sale))
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] < MOST_QUERIES


def test_usages_are_summed_by_the_database(admin_client, sale):
    for n in range(30):
        apply(sale, make_customer(), now=NOW - n % 3 * DAY)
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(page_address(sale))
    reading = [q["sql"] for q in queries if "discounts_discountusage" in q["sql"]]
    assert len(reading) == 2
    assert all("GROUP BY" in sql for sql in reading)


# --- In words, on the campaign's own page -----------------------------------------------------


def test_the_campaigns_page_says_it_in_one_sentence(admin_client, customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    apply(campaign, customer)
    words = text_of(admin_client.get(change_page(campaign)))
    assert (
        "10% off the cart; from 1 March 2026, 12:00 until 3 March 2026, 12:00 (UTC); for 1 chosen"
        in words
    )
    assert "budget ₹1,000.00, of which ₹10.00 is used." in words


def test_the_sentence_describes_what_is_stored_even_beside_refused_input(
    admin_client, discount_campaign
):
    form = {"name": "", "discount_type": "delivery", "timezone": "Asia/Tokyo"}
    response = admin_client.post(change_page(discount_campaign), form)
    assert response.status_code == 200
    assert "10% off the cart; from 1 March 2026, 12:00" in response.context["in_words"]


def test_the_sentence_needs_only_the_permission_to_view(staff, discount_campaign):
    client = staff("discounts.view_discountcampaign")
    assert "10% off the cart; from" in text_of(client.get(change_page(discount_campaign)))
