"""The admin's page that shows what each campaign would give for a basket."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from discounts import queries
from discounts.customers import erase_customer
from discounts.models import DiscountUsage, RefusalsByDay
from tests.admin_pages import errors_of, text_of
from tests.discounts.factories import DAY, NOW, apply, make_campaign, make_customer, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now"), pytest.mark.one_engine]
PAGE = reverse("discount-simulate")
LIST = reverse("admin:discounts_discountcampaign_changelist")
MOST_QUERIES = 12
LATER = {"moment": "2026-03-03T13:00"}


def ask(client, customer="ann@shop.example", cart="100", delivery="", **moment):
    form = {"customer": customer, "cart_value": cart, "delivery_charge": delivery}
    return client.post(PAGE, form | {"moment": ""} | moment)


def applying(response):
    return [
        (row["campaign"].name, row["savings"], row["final"], row["is_best"])
        for row in response.context["applying"]
    ]


def obstacles(response):
    return {
        row["campaign"].name: [(one.reason, one.remedy) for one in row["obstacles"]]
        for row in response.context["not_applying"]
    }


@pytest.fixture
def ann():
    return make_customer("ann@shop.example")


def test_for_each_campaign_it_says_whether_it_applies_and_why_not(admin_client, ann):
    make_campaign(name="ten")
    make_campaign(name="third", discount_percentage_hundredths=3000)
    make_campaign(name="free", discount_type="delivery", discount_flat_minor=5000)
    make_campaign(name="dear", min_cart_value_minor=14_000)
    make_campaign(name="soon", start_date=NOW + DAY / 2)
    response = ask(admin_client, delivery="40")
    assert applying(response) == [
        ("third", "30% off (₹30.00)", "₹70.00", True),
        ("ten", "10% off (₹10.00)", "₹90.00", False),
        ("free", "₹40.00 off", "₹0.00", True),
    ]
    assert obstacles(response) == {
        "dear": [("It is for carts from ₹140.00.", "Add ₹40.00 to qualify.")],
        "soon": [
            (
                "It starts on 3 March 2026, 00:00 (UTC).",
                "Wait until then, or give it an earlier start.",
            )
        ],
    }
    words = text_of(response)
    assert "third best for cart" in words
    assert "Add ₹40.00 to qualify." in words


def test_it_always_agrees_with_the_shops_call(admin_client, api, ann):
    apply(make_campaign(name="used"), ann)
    apply(make_campaign(name="spent", total_budget_minor=100), ann)
    make_campaign(name="few", is_targeted=True, target_customer_ids=[make_customer().id])
    make_campaign(name="mine", is_targeted=True, target_customer_ids=[ann.id])
    update(make_campaign(name="off"), status="inactive")
    for n, kind in enumerate(("cart", "delivery") * 3):
        make_campaign(
            name=f"c{n}",
            discount_type=kind,
            discount_percentage_hundredths=500 + n * 700,
            min_cart_value_minor=n * 3000,
            start_date=NOW - DAY * (2 - n),
            end_date=NOW + DAY * (n + 1),
        )
    for cart, delivery in ((10_000, 0), (12_345, 4000), (50, 1)):
        said = ask(admin_client, cart=f"{cart / 100}", delivery=f"{delivery / 100}")
        called = api.post(
            "/api/v1/discounts/available?explain=true",
            {
                "customer_id": ann.id,
                "cart_value": cart / 100,
                "delivery_charge": delivery / 100,
            },
        ).json()
        ranked = called["cart_discounts"] + called["delivery_discounts"]
        assert [
            (row["campaign"].id, row["final"], row["is_best"]) for row in said.context["applying"]
        ] == [(row["campaign_id"], f"₹{row['final_amount']:.2f}", row["is_best"]) for row in ranked]
        refused = [row["campaign"].id for row in said.context["not_applying"]]
        assert refused == [row["campaign_id"] for row in called["not_eligible"]]
        assert len(ranked) + len(refused) == 11


def test_another_moment_is_judged_by_its_own_day(admin_client, ann):
    campaign = make_campaign(name="daily", end_date=NOW + 3 * DAY)
    apply(campaign, ann)
    assert obstacles(ask(admin_client)) == {
        "daily": [
            (
                "Used once on 2 March 2026, which is all a day allows.",
                "Again from 3 March 2026, 00:00 (UTC), or allow more uses a day.",
            )
        ]
    }
    later = ask(admin_client, **LATER)
    assert [row[0] for row in applying(later)] == ["daily"]
    assert "at 3 March 2026, 13:00 (UTC)" in text_of(later)


def test_nothing_is_saved(admin_client, ann, discount_campaign):
    dear = make_campaign(min_cart_value_minor=14_000)
    with CaptureQueriesContext(connection) as queries_made:
        ask(admin_client)
    assert [q["sql"] for q in queries_made if not q["sql"].startswith("SELECT")] == []
    assert not DiscountUsage.objects.exists()
    assert not RefusalsByDay.objects.filter(campaign_id=dear.id).exists()


def test_no_url_contains_the_address_of_a_person(admin_client, ann, discount_campaign):
    page = admin_client.get(PAGE).content.decode()
    assert re.search(r'<form method="post">\s*<input type="hidden" name="csrf', page)
    response = ask(admin_client)
    assert response.status_code == 200
    assert "ann%40" not in response.content.decode()
    assert f"What {ann.name} would get" in text_of(response)


@pytest.mark.parametrize("term", ["nobody@shop.example", "99999999", "nonsense", "0"])
def test_an_unknown_customer_is_a_sentence_beside_the_field(admin_client, ann, term):
    response = ask(admin_client, customer=term)
    assert errors_of(response) == {"customer": ["No customer has this address or id."]}
    assert "applying" not in response.context


def test_an_erased_customer_is_unknown(admin_client, ann):
    erase_customer(customer_id=ann.id, now=NOW)
    for term in ("ann@shop.example", str(ann.id)):
        assert "customer" in errors_of(ask(admin_client, customer=term))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cart": ""}, "cart_value"),
        ({"cart": "0"}, "cart_value"),
        ({"cart": "1.005"}, "cart_value"),
        ({"delivery": "-1"}, "delivery_charge"),
        ({"moment": "somedayT12:00"}, "moment"),
        ({"moment": "2026-03-03"}, "moment"),
        ({"customer": ""}, "customer"),
    ],
)
def test_invalid_input_is_an_error_beside_its_field(
    admin_client, ann, discount_campaign, changes, field
):
    assert list(errors_of(ask(admin_client, **changes))) == [field]


def test_it_says_if_there_are_more_campaigns_than_shown(admin_client, ann, monkeypatch):
    monkeypatch.setattr(queries, "MOST_REFUSED", 2)
    for _ in range(3):
        make_campaign(min_cart_value_minor=14_000)
    assert "Only the newest 2 campaigns that do not apply are shown" in text_of(ask(admin_client))


def test_the_number_of_queries_does_not_grow(admin_client, ann):
    counts = []
    for more in (1, 8, 30):
        for n in range(more):
            make_campaign(min_cart_value_minor=14_000 * (n % 2), total_budget_minor=1000 + n)
        with CaptureQueriesContext(connection) as made:
            ask(admin_client)
        counts.append(len(made))
    assert counts[0] == counts[1] == counts[2] < MOST_QUERIES


# --- Who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("held", ["discounts.find_discount", "discounts.view_discountcampaign"])
def test_permission_to_ask_or_to_view_is_enough(staff, ann, discount_campaign, held):
    client = staff(held)
    assert applying(ask(client, customer=str(ann.id))) == [
        ("Ten percent", "10% off (₹10.00)", "₹90.00", True)
    ]


def test_without_permission_to_view_customers_none_is_found_by_e_mail(staff, ann):
    client = staff("discounts.find_discount")
    for term in ("ann@shop.example", "nobody@shop.example", ann.email_hash):
        assert errors_of(ask(client, customer=term)) == {
            "customer": ["Give an id: you may not look customers up by e-mail."]
        }


def test_without_either_permission_it_is_refused(staff, ann, discount_campaign):
    client = staff("discounts.view_customer")
    for response in (client.get(PAGE), ask(client)):
        assert response.status_code == 403
        assert "ask an administrator" in text_of(response)
        assert "₹" not in text_of(response)


def test_the_list_leads_to_the_page(staff):
    client = staff("discounts.view_discountcampaign")
    assert f'href="{PAGE}"' in client.get(LIST).content.decode()
